//! Pages of a TwinSpace (T-01).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, PageId, ProjectId};

/// Who can see a page.
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
pub enum PageVisibility {
    /// Everyone, signed in or not.
    Public,
    /// All members of the TwinSpace.
    Members,
    /// The author, teacher administrators, and those who may edit the page.
    Draft,
}

/// A page. Its content is in its versions.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "page")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PageId,
    /// The project of the TwinSpace.
    pub project_id: ProjectId,
    /// The title of its latest version.
    pub title: String,
    /// Who can see the page.
    pub visibility: PageVisibility,
    /// Its position among the pages, including archived ones; from 1, with gaps.
    pub position: i64,
    /// The number of its latest version.
    pub version: i64,
    /// The author.
    pub author_id: AccountId,
    /// The member who last edited it.
    pub editor_id: AccountId,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it was last edited.
    pub edited_at: DateTimeUtc,
    /// When it was archived.
    pub archived_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The pages of a project's TwinSpace.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
