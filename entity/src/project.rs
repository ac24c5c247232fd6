//! Projects, from the first draft to the closed record.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ProjectId};

/// Where a project stands (P-04).
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
    /// Being written by the proposer.
    Draft,
    /// Sent; the invited partner has not answered.
    PendingPartner,
    /// The support services decide.
    PendingApproval,
    /// Approved by all; the TwinSpace is open.
    Active,
    /// Ended; the TwinSpace can still be read.
    Closed,
    /// The invited partner declined.
    Declined,
    /// A support service refused, with its reason.
    Rejected,
    /// The proposer took it back.
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

/// A list of words, kept as JSON.
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
    /// Where it stands.
    pub state: ProjectState,
    /// The founder who proposed it. The record keeps who founded it (P-15).
    pub proposer_id: AccountId,
    /// The founder whom the proposer chose; none until one is chosen.
    pub cofounder_id: Option<AccountId>,
    /// Its title; several projects may have the same (P-03).
    pub title: String,
    /// The title without case and accents, for search and order.
    pub title_key: String,
    /// What anyone may read of an active project.
    pub short_description: String,
    /// What it is for.
    pub aims: String,
    /// How the work goes.
    pub work_process: String,
    /// What comes of it.
    pub expected_results: String,
    /// Its languages, ISO 639-1.
    pub languages: Words,
    /// Its school subjects.
    pub subjects: Words,
    /// The pupils' youngest age, in years.
    pub age_from: Option<i32>,
    /// The pupils' greatest age, in years.
    pub age_to: Option<i32>,
    /// How many pupils take part.
    pub pupil_count: Option<i32>,
    /// The tools used.
    pub tools: String,
    /// Why the partner declined or a service rejected it.
    pub refusal: Option<String>,
    /// When it was begun.
    pub created_at: DateTimeUtc,
    /// When it came to stand where it stands.
    pub state_since: DateTimeUtc,
    /// When its fields were last edited.
    pub edited_at: DateTimeUtc,
    /// Whether pupils take part in the chat of its TwinSpace (T-04).
    pub chat_open_to_pupils: bool,
}

impl ActiveModelBehavior for ActiveModel {}
