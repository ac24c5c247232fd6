//! Permanent deletion of pages.

use entity::{PageId, ProjectId, page, page_grant, page_version, search_entry};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{Result, db::Tx};

/// Deletes all pages of a project that was never open: copies, which nobody has seen there.
pub async fn forget_all(tx: &Tx, project: ProjectId) -> Result<()> {
    let pages: Vec<PageId> = page::Entity::of(project)
        .select_only()
        .column(page::Column::Id)
        .into_tuple()
        .all(&**tx)
        .await?;
    if pages.is_empty() { Ok(()) } else { forget(tx, &pages).await }
}

/// Deletes pages with everything that depends on them.
pub async fn forget(tx: &Tx, pages: &[PageId]) -> Result<()> {
    let ids = || pages.iter().copied();
    page_grant::Entity::delete_many()
        .filter(page_grant::Column::PageId.is_in(ids()))
        .exec(&**tx)
        .await?;
    page_version::Entity::delete_many()
        .filter(page_version::Column::PageId.is_in(ids()))
        .exec(&**tx)
        .await?;
    search_entry::Entity::delete_many()
        .filter(search_entry::Column::SubjectId.is_in(pages.iter().map(|id| id.0)))
        .exec(&**tx)
        .await?;
    page::Entity::delete_many().filter(page::Column::Id.is_in(ids())).exec(&**tx).await?;
    Ok(())
}
