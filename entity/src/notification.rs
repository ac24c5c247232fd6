//! Notifications (T-07). There is no such table: notifications follow from what is pending.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;

/// A kind of notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum NotificationKind {
    /// An invitation that the viewer can answer.
    Invitation,
    /// A contact request from another teacher.
    ContactRequest,
    /// A project that its co-founder has yet to accept.
    Project,
    /// A project that awaits a decision by the viewer's support service.
    Approval,
    /// A quality label application that awaits a decision by the viewer's support service.
    Label,
    /// A proposed transfer of a founder's powers that awaits a decision by the viewer's support
    /// service.
    Succession,
    /// An unread message.
    Message,
    /// A reported message that a teacher administrator has yet to review.
    Report,
    /// A teacher's request to bring one of the viewer's pupils into a TwinSpace (M-11).
    PupilRequest,
    /// A custody offered to the viewer, a takeover of the viewer's custody, or a takeover that
    /// awaits a decision by the viewer's support service (M-16).
    CustodyTransfer,
    /// Something that somebody else did to one of the viewer's pupils.
    PupilNews,
    /// Somebody who registered as a teacher and waits to be admitted.
    Admission,
    /// The viewer's school was confirmed.
    SchoolConfirmed,
    /// The confirmation of the viewer's school was withdrawn.
    SchoolUnconfirmed,
}
