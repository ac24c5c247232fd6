//! The chat room of a TwinSpace: sending, reading, deleting, and expiry after three months (T-04).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, ChatMessageId, MemberId, ProjectId, TwinSpaceId, account, chat_message, member,
};
use policy::{ChatAct, TwinSpaceAct, TwinSpaceFacts, TwinSpacePermission};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder,
    sea_query::{Asterisk, Cond, Condition, Expr, ExprTrait, Func, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Actor, Error, Permit, Reason, Result,
    access::Access,
    care::audit,
    column,
    db::{Db, Tx},
    error::{Flaw, Problems},
    events::Event,
    list::{Cell, Column, KeyKind, Listed},
    outcome::{self, Once},
    sql::ColumnExt,
};

mod found;

pub use found::FoundChatMessage;

/// What it takes to send a message.
pub const SEND: TwinSpaceAct = TwinSpaceAct::May(TwinSpacePermission::Chat);

/// The maximum length of a message, in characters.
pub const LONGEST: usize = 2000;

/// The number of messages deleted per transaction.
const BATCH: u64 = 1000;

/// The maximum number of transactions per round, so that a round ends.
const BATCHES: u64 = 50;

/// Validates a text and a key.
fn tidy(text: &str, key: Option<&str>) -> Result<(String, Option<String>)> {
    let mut problems = Problems::default();
    let text = problems.prose(text, "text", LONGEST);
    problems.require(!text.is_empty(), "text", Flaw::EMPTY);
    let key = key.map(|key| problems.line(key, "idempotencyKey", 100));
    problems.finish()?;
    Ok((text, key))
}

/// Whether a message may be sent, before it is counted: the message, if it was sent before with the same
/// key, and how the author stands to the TwinSpace.
pub async fn preview(
    actor: Actor<'_>,
    id: TwinSpaceId,
    text: &str,
    key: Option<&str>,
) -> Result<Option<(ChatMessageId, Access)>> {
    let by = actor.preview::<TwinSpaceFacts>(SEND, &id).await?.by;
    let (text, key) = tidy(text, key)?;
    let whose = (actor.account()?, by.project_id);
    let sent = sent_before(actor.db.read(), whose, &text, key.as_deref()).await?;
    Ok(sent.map(|sent| (sent, by)))
}

/// The message that somebody sent to a room with this key, if there is one.
async fn sent_before(
    db: &impl ConnectionTrait,
    (author, project): (AccountId, ProjectId),
    text: &str,
    key: Option<&str>,
) -> Result<Option<ChatMessageId>> {
    let Some(key) = key else { return Ok(None) };
    let sent = chat_message::Entity::of(project)
        .filter(chat_message::Column::AuthorId.eq(author))
        .filter(chat_message::Column::Key.eq(key));
    match sent.one(db).await? {
        Some(sent) if sent.text == text => Ok(Some(sent.id)),
        Some(_) => Err(Error::Conflict(Reason::KeyReused)),
        None => outcome::made(db, author, Some(&once(project, key, text))).await,
    }
}

/// A message with its key, which is kept when the message is deleted, so that it is not sent again.
fn once(project: ProjectId, key: &str, text: &str) -> Once {
    Once::of("sendChatMessage", &format!("{project} {key}"), text)
}

/// Sends a message. If the key was used before, no second message is created. Returns the message,
/// and how the author stands to the TwinSpace.
pub async fn send(
    actor: Actor<'_>,
    id: TwinSpaceId,
    text: &str,
    key: Option<&str>,
) -> Result<(ChatMessageId, Access)> {
    let (text, key) = tidy(text, key)?;
    let author = actor.account()?;
    let Permit { tx, by, .. } = actor.permit::<TwinSpaceFacts>(SEND, id).await?;
    let project = by.project_id;
    // The lock makes it safe to look first: a second request with the same message waits here.
    if let Some(sent) = sent_before(&*tx, (author, project), &text, key.as_deref()).await? {
        return Ok((sent, by));
    }
    let id = next_id(&tx, project).await?;
    let row = chat_message::ActiveModel {
        id: Set(id),
        project_id: Set(project),
        author_id: Set(author),
        text: Set(text),
        key: Set(key),
        sent_at: Set(actor.now),
    };
    row.insert(&*tx).await?;
    tx.tell(Event::Chat { project, message: id, sent: true }).await?;
    tx.commit().await?;
    Ok((id, by))
}

/// Records that somebody has read the room up to this message, which may have been deleted since, or
/// up to the newest, unless they have read further.
pub async fn mark_read(db: &Db, seen: &Access, up_to: Option<ChatMessageId>) -> Result<()> {
    let account = seen.person.account.ok_or(Error::Unauthenticated)?;
    let (member, _) = seen.member.ok_or(Error::NotFound("TwinSpace"))?;
    let tx = db.begin().await?;
    let mut room = chat_message::Entity::of(seen.project_id);
    if let Some(id) = up_to {
        room = room.filter(chat_message::Column::Id.lte(id));
    }
    let last = room.order_by_desc(chat_message::Column::Id).one(&*tx).await?;
    let Some(last) = last else { return Ok(()) };
    let before = Cond::any()
        .add(member::Column::ChatReadId.is_null())
        .add(member::Column::ChatReadId.lt(last.id));
    let read = member::Entity::update_many()
        .col_expr(member::Column::ChatReadId, Expr::val(last.id.0))
        .filter(member::Column::Id.eq(member))
        .filter(before)
        .exec(&*tx)
        .await?;
    if read.rows_affected > 0 {
        tx.tell(Event::ChatRead { project: seen.project_id, account }).await?;
    }
    Ok(tx.commit().await?)
}

/// How many messages of others each of these members has yet to read: those after the last that they
/// have read, or since they joined. One statement.
pub async fn unread(
    db: &impl ConnectionTrait,
    members: &[MemberId],
) -> Result<HashMap<MemberId, u64>> {
    let mut unread: HashMap<_, _> = members.iter().map(|&member| (member, 0)).collect();
    for row in db.query_all(&unread_statement(members)).await? {
        let count = row.try_get_by_index::<i64>(1)?.unsigned_abs();
        unread.insert(MemberId(row.try_get_by_index(0)?), count);
    }
    Ok(unread)
}

/// The statement of [`unread`], which reads only what is unread.
pub fn unread_statement(members: &[MemberId]) -> SelectStatement {
    let mark = member::Column::ChatReadId;
    let since = Func::coalesce([mark.into_expr(), Expr::val(Uuid::nil())]);
    let mut query = Query::select();
    query
        .expr(member::Column::Id.into_expr())
        .expr(Expr::col(Asterisk).count())
        .from(member::Entity)
        .inner_join(
            chat_message::Entity,
            chat_message::Column::ProjectId.equals(member::Column::ProjectId),
        )
        .and_where(member::Column::Id.is_in(members.iter().map(|member| member.0)))
        .and_where(chat_message::Column::Id.into_expr().gt(Expr::from(since)))
        .and_where(
            chat_message::Column::AuthorId.into_expr().ne(member::Column::AccountId.into_expr()),
        )
        .cond_where(Cond::any().add(mark.is_not_null()).add(
            chat_message::Column::SentAt.into_expr().gte(member::Column::JoinedAt.into_expr()),
        ))
        .add_group_by([member::Column::Id.into_expr()]);
    query
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
/// Returns how the actor stands to the TwinSpace.
pub async fn delete(actor: Actor<'_>, id: ChatMessageId) -> Result<Access> {
    let Permit { tx, by, on: FoundChatMessage { row: message, .. }, .. } =
        actor.permit::<FoundChatMessage>(ChatAct::Delete, id).await?;
    let person = by.person.account;
    if Some(message.author_id) != person {
        let line = audit::line(Act::ChatMessageDeleted, person).project(by.project_id);
        line.account(message.author_id).subject(id.0).write(&tx, actor.now).await?;
    }
    take_back(&tx, message, actor.now).await?;
    tx.commit().await?;
    Ok(by)
}

/// Deletes a message, as a part of a transaction that has locked the project.
pub(crate) async fn take_back(
    tx: &Tx,
    message: chat_message::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    if let Some(key) = &message.key {
        let once = once(message.project_id, key, &message.text);
        outcome::keep(tx, message.author_id, Some(&once), message.id.0, now).await?;
    }
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
            .and_where(chat_message::Column::SentAt.lt(before))
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

impl Listed for ChatRow {
    type Filter = ();
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = chat_message::Column::Id, for []),
        column!(project_id = chat_message::Column::ProjectId, for []),
        column!(author_id = chat_message::Column::AuthorId, for []),
        column!(
            author_name = account::Column::Name,
            for ["author.name"], join AUTHOR
        ),
        column!(text = chat_message::Column::Text, for ["text"]),
        column!(sent_at = chat_message::Column::SentAt, for ["sentAt"]),
    ];

    fn from((): &(), needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(chat_message::Entity);
        if needs(AUTHOR) {
            let author = account::Column::Id;
            let same = author.equals(chat_message::Column::AuthorId);
            query.inner_join(account::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        chat_message::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(chat_message::Column::ProjectId.into_expr())
    }

    fn condition((): &()) -> Condition {
        Cond::all()
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
