//! Pages copied by a follow-up project (P-17).

use std::collections::{BTreeMap, HashMap};

use entity::{MediaId, PageId, PageVersionId, ProjectId, SearchKind, page, page_version};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};

use super::{PageRow, place::STEP};
use crate::{
    Error, Result,
    access::Access,
    db::Tx,
    inside::search::{self, Words},
    list::Listed,
    markup,
};

/// Copies the latest versions of pages that somebody can see, in their order, with the same authors but
/// without permissions to edit them. The number of statements does not depend on the number of pages.
/// References to media that was copied are replaced by references to the copies.
pub async fn copy(
    tx: &Tx,
    by: &Access,
    to: ProjectId,
    ids: &[PageId],
    media: &BTreeMap<MediaId, MediaId>,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let seen = by.pages(false).map_err(|_| Error::NotFound("page"))?;
    let pages = page::Entity::of(by.project_id)
        .filter(page::Column::Id.is_in(ids.iter().copied()))
        .filter(PageRow::condition(&seen.into()))
        .order_by_asc(page::Column::Position)
        .all(&**tx)
        .await?;
    if pages.len() != ids.len() {
        return Err(Error::NotFound("page"));
    }
    let numbers = pages.iter().map(|page| (page.id.0, page.version));
    let which = Expr::tuple([
        page_version::Column::PageId.into_expr(),
        page_version::Column::Number.into_expr(),
    ]);
    let newest = page_version::Entity::find().filter(which.in_tuples(numbers)).all(&**tx).await?;
    let mut newest: HashMap<PageId, page_version::Model> =
        newest.into_iter().map(|version| (version.page_id, version)).collect();
    let (mut copies, mut versions, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for (page, position) in pages.into_iter().zip(1_i64..) {
        let version = newest.remove(&page.id);
        let mut version = version.ok_or_else(|| Error::internal("a page without its version"))?;
        version.text = markup::rename(&version.text, media);
        version.html = markup::rename(&version.html, media);
        let id = PageId::new();
        words.push((id.0, Words::of(&[&version.title, &version.text])));
        let mut copy = page::ActiveModel::from(page);
        copy.id = Set(id);
        copy.project_id = Set(to);
        copy.position = Set(position * STEP);
        copy.version = Set(1);
        copies.push(copy.reset_all());
        let mut version = page_version::ActiveModel::from(version);
        version.id = Set(PageVersionId::new());
        version.page_id = Set(id);
        version.number = Set(1);
        versions.push(version.reset_all());
    }
    page::Entity::insert_many(copies).exec_without_returning(&**tx).await?;
    page_version::Entity::insert_many(versions).exec_without_returning(&**tx).await?;
    search::index_all(tx, SearchKind::Page, to, words).await
}
