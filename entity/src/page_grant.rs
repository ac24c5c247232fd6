//! Permissions to edit pages, in addition to those of the permission table (T-02).

use sea_orm::entity::prelude::*;

use crate::{MemberId, PageGrantId, PageId, TwinSpaceRole};

/// A permission to edit a page, for one member or for all with a role.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "page_grant")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PageGrantId,
    /// The page.
    pub page_id: PageId,
    /// The member; `None` if it is for a role. The permission ends with the membership.
    pub member_id: Option<MemberId>,
    /// The role; `None` if it is for a member.
    pub role: Option<TwinSpaceRole>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The permissions to edit a page.
    pub fn of(page: PageId) -> Select<Self> {
        Self::find().filter(Column::PageId.eq(page))
    }
}
