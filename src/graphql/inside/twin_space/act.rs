//! The export of a TwinSpace (P-18).

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{Result, download::GOOD_FOR, inside::twin_space::export};
use entity::TwinSpaceId;
use policy::TwinSpaceFacts;

use crate::{
    export::Content,
    graphql::{context::ContextExt, guard::Decides},
};

/// Input for `exportTwinSpace`.
#[derive(InputObject)]
pub struct ExportTwinSpaceInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
}

/// Result of `exportTwinSpace`.
#[derive(SimpleObject)]
pub struct ExportTwinSpacePayload {
    /// The download URL of a ZIP file, which is made during the download. It works only once, and
    /// only with the session that requested it (`Authorization: Bearer …`).
    url: String,
    /// When the URL expires.
    expires_at: DateTime<Utc>,
}

/// The mutations of TwinSpaces.
#[derive(Default)]
pub struct TwinSpaceMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl TwinSpaceMutation {
    /// Prepares a download of the whole TwinSpace, active or closed: its pages, the project diary and
    /// its media, as far as the viewer can see them, as web pages that need no server. Media that
    /// lacks a consent is not included. Requires a teacher administrator or a founder; for a founder
    /// who has left the TwinSpace, it contains what they can still see. An earlier one that was not
    /// downloaded ends (P-18).
    #[graphql(guard = "Decides(export::EXPORT)")]
    async fn export_twin_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The TwinSpace to export.")] input: ExportTwinSpaceInput,
    ) -> Result<Option<ExportTwinSpacePayload>> {
        let (actor, space) = (ctx.actor(), input.twin_space_id);
        let by = actor.preview::<TwinSpaceFacts>(export::EXPORT, &space).await?.by;
        ctx.request().visits(&by).await;
        let content = Content::TwinSpace(space).show();
        let origin = ctx.export(&content).await?;
        let token = export::make(actor, space, origin).await?;
        Ok(Some(ExportTwinSpacePayload {
            url: ctx.export_url(&token, &content),
            expires_at: actor.now + GOOD_FOR,
        }))
    }
}
