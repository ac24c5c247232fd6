//! What the server stores about the viewer, as a download.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{Result, accounts::own_data, download::GOOD_FOR};

use crate::{
    export::Content,
    graphql::{context::ContextExt, guard::SignedIn},
};

/// Result of `exportOwnData`.
#[derive(SimpleObject)]
pub struct ExportOwnDataPayload {
    /// The download URL of the data, as JSON. It works only once, and only with the session
    /// that requested it (`Authorization: Bearer …`).
    url: String,
    /// When the URL expires.
    expires_at: DateTime<Utc>,
}

/// The mutations of one's own data.
#[derive(Default)]
pub struct OwnDataMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl OwnDataMutation {
    /// Prepares a download of all data that the server stores about the viewer. An earlier one that
    /// was not downloaded ends.
    #[graphql(guard = "SignedIn")]
    async fn export_own_data(&self, ctx: &Context<'_>) -> Result<Option<ExportOwnDataPayload>> {
        let content = Content::Json.show();
        let (origin, now) = (ctx.export(&content).await?, ctx.now());
        let token = own_data::make(ctx.db(), ctx.signed_in()?.account_id, origin, now).await?;
        Ok(Some(ExportOwnDataPayload {
            url: ctx.export_url(&token, &content),
            expires_at: now + GOOD_FOR,
        }))
    }
}
