//! What people are: of the server, in a project, in a TwinSpace.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What kind of account a person has.
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
    /// A registered teacher with a school: has the desktop.
    Teacher,
    /// A child's account, made by a teacher: a username and no e-mail.
    Pupil,
    /// Someone who accepted an invitation by e-mail without being a registered teacher.
    Guest,
    /// Works for a support service: decides on projects.
    Officer,
    /// Runs this server.
    Administrator,
}

/// What a member is in a TwinSpace.
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
    /// A teacher who also runs the TwinSpace.
    TeacherAdmin,
    /// A teacher who takes part with pupils.
    Teacher,
    /// A pupil who is trusted with more.
    PupilAdmin,
    /// A pupil.
    Pupil,
    /// Someone who may only look.
    Visitor,
}

impl TwinSpaceRole {
    /// Whether this is one of the two teachers' roles.
    pub const fn is_teacher(self) -> bool {
        matches!(self, Self::TeacherAdmin | Self::Teacher)
    }

    /// Whether this is one of the two pupils' roles.
    pub const fn is_pupil(self) -> bool {
        matches!(self, Self::PupilAdmin | Self::Pupil)
    }
}

/// What a partner may do in a project.
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
    /// Edits the project and its partners.
    Manager,
    /// Takes part: TwinSpace, diary and labels.
    Member,
}
