//! A message between members, with the columns that a request needs.

use chrono::{DateTime, Utc};
use entity::{AccountId, MessageId, ProjectId, ThreadId, account, message};
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement},
};

use crate::{
    column,
    list::{Cell, Column, KeyKind, Listed},
    sql::{ColumnExt, join_account},
};

/// A message, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::message`")]
pub struct MessageRow {
    pub id: Cell<MessageId>,
    pub project_id: Cell<ProjectId>,
    pub thread_id: Cell<ThreadId>,
    pub sender_id: Cell<AccountId>,
    pub sender_name: Cell<String>,
    pub recipient_id: Cell<AccountId>,
    pub recipient_name: Cell<String>,
    pub subject: Cell<String>,
    pub text: Cell<String>,
    pub in_reply_to: Cell<Option<MessageId>>,
    pub sent_at: Cell<DateTime<Utc>>,
    pub read_at: Cell<Option<DateTime<Utc>>>,
    pub sender_deleted: Cell<bool>,
    pub recipient_deleted: Cell<bool>,
}

const SENDER: u8 = 0;
const RECIPIENT: u8 = 1;

/// Filters messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those in this person's inbox.
    pub received_by: Option<AccountId>,
    /// Only those from this person to whoever received them.
    pub received_from: Option<AccountId>,
    /// Only those sent by this person.
    pub sent_by: Option<AccountId>,
    /// If true, only unread messages; if false, only read ones.
    pub unread: Option<bool>,
    /// Only those sent in the TwinSpace of this project.
    pub project: Option<ProjectId>,
    /// Only those sent at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Only those sent before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only those in one of this person's mailboxes.
    pub in_boxes_of: Option<AccountId>,
    /// Only the latest in this person's mailboxes of each thread.
    pub latest_for: Option<AccountId>,
    /// Only those of threads in which this person has unread messages; if false, only those of others.
    pub unread_by: Option<(AccountId, bool)>,
    /// Only those from or to this person.
    pub with: Option<AccountId>,
    /// Whether a list whose parent is not a message contains those of a thread.
    pub of_thread: bool,
}

/// Whether a message, of the table that the statement knows by this name, is in one of this person's mailboxes.
pub(super) fn in_boxes_of(table: impl IntoIden + Copy, account: AccountId) -> Condition {
    let sent = Cond::all()
        .add(message::Column::SenderId.of(table).eq(account.0))
        .add(message::Column::SenderDeleted.of(table).eq(false));
    let received = Cond::all()
        .add(message::Column::RecipientId.of(table).eq(account.0))
        .add(message::Column::RecipientDeleted.of(table).eq(false));
    Cond::any().add(sent).add(received)
}

/// Whether no later message of the same thread is in this person's mailboxes.
pub(super) fn is_latest_for(account: AccountId) -> Expr {
    let mut others = Query::select();
    others
        .expr(Expr::val(1))
        .from_as(message::Entity, "later")
        .and_where(message::Column::ThreadId.of("later").eq(message::Column::ThreadId.into_expr()))
        .and_where(message::Column::Id.of("later").gt(message::Column::Id.into_expr()))
        .cond_where(in_boxes_of("later", account));
    Expr::exists(others).not()
}

/// The threads in which this person has unread messages.
fn unread_threads(account: AccountId) -> SelectStatement {
    Query::select()
        .column(message::Column::ThreadId)
        .from(message::Entity)
        .and_where(message::Column::RecipientId.eq(account.0))
        .and_where(message::Column::RecipientDeleted.eq(false))
        .and_where(message::Column::ReadAt.is_null())
        .take()
}

impl Listed for MessageRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = message::Column::Id, for []),
        column!(project_id = message::Column::ProjectId, for []),
        column!(thread_id = message::Column::ThreadId, for []),
        column!(sender_id = message::Column::SenderId, for []),
        column!(
            sender_name = account::Column::Name.of("sender"),
            for ["from.name", "person.name"], join SENDER
        ),
        column!(recipient_id = message::Column::RecipientId, for []),
        column!(
            recipient_name = account::Column::Name.of("recipient"),
            for ["to.name", "person.name"], join RECIPIENT
        ),
        column!(subject = message::Column::Subject, for ["subject"]),
        column!(text = message::Column::Text, for ["text"]),
        column!(in_reply_to = message::Column::InReplyTo, for ["inReplyTo"]),
        column!(sent_at = message::Column::SentAt, for ["sentAt"]),
        column!(read_at = message::Column::ReadAt, for ["readAt"]),
        column!(sender_deleted = message::Column::SenderDeleted, for []),
        column!(recipient_deleted = message::Column::RecipientDeleted, for []),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(message::Entity);
        for (join, alias, column) in [
            (SENDER, "sender", message::Column::SenderId),
            (RECIPIENT, "recipient", message::Column::RecipientId),
        ] {
            if needs(join) {
                join_account(&mut query, JoinType::InnerJoin, alias, column);
            }
        }
        query
    }

    fn id() -> Expr {
        message::Column::Id.into_expr()
    }

    /// A list whose parent is a message contains the replies to it.
    fn parent() -> Option<Expr> {
        Some(message::Column::InReplyTo.into_expr())
    }

    fn parent_for(filter: &Filter) -> Option<Expr> {
        match filter.of_thread {
            true => Some(message::Column::ThreadId.into_expr()),
            false => Self::parent(),
        }
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some(account) = filter.received_by {
            all = all.add(message::Column::RecipientId.eq(account.0));
            all = all.add(message::Column::RecipientDeleted.eq(false));
        }
        if let Some(account) = filter.received_from {
            all = all.add(message::Column::SenderId.eq(account.0));
        }
        if let Some(account) = filter.sent_by {
            all = all.add(message::Column::SenderId.eq(account.0));
            all = all.add(message::Column::SenderDeleted.eq(false));
        }
        if let Some(account) = filter.in_boxes_of {
            all = all.add(in_boxes_of(message::Entity, account));
        }
        if let Some(account) = filter.latest_for {
            all = all.add(is_latest_for(account));
        }
        if let Some((account, unread)) = filter.unread_by {
            let threads = unread_threads(account);
            let thread = message::Column::ThreadId;
            all = all.add(match unread {
                true => thread.in_subquery(threads),
                false => thread.not_in_subquery(threads),
            });
        }
        if let Some(other) = filter.with {
            let people = [message::Column::SenderId, message::Column::RecipientId]
                .map(ColumnTrait::into_expr);
            all = all.add(Expr::val(other.0).is_in(people));
        }
        if let Some(project) = filter.project {
            all = all.add(message::Column::ProjectId.eq(project.0));
        }
        if let Some(since) = filter.since {
            all = all.add(message::Column::SentAt.gte(since));
        }
        if let Some(until) = filter.until {
            all = all.add(message::Column::SentAt.lt(until));
        }
        let read = message::Column::ReadAt;
        match filter.unread {
            Some(true) => all.add(read.is_null()),
            Some(false) => all.add(read.is_not_null()),
            None => all,
        }
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
