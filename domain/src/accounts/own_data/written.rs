//! What a person wrote and added, for their export.

use std::collections::HashMap;

use entity::{
    AccountId, MediaState, ProjectId, chat_message, diary, label, media, message, page,
    page_version,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Cond, Expr, ExprTrait, Query},
};
use serde_json::{Map, Value, json};

use crate::{Result, sql::ColumnExt};

/// The sections, which refer to projects by ID.
pub async fn sections(db: &impl ConnectionTrait, id: AccountId) -> Result<Map<String, Value>> {
    let mut data = Map::new();
    data.insert("chatMessages".into(), chat(db, id).await?);
    data.insert("messages".into(), messages(db, id).await?);
    data.insert("pages".into(), pages(db, id).await?);
    data.insert("media".into(), added(db, id).await?);
    data.insert("diaryEntries".into(), entries(db, id).await?);
    data.insert("labelApplications".into(), labels(db, id).await?);
    Ok(data)
}

fn of(project: ProjectId) -> String {
    project.to_string()
}

async fn chat(db: &impl ConnectionTrait, id: AccountId) -> Result<Value> {
    let found = chat_message::Entity::find().filter(chat_message::Column::AuthorId.eq(id));
    let found = found.order_by_asc(chat_message::Column::Id).all(db).await?;
    let line = |row: chat_message::Model| json!({ "id": row.id.to_string(), "projectId": of(row.project_id), "text": row.text, "sentAt": row.sent_at });
    Ok(found.into_iter().map(line).collect())
}

/// The messages in the person's own mailboxes. What others wrote to them is theirs, too.
async fn messages(db: &impl ConnectionTrait, id: AccountId) -> Result<Value> {
    let sent = Cond::all()
        .add(message::Column::SenderId.eq(id))
        .add(message::Column::SenderDeleted.eq(false));
    let got = Cond::all()
        .add(message::Column::RecipientId.eq(id))
        .add(message::Column::RecipientDeleted.eq(false));
    let found = message::Entity::find()
        .filter(Cond::any().add(sent).add(got))
        .order_by_asc(message::Column::Id)
        .all(db)
        .await?;
    let line = |row: message::Model| {
        json!({
            "projectId": of(row.project_id),
            "sentByMe": row.sender_id == id,
            "subject": row.subject,
            "text": row.text,
            "sentAt": row.sent_at,
        })
    };
    Ok(found.into_iter().map(line).collect())
}

/// For each page, the latest version that the person wrote: all versions may amount to gigabytes.
async fn pages(db: &impl ConnectionTrait, id: AccountId) -> Result<Value> {
    use page_version::{Column, Entity};
    let newest = Query::select()
        .expr(Column::Number.of("theirs").max())
        .from_as(Entity, "theirs")
        .and_where(Column::PageId.equals(Column::PageId.of("theirs")))
        .and_where(Column::EditorId.of("theirs").eq(id.0))
        .take();
    let found = Entity::find()
        .filter(Column::EditorId.eq(id))
        .filter(Column::Number.equals(Expr::from(newest)))
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let pages =
        page::Entity::find().filter(page::Column::Id.is_in(found.iter().map(|v| v.page_id)));
    let pages: HashMap<_, _> =
        pages.all(db).await?.into_iter().map(|page| (page.id, page.project_id)).collect();
    let line = |row: page_version::Model| {
        json!({
            "projectId": pages.get(&row.page_id).copied().map(of),
            "pageId": row.page_id.to_string(),
            "version": row.number,
            "title": row.title,
            "text": row.text,
            "editedAt": row.edited_at,
        })
    };
    Ok(found.into_iter().map(line).collect())
}

/// What the person added; the objects themselves are downloaded one by one.
async fn added(db: &impl ConnectionTrait, id: AccountId) -> Result<Value> {
    let found = media::Entity::find()
        .filter(media::Column::UploaderId.eq(id))
        .filter(media::Column::State.eq(MediaState::Ready))
        .order_by_asc(media::Column::Id)
        .all(db)
        .await?;
    let line = |row: media::Model| {
        json!({
            "projectId": of(row.project_id),
            "id": row.id.to_string(),
            "kind": row.kind.to_value(),
            "title": row.title,
            "description": row.description,
            "contentType": row.content_type,
            "bytes": row.bytes,
            "videoUrl": row.video_url,
            "createdAt": row.created_at,
        })
    };
    Ok(found.into_iter().map(line).collect())
}

async fn entries(db: &impl ConnectionTrait, id: AccountId) -> Result<Value> {
    let found = diary::Entity::find().filter(diary::Column::AuthorId.eq(id));
    let found = found.order_by_asc(diary::Column::Id).all(db).await?;
    let line = |row: diary::Model| {
        json!({
            "projectId": of(row.project_id),
            "title": row.title,
            "text": row.text,
            "visibility": row.visibility.to_value(),
            "createdAt": row.created_at,
        })
    };
    Ok(found.into_iter().map(line).collect())
}

async fn labels(db: &impl ConnectionTrait, id: AccountId) -> Result<Value> {
    let found = label::Entity::find().filter(label::Column::ApplicantId.eq(id));
    let found = found.order_by_asc(label::Column::Id).all(db).await?;
    let line = |row: label::Model| {
        json!({
            "projectId": of(row.project_id),
            "state": row.state.to_value(),
            "statement": row.statement,
            "reason": row.reason,
            "appliedAt": row.applied_at,
            "decidedAt": row.decided_at,
        })
    };
    Ok(found.into_iter().map(line).collect())
}
