//! Consents: that a pupil takes part, that pictures of them are shown (M-14).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ConsentId, ProjectId};

/// What was consented to.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Enum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum ConsentScope {
    /// That the pupil takes part in the TwinSpace. Once it is withdrawn the pupil is a member still,
    /// until somebody removes them.
    Participation,
    /// That pictures of the pupil are shown in the TwinSpace.
    Pictures,
}

/// Who consented.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Enum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum ConsentGiver {
    /// The pupil, where they are old enough by their country's law.
    Pupil,
    /// A parent or other guardian.
    Guardian,
}

/// A consent, given and perhaps withdrawn.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConsentId,
    /// The pupil.
    pub account_id: AccountId,
    /// The project in whose TwinSpace it holds.
    pub project_id: ProjectId,
    /// What was consented to.
    pub scope: ConsentScope,
    /// Who consented.
    pub giver: ConsentGiver,
    /// The teacher who recorded it.
    pub recorded_by: AccountId,
    /// When it was recorded.
    pub recorded_at: DateTimeUtc,
    /// Who recorded that it was withdrawn.
    pub withdrawn_by: Option<AccountId>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Whether it was the custodian who withdrew it: only the custodian gives it again (M-14).
    pub by_custodian: bool,
}

impl ActiveModelBehavior for ActiveModel {}
