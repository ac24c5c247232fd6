//! What was decided on the school that a teacher names: that it is theirs, or not after all.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The latest decision on a teacher's school. There is none while the school is only a claim.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "school_confirmation")]
pub struct Model {
    /// The teacher.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// Whether the school is confirmed; false if a confirmation was withdrawn, until the teacher has
    /// read that.
    pub confirmed: bool,
    /// Who confirmed it or withdrew that; `None` if their account is erased.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: DateTimeUtc,
    /// Whether the teacher has yet to read it.
    pub unread: bool,
}

impl ActiveModelBehavior for ActiveModel {}
