//! Threads: the messages between two people in a TwinSpace, as each of the two has them.

use std::collections::HashMap;

use entity::{AccountId, MessageId, ProjectId, ThreadId, message};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Cond,
};

use super::row::{in_boxes_of, is_latest_for};
use crate::{Error, Result, db::Tx};

/// The thread of two people in a TwinSpace, if there are messages between them.
pub(super) async fn between(
    tx: &Tx,
    project: ProjectId,
    one: AccountId,
    other: AccountId,
) -> Result<Option<ThreadId>> {
    let from = |sender: AccountId, recipient: AccountId| {
        Cond::all()
            .add(message::Column::SenderId.eq(sender))
            .add(message::Column::RecipientId.eq(recipient))
    };
    let found = message::Entity::find()
        .select_only()
        .column(message::Column::ThreadId)
        .filter(message::Column::ProjectId.eq(project))
        .filter(Cond::any().add(from(one, other)).add(from(other, one)));
    Ok(found.into_tuple().one(&**tx).await?)
}

/// Checks that someone has messages of this thread.
pub(super) async fn check(tx: &Tx, owner: AccountId, thread: ThreadId) -> Result<()> {
    let found = message::Entity::find()
        .filter(message::Column::ThreadId.eq(thread))
        .filter(in_boxes_of(message::Entity, owner));
    found.one(&**tx).await?.map(drop).ok_or(Error::NotFound("thread"))
}

/// The threads of one person with others in a TwinSpace, as far as they have messages of them.
pub async fn with(
    db: &impl ConnectionTrait,
    owner: AccountId,
    project: ProjectId,
    others: &[AccountId],
) -> Result<HashMap<AccountId, ThreadId>> {
    let one_of = |column: message::Column| column.is_in(others.iter().copied());
    let theirs = Cond::any()
        .add(one_of(message::Column::SenderId))
        .add(one_of(message::Column::RecipientId));
    let rows: Vec<(AccountId, AccountId, ThreadId)> = message::Entity::find()
        .select_only()
        .distinct()
        .columns([
            message::Column::SenderId,
            message::Column::RecipientId,
            message::Column::ThreadId,
        ])
        .filter(message::Column::ProjectId.eq(project))
        .filter(theirs)
        .filter(in_boxes_of(message::Entity, owner))
        .into_tuple()
        .all(db)
        .await?;
    let other = |(from, to, thread)| (if from == owner { to } else { from }, thread);
    Ok(rows.into_iter().map(other).collect())
}

/// The latest message of each of these threads in this person's mailboxes.
pub async fn latest(
    db: &impl ConnectionTrait,
    owner: AccountId,
    threads: &[ThreadId],
) -> Result<HashMap<ThreadId, MessageId>> {
    let rows: Vec<(ThreadId, MessageId)> = message::Entity::find()
        .select_only()
        .columns([message::Column::ThreadId, message::Column::Id])
        .filter(message::Column::ThreadId.is_in(threads.iter().copied()))
        .filter(in_boxes_of(message::Entity, owner))
        .filter(is_latest_for(owner))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// How many messages of these threads this person has yet to read.
pub async fn unread(
    db: &impl ConnectionTrait,
    owner: AccountId,
    threads: &[ThreadId],
) -> Result<HashMap<ThreadId, u64>> {
    let rows: Vec<(ThreadId, i64)> = message::Entity::find()
        .select_only()
        .column(message::Column::ThreadId)
        .column_as(message::Column::Id.count(), "unread")
        .filter(message::Column::ThreadId.is_in(threads.iter().copied()))
        .filter(message::Column::RecipientId.eq(owner))
        .filter(message::Column::RecipientDeleted.eq(false))
        .filter(message::Column::ReadAt.is_null())
        .group_by(message::Column::ThreadId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(thread, count)| (thread, count.unsigned_abs())).collect())
}
