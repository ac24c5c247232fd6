//! What can wait for somebody (T-07). There is no such table: it follows from what waits.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;

/// A kind of thing that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum NotificationKind {
    /// An invitation that can be answered.
    Invitation,
    /// A teacher asks to be a contact.
    ContactRequest,
    /// A project waits for its co-founder to accept.
    Project,
    /// A project waits for the viewer's service to decide.
    Approval,
    /// An application for a quality label waits for the viewer's service to decide.
    Label,
    /// The handing over of a founder's powers waits for the viewer's service to decide.
    Succession,
    /// A message was not read yet.
    Message,
    /// A reported message waits for a teacher administrator.
    Report,
    /// A teacher asks to bring a pupil of the viewer's into a TwinSpace (M-11).
    PupilRequest,
    /// The custody of a pupil is offered to the viewer, or to be taken from them, or waits for the
    /// viewer's service to decide (M-16).
    Custody,
    /// Somebody else did something to a pupil of the viewer's.
    PupilNews,
}
