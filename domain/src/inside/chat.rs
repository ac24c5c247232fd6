//! The chat room of a TwinSpace: sending, deleting, and expiry after three months (T-04).

use chrono::{DateTime, Utc};
use entity::{AccountId, Act, ChatMessageId, ProjectId, account, chat_message, project};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder,
    sea_query::{Cond, Condition, Expr, ExprTrait, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Error, Reason, Result,
    access::{self, Access},
    care::audit,
    column,
    db::{Db, Tx},
    error::Problems,
    events::Event,
    list::{Cell, Column, KeyKind, Listed},
};

/// The maximum length of a message, in characters.
pub const LONGEST: usize = 2000;

/// The number of messages deleted per transaction.
const BATCH: u64 = 1000;

/// The maximum number of transactions per round, so that a round ends.
const BATCHES: u64 = 50;

/// Sends a message. If the key was used before, no second message is created.
pub async fn send(
    db: &Db,
    seen: &Access,
    text: &str,
    key: Option<&str>,
    now: DateTime<Utc>,
) -> Result<ChatMessageId> {
    let mut problems = Problems::default();
    let text = problems.prose(text, "text", LONGEST);
    problems.require(!text.is_empty(), "text", "must not be empty");
    let key = key.map(|key| problems.line(key, "idempotencyKey", 100));
    problems.finish()?;
    let author = seen.person.account.ok_or(Error::Unauthenticated)?;
    let tx = db.begin().await?;
    let project = access::lock_active(&tx, seen).await?;
    open(&project, seen)?;
    // The lock makes it safe to look first: a second request with the same message waits here.
    if let Some(key) = &key {
        let sent = chat_message::Entity::of(project.id)
            .filter(chat_message::Column::AuthorId.eq(author))
            .filter(chat_message::Column::Key.eq(key));
        if let Some(sent) = sent.one(&*tx).await? {
            return match sent.text == text {
                true => Ok(sent.id),
                false => Err(Error::Conflict(Reason::KeyReused)),
            };
        }
    }
    let id = next_id(&tx, project.id).await?;
    let row = chat_message::ActiveModel {
        id: Set(id),
        project_id: Set(project.id),
        author_id: Set(author),
        text: Set(text),
        key: Set(key),
        sent_at: Set(now),
    };
    row.insert(&*tx).await?;
    tx.tell(Event::Chat { project: project.id, message: id, sent: true }).await?;
    tx.commit().await?;
    Ok(id)
}

/// What the guard saw may no longer hold.
fn open(project: &project::Model, seen: &Access) -> Result<()> {
    let pupil = seen.member.is_some_and(|(_, role)| role.is_pupil());
    if pupil && !project.chat_open_to_pupils {
        return Err(Error::Forbidden(Reason::ChatClosed));
    }
    Ok(())
}

/// A key after all existing ones in the room, regardless of the clocks of several instances, so
/// that someone who has read up to a message does not miss a later one. Called with the project
/// locked.
async fn next_id(tx: &Tx, project: ProjectId) -> Result<ChatMessageId> {
    let newest = chat_message::Entity::of(project).order_by_desc(chat_message::Column::Id);
    let id = ChatMessageId::new();
    Ok(match newest.one(&**tx).await? {
        Some(newest) if newest.id >= id => {
            Uuid::from_u128(newest.id.0.as_u128().saturating_add(1)).into()
        }
        _ => id,
    })
}

/// Deletes a message for everyone. Deletions by a teacher of someone else's message are logged.
pub async fn delete(db: &Db, seen: &Access, id: ChatMessageId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    access::lock_open(&tx, seen).await?;
    let message = chat_message::Entity::of(seen.project_id)
        .filter(chat_message::Column::Id.eq(id))
        .one(&*tx)
        .await?
        .ok_or(Error::NotFound("message"))?;
    if Some(message.author_id) != seen.person.account {
        let line = audit::line(Act::ChatMessageDeleted, seen.person.account);
        let line = line.project(seen.project_id).account(message.author_id);
        line.subject(id.0).write(&tx, now).await?;
    }
    take_back(&tx, message).await?;
    Ok(tx.commit().await?)
}

/// Deletes a message, as a part of a transaction that has locked the project.
pub(crate) async fn take_back(tx: &Tx, message: chat_message::Model) -> Result<()> {
    let gone = Event::Chat { project: message.project_id, message: message.id, sent: false };
    message.delete(&**tx).await?;
    Ok(tx.tell(gone).await?)
}

/// Deletes messages sent before a given time, in batches so that nobody waits long. Returns their
/// number.
pub async fn expire(db: &Db, before: DateTime<Utc>) -> Result<u64> {
    let mut deleted = 0;
    for _ in 0..BATCHES {
        let mut old = Query::select();
        old.column(chat_message::Column::Id)
            .from(chat_message::Entity)
            .and_where(Expr::col(chat_message::Column::SentAt).lt(before))
            .order_by(chat_message::Column::SentAt, Order::Asc)
            .limit(BATCH);
        let tx = db.begin().await?;
        let gone = chat_message::Entity::delete_many()
            .filter(chat_message::Column::Id.in_subquery(old))
            .exec(&*tx)
            .await?
            .rows_affected;
        tx.commit().await?;
        deleted += gone;
        if gone < BATCH {
            break;
        }
    }
    Ok(deleted)
}

/// A message, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::chat_message`")]
pub struct ChatRow {
    pub id: Cell<ChatMessageId>,
    pub project_id: Cell<ProjectId>,
    pub author_id: Cell<AccountId>,
    pub author_name: Cell<String>,
    pub text: Cell<String>,
    pub sent_at: Cell<DateTime<Utc>>,
}

const AUTHOR: u8 = 0;

fn col(column: chat_message::Column) -> Expr {
    Expr::col((chat_message::Entity, column))
}

impl Listed for ChatRow {
    type Filter = ();
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(chat_message::Column::Id), for []),
        column!(project_id = col(chat_message::Column::ProjectId), for []),
        column!(author_id = col(chat_message::Column::AuthorId), for []),
        column!(
            author_name = Expr::col((account::Entity, account::Column::Name)),
            for ["author.name"], join AUTHOR
        ),
        column!(text = col(chat_message::Column::Text), for ["text"]),
        column!(sent_at = col(chat_message::Column::SentAt), for ["sentAt"]),
    ];

    fn from((): &(), needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(chat_message::Entity);
        if needs(AUTHOR) {
            let author = Expr::col((account::Entity, account::Column::Id));
            let same = author.eq(col(chat_message::Column::AuthorId));
            query.inner_join(account::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        col(chat_message::Column::Id)
    }

    fn parent() -> Option<Expr> {
        Some(col(chat_message::Column::ProjectId))
    }

    fn condition((): &()) -> Condition {
        Cond::all()
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
