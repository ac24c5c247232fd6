//! The content of pages after each edit (T-01).

use sea_orm::entity::prelude::*;

use crate::{AccountId, PageId, PageVersionId};

/// A version of a page, as saved by an edit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "page_version")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PageVersionId,
    /// The page.
    pub page_id: PageId,
    /// The version number, starting at 1.
    pub number: i64,
    /// The title.
    pub title: String,
    /// The text, in Markdown.
    pub text: String,
    /// The text as sanitised HTML.
    pub html: String,
    /// The version of the renderer that generated the HTML.
    pub renderer: i32,
    /// The member who made this edit.
    pub editor_id: AccountId,
    /// The time of the edit.
    pub edited_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The versions of a page.
    pub fn of(page: PageId) -> Select<Self> {
        Self::find().filter(Column::PageId.eq(page))
    }
}
