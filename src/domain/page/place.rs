//! The order of pages. Each has its number among all of the TwinSpace, the archive among them, so
//! that what is restored comes back to its place.

use entity::{PageId, page};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};

use super::{Facts, in_use, lock, tell};
use crate::{Error, Result, db::Db, domain::access::Access};

/// Moves a page behind another, or before all. One statement, however many pages there are.
pub async fn move_to(db: &Db, seen: &Access, facts: &Facts, after: Option<PageId>) -> Result<()> {
    if after == Some(facts.id) {
        return Err(Error::invalid("afterId", "must be another page"));
    }
    let tx = db.begin().await?;
    let page = in_use(lock(&tx, seen, facts).await?)?;
    let pages = page::Entity::of(page.project_id);
    let behind = if let Some(id) = after {
        let other = pages.filter(page::Column::Id.eq(id)).one(&*tx).await?;
        other.ok_or(Error::NotFound("page"))?.position
    } else {
        let first = pages.order_by_asc(page::Column::Position).one(&*tx).await?;
        first.map_or(0, |first| first.position - 1)
    };
    let from = page.position;
    // Those between the old place and the new one close up.
    let (low, high, by, to) = match from <= behind {
        true => (from, behind, -1, behind),
        false => (behind + 1, from, 1, behind + 1),
    };
    let position = || Expr::col(page::Column::Position);
    let moved = Expr::case(Expr::col(page::Column::Id).eq(page.id.0), to);
    page::Entity::update_many()
        .col_expr(page::Column::Position, moved.finally(position().add(by)).into())
        .filter(page::Column::ProjectId.eq(page.project_id))
        .filter(page::Column::Position.between(low, high))
        .exec(&*tx)
        .await?;
    tell(&tx, &page, page.visibility, false).await?;
    Ok(tx.commit().await?)
}
