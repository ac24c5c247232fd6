//! The rows of objects that are stored and deleted: what is interrupted is found and cleared.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{MediaId, MediaState, media, media_pictured};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Cond, Expr},
};

use super::value;
use crate::{Result, db::Db, inside::search};

/// How long storing an object may take. Nothing takes that long.
pub const UNDER_WAY: TimeDelta = TimeDelta::hours(2);

/// Abandons an upload in progress.
pub async fn abandon(db: &Db, id: MediaId) -> Result<()> {
    let tx = db.begin().await?;
    media::Entity::update_many()
        .col_expr(media::Column::State, value(MediaState::Deleted))
        .filter(media::Column::Id.eq(id))
        .filter(media::Column::State.eq(MediaState::Pending))
        .exec(&*tx)
        .await?;
    Ok(tx.commit().await?)
}

/// Media that did not become what it should have: deleted, or in progress for too long. Oldest
/// first.
pub async fn unsettled(db: &Db, now: DateTime<Utc>) -> Result<Vec<MediaId>> {
    let late = Cond::all()
        .add(media::Column::State.eq(MediaState::Pending))
        .add(media::Column::CreatedAt.lt(now - UNDER_WAY));
    let unsettled = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .filter(Cond::any().add(media::Column::State.eq(MediaState::Deleted)).add(late))
        // Worded as in the index of media that is not ready.
        .filter(Expr::cust("state <> 'ready'"))
        .order_by_asc(media::Column::Id)
        .limit(100);
    Ok(unsettled.into_tuple().all(db.read()).await?)
}

/// The media type of thumbnails.
pub const THUMBNAIL: &str = "image/jpeg";

/// The objects of all media that is ready, each once: its key and media type.
pub async fn stored(db: &impl ConnectionTrait) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    let ready = media::Entity::find()
        .select_only()
        .columns([media::Column::ObjectKey, media::Column::ThumbnailKey])
        .column(media::Column::ContentType)
        .filter(media::Column::State.eq(MediaState::Ready))
        .filter(media::Column::ObjectKey.is_not_null());
    for (object, thumbnail, content_type) in
        ready.into_tuple::<(String, Option<String>, String)>().all(db).await?
    {
        all.insert(object, content_type);
        all.extend(thumbnail.map(|key| (key, THUMBNAIL.to_owned())));
    }
    Ok(all)
}

/// The keys of objects stored only for a deleted row.
pub async fn unshared(db: &Db, id: MediaId) -> Result<Vec<String>> {
    let deleted = media::Entity::find_by_id(id)
        .filter(media::Column::State.eq(MediaState::Deleted))
        .one(db.read())
        .await?;
    let Some(row) = deleted else { return Ok(Vec::new()) };
    let Some(key) = row.object_key else { return Ok(Vec::new()) };
    let others = media::Entity::find()
        .filter(media::Column::ObjectKey.eq(&key))
        .filter(media::Column::State.ne(MediaState::Deleted));
    match others.count(db.read()).await? {
        0 => Ok([Some(key), row.thumbnail_key].into_iter().flatten().collect()),
        _ => Ok(Vec::new()),
    }
}

/// Deletes a deleted row once its object is gone.
pub async fn forget(db: &Db, id: MediaId) -> Result<()> {
    let tx = db.begin().await?;
    let deleted = media::Entity::find_by_id(id)
        .filter(media::Column::State.eq(MediaState::Deleted))
        .one(&*tx)
        .await?;
    if deleted.is_some() {
        media_pictured::Entity::delete_many()
            .filter(media_pictured::Column::MediaId.eq(id))
            .exec(&*tx)
            .await?;
        media::Entity::delete_by_id(id).exec(&*tx).await?;
        // An abandoned upload still has its words.
        search::forget(&tx, id.0).await?;
    }
    Ok(tx.commit().await?)
}
