//! Custodies that are offered to another teacher, or that a teacher administrator asks to take
//! over (M-16).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, CustodyTransferId, ProjectId, ServiceId};

/// How a transfer began.
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
    /// The custodian offers it to another teacher, who accepts or declines.
    Offer,
    /// A teacher administrator asks to take it over from a custodian who teaches there no more.
    Takeover,
}

/// What became of a transfer.
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
    /// It waits for an answer.
    Pending,
    /// The custodian objected to a takeover: only the support service can still grant it.
    Objected,
    /// The custody was handed over.
    Accepted,
    /// An offer was declined by its recipient, or a takeover by the support service.
    Declined,
    /// Whoever began it took it back.
    Withdrawn,
    /// Nobody answered an offer in time.
    Expired,
    /// What it was based on does not hold any more.
    Ended,
}

/// A custody that is to go to another teacher.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custody_transfer")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustodyTransferId,
    /// How it began.
    pub kind: CustodyTransferKind,
    /// The project in whose TwinSpace it began.
    pub project_id: ProjectId,
    /// The pupil.
    pub pupil_id: AccountId,
    /// The custodian when it began.
    pub from_id: AccountId,
    /// The teacher who is to answer for the pupil.
    pub to_id: AccountId,
    /// The service of the country of the pupil's school, which may decide on a takeover. With
    /// neither, the administrators do.
    pub service_id: Option<ServiceId>,
    /// The service of the school's region, which may decide as well.
    pub region_service_id: Option<ServiceId>,
    /// What became of it; of an offer that nobody answered in time it may still be pending.
    pub state: CustodyTransferState,
    /// When it began.
    pub began_at: DateTimeUtc,
    /// When an offer expires, and a takeover takes effect; none where the service must decide.
    pub due_at: Option<DateTimeUtc>,
    /// Who answered or decided.
    pub decided_by: Option<AccountId>,
    /// When it was answered, decided or ended.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl CustodyTransferState {
    /// Those in which something may still become of it.
    pub const OPEN: [Self; 2] = [Self::Pending, Self::Objected];
}

impl Entity {
    /// Those of which something may still become.
    pub fn open() -> Select<Self> {
        Self::find().filter(Column::State.is_in(CustodyTransferState::OPEN))
    }
}
