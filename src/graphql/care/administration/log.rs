//! The audit log of the whole server as a file, for administrators.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{Result, care::administration, download::GOOD_FOR};
use policy::ServerPermission;

use crate::{
    export::Content,
    graphql::{care::audit::AuditLogFilter, context::ContextExt, guard::OnServer},
};

/// Input for `exportAuditLog`.
#[derive(InputObject)]
pub struct ExportAuditLogInput {
    /// The filter to apply.
    filter: Option<AuditLogFilter>,
}

/// Result of `exportAuditLog`.
#[derive(SimpleObject)]
pub struct ExportAuditLogPayload {
    /// The download URL of a CSV file with the latest 50,000 entries that fit. It works only once,
    /// and only with the session that requested it (`Authorization: Bearer …`).
    url: String,
    /// When the URL expires.
    expires_at: DateTime<Utc>,
}

/// The mutation of the audit log, for administrators.
#[derive(Default)]
pub struct LogMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl LogMutation {
    /// Prepares the audit log of the server for download as CSV, newest first. It contains IDs,
    /// roles and states, but no names. Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ReadServerLog)")]
    async fn export_audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries.")] input: ExportAuditLogInput,
    ) -> Result<Option<ExportAuditLogPayload>> {
        let content = Content::Log(input.filter.unwrap_or_default().take(false)).show();
        let origin = ctx.export(&content).await?;
        let token = Box::pin(administration::export_log(ctx.actor(), origin)).await?;
        Ok(Some(ExportAuditLogPayload {
            url: ctx.export_url(&token, &content),
            expires_at: ctx.now() + GOOD_FOR,
        }))
    }
}
