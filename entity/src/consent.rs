//! Consents to a pupil taking part, and to pictures of them (M-14).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ConsentId, ProjectId};

/// What a consent covers.
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
    /// The pupil takes part in the TwinSpace. Withdrawing this consent ends the pupil's membership.
    Participation,
    /// Pictures of the pupil may be shown in the TwinSpace.
    Pictures,
}

/// Who gave the consent.
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
    /// The pupil, if they are old enough under their country's law.
    Pupil,
    /// A parent or legal guardian.
    Guardian,
}

/// A consent, which may have been withdrawn.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConsentId,
    /// The pupil.
    pub account_id: AccountId,
    /// The project to whose TwinSpace it applies.
    pub project_id: ProjectId,
    /// What a consent covers.
    pub scope: ConsentScope,
    /// Who gave the consent.
    pub giver: ConsentGiver,
    /// The teacher who recorded the consent.
    pub recorded_by: AccountId,
    /// When the consent was recorded.
    pub recorded_at: DateTimeUtc,
    /// The person who recorded the withdrawal.
    pub withdrawn_by: Option<AccountId>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Whether the custodian withdrew it, in which case only the custodian can give it again
    /// (M-14).
    pub by_custodian: bool,
}

impl ActiveModelBehavior for ActiveModel {}
