//! The decisions of support services. There is no such table: a view reads them from the tables of
//! what was decided.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;

/// What a support service decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum DecisionKind {
    /// Whether to approve a project.
    Project,
    /// Whether to grant a partner the quality label.
    Label,
    /// Whether to transfer the powers of a founder who has left.
    Succession,
    /// The nomination of a project for the European label.
    Nomination,
    /// Whether to transfer the custody of a pupil.
    CustodyTransfer,
    /// Whether to let a pupil whose custodian has no account join a TwinSpace.
    PupilRequest,
}
