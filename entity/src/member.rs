//! Who is in a TwinSpace.

use sea_orm::entity::prelude::*;

use crate::{AccountId, MemberId, ProjectId, TwinSpaceRole};

/// A person's place in a TwinSpace.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberId,
    /// The project whose TwinSpace it is.
    pub project_id: ProjectId,
    /// The person.
    pub account_id: AccountId,
    /// What they are there.
    pub role: TwinSpaceRole,
    /// Who brought them in; none for founders.
    pub inviter_id: Option<AccountId>,
    /// The account's `name_key`, kept here too so that an index serves order and search.
    pub name_key: String,
    /// When they joined.
    pub joined_at: DateTimeUtc,
    /// When they were last here, to the minute: for the member alone, and to tell who is online.
    pub last_seen_at: Option<DateTimeUtc>,
    /// The day of it, which others may see and sort by (M-02); [`NEVER`] if never.
    pub last_access_on: Date,
}

/// The day that stands for never, so that one index serves the order.
pub const NEVER: Date = Date::from_ymd_opt(1970, 1, 1).expect("the first day of the epoch");

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The members of a project's TwinSpace.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
