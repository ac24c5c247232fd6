//! Mails that have not been delivered, with the columns that a request needs.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{Act, MailId, mail};
use policy::ServerPermission;
use sea_orm::{
    ColumnTrait, EntityTrait,
    sea_query::{Cond, Condition, Expr, Query, SelectStatement},
};
use serde_json::Value;

use super::begin;
use crate::{
    Actor, Error, Result,
    care::audit,
    column,
    list::{Cell, Column, KeyKind, Listed, cell},
    mail::retry_these,
};

/// A pending mail, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::mail`")]
pub struct MailRow {
    pub id: Cell<MailId>,
    pub recipient: Cell<String>,
    pub letter: Cell<Value>,
    pub attempts: Cell<i32>,
    pub created_at: Cell<DateTime<Utc>>,
    pub due_at: Cell<DateTime<Utc>>,
}

impl MailRow {
    /// What kind of letter it is: `verifyEmail`.
    pub fn kind(&self) -> Result<String> {
        Ok(cell(&self.letter)?["letter"].as_str().unwrap_or("unknown").to_owned())
    }
}

/// Filters pending mails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those whose delivery has failed before, or has not been tried yet.
    pub failed: Option<bool>,
}

impl Listed for MailRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = mail::Column::Id, for []),
        column!(recipient = mail::Column::Recipient, for ["recipient"]),
        column!(letter = mail::Column::Letter, for ["letter"]),
        column!(attempts = mail::Column::Attempts, for ["attempts"]),
        column!(created_at = mail::Column::CreatedAt, for ["createdAt"]),
        column!(due_at = mail::Column::DueAt, for ["dueAt"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        Query::select().from(mail::Entity).take()
    }

    fn id() -> Expr {
        mail::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some(failed) = filter.failed {
            let attempts = mail::Column::Attempts;
            all = all.add(if failed { attempts.gt(0) } else { attempts.eq(0) });
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}

/// Makes this mail due at once, or all that failed, except those that are due `soon` anyway;
/// returns their number.
pub async fn retry(actor: Actor<'_>, id: Option<MailId>, soon: TimeDelta) -> Result<u64> {
    let (tx, administrator) = begin(&actor, ServerPermission::ManageMail).await?;
    if let Some(id) = id {
        let found = mail::Entity::find_by_id(id).one(&*tx).await?;
        found.ok_or(Error::NotFound("mail"))?;
    }
    let mails = retry_these(&tx, id, soon, actor.now).await?;
    let mut line = audit::line(Act::MailRetried, administrator).detail(audit::Detail::Mails, mails);
    if let Some(id) = id {
        line = line.subject(id.0);
    }
    line.write(&tx, actor.now).await?;
    tx.commit().await?;
    Ok(mails)
}
