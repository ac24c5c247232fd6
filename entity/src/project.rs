//! Projects, from the first draft to the closed project.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ProjectId};

/// The state of a project (P-04).
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
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))", rename_all = "snake_case")]
pub enum ProjectState {
    /// A draft that the proposer is still writing.
    Draft,
    /// Sent to the invited partner, who has not answered.
    PendingPartner,
    /// Waiting for the support services' decisions.
    PendingApproval,
    /// Approved by all support services concerned. The TwinSpace is open.
    Active,
    /// Closed. The TwinSpace can still be read.
    Closed,
    /// The invited partner declined.
    Declined,
    /// Rejected by a support service, with a reason.
    Rejected,
    /// Withdrawn by the proposer.
    Withdrawn,
}

impl ProjectState {
    /// Whether the proposer may revise and send it.
    pub const fn is_draft(self) -> bool {
        matches!(self, Self::Draft | Self::Declined | Self::Rejected | Self::Withdrawn)
    }

    /// Whether it was approved, so that its TwinSpace exists.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::Closed)
    }
}

/// A list of words, stored as JSON.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, FromJsonQueryResult,
)]
pub struct Words(pub Vec<String>);

/// A project.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "project")]
pub struct Model {
    /// Its key, shared with its TwinSpace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProjectId,
    /// The state.
    pub state: ProjectState,
    /// The founder who proposed it. The original founders remain on record (P-15).
    pub proposer_id: AccountId,
    /// The founder chosen by the proposer; `None` until one is chosen.
    pub cofounder_id: Option<AccountId>,
    /// The title, which is not necessarily unique (P-03).
    pub title: String,
    /// The title without case and accents, for searching and sorting.
    pub title_key: String,
    /// A short description, visible to everyone while the project is active.
    pub short_description: String,
    /// The aims of the project.
    pub aims: String,
    /// How the partners work together.
    pub work_process: String,
    /// The expected results.
    pub expected_results: String,
    /// The working languages, as ISO 639-1 codes.
    pub languages: Words,
    /// The school subjects.
    pub subjects: Words,
    /// The age of the youngest pupils, in years.
    pub age_from: Option<i32>,
    /// The age of the oldest pupils, in years.
    pub age_to: Option<i32>,
    /// The number of pupils taking part.
    pub pupil_count: Option<i32>,
    /// The tools used in the project.
    pub tools: String,
    /// The reason given by the partner who declined it, or by the support service that rejected it.
    pub refusal: Option<String>,
    /// When the project was created.
    pub created_at: DateTimeUtc,
    /// When the project entered its current state.
    pub state_since: DateTimeUtc,
    /// When the project's fields were last edited.
    pub edited_at: DateTimeUtc,
    /// Whether pupils can take part in the chat of its TwinSpace (T-04).
    pub chat_open_to_pupils: bool,
    /// How many acts there have been on it. On PostgreSQL, every transaction that locks the project
    /// raises it.
    pub acts: i64,
}

impl ActiveModelBehavior for ActiveModel {}
