//! The storage that media uses.

use std::collections::HashMap;

use entity::media;
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::hidden;
use crate::Result;

/// The media storage used by a TwinSpace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The total size of all objects, including those in progress.
    pub bytes: u64,
    /// Their number.
    pub count: u64,
}

/// The media storage used by several TwinSpaces, with one statement: of all media, or without what
/// is `hidden` or in progress, for viewers who cannot see it.
pub async fn usage(
    db: &impl ConnectionTrait,
    projects: &[Uuid],
    all: bool,
) -> Result<HashMap<Uuid, Usage>> {
    let mut query = Query::select();
    query
        .column(media::Column::ProjectId)
        // On PostgreSQL, a sum has another type than its terms.
        .expr(Expr::cust("cast(sum(bytes) as bigint)"))
        .expr(Expr::cust("count(*)"))
        .from(media::Entity)
        .and_where(media::Column::ProjectId.is_in(projects.iter().copied()))
        .group_by_col(media::Column::ProjectId);
    if all {
        query.and_where(media::Column::State.is_in(["pending", "ready"]));
    } else {
        query.and_where(media::Column::State.eq("ready")).and_where(hidden().not());
    }
    let mut found = HashMap::new();
    for row in db.query_all(&query).await? {
        let bytes = row.try_get_by_index::<i64>(1)?.unsigned_abs();
        let count = row.try_get_by_index::<i64>(2)?.unsigned_abs();
        found.insert(row.try_get_by_index(0)?, Usage { bytes, count });
    }
    Ok(found)
}
