//! The diary of a project (T-05).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, DiaryEntryId, ProjectId};

/// Who can read a diary entry.
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
pub enum DiaryVisibility {
    /// Everyone who can see the project.
    Public,
    /// Registered teachers and the support services concerned.
    Teachers,
    /// The author and the support services concerned.
    Private,
}

/// An entry in a project's diary.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "diary_entry")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DiaryEntryId,
    /// The project.
    pub project_id: ProjectId,
    /// The partner who wrote it.
    pub author_id: AccountId,
    /// The title, one line.
    pub title: String,
    /// The text, in Markdown.
    pub text: String,
    /// The text as sanitised HTML.
    pub html: String,
    /// The version of the renderer that generated the HTML.
    pub renderer: i32,
    /// Who can read the entry.
    pub visibility: DiaryVisibility,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// When it was last edited; `None` if it never was.
    pub edited_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The entries of a project's diary.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
