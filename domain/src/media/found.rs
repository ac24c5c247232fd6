//! Media to which something is done, as a decision finds it.

use entity::{MediaId, MediaState, ProjectId, media};
use policy::{MediaAct, MediaFacts};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    QueryTrait,
};

use super::row::hidden;
use crate::{
    Result, access,
    db::Tx,
    permit::{Actor, Found, Held},
};

/// Media to which something is done.
#[derive(Debug)]
pub struct FoundMedia {
    /// The media, which is ready.
    pub media: media::Model,
    facts: MediaFacts,
}

impl Found for FoundMedia {
    type Facts = MediaFacts;
    type Id = MediaId;

    const NAME: &'static str = "media";

    async fn lock(tx: &Tx, _: MediaAct, id: &MediaId) -> Result<Held> {
        let media = media::Entity::find_by_id(*id).select_only().column(media::Column::ProjectId);
        access::hold(tx, media.into_query()).await
    }

    async fn find(
        db: &impl ConnectionTrait,
        _: &Actor<'_>,
        id: &MediaId,
    ) -> Result<Option<(ProjectId, Self)>> {
        let query = media::Entity::find_by_id(*id)
            .filter(media::Column::State.eq(MediaState::Ready))
            .expr_as(hidden(), "is_hidden");
        let Some(row) = db.query_one(&query.into_query()).await? else { return Ok(None) };
        let media = media::Model::from_query_result(&row, "")?;
        let hidden = row.try_get("", "is_hidden")?;
        let facts = MediaFacts { uploader: media.uploader_id, hidden };
        Ok(Some((media.project_id, Self { media, facts })))
    }

    fn facts(&self) -> &MediaFacts {
        &self.facts
    }
}
