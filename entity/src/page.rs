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

/// A page. What it says is in its versions.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "page")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PageId,
    /// The project whose TwinSpace it is in.
    pub project_id: ProjectId,
    /// The title, as its newest version has it.
    pub title: String,
    /// Who can see the page.
    pub visibility: PageVisibility,
    /// Its place among the pages, those in the archive among them; from 1, with gaps.
    pub position: i64,
    /// The number of its newest version.
    pub version: i64,
    /// Who made it.
    pub author_id: AccountId,
    /// Who last edited it.
    pub editor_id: AccountId,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it was last edited.
    pub edited_at: DateTimeUtc,
    /// Since when it has been in the archive.
    pub archived_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The pages of a project's TwinSpace.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
