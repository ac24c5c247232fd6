//! The mutations of media.

use async_graphql::{Context, InputObject, Object};
use domain::{
    Error, Result,
    error::{Flaw, Problems},
    inside::media::{self, Words},
    outcome::Once,
};
use entity::{MediaId, MemberId, TwinSpaceId};
use policy::{MediaAct, TwinSpaceFacts};

use super::Media;
use crate::{
    graphql::{
        context::ContextExt,
        guard::Decides,
        inside::twin_space::TwinSpace,
        payload::{gone, payload},
        upload::Upload,
    },
    media::{self as objects, host},
};

/// The maximum length of a title, in characters.
const TITLE: usize = 200;
/// The maximum length of a description, in characters.
const DESCRIPTION: usize = 2000;
/// The maximum number of pupils shown in a picture.
const PICTURED: usize = 100;

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
    #[graphql(name = "picturedIds")]
    pictured: Vec<MemberId>,
    /// A key chosen by the client, at most 100 characters. Sending the same file again with the same key
    /// within seven days does not add it a second time.
    idempotency_key: Option<String>,
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
    #[graphql(name = "picturedIds")]
    pictured: Vec<MemberId>,
    /// A key chosen by the client, at most 100 characters. Sending again with the same key within seven
    /// days does not add a second link.
    idempotency_key: Option<String>,
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
    #[graphql(name = "picturedIds")]
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

gone! {
    /// Result of `deleteMedia`.
    DeleteMediaPayload {
        /// The ID that it had.
        media_id: MediaId,
        /// The TwinSpace.
        twin_space: TwinSpace
    }
}

fn words(problems: &mut Problems, title: &str, description: &str, pictured: &[MemberId]) -> Words {
    problems.require(pictured.len() <= PICTURED, "picturedIds", Flaw::TooMany { max: PICTURED });
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

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl MediaMutation {
    /// Adds an image, video or other file (T-03). Metadata that says where and by whom a picture or
    /// video was taken is removed, as are subtitles and any tracks other than video and audio; photos
    /// in documents lose their location, too. Images keep their colour profile and animation, and may
    /// have at most 44 megapixels (half of that with transparency and 16 bits per channel). If the
    /// media shows pupils, all of them must have consent to pictures (M-14).
    #[graphql(guard = "Decides(media::ADD)")]
    async fn add_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file and its details.")] input: AddMediaInput,
    ) -> Result<Option<AddMediaPayload>> {
        let AddMediaInput {
            twin_space_id,
            file,
            title,
            description,
            pictured,
            idempotency_key: key,
        } = input;
        // Inspecting a file takes long: not for what is refused.
        ctx.actor().preview::<TwinSpaceFacts>(media::ADD, &twin_space_id).await?;
        let mut problems = Problems::default();
        let words = words(&mut problems, &title, &description, &pictured);
        problems.finish()?;
        let (file, pictured) = (file.take(ctx)?, distinct(pictured));
        let once = Once::read("addMedia", key.as_deref(), &(twin_space_id, &words, &pictured))?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let added = objects::add(app, actor, twin_space_id, file, words, &pictured, once);
        let (id, by) = added.await?;
        Ok(ctx.changed_by(by, AddMediaPayload(id)).await)
    }

    /// Adds a link to a video on a supported host (T-03).
    #[graphql(guard = "Decides(media::ADD)")]
    async fn add_video_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and its details.")] input: AddVideoLinkInput,
    ) -> Result<Option<AddVideoLinkPayload>> {
        let AddVideoLinkInput {
            twin_space_id,
            url,
            title,
            description,
            pictured,
            idempotency_key: key,
        } = input;
        let mut problems = Problems::default();
        let words = words(&mut problems, &title, &description, &pictured);
        let player = host::player(&url, &ctx.app().config.media.media_peertube_hosts);
        let unknown = "must be the URL of a video on a supported host";
        problems.require(player.is_some(), "url", Flaw::Unsupported(unknown.into()));
        problems.finish()?;
        let player = player.expect("no problem was found with it");
        let (actor, pictured) = (ctx.actor(), distinct(pictured));
        let asked = (twin_space_id, &words, &player, &pictured);
        let once = Once::read("addVideoLink", key.as_deref(), &asked)?;
        let linked = media::link(actor, twin_space_id, words, player, &pictured, once.as_ref());
        let (id, by) = linked.await?;
        Ok(ctx.changed_by(by, AddVideoLinkPayload(id)).await)
    }

    /// Changes the title and description of media, and the pupils whom it shows. Requires the
    /// uploader or a teacher administrator.
    #[graphql(guard = "Decides(MediaAct::Edit)")]
    async fn edit_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: EditMediaInput,
    ) -> Result<Option<EditMediaPayload>> {
        let EditMediaInput { media_id, title, description, pictured } = input;
        let mut problems = Problems::default();
        let few = pictured.as_ref().is_none_or(|shown| shown.len() <= PICTURED);
        problems.require(few, "picturedIds", Flaw::TooMany { max: PICTURED });
        let title = title.map(|title| problems.line(&title, "title", TITLE));
        let description = description.map(|text| problems.prose(&text, "description", DESCRIPTION));
        problems.finish()?;
        let (actor, pictured) = (ctx.actor(), pictured.map(distinct));
        let by = media::edit(actor, media_id, title, description, pictured.as_deref()).await?;
        Ok(ctx.changed_by(by, EditMediaPayload(media_id)).await)
    }

    /// Deletes media. Requires the uploader or a teacher administrator.
    #[graphql(guard = "Decides(MediaAct::Delete)")]
    async fn delete_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The media to delete.")] input: DeleteMediaInput,
    ) -> Result<Option<DeleteMediaPayload>> {
        let DeleteMediaInput { media_id } = input;
        let by = objects::delete(ctx.app(), ctx.actor(), media_id).await?;
        let project = by.project_id;
        Ok(ctx.changed_by(by, DeleteMediaPayload { media_id, project }).await)
    }
}
