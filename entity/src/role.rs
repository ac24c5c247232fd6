//! Roles and kinds: of accounts, in projects, and in TwinSpaces.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// The kind of account that a person has.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Enum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum AccountKind {
    /// A registered teacher with a school. Has access to the desktop.
    Teacher,
    /// A child's account, created by a teacher. Has a username and no e-mail address.
    Pupil,
    /// Someone who accepted an e-mail invitation without being a registered teacher.
    Guest,
    /// A member of staff of a support service, who decides on projects.
    Officer,
    /// An administrator of this server.
    Administrator,
}

/// The role of a member in a TwinSpace.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Enum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum TwinSpaceRole {
    /// A teacher who also administers the TwinSpace.
    TeacherAdmin,
    /// A teacher who takes part with pupils.
    Teacher,
    /// A pupil with additional rights.
    PupilAdmin,
    /// A pupil.
    Pupil,
    /// A visitor with read-only access.
    Visitor,
}

impl TwinSpaceRole {
    /// Whether this is one of the two teacher roles.
    pub const fn is_teacher(self) -> bool {
        matches!(self, Self::TeacherAdmin | Self::Teacher)
    }

    /// Whether this is one of the two pupil roles.
    pub const fn is_pupil(self) -> bool {
        matches!(self, Self::PupilAdmin | Self::Pupil)
    }
}

/// The role of a partner in a project.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Enum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum ProjectRole {
    /// Edits the project and manages its partners.
    Manager,
    /// Takes part in the TwinSpace, the diary and the labels.
    Member,
}
