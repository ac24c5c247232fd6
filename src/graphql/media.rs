//! Images, videos and files of a TwinSpace (T-03).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Reason, Result,
    access::Access,
    error::Problems,
    list::{Columns, cell},
    markup::Link,
    media::{self, MediaRow, Usage, Words},
    text::Wanted,
};
use entity::{AccountId, MediaId, MediaKind, MemberId, TwinSpaceId};
use futures_util::future::join_all;
use policy::{Allowance, Tie, TwinSpacePermission};

use super::{
    connection,
    context::ContextExt,
    guard::{DescribesMedia, InTwinSpace, OnMedia, Public, Sees},
    loader::{Pictured, Rows},
    member::{Member, sees_pupils},
    payload::payload,
    person::Person,
    twin_space::TwinSpace,
    upload::Upload,
};
use crate::media::{self as objects, host, link::To};

mod subscription;

pub use subscription::MediaSubscription;

/// The maximum length of a title, in characters.
const TITLE: usize = 200;
/// The maximum length of a description, in characters.
const DESCRIPTION: usize = 2000;
/// The maximum number of pupils shown in a picture.
const PICTURED: usize = 100;

/// An image, video or other file in a TwinSpace.
#[derive(Clone, Debug)]
pub struct Media {
    row: Arc<MediaRow>,
    access: Arc<Access>,
}

/// The columns that determine whether it is visible.
const SEEN: &[&str] = &["hidden"];
/// The columns that determine what may be done with it.
const SUBJECT: &[&str] = &["hidden", "permissions"];
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

    /// The media with this ID, with the columns that determine what may be done with it.
    pub async fn subject(ctx: &Context<'_>, id: MediaId) -> Result<Self> {
        Self::one(ctx, id, Columns::default().and::<MediaRow>(SUBJECT)).await
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

    /// Whether the viewer may do this with it; it is their own if they added it.
    pub fn may(&self, permission: TwinSpacePermission) -> Result<Result<(), Reason>> {
        let own = Some(cell(&self.row.uploader_id)?) == self.access.person.account;
        let tie = Tie { own, given: false };
        Ok(self.access.may_inside(permission, tie, Reason::NotYours))
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

    /// Whether the viewer may edit its description: those who may delete it, while the project is
    /// active.
    pub fn may_describe(&self) -> Result<Result<(), Reason>> {
        let decision = self.may(TwinSpacePermission::DeleteMedia)?;
        Ok(decision.and_then(|()| self.access.is_active()))
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
#[Object(guard = "super::guard::Unguarded")]
impl Media {
    /// The ID.
    #[graphql(guard = "Public")]
    pub async fn id(&self) -> Result<MediaId> {
        cell(&self.row.id)
    }

    /// The TwinSpace.
    #[graphql(guard = "Public")]
    async fn twin_space(&self) -> TwinSpace {
        TwinSpace::new(Arc::clone(&self.access))
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

    /// The size in bytes; 0 for links.
    #[graphql(guard = "Public")]
    async fn bytes(&self) -> Result<i64> {
        cell(&self.row.bytes)
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
        let seen = !cell(&self.row.uploader_is_pupil)? || sees_pupils(&self.access);
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
        let delete = self.may(TwinSpacePermission::DeleteMedia)?.into();
        // Those who may delete it may also describe it.
        Ok(MediaPermissions { edit: self.may_describe()?.into(), delete })
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
    /// Returns only media of this kind.
    pub kind: Option<MediaKind>,
    /// Returns only media whose title contains each of these words, in any order, ignoring case and
    /// accents; at most 200 characters.
    pub search: Option<String>,
    /// Returns only media added by this person: the ID of an `uploader`.
    pub uploaded_by: Option<AccountId>,
}

impl MediaFilter {
    /// The filter of the domain, limited to what the viewer may use.
    pub fn take(self, access: &Access) -> Result<media::Filter> {
        Ok(media::Filter {
            kind: self.kind,
            search: self.search.as_deref().map(Wanted::read).transpose()?,
            // Viewers who cannot see pupils must not find out what pupils added.
            not_by_pupils: self.uploaded_by.is_some() && !sees_pupils(access),
            uploaded_by: self.uploaded_by,
            without_hidden: !access.sees_media(true),
        })
    }
}

/// Input for `addMedia`.
#[derive(InputObject)]
pub struct AddMediaInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The file, sent as a GraphQL multipart request: an image up to 5 MiB, a video up to 200 MiB,
    /// or any other file up to 20 MiB. The kind is determined by the content.
    file: Upload,
    /// The title, at most 200 characters.
    title: String,
    /// A text alternative for people who cannot see the media, at most 2000 characters.
    #[graphql(default)]
    description: String,
    /// The pupils shown, as members; empty if none. All of them must have consent to pictures
    /// (M-14).
    pictured: Vec<MemberId>,
}

/// Input for `addVideoLink`.
#[derive(InputObject)]
pub struct AddVideoLinkInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The URL of a video on YouTube, Vimeo, Dailymotion or a PeerTube server allowed by the
    /// administrator, with or without `https://`.
    url: String,
    /// The title, at most 200 characters.
    title: String,
    /// A text alternative for people who cannot see the media, at most 2000 characters.
    #[graphql(default)]
    description: String,
    /// The pupils shown, as members; empty if none. All of them must have consent to pictures
    /// (M-14).
    pictured: Vec<MemberId>,
}

/// Input for `editMedia`.
#[derive(InputObject)]
pub struct EditMediaInput {
    /// The media.
    media_id: MediaId,
    /// The title, at most 200 characters.
    title: Option<String>,
    /// A text alternative for people who cannot see the media, at most 2000 characters.
    description: Option<String>,
    /// The pupils shown, as members, at most 100. Replaces the current list. If any of them has no
    /// consent to pictures, the media is hidden from everyone but teachers (M-14).
    pictured: Option<Vec<MemberId>>,
}

/// Input for `deleteMedia`.
#[derive(InputObject)]
pub struct DeleteMediaInput {
    /// The media.
    media_id: MediaId,
}

payload! {
    /// Result of `addMedia`.
    AddMediaPayload(MediaId) {
        /// The media.
        media: Media
    }
}

payload! {
    /// Result of `addVideoLink`.
    AddVideoLinkPayload(MediaId) {
        /// The link, as media.
        media: Media
    }
}

/// Result of `editMedia`.
pub struct EditMediaPayload(MediaId);

/// Result of `editMedia`.
#[Object]
impl EditMediaPayload {
    /// The updated media; null if it is now hidden from the viewer.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match Media::load(ctx, self.0).await {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }
}

/// Result of `deleteMedia`.
#[derive(SimpleObject)]
pub struct DeleteMediaPayload {
    /// The ID that it had.
    media_id: MediaId,
}

fn words(problems: &mut Problems, title: &str, description: &str, pictured: &[MemberId]) -> Words {
    problems.require(pictured.len() <= PICTURED, "pictured", "must have at most 100 items");
    Words {
        title: problems.line(title, "title", TITLE),
        description: problems.prose(description, "description", DESCRIPTION),
    }
}

/// Removes duplicates.
fn distinct(mut pictured: Vec<MemberId>) -> Vec<MemberId> {
    let mut seen = std::collections::HashSet::new();
    pictured.retain(|id| seen.insert(*id));
    pictured
}

/// The mutations of media.
#[derive(Default)]
pub struct MediaMutation;

#[Object(guard = "super::guard::Unguarded")]
impl MediaMutation {
    /// Adds an image, video or other file (T-03). Metadata that says where and by whom a picture or
    /// video was taken is removed, as are subtitles and any tracks other than video and audio; photos
    /// in documents lose their location, too. Images keep their colour profile and animation, and may
    /// have at most 44 megapixels (half of that with transparency and 16 bits per channel). If the
    /// media shows pupils, all of them must have consent to pictures (M-14).
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::AddMedia, input.twin_space_id)")]
    async fn add_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file and its details.")] input: AddMediaInput,
    ) -> Result<AddMediaPayload> {
        let AddMediaInput { twin_space_id, file, title, description, pictured } = input;
        let mut problems = Problems::default();
        let words = words(&mut problems, &title, &description, &pictured);
        problems.finish()?;
        let (file, pictured) = (file.take(ctx)?, distinct(pictured));
        let access = ctx.twin_space(twin_space_id.into()).await?;
        let id = objects::add(ctx.app(), &access, file, words, &pictured).await?;
        Ok(ctx.changed(AddMediaPayload(id)))
    }

    /// Adds a link to a video on a supported host (T-03).
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::AddMedia, input.twin_space_id)")]
    async fn add_video_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and its details.")] input: AddVideoLinkInput,
    ) -> Result<AddVideoLinkPayload> {
        let AddVideoLinkInput { twin_space_id, url, title, description, pictured } = input;
        let mut problems = Problems::default();
        let words = words(&mut problems, &title, &description, &pictured);
        let player = host::player(&url, &ctx.app().config.media.media_peertube_hosts);
        let unknown = "must be the URL of a video on a supported host";
        problems.require(player.is_some(), "url", unknown);
        problems.finish()?;
        let player = player.expect("no problem was found with it");
        let access = ctx.twin_space(twin_space_id.into()).await?;
        let pictured = distinct(pictured);
        let id = media::link(ctx.db(), &access, words, player, &pictured, ctx.now()).await?;
        Ok(ctx.changed(AddVideoLinkPayload(id)))
    }

    /// Changes the title and description of media, and the pupils whom it shows. Requires the
    /// uploader or a teacher administrator.
    #[graphql(guard = "DescribesMedia(input.media_id)")]
    async fn edit_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: EditMediaInput,
    ) -> Result<EditMediaPayload> {
        let EditMediaInput { media_id, title, description, pictured } = input;
        let mut problems = Problems::default();
        let few = pictured.as_ref().is_none_or(|shown| shown.len() <= PICTURED);
        problems.require(few, "pictured", "must have at most 100 items");
        let title = title.map(|title| problems.line(&title, "title", TITLE));
        let description = description.map(|text| problems.prose(&text, "description", DESCRIPTION));
        problems.finish()?;
        let access = Media::subject(ctx, media_id).await?.access;
        let pictured = pictured.map(distinct);
        let (pictured, now) = (pictured.as_deref(), ctx.now());
        media::edit(ctx.db(), &access, media_id, title, description, pictured, now).await?;
        Ok(ctx.changed(EditMediaPayload(media_id)))
    }

    /// Deletes media. Requires the uploader or a teacher administrator.
    #[graphql(guard = "OnMedia(TwinSpacePermission::DeleteMedia, input.media_id)")]
    async fn delete_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The media to delete.")] input: DeleteMediaInput,
    ) -> Result<DeleteMediaPayload> {
        let DeleteMediaInput { media_id } = input;
        let access = Media::subject(ctx, media_id).await?.access;
        objects::delete(ctx.app(), &access, media_id).await?;
        Ok(ctx.changed(DeleteMediaPayload { media_id }))
    }
}
