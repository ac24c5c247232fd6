//! Reported messages: visible to the teacher administrators of the TwinSpace and to server
//! administrators, except for the author of the message.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    care::report::{self, Filter, ReportRow},
    error::Flaw,
    list::cell,
};
use entity::{ChatMessageId, Kind, MessageId, ReportId, ReportKind};
use policy::{Allowance, ReportAct, Subject};
use uuid::Uuid;

use crate::graphql::{
    accounts::person::Person,
    connection::{self, Connection, List, Paging},
    context::ContextExt,
    guard::{Decides, SignedIn},
    inside::twin_space::TwinSpace,
    loader::{Reported, Rows},
    payload::payload,
};

/// A reported message, as it was when it was reported.
#[derive(Clone, Debug)]
pub struct Report {
    row: Arc<ReportRow>,
    access: Arc<Access>,
}

impl Report {
    /// The report with this ID, for teacher administrators and server administrators who did not
    /// write the reported message.
    pub async fn load(ctx: &Context<'_>, id: ReportId) -> Result<Self> {
        ctx.signed_in()?;
        let missing = || Error::NotFound("report");
        let columns = connection::columns::<ReportRow>(ctx);
        let row = ctx.load::<Rows<ReportRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access = ctx.access(cell(&row.project_id)?).await?.ok_or_else(missing)?;
        if !row.facts()?.seen_by(&access) {
            return Err(missing());
        }
        ctx.request().visits(&access).await;
        Ok(Self { row, access })
    }

    /// The reports of all TwinSpaces, newest first, for server administrators.
    pub async fn all(
        ctx: &Context<'_>,
        settled: Option<bool>,
        stranded: Option<bool>,
        paging: Paging,
    ) -> Result<Connection<Self>> {
        let filter = Filter { settled, stranded, not_on: None };
        let parent = Uuid::nil();
        let list = List::<ReportRow> { parent, filter, order: (), descending: true };
        connection::page_each(ctx, paging, list, async |row: ReportRow| {
            let access = ctx.access(cell(&row.project_id)?).await?;
            Ok(Self { row: Arc::new(row), access: access.ok_or(Error::NotFound("report"))? })
        })
        .await
    }

    /// The reports of a TwinSpace, newest first.
    pub async fn list(
        ctx: &Context<'_>,
        access: &Arc<Access>,
        settled: Option<bool>,
        paging: Paging,
    ) -> Result<Connection<Self>> {
        let filter = Filter { settled, not_on: access.person.account, stranded: None };
        let parent = access.project_id.0;
        let list = List::<ReportRow> { parent, filter, order: (), descending: true };
        let node = |row| Self { row: Arc::new(row), access: Arc::clone(access) };
        connection::page(ctx, paging, list, node).await
    }
}

/// A reported message, as it was when it was reported. It is kept here even if its author deletes
/// it.
#[Object]
impl Report {
    /// The ID.
    pub async fn id(&self) -> Result<ReportId> {
        cell(&self.row.id)
    }

    /// The TwinSpace in which the message was sent; null if the viewer is not a member.
    async fn twin_space(&self) -> Option<TwinSpace> {
        TwinSpace::of(&self.access)
    }

    /// The title of the project in whose TwinSpace the message was sent.
    async fn project_title(&self) -> Result<String> {
        cell(&self.row.project_title)
    }

    /// The ID of the message, which may have been deleted.
    async fn message_id(&self) -> Result<ID> {
        let id = cell(&self.row.message_id)?;
        Ok(ID(match cell(&self.row.kind)? {
            ReportKind::ChatMessage => ChatMessageId(id).show(),
            ReportKind::Message => MessageId(id).show(),
        }))
    }

    /// Whether the message was sent in the chat room or to a member.
    async fn kind(&self) -> Result<ReportKind> {
        cell(&self.row.kind)
    }

    /// The author of the message.
    async fn author(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.row.author_id)?, self.row.author_name.clone()))
    }

    /// The recipient of the message; null for chat messages.
    async fn recipient(&self) -> Result<Option<Person>> {
        Ok(cell(&self.row.recipient_id)?.map(|id| Person::new(id, None)))
    }

    /// The person who reported it.
    async fn reporter(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.row.reporter_id)?, self.row.reporter_name.clone()))
    }

    /// The subject of the message; empty for chat messages.
    async fn subject(&self) -> Result<String> {
        cell(&self.row.subject)
    }

    /// The text of the message.
    async fn text(&self) -> Result<String> {
        cell(&self.row.text)
    }

    /// When the message was sent.
    async fn sent_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.sent_at)
    }

    /// The reason for the report.
    async fn reason(&self) -> Result<Option<String>> {
        cell(&self.row.reason).map(Some)
    }

    /// When the message was reported.
    async fn reported_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.reported_at)
    }

    /// When it was settled; null while it is open.
    async fn settled_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.settled_at)
    }

    /// The teacher administrator or server administrator who settled it.
    async fn settled_by(&self) -> Result<Option<Person>> {
        Ok(cell(&self.row.settled_by)?.map(|id| Person::new(id, None)))
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self) -> Result<ReportPermissions> {
        let settle = self.row.facts()?.decide(ReportAct::Settle, &self.access).into();
        Ok(ReportPermissions { settle })
    }
}

/// What the viewer may do with a report, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct ReportPermissions {
    /// Settle it.
    settle: Allowance,
}

/// Whether the viewer has reported a message, if `permissions` are asked for that.
pub async fn is_reported(ctx: &Context<'_>, message: Uuid) -> Result<bool> {
    let viewer = ctx.signed_in()?.account_id;
    // What is not selected is not loaded.
    let asked = ctx.look_ahead().field("report").exists();
    Ok(asked && ctx.load::<Reported>((viewer, message)).await?.is_some())
}

/// Input for `reportMessage`.
#[derive(InputObject)]
pub struct ReportMessageInput {
    /// The message: either a chat message, or one that the viewer received.
    message_id: ID,
    /// The reason, at most 1000 characters.
    reason: String,
}

/// Result of `reportMessage`.
#[derive(SimpleObject)]
pub struct ReportMessagePayload {
    /// The ID of the report. The teacher administrators and the server's administrators can read
    /// it.
    report_id: ReportId,
}

/// Input for `settleReport`.
#[derive(InputObject)]
pub struct SettleReportInput {
    /// The report.
    report_id: ReportId,
}

payload! {
    /// Result of `settleReport`.
    SettleReportPayload(ReportId) {
        /// The report.
        report: Report, viewer
    }
}

/// The mutations of reports.
#[derive(Default)]
pub struct ReportMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ReportMutation {
    /// Reports a message to the teacher administrators of the TwinSpace and to the server's
    /// administrators, who handle the report if the author is the only teacher administrator. The
    /// author is not notified.
    #[graphql(guard = "SignedIn")]
    async fn report_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message and the reason.")] input: ReportMessageInput,
    ) -> Result<Option<ReportMessagePayload>> {
        let ReportMessageInput { message_id, reason } = input;
        let actor = ctx.actor();
        ctx.app().limits.message(actor.account()?).await?;
        let report_id = if let Some(id) = ChatMessageId::read(&message_id) {
            let (report, by) = report::chat(actor, id, &reason).await?;
            ctx.request().visits(&by).await;
            report
        } else if let Some(id) = MessageId::read(&message_id) {
            report::message(actor, id, &reason).await?
        } else {
            let kinds = "must be an ID that begins with `chat_` or `message_`";
            return Err(Error::invalid("messageId", Flaw::Malformed(kinds.into())));
        };
        Ok(ctx.changed(ReportMessagePayload { report_id }))
    }

    /// Marks a report as settled for everyone who can see it.
    #[graphql(guard = "Decides(ReportAct::Settle)")]
    async fn settle_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] input: SettleReportInput,
    ) -> Result<Option<SettleReportPayload>> {
        let by = report::settle(ctx.actor(), input.report_id).await?;
        Ok(ctx.changed_by(by, SettleReportPayload(input.report_id)).await)
    }
}
