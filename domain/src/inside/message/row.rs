//! A message between members, with the columns that a request needs.

use chrono::{DateTime, Utc};
use entity::{AccountId, MessageId, ProjectId, ThreadId, account, message};
use sea_orm::sea_query::{
    Alias, Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement,
};

use crate::{
    column,
    list::{Cell, Column, KeyKind, Listed},
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

pub(super) fn col(column: message::Column) -> Expr {
    Expr::col((message::Entity, column))
}

/// Whether a message is in one of this person's mailboxes.
pub(super) fn in_boxes_of(of: impl Fn(message::Column) -> Expr, account: AccountId) -> Condition {
    let sent = Cond::all()
        .add(of(message::Column::SenderId).eq(account.0))
        .add(of(message::Column::SenderDeleted).eq(false));
    let received = Cond::all()
        .add(of(message::Column::RecipientId).eq(account.0))
        .add(of(message::Column::RecipientDeleted).eq(false));
    Cond::any().add(sent).add(received)
}

/// Whether no later message of the same thread is in this person's mailboxes.
pub(super) fn is_latest_for(account: AccountId) -> Expr {
    let later = |column: message::Column| Expr::col((Alias::new("later"), column));
    let mut others = Query::select();
    others
        .expr(Expr::val(1))
        .from_as(message::Entity, Alias::new("later"))
        .and_where(later(message::Column::ThreadId).eq(col(message::Column::ThreadId)))
        .and_where(later(message::Column::Id).gt(col(message::Column::Id)))
        .cond_where(in_boxes_of(later, account));
    Expr::exists(others).not()
}

/// The threads in which this person has unread messages.
fn unread_threads(account: AccountId) -> SelectStatement {
    Query::select()
        .column(message::Column::ThreadId)
        .from(message::Entity)
        .and_where(Expr::col(message::Column::RecipientId).eq(account.0))
        .and_where(Expr::col(message::Column::RecipientDeleted).eq(false))
        .and_where(Expr::col(message::Column::ReadAt).is_null())
        .take()
}

impl Listed for MessageRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(message::Column::Id), for []),
        column!(project_id = col(message::Column::ProjectId), for []),
        column!(thread_id = col(message::Column::ThreadId), for []),
        column!(sender_id = col(message::Column::SenderId), for []),
        column!(
            sender_name = Expr::col((Alias::new("sender"), account::Column::Name)),
            for ["from.name", "person.name"], join SENDER
        ),
        column!(recipient_id = col(message::Column::RecipientId), for []),
        column!(
            recipient_name = Expr::col((Alias::new("recipient"), account::Column::Name)),
            for ["to.name", "person.name"], join RECIPIENT
        ),
        column!(subject = col(message::Column::Subject), for ["subject"]),
        column!(text = col(message::Column::Text), for ["text"]),
        column!(in_reply_to = col(message::Column::InReplyTo), for ["inReplyTo"]),
        column!(sent_at = col(message::Column::SentAt), for ["sentAt"]),
        column!(read_at = col(message::Column::ReadAt), for ["readAt"]),
        column!(sender_deleted = col(message::Column::SenderDeleted), for []),
        column!(recipient_deleted = col(message::Column::RecipientDeleted), for []),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(message::Entity);
        for (join, alias, column) in [
            (SENDER, "sender", message::Column::SenderId),
            (RECIPIENT, "recipient", message::Column::RecipientId),
        ] {
            if needs(join) {
                let same = Expr::col((Alias::new(alias), account::Column::Id)).eq(col(column));
                query.join_as(JoinType::InnerJoin, account::Entity, Alias::new(alias), same);
            }
        }
        query
    }

    fn id() -> Expr {
        col(message::Column::Id)
    }

    /// A list whose parent is a message contains the replies to it.
    fn parent() -> Option<Expr> {
        Some(col(message::Column::InReplyTo))
    }

    fn parent_for(filter: &Filter) -> Option<Expr> {
        match filter.of_thread {
            true => Some(col(message::Column::ThreadId)),
            false => Self::parent(),
        }
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some(account) = filter.received_by {
            all = all.add(col(message::Column::RecipientId).eq(account.0));
            all = all.add(col(message::Column::RecipientDeleted).eq(false));
        }
        if let Some(account) = filter.received_from {
            all = all.add(col(message::Column::SenderId).eq(account.0));
        }
        if let Some(account) = filter.sent_by {
            all = all.add(col(message::Column::SenderId).eq(account.0));
            all = all.add(col(message::Column::SenderDeleted).eq(false));
        }
        if let Some(account) = filter.in_boxes_of {
            all = all.add(in_boxes_of(col, account));
        }
        if let Some(account) = filter.latest_for {
            all = all.add(is_latest_for(account));
        }
        if let Some((account, unread)) = filter.unread_by {
            let threads = unread_threads(account);
            let thread = col(message::Column::ThreadId);
            all = all.add(match unread {
                true => thread.in_subquery(threads),
                false => thread.not_in_subquery(threads),
            });
        }
        if let Some(other) = filter.with {
            let people = [message::Column::SenderId, message::Column::RecipientId].map(col);
            all = all.add(Expr::val(other.0).is_in(people));
        }
        if let Some(project) = filter.project {
            all = all.add(col(message::Column::ProjectId).eq(project.0));
        }
        if let Some(since) = filter.since {
            all = all.add(col(message::Column::SentAt).gte(since));
        }
        let read = col(message::Column::ReadAt);
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
