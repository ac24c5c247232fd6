//! What server administrators take down, in any TwinSpace. Each action is recorded in the project's
//! audit log.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, ChatMessageId, DiaryEntryId, DiaryVisibility, MediaId, MessageId, PageId,
    ProjectId, chat_message, diary, media, message, page, report,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::{
    Error, Result, access,
    care::audit,
    db::{Db, Tx},
    inside::{chat, media as medias, message as messages, page as pages},
    projects::diary as diaries,
};

/// What can be taken down, which means deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harmful {
    /// A chat message.
    Chat(ChatMessageId),
    /// A reported message between members, deleted from both mailboxes.
    Message(MessageId),
    /// A page, with all its versions.
    Page(PageId),
    /// A diary entry that is not private.
    Entry(DiaryEntryId),
    /// Media.
    Media(MediaId),
}

/// Takes something down, as a server administrator. Returns the project.
pub async fn take_down(
    db: &Db,
    administrator: AccountId,
    what: Harmful,
    now: DateTime<Utc>,
) -> Result<ProjectId> {
    let tx = db.begin().await?;
    let note = async |project, author, subject| {
        note(&tx, administrator, project, author, subject, now).await
    };
    let project = match what {
        Harmful::Chat(id) => {
            let find = chat_message::Entity::find_by_id(id);
            let row = locked(&tx, find, "message", |row| row.project_id).await?;
            let project = note(row.project_id, Some(row.author_id), ("chat", id.0)).await?;
            chat::take_back(&tx, row, now).await?;
            project
        }
        Harmful::Message(id) => {
            // Only the two know about a message that was not reported.
            let reported = report::Entity::find().filter(report::Column::MessageId.eq(id.0));
            reported.one(&*tx).await?.ok_or(Error::NotFound("message"))?;
            let find = message::Entity::find_by_id(id);
            let row = locked(&tx, find, "message", |row| row.project_id).await?;
            // The log has more readers than the report, which says who wrote to whom.
            let project = note(row.project_id, None, ("message", id.0)).await?;
            messages::take_back(&tx, row, now).await?;
            project
        }
        Harmful::Page(id) => {
            let find = page::Entity::find_by_id(id);
            let row = locked(&tx, find, "page", |row| row.project_id).await?;
            let project = note(row.project_id, Some(row.author_id), ("page", id.0)).await?;
            pages::take_away(&tx, row).await?;
            project
        }
        Harmful::Entry(id) => {
            let find = diary::Entity::find_by_id(id)
                .filter(diary::Column::Visibility.ne(DiaryVisibility::Private));
            let row = locked(&tx, find, "diary entry", |row| row.project_id).await?;
            let project = note(row.project_id, Some(row.author_id), ("diary_entry", id.0)).await?;
            diaries::take_away(&tx, row).await?;
            project
        }
        Harmful::Media(id) => {
            let find = media::Entity::find_by_id(id);
            let row = locked(&tx, find, "media", |row| row.project_id).await?;
            let project = note(row.project_id, Some(row.uploader_id), ("media", id.0)).await?;
            medias::take_away(&tx, row).await?;
            project
        }
    };
    tx.commit().await?;
    Ok(project)
}

/// An object, read again once its project is locked.
async fn locked<E: EntityTrait>(
    tx: &Tx,
    find: Select<E>,
    what: &'static str,
    project: fn(&E::Model) -> ProjectId,
) -> Result<E::Model> {
    let missing = || Error::NotFound(what);
    let seen = find.clone().one(&**tx).await?.ok_or_else(missing)?;
    access::lock_project(tx, project(&seen)).await?;
    find.one(&**tx).await?.ok_or_else(missing)
}

/// Records what is taken down, in the log of its project.
async fn note(
    tx: &Tx,
    administrator: AccountId,
    project: ProjectId,
    author: Option<AccountId>,
    (kind, subject): (&str, Uuid),
    now: DateTime<Utc>,
) -> Result<ProjectId> {
    let mut line = audit::line(Act::ContentTakenDown, administrator).project(project);
    if let Some(author) = author {
        line = line.account(author);
    }
    line.subject(subject).detail(audit::Detail::Kind, kind).write(tx, now).await?;
    Ok(project)
}
