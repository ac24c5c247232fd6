//! What the server stores about the viewer, as a download.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{Result, accounts::own_data, members::export};

use crate::graphql::{context::ContextExt, guard::SignedIn};

/// Result of `exportOwnData`.
#[derive(SimpleObject)]
pub struct ExportOwnDataPayload {
    /// The download URL of the data, as JSON. It works only once, and only with the viewer's own
    /// session (`Authorization: Bearer …`).
    url: String,
    /// When the URL expires.
    expires_at: DateTime<Utc>,
}

/// The mutations of one's own data.
#[derive(Default)]
pub struct OwnDataMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl OwnDataMutation {
    /// Prepares a download of all data that the server stores about the viewer.
    #[graphql(guard = "SignedIn")]
    async fn export_own_data(&self, ctx: &Context<'_>) -> Result<ExportOwnDataPayload> {
        let now = ctx.now();
        let token = own_data::make(ctx.db(), ctx.signed_in()?.account_id, now).await?;
        Ok(ExportOwnDataPayload {
            url: ctx.export_url(&token, "json"),
            expires_at: now + export::GOOD_FOR,
        })
    }
}
