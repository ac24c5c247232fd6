//! Mails that have not been delivered, as administrators see them.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Error, Result,
    care::administration::{self, MailRow},
    list::cell,
};
use entity::MailId;
use policy::ServerPermission;

use crate::{
    graphql::{context::ContextExt, guard::OnServer},
    mail::Pace,
};

/// A mail that has not been delivered.
pub struct PendingMail(pub MailRow);

/// A mail that has not been delivered. Its content is not shown.
#[Object]
impl PendingMail {
    /// The ID, for `retryMails`.
    async fn mail_id(&self) -> Result<MailId> {
        cell(&self.0.id)
    }

    /// The recipient's address.
    async fn recipient(&self) -> Result<String> {
        cell(&self.0.recipient)
    }

    /// What kind of letter it is, such as `verifyEmail` or `invitation`.
    async fn letter(&self) -> Result<String> {
        self.0.kind()
    }

    /// The number of attempts to send it.
    async fn attempts(&self) -> Result<i32> {
        cell(&self.0.attempts)
    }

    /// When it was written.
    async fn created_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.created_at)
    }

    /// When the next attempt is due.
    async fn due_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.due_at)
    }
}

/// Input for `retryMails`.
#[derive(InputObject)]
pub struct RetryMailsInput {
    /// The mail. Omit it for all that failed.
    mail_id: Option<MailId>,
}

/// Result of `retryMails`.
#[derive(SimpleObject)]
pub struct RetryMailsPayload {
    /// The number of mails that are tried again now. Others are due within minutes anyway.
    mail_count: u64,
}

/// The mutation of pending mails, for administrators.
#[derive(Default)]
pub struct MailsMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl MailsMutation {
    /// Tries mails again now instead of at the time for which they are scheduled. Requires a server
    /// administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageMail)")]
    async fn retry_mails(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mails.")] input: RetryMailsInput,
    ) -> Result<Option<RetryMailsPayload>> {
        let lease = TimeDelta::from_std(Pace::default().lease).map_err(Error::internal)?;
        let mail_count =
            Box::pin(administration::retry_mails(ctx.actor(), input.mail_id, lease)).await?;
        Ok(ctx.changed(RetryMailsPayload { mail_count }))
    }
}
