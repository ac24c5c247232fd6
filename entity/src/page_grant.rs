//! Who may edit a page besides those whom the table of permissions lets (T-02).

use sea_orm::entity::prelude::*;

use crate::{MemberId, PageGrantId, PageId, TwinSpaceRole};

/// A permission to edit a page: of one member, or of all with a role.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "page_grant")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PageGrantId,
    /// The page.
    pub page_id: PageId,
    /// The member; none if it is for a role. It ends with the membership.
    pub member_id: Option<MemberId>,
    /// The role; none if it is for a member.
    pub role: Option<TwinSpaceRole>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The permissions to edit a page.
    pub fn of(page: PageId) -> Select<Self> {
        Self::find().filter(Column::PageId.eq(page))
    }
}
