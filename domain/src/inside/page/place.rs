//! The order of pages. Each has a number among all pages of the TwinSpace, including archived ones,
//! so that a restored page returns to its position.
//!
//! There are gaps between the numbers: moving a page changes only its own number, and clients that
//! know the others can put it in place. Only if no gap is left do all pages get new numbers.

use entity::{PageId, page};
use policy::PageAct;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, sea_query::CaseStatement,
};

use super::{FoundPage, tell};
use crate::{Actor, Error, Permit, Result, access::Access, error::Flaw, events::Event};

/// The gap between two pages between which nothing was moved.
pub(super) const STEP: i64 = 1 << 20;

/// Moves a page after another page, or to the front. Returns how the actor stands to the TwinSpace.
pub async fn move_to(actor: Actor<'_>, id: PageId, after: Option<PageId>) -> Result<Access> {
    if after == Some(id) {
        return Err(Error::invalid(
            "afterPageId",
            Flaw::NotAllowed("must be a different page".into()),
        ));
    }
    let Permit { tx, by, on: FoundPage { row: page, .. }, .. } =
        actor.permit::<FoundPage>(PageAct::Move, id).await?;
    let project = page.project_id;
    let order: Vec<(PageId, i64)> = page::Entity::of(project)
        .select_only()
        .column(page::Column::Id)
        .column(page::Column::Position)
        .filter(page::Column::Id.ne(id))
        .order_by_asc(page::Column::Position)
        .into_tuple()
        .all(&*tx)
        .await?;
    // The number of pages before it.
    let at = match after {
        None => 0,
        Some(after) => {
            let found = order.iter().position(|(other, _)| *other == after);
            found.ok_or(Error::NotFound("page"))? + 1
        }
    };
    let before = at.checked_sub(1).and_then(|last| order.get(last)).map(|(_, position)| *position);
    let behind = order.get(at).map(|(_, position)| *position);
    if let Some(position) = between(before, behind) {
        tell(&tx, &page, page.visibility, false).await?;
        let mut row = page.into_active_model();
        row.position = Set(position);
        row.update(&*tx).await?;
        tx.commit().await?;
        return Ok(by);
    }
    let mut ids: Vec<PageId> = order.into_iter().map(|(id, _)| id).collect();
    ids.insert(at, id);
    let mut positions = CaseStatement::new();
    for (id, n) in ids.iter().zip(1_i64..) {
        positions = positions.case(page::Column::Id.eq(id.0), n * STEP);
    }
    page::Entity::update_many()
        .col_expr(page::Column::Position, positions.finally(0_i64).into())
        .filter(page::Column::ProjectId.eq(project))
        .exec(&*tx)
        .await?;
    tx.tell(Event::PagesPlaced { project }).await?;
    tx.commit().await?;
    Ok(by)
}

/// A number between two others, either of which may be missing; `None` if there is no gap.
fn between(before: Option<i64>, behind: Option<i64>) -> Option<i64> {
    match (before, behind) {
        (None, None) => Some(STEP),
        (Some(before), None) => Some(before + STEP),
        (None, Some(behind)) => Some(behind - STEP),
        (Some(before), Some(behind)) => {
            Some(before + (behind - before) / 2).filter(|&middle| middle != before)
        }
    }
}
