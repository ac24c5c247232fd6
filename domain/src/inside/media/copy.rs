//! Media copied by a follow-up project (P-17).

use std::collections::BTreeMap;

use entity::{MediaId, MediaState, ProjectId, SearchKind, media, media_pictured};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::ExprTrait,
};

use super::hidden;
use crate::{
    Error, Result,
    access::Access,
    db::Tx,
    inside::search::{self, Words},
};

/// Copies media that somebody can see, which then share their objects; nothing is uploaded again. The tags of pupils are
/// copied too: the copies are hidden until consent is recorded in the new TwinSpace (M-14). Called
/// with the earlier project locked. Returns the copy of each.
pub async fn copy(
    tx: &Tx,
    by: &Access,
    to: ProjectId,
    ids: &[MediaId],
) -> Result<BTreeMap<MediaId, MediaId>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut sources = media::Entity::of(by.project_id)
        .filter(media::Column::Id.is_in(ids.iter().copied()))
        .filter(media::Column::State.eq(MediaState::Ready));
    if !by.sees_media(true) {
        sources = sources.filter(hidden().not());
    }
    let sources = sources.all(&**tx).await?;
    if sources.len() != ids.len() {
        return Err(Error::NotFound("media"));
    }
    let (mut copied, mut words) = (BTreeMap::new(), Vec::new());
    let copies: Vec<_> = sources
        .into_iter()
        .map(|source| {
            let id = MediaId::new();
            copied.insert(source.id, id);
            words.push((id.0, Words::of(&[&source.title])));
            let mut copy = media::ActiveModel::from(source);
            copy.id = Set(id);
            copy.project_id = Set(to);
            copy.reset_all()
        })
        .collect();
    media::Entity::insert_many(copies).exec_without_returning(&**tx).await?;
    search::index_all(tx, SearchKind::Media, to, words).await?;
    let shown = media_pictured::Entity::find()
        .filter(media_pictured::Column::MediaId.is_in(ids.iter().copied()))
        .all(&**tx)
        .await?;
    let shown: Vec<_> = shown
        .into_iter()
        .filter_map(|row| {
            let media_id = Set(*copied.get(&row.media_id)?);
            Some(media_pictured::ActiveModel { media_id, account_id: Set(row.account_id) })
        })
        .collect();
    if !shown.is_empty() {
        media_pictured::Entity::insert_many(shown).exec_without_returning(&**tx).await?;
    }
    Ok(copied)
}
