//! Images, videos and files of a TwinSpace (T-03).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    inside::media::{self, MediaRow, Usage},
    list::{Columns, cell},
    markup::Link,
    text::Wanted,
};
use entity::{AccountId, MediaId, MediaKind};
use futures_util::future::join_all;
use policy::{Allowance, MediaAct, MediaFacts, Subject, TwinSpacePermission};

use crate::{
    graphql::{
        accounts::person::Person,
        connection,
        context::ContextExt,
        guard::{Public, Sees},
        inside::twin_space::TwinSpace,
        loader::{Pictured, Rows},
        members::member::Member,
    },
    media::link::To,
};

mod act;
mod subscription;

pub use act::MediaMutation;
pub use subscription::MediaSubscription;

/// An image, video or other file in a TwinSpace.
#[derive(Clone, Debug)]
pub struct Media {
    row: Arc<MediaRow>,
    access: Arc<Access>,
}

/// The columns that determine whether it is visible.
const SEEN: &[&str] = &["hidden"];
/// The columns needed to show it in a text.
const IN_TEXT: &[&str] = &["hidden", "kind", "videoUrl"];

impl Media {
    /// Media that was read under this access.
    pub fn new(row: impl Into<Arc<MediaRow>>, access: Arc<Access>) -> Self {
        Self { row: row.into(), access }
    }

    /// The media with this ID, with the requested columns.
    pub async fn load(ctx: &Context<'_>, id: MediaId) -> Result<Self> {
        Self::one(ctx, id, connection::columns::<MediaRow>(ctx).and::<MediaRow>(SEEN)).await
    }

    /// The media with this ID, if the viewer can see it.
    pub async fn seen(ctx: &Context<'_>, id: MediaId) -> Result<Self> {
        Self::one(ctx, id, Columns::default().and::<MediaRow>(SEEN)).await
    }

    async fn one(ctx: &Context<'_>, id: MediaId, columns: Columns) -> Result<Self> {
        ctx.signed_in()?;
        let missing = || Error::NotFound("media");
        let row = ctx.load::<Rows<MediaRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access =
            ctx.twin_space(cell(&row.project_id)?).await.map_err(|error| error.within("media"))?;
        match access.sees_media(cell(&row.hidden)?) {
            true => Ok(Self { row, access }),
            false => Err(missing()),
        }
    }

    /// How a text of a project links to the media with this ID; `None` if it belongs to another
    /// project or the viewer cannot see it.
    pub async fn link_in_text(
        ctx: &Context<'_>,
        access: &Arc<Access>,
        id: MediaId,
    ) -> Result<Option<Link>> {
        let columns = Columns::default().and::<MediaRow>(IN_TEXT);
        let Some(row) = ctx.load::<Rows<MediaRow>>((id.0, columns)).await? else { return Ok(None) };
        let here = cell(&row.project_id)? == access.project_id;
        if !here || !access.sees_media(cell(&row.hidden)?) {
            return Ok(None);
        }
        let (image, player) = (cell(&row.kind)? == MediaKind::Image, cell(&row.video_url)?);
        let address = match player {
            Some(player) => player,
            None => Self::new(row, Arc::clone(access)).link(ctx, To::Media, "")?,
        };
        Ok(Some(Link { address, image }))
    }

    fn link(&self, ctx: &Context<'_>, to: To, path: &str) -> Result<String> {
        let (id, now) = (cell(&self.row.id)?, ctx.now());
        let viewer = self.access.person.account.ok_or(Error::Unauthenticated)?;
        let server = ctx.app().config.server.public_url();
        let query = ctx.app().links.sign(to, id.0, viewer, now);
        Ok(format!("{server}/media/{id}{path}?{query}"))
    }
}

/// An image, video or other file in a TwinSpace.
#[Object(guard = "crate::graphql::guard::Unguarded")]
impl Media {
    /// The ID.
    #[graphql(guard = "Public")]
    pub async fn id(&self) -> Result<MediaId> {
        cell(&self.row.id)
    }

    /// The TwinSpace.
    #[graphql(guard = "Public")]
    async fn twin_space(&self) -> Option<TwinSpace> {
        Some(TwinSpace::new(Arc::clone(&self.access)))
    }

    /// The kind of media, determined by its content.
    #[graphql(guard = "Public")]
    async fn kind(&self) -> Result<MediaKind> {
        cell(&self.row.kind)
    }

    /// The title.
    #[graphql(guard = "Public")]
    async fn title(&self) -> Result<String> {
        cell(&self.row.title)
    }

    /// A text alternative for people who cannot see the media; empty if there is none.
    #[graphql(guard = "Public")]
    async fn description(&self) -> Result<String> {
        cell(&self.row.description)
    }

    /// The media type determined by the content, such as `image/jpeg`; null for links.
    #[graphql(guard = "Public")]
    async fn content_type(&self) -> Result<Option<String>> {
        Ok(Some(cell(&self.row.content_type)?).filter(|kind| !kind.is_empty()))
    }

    /// The size in bytes; 0 for links. A whole number of type `Float`, like all numbers of bytes,
    /// because `Int` ends at 2 GiB.
    #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
    #[graphql(guard = "Public")]
    async fn bytes(&self) -> Result<f64> {
        cell(&self.row.bytes).map(|bytes| bytes as f64)
    }

    /// The width of an image, in pixels.
    #[graphql(guard = "Public")]
    async fn width(&self) -> Result<Option<i32>> {
        cell(&self.row.width)
    }

    /// The height of an image, in pixels.
    #[graphql(guard = "Public")]
    async fn height(&self) -> Result<Option<i32>> {
        cell(&self.row.height)
    }

    /// The download URL, which needs no token. It works only for the viewer, for about an hour, and
    /// only while they remain a member. Null for links.
    #[graphql(guard = "Public")]
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let stored = cell(&self.row.object_key)?.is_some();
        stored.then(|| self.link(ctx, To::Media, "")).transpose()
    }

    /// The URL of an image's JPEG thumbnail, at most 320 pixels wide and high. Valid as long as
    /// `url`.
    #[graphql(guard = "Public")]
    async fn thumbnail_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let stored = cell(&self.row.thumbnail_key)?.is_some();
        stored.then(|| self.link(ctx, To::Thumbnail, "/thumbnail")).transpose()
    }

    /// The URL of a linked video's player, for use in an `<iframe>`; null for uploaded media.
    #[graphql(guard = "Public")]
    async fn video_url(&self) -> Result<Option<String>> {
        cell(&self.row.video_url)
    }

    /// The person who added it; null for visitors if it was a pupil (M-20).
    #[graphql(guard = "Public")]
    async fn uploader(&self) -> Result<Option<Person>> {
        let seen = !cell(&self.row.uploader_is_pupil)? || self.access.sees_pupils();
        let person = Person::new(cell(&self.row.uploader_id)?, self.row.uploader_name.clone());
        Ok(seen.then_some(person))
    }

    /// The uploader's membership in the TwinSpace; null if they have left or are not visible to the
    /// viewer.
    #[graphql(guard = "Public")]
    async fn uploader_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, self.access.project_id, cell(&self.row.uploader_id)?).await
    }

    /// The pupils shown who are still members. Visible only to those who can see pupils.
    #[graphql(guard = "Sees(TwinSpacePermission::SeePupils, Arc::clone(&self.access))")]
    async fn pictured(&self, ctx: &Context<'_>) -> Result<Option<Vec<Member>>> {
        let shown = ctx.load::<Pictured>(cell(&self.row.id)?).await?;
        let shown = shown.as_deref().map(Vec::as_slice).unwrap_or_default();
        let members = join_all(shown.iter().map(|&id| Member::load(ctx, id))).await;
        let here = members.into_iter().filter(|member| {
            // No longer a member.
            !matches!(member, Err(Error::NotFound(_)))
        });
        here.collect::<Result<_>>().map(Some)
    }

    /// Whether it is hidden from everyone but teachers, because a pupil whom it shows withdrew
    /// consent (M-14).
    #[graphql(guard = "Public")]
    async fn hidden(&self) -> Result<bool> {
        cell(&self.row.hidden)
    }

    /// When it was added.
    #[graphql(guard = "Public")]
    async fn created_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.created_at)
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(guard = "Public", complexity = 5)]
    async fn permissions(&self) -> Result<MediaPermissions> {
        let (uploader, hidden) = (cell(&self.row.uploader_id)?, cell(&self.row.hidden)?);
        let facts = MediaFacts { uploader, hidden };
        let ask = |act| facts.decide(act, &self.access).into();
        Ok(MediaPermissions { edit: ask(MediaAct::Edit), delete: ask(MediaAct::Delete) })
    }
}

/// What the viewer may do with media, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct MediaPermissions {
    /// Change its title and description.
    edit: Allowance,
    /// Delete it.
    delete: Allowance,
}

/// The media storage used by a TwinSpace. Sizes are whole numbers of type `Float`, because `Int` is
/// limited to values below 2 GiB.
#[derive(SimpleObject)]
pub struct MediaUsage {
    /// The total size in bytes, including uploads in progress.
    bytes: f64,
    /// The quota in bytes.
    quota: f64,
    /// The number of media, including uploads in progress.
    count: u64,
}

impl MediaUsage {
    /// The storage used, and the quota.
    #[expect(clippy::cast_precision_loss, reason = "the largest quota is far below 2^53 bytes")]
    pub fn new(usage: Usage, quota: u64) -> Self {
        Self { bytes: usage.bytes as f64, quota: quota as f64, count: usage.count }
    }
}

/// Filters media.
#[derive(InputObject, Default)]
pub struct MediaFilter {
    /// Returns only media of one of these kinds.
    pub kinds: Option<Vec<MediaKind>>,
    /// Returns only media whose title contains each of these words, in any order, ignoring case and
    /// accents; at most 200 characters.
    pub search: Option<String>,
    /// Returns only media added by this person: the ID of an `uploader`.
    #[graphql(name = "uploaderId")]
    pub uploaded_by: Option<AccountId>,
}

impl MediaFilter {
    /// The filter of the domain, limited to what the viewer may use.
    pub fn take(self, access: &Access) -> Result<media::Filter> {
        Ok(media::Filter {
            kinds: self.kinds,
            search: self.search.as_deref().map(Wanted::read).transpose()?,
            // Viewers who cannot see pupils must not find out what pupils added.
            not_by_pupils: self.uploaded_by.is_some() && !access.sees_pupils(),
            uploaded_by: self.uploaded_by,
            without_hidden: !access.sees_media(true),
        })
    }
}
