//! People who registered as teachers and wait until they are admitted. Until then their
//! account is a guest's.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;

use crate::{AccountId, ServiceId};

/// The state of an admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum AdmissionState {
    /// Not decided yet.
    Pending,
    /// Admitted: the account is a teacher's.
    Admitted,
    /// Declined, with a reason. Whoever registers again asks again.
    Declined,
}

/// An admission that was asked for.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "admission")]
pub struct Model {
    /// The account of whoever registered.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The country of their school at the time, as an ISO 3166-1 alpha-2 code.
    pub country: String,
    /// The support service of the country, which may decide. If there is neither this nor the next,
    /// the administrators decide.
    pub service_id: Option<ServiceId>,
    /// The support service of the school's region, which may decide as well.
    pub region_service_id: Option<ServiceId>,
    /// The state.
    pub state: AdmissionState,
    /// The reason for declining it.
    pub reason: Option<String>,
    /// The officer or administrator who decided.
    pub decided_by: Option<AccountId>,
    /// When the address was verified, and the waiting began.
    pub asked_at: DateTimeUtc,
    /// When it was decided.
    pub decided_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
