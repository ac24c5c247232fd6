//! Transfers of custody: offered to another teacher, or requested by a teacher administrator
//! (M-16).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, CustodyTransferId, ProjectId, ServiceId};

/// How a custody transfer was started.
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
pub enum CustodyTransferKind {
    /// The custodian offered custody to another teacher, who accepts or declines.
    Offer,
    /// A teacher administrator asked to take over from a custodian who no longer teaches there.
    Takeover,
}

/// The state of a custody transfer.
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
pub enum CustodyTransferState {
    /// Waiting for an answer.
    Pending,
    /// The custodian objected to a takeover. Only the support service can still grant it.
    Objected,
    /// Custody was transferred.
    Accepted,
    /// An offer was declined by its recipient, or a takeover by the support service.
    Declined,
    /// Withdrawn by the person who started it.
    Withdrawn,
    /// The offer was not answered in time.
    Expired,
    /// Ended because the conditions for the transfer no longer held.
    Ended,
}

/// A transfer of custody to another teacher.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custody_transfer")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustodyTransferId,
    /// How the transfer was started.
    pub kind: CustodyTransferKind,
    /// The project in whose TwinSpace it was started.
    pub project_id: ProjectId,
    /// The pupil.
    pub pupil_id: AccountId,
    /// The custodian at the time the transfer was started.
    pub from_id: AccountId,
    /// The teacher who would become the custodian.
    pub to_id: AccountId,
    /// The support service of the country of the pupil's school, which may decide on a takeover. If
    /// there is neither this nor the next, the administrators decide.
    pub service_id: Option<ServiceId>,
    /// The support service of the school's region, which may decide as well.
    pub region_service_id: Option<ServiceId>,
    /// The state. An offer that was not answered in time may still be pending.
    pub state: CustodyTransferState,
    /// When the transfer was started.
    pub began_at: DateTimeUtc,
    /// When an offer expires or a takeover takes effect; `None` if the support service must decide.
    pub due_at: Option<DateTimeUtc>,
    /// The person who answered or decided.
    pub decided_by: Option<AccountId>,
    /// When it was answered, decided or ended.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl CustodyTransferState {
    /// The states in which a transfer is still open.
    pub const OPEN: [Self; 2] = [Self::Pending, Self::Objected];
}

impl Entity {
    /// The open transfers.
    pub fn open() -> Select<Self> {
        Self::find().filter(Column::State.is_in(CustodyTransferState::OPEN))
    }
}
