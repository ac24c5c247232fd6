//! Images, videos and files of a TwinSpace (T-03).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{AccountId, MediaId, MediaKind, MemberId, TwinSpaceId};
use futures_util::future::join_all;

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
use crate::{
    Error, Reason, Result,
    domain::{
        access::Access,
        list::{Columns, cell},
        markup::Link,
        media::{self, MediaRow, Usage, Words},
        text::Wanted,
    },
    error::Problems,
    media::{self as objects, host, link::To},
    policy::{self, Allowance, Tie, TwinSpacePermission},
};

mod subscription;

pub use subscription::MediaSubscription;

/// The most characters of a title.
const TITLE: usize = 200;
/// The most characters of a description.
const DESCRIPTION: usize = 2000;
/// The most pupils on a picture.
const PICTURED: usize = 100;

/// An image, a video or a file of a TwinSpace.
#[derive(Clone, Debug)]
pub struct Media {
    row: Arc<MediaRow>,
    access: Arc<Access>,
}

/// What decides whether it is seen.
const SEEN: &[&str] = &["hidden"];
/// What decides what may be done with it.
const SUBJECT: &[&str] = &["hidden", "permissions"];
/// What a text needs to show it.
const IN_TEXT: &[&str] = &["hidden", "kind", "videoUrl"];

impl Media {
    /// Media that was read under this access.
    pub fn new(row: impl Into<Arc<MediaRow>>, access: Arc<Access>) -> Self {
        Self { row: row.into(), access }
    }

    /// The media with this id, with the columns that are asked for.
    pub async fn load(ctx: &Context<'_>, id: MediaId) -> Result<Self> {
        Self::one(ctx, id, connection::columns::<MediaRow>(ctx).and::<MediaRow>(SEEN)).await
    }

    /// The media with this id, with what decides what may be done with it.
    pub async fn subject(ctx: &Context<'_>, id: MediaId) -> Result<Self> {
        Self::one(ctx, id, Columns::default().and::<MediaRow>(SUBJECT)).await
    }

    async fn one(ctx: &Context<'_>, id: MediaId, columns: Columns) -> Result<Self> {
        ctx.signed_in()?;
        let missing = || Error::NotFound("media");
        let row = ctx.load::<Rows<MediaRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access =
            ctx.twin_space(cell(&row.project_id)?).await.map_err(|error| error.within("media"))?;
        match policy::sees_media(access.state, access.role()?, cell(&row.hidden)?) {
            true => Ok(Self { row, access }),
            false => Err(missing()),
        }
    }

    /// Whether the viewer may do this with it: what ties them is that they added it.
    pub fn may(&self, permission: TwinSpacePermission) -> Result<Result<(), Reason>> {
        let own = Some(cell(&self.row.uploader_id)?) == self.access.person.account;
        let tie = Tie { own, given: false };
        Ok(self.access.may_inside(permission, tie, Reason::NotYours))
    }

    /// How a text of a project links to the media with this id; not at all if it is another
    /// project's, or the viewer does not see it.
    pub async fn link_in_text(
        ctx: &Context<'_>,
        access: &Arc<Access>,
        id: MediaId,
    ) -> Result<Option<Link>> {
        let Ok(role) = access.role() else { return Ok(None) };
        let columns = Columns::default().and::<MediaRow>(IN_TEXT);
        let Some(row) = ctx.load::<Rows<MediaRow>>((id.0, columns)).await? else { return Ok(None) };
        let here = cell(&row.project_id)? == access.project_id;
        if !here || !policy::sees_media(access.state, role, cell(&row.hidden)?) {
            return Ok(None);
        }
        let (image, player) = (cell(&row.kind)? == MediaKind::Image, cell(&row.video_url)?);
        let address = match player {
            Some(player) => player,
            None => Self::new(row, Arc::clone(access)).link(ctx, To::Media, "")?,
        };
        Ok(Some(Link { address, image }))
    }

    /// Whether the viewer may change what is said of it: who may delete it, while the project is
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

/// An image, a video or a file of a TwinSpace.
#[Object(guard = "super::guard::Unguarded")]
impl Media {
    /// Its id.
    #[graphql(guard = "Public")]
    pub async fn id(&self) -> Result<MediaId> {
        cell(&self.row.id)
    }

    /// The TwinSpace.
    #[graphql(guard = "Public")]
    async fn twin_space(&self) -> TwinSpace {
        TwinSpace::new(Arc::clone(&self.access))
    }

    /// What it is, by its content.
    #[graphql(guard = "Public")]
    async fn kind(&self) -> Result<MediaKind> {
        cell(&self.row.kind)
    }

    /// What it is called.
    #[graphql(guard = "Public")]
    async fn title(&self) -> Result<String> {
        cell(&self.row.title)
    }

    /// What it shows, for those who cannot see it; empty if nobody said.
    #[graphql(guard = "Public")]
    async fn description(&self) -> Result<String> {
        cell(&self.row.description)
    }

    /// The media type, by the content: `image/jpeg`; null for links.
    #[graphql(guard = "Public")]
    async fn content_type(&self) -> Result<Option<String>> {
        Ok(Some(cell(&self.row.content_type)?).filter(|kind| !kind.is_empty()))
    }

    /// How large it is, in bytes; 0 for links.
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

    /// Where it is downloaded from, without a token: by the viewer alone, for about an hour, and
    /// for as long as they are a member. Null for links.
    #[graphql(guard = "Public")]
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let stored = cell(&self.row.object_key)?.is_some();
        stored.then(|| self.link(ctx, To::Media, "")).transpose()
    }

    /// Where a JPEG of an image is, at most 320 pixels wide and high; as long as `url`.
    #[graphql(guard = "Public")]
    async fn thumbnail_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let stored = cell(&self.row.thumbnail_key)?.is_some();
        stored.then(|| self.link(ctx, To::Thumbnail, "/thumbnail")).transpose()
    }

    /// The player of a linked video, for an `<iframe>`; null for what was uploaded.
    #[graphql(guard = "Public")]
    async fn video_url(&self) -> Result<Option<String>> {
        cell(&self.row.video_url)
    }

    /// Who added it; null for visitors if it was a pupil (M-20).
    #[graphql(guard = "Public")]
    async fn uploader(&self) -> Result<Option<Person>> {
        let seen = !cell(&self.row.uploader_is_pupil)? || sees_pupils(&self.access);
        let person = Person::new(cell(&self.row.uploader_id)?, self.row.uploader_name.clone());
        Ok(seen.then_some(person))
    }

    /// The place in the TwinSpace of who added it; null if they have left it, or are not shown to the
    /// viewer.
    #[graphql(guard = "Public")]
    async fn uploader_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, self.access.project_id, cell(&self.row.uploader_id)?).await
    }

    /// The pupils whom it shows and who are members still; for those who see pupils.
    #[graphql(guard = "Sees(TwinSpacePermission::SeePupils, Arc::clone(&self.access))")]
    async fn pictured(&self, ctx: &Context<'_>) -> Result<Option<Vec<Member>>> {
        let shown = ctx.load::<Pictured>(cell(&self.row.id)?).await?;
        let shown = shown.as_deref().map(Vec::as_slice).unwrap_or_default();
        let members = join_all(shown.iter().map(|&id| Member::load(ctx, id))).await;
        let here = members.into_iter().filter(|member| {
            // Gone since.
            !matches!(member, Err(Error::NotFound(_)))
        });
        here.collect::<Result<_>>().map(Some)
    }

    /// Whether it is hidden from all but teachers, because a consent of a pupil whom it shows was
    /// withdrawn (M-14).
    #[graphql(guard = "Public")]
    async fn hidden(&self) -> Result<bool> {
        cell(&self.row.hidden)
    }

    /// When it was added.
    #[graphql(guard = "Public")]
    async fn created_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.created_at)
    }

    /// What the viewer may do with it, and if not, why.
    #[graphql(guard = "Public", complexity = 5)]
    async fn permissions(&self) -> Result<MediaPermissions> {
        let delete = self.may(TwinSpacePermission::DeleteMedia)?.into();
        // Whose it is to delete, theirs it is to describe.
        Ok(MediaPermissions { edit: self.may_describe()?.into(), delete })
    }
}

/// What the viewer may do with media, and if not, why.
#[derive(SimpleObject)]
pub struct MediaPermissions {
    /// Change its title and description.
    edit: Allowance,
    /// Delete it.
    delete: Allowance,
}

/// How much media a TwinSpace has. Sizes are whole numbers, and `Float` because `Int` ends below
/// 2 GiB.
#[derive(SimpleObject)]
pub struct MediaUsage {
    /// The size of all, in bytes; uploads under way count.
    bytes: f64,
    /// How much there may be, in bytes.
    quota: f64,
    /// How many there are; uploads under way count.
    count: u64,
}

impl MediaUsage {
    /// What there is of what there may be.
    #[expect(clippy::cast_precision_loss, reason = "the largest quota is far below 2^53 bytes")]
    pub fn new(usage: Usage, quota: u64) -> Self {
        Self { bytes: usage.bytes as f64, quota: quota as f64, count: usage.count }
    }
}

/// Which media.
#[derive(InputObject, Default)]
pub struct MediaFilter {
    /// Only of this kind.
    pub kind: Option<MediaKind>,
    /// Only those in whose title each of these words stands, in any order, whatever the case and the
    /// accents; at most 200 characters.
    pub search: Option<String>,
    /// Only what this person added: the id of an `uploader`.
    pub uploaded_by: Option<AccountId>,
}

impl MediaFilter {
    /// The filter of the domain, as the viewer may use it.
    pub fn take(self, access: &Access) -> Result<media::Filter> {
        Ok(media::Filter {
            kind: self.kind,
            search: self.search.as_deref().map(Wanted::read).transpose()?,
            // Who does not see pupils does not find out what they added.
            not_by_pupils: self.uploaded_by.is_some() && !sees_pupils(access),
            uploaded_by: self.uploaded_by,
            without_hidden: !policy::sees_media(access.state, access.role()?, true),
        })
    }
}

/// What is added.
#[derive(InputObject)]
pub struct AddMediaInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The file, by the GraphQL multipart request: an image up to 5 MiB, a video up to 200 MiB,
    /// another file up to 20 MiB. Its content decides what it is.
    file: Upload,
    /// What it is called, at most 200 characters.
    title: String,
    /// What it shows, for those who cannot see it; at most 2000 characters.
    #[graphql(default)]
    description: String,
    /// The pupils whom it shows, as members; empty if none. All must consent to pictures (M-14).
    pictured: Vec<MemberId>,
}

/// What is linked.
#[derive(InputObject)]
pub struct AddVideoLinkInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The address of a video on YouTube, Vimeo, Dailymotion, or a server of PeerTube that the
    /// administrator has named, with or without `https://`.
    url: String,
    /// What it is called, at most 200 characters.
    title: String,
    /// What it shows, for those who cannot see it; at most 2000 characters.
    #[graphql(default)]
    description: String,
    /// The pupils whom it shows, as members; empty if none. All must consent to pictures (M-14).
    pictured: Vec<MemberId>,
}

/// What is to change; what is left out stays as it is.
#[derive(InputObject)]
pub struct EditMediaInput {
    /// The media.
    media_id: MediaId,
    /// What it is called, at most 200 characters.
    title: Option<String>,
    /// What it shows, for those who cannot see it; at most 2000 characters.
    description: Option<String>,
    /// The pupils whom it shows, as members, at most 100: all of them, in place of those named
    /// before. Where one has no consent to pictures, it is hidden from all but teachers (M-14).
    pictured: Option<Vec<MemberId>>,
}

/// What is deleted.
#[derive(InputObject)]
pub struct DeleteMediaInput {
    /// The media.
    media_id: MediaId,
}

payload! {
    /// What came of adding.
    AddMediaPayload(MediaId) {
        /// The media.
        media: Media
    }
}

payload! {
    /// What came of linking.
    AddVideoLinkPayload(MediaId) {
        /// The link, as media.
        media: Media
    }
}

/// What came of editing.
pub struct EditMediaPayload(MediaId);

/// What came of editing.
#[Object]
impl EditMediaPayload {
    /// The media, as it is now; null if it is hidden from the viewer from now on.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match Media::load(ctx, self.0).await {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }
}

/// What was deleted.
#[derive(SimpleObject)]
pub struct DeleteMediaPayload {
    /// The id that it had.
    media_id: MediaId,
}

fn words(problems: &mut Problems, title: &str, description: &str, pictured: &[MemberId]) -> Words {
    problems.require(pictured.len() <= PICTURED, "pictured", "must be at most 100");
    Words {
        title: problems.line(title, "title", TITLE),
        description: problems.prose(description, "description", DESCRIPTION),
    }
}

/// Each once.
fn distinct(mut pictured: Vec<MemberId>) -> Vec<MemberId> {
    let mut seen = std::collections::HashSet::new();
    pictured.retain(|id| seen.insert(*id));
    pictured
}

/// What can be done with media.
#[derive(Default)]
pub struct MediaMutation;

#[Object(guard = "super::guard::Unguarded")]
impl MediaMutation {
    /// Adds an image, a video or a file (T-03). Where and by whom a picture or a film was taken is
    /// removed from it, with subtitles and all tracks that are neither picture nor sound; photos in
    /// documents lose the place, too. Images keep their colour profile and their motion, and may
    /// have at most 44 megapixels (half of that with transparency and 16 bits per channel). If it
    /// shows pupils, all of them must consent to pictures (M-14).
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::AddMedia, input.twin_space_id)")]
    async fn add_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is added.")] input: AddMediaInput,
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

    /// Adds a link to a video on a known host (T-03).
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::AddMedia, input.twin_space_id)")]
    async fn add_video_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is linked.")] input: AddVideoLinkInput,
    ) -> Result<AddVideoLinkPayload> {
        let AddVideoLinkInput { twin_space_id, url, title, description, pictured } = input;
        let mut problems = Problems::default();
        let words = words(&mut problems, &title, &description, &pictured);
        let player = host::player(&url, &ctx.app().config.media.media_peertube_hosts);
        let unknown = "must be the address of a video on a known host";
        problems.require(player.is_some(), "url", unknown);
        problems.finish()?;
        let player = player.expect("no problem was found with it");
        let access = ctx.twin_space(twin_space_id.into()).await?;
        let pictured = distinct(pictured);
        let id = media::link(ctx.db(), &access, words, player, &pictured, ctx.now()).await?;
        Ok(ctx.changed(AddVideoLinkPayload(id)))
    }

    /// Changes the title and the description of media, and whom it shows: of one's own, or as a
    /// teacher administrator of any.
    #[graphql(guard = "DescribesMedia(input.media_id)")]
    async fn edit_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: EditMediaInput,
    ) -> Result<EditMediaPayload> {
        let EditMediaInput { media_id, title, description, pictured } = input;
        let mut problems = Problems::default();
        let few = pictured.as_ref().is_none_or(|shown| shown.len() <= PICTURED);
        problems.require(few, "pictured", "must be at most 100");
        let title = title.map(|title| problems.line(&title, "title", TITLE));
        let description = description.map(|text| problems.prose(&text, "description", DESCRIPTION));
        problems.finish()?;
        let access = Media::subject(ctx, media_id).await?.access;
        let pictured = pictured.map(distinct);
        let (pictured, now) = (pictured.as_deref(), ctx.now());
        media::edit(ctx.db(), &access, media_id, title, description, pictured, now).await?;
        Ok(ctx.changed(EditMediaPayload(media_id)))
    }

    /// Deletes media: one's own, or as a teacher administrator any.
    #[graphql(guard = "OnMedia(TwinSpacePermission::DeleteMedia, input.media_id)")]
    async fn delete_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is deleted.")] input: DeleteMediaInput,
    ) -> Result<DeleteMediaPayload> {
        let DeleteMediaInput { media_id } = input;
        let access = Media::subject(ctx, media_id).await?.access;
        objects::delete(ctx.app(), &access, media_id).await?;
        Ok(ctx.changed(DeleteMediaPayload { media_id }))
    }
}
