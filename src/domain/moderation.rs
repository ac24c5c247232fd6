//! What the administrators of the server take down, in whatever TwinSpace. Each act is in the audit
//! log of the project, as theirs.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, ChatMessageId, MediaId, MessageId, PageId, ProjectId, chat_message, media,
    message, page, report,
};
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter};
use uuid::Uuid;

use super::{access, audit, media as medias, message as messages, page as pages};
use crate::{
    Error, Result,
    db::{Db, Tx},
    events::Event,
};

/// What may be taken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harmful {
    /// A message of a chat room: deleted.
    Chat(ChatMessageId),
    /// A message from member to member that was reported: deleted from both boxes.
    Message(MessageId),
    /// A page: put into the archive.
    Page(PageId),
    /// Media: deleted.
    Media(MediaId),
}

/// Takes something down, as an administrator of the server.
pub async fn take_down(
    db: &Db,
    administrator: AccountId,
    what: Harmful,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    match what {
        Harmful::Chat(id) => {
            let missing = || Error::NotFound("message");
            let find = || chat_message::Entity::find_by_id(id);
            let project = find().one(&*tx).await?.ok_or_else(missing)?.project_id;
            access::lock_project(&tx, project).await?;
            let row = find().one(&*tx).await?.ok_or_else(missing)?;
            note(&tx, administrator, project, Some(row.author_id), ("chat", id.0), now).await?;
            row.delete(&*tx).await?;
            tx.tell(Event::Chat { project, message: id, sent: false }).await?;
        }
        Harmful::Message(id) => {
            let missing = || Error::NotFound("message");
            // Nobody but the two knows of one that was not reported.
            let reported = report::Entity::find().filter(report::Column::MessageId.eq(id.0));
            reported.one(&*tx).await?.ok_or_else(missing)?;
            let find = || message::Entity::find_by_id(id);
            let project = find().one(&*tx).await?.ok_or_else(missing)?.project_id;
            access::lock_project(&tx, project).await?;
            let row = find().one(&*tx).await?.ok_or_else(missing)?;
            // The log has more readers than the report: who wrote to whom stands in the report.
            note(&tx, administrator, project, None, ("message", id.0), now).await?;
            messages::take_back(&tx, row).await?;
        }
        Harmful::Page(id) => {
            let missing = || Error::NotFound("page");
            let find = || page::Entity::find_by_id(id);
            let project = find().one(&*tx).await?.ok_or_else(missing)?.project_id;
            access::lock_project(&tx, project).await?;
            let row = find().one(&*tx).await?.ok_or_else(missing)?;
            note(&tx, administrator, project, Some(row.author_id), ("page", id.0), now).await?;
            pages::put_away(&tx, row, now).await?;
        }
        Harmful::Media(id) => {
            let missing = || Error::NotFound("media");
            let find = || media::Entity::find_by_id(id);
            let project = find().one(&*tx).await?.ok_or_else(missing)?.project_id;
            access::lock_project(&tx, project).await?;
            let row = find().one(&*tx).await?.ok_or_else(missing)?;
            note(&tx, administrator, project, Some(row.uploader_id), ("media", id.0), now).await?;
            medias::take_away(&tx, row).await?;
        }
    }
    Ok(tx.commit().await?)
}

async fn note(
    tx: &Tx,
    administrator: AccountId,
    project: ProjectId,
    author: Option<AccountId>,
    (kind, subject): (&str, Uuid),
    now: DateTime<Utc>,
) -> Result<()> {
    let mut line = audit::line(Act::TakenDown, administrator).project(project);
    if let Some(author) = author {
        line = line.account(author);
    }
    line.subject(subject).detail("kind", kind).write(tx, now).await
}
