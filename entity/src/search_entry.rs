//! The search index.

use async_graphql::Enum;
use sea_orm::{entity::prelude::*, sea_query::OnConflict};
use serde::{Deserialize, Serialize};

use crate::ProjectId;

/// The kinds of content that can be found by a search.
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
pub enum SearchKind {
    /// A page of the TwinSpace, found by its title and text.
    Page,
    /// An entry of the project's diary, found by its title and text.
    DiaryEntry,
    /// Media of the TwinSpace, found by its title.
    Media,
}

/// The words by which something is found.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_entry")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The kind of content.
    pub kind: SearchKind,
    /// The ID of what is found.
    pub subject_id: Uuid,
    /// The project.
    pub project_id: ProjectId,
    /// The words, each once, separated by spaces.
    pub words: String,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// If the subject already has words, the new ones replace them.
    pub fn replaced() -> OnConflict {
        OnConflict::column(Column::SubjectId).update_column(Column::Words).to_owned()
    }
}
