//! What a page said before (T-01).

use async_graphql::Object;
use chrono::{DateTime, Utc};

use super::{LONG, html};
use crate::{
    Result,
    domain::{list::cell, page::VersionRow},
    graphql::person::Person,
};

/// A page as it was after an edit.
pub struct PageVersion(VersionRow);

impl PageVersion {
    /// A version that was read in a list.
    pub fn new(row: VersionRow) -> Self {
        Self(row)
    }
}

/// A page as it was after an edit. The newest 200 are kept.
#[Object]
impl PageVersion {
    /// Which version, counted from 1.
    async fn number(&self) -> Result<i64> {
        cell(&self.0.number)
    }

    /// The title.
    async fn title(&self) -> Result<String> {
        cell(&self.0.title)
    }

    /// The text, in Markdown.
    #[graphql(complexity = "LONG")]
    async fn text(&self) -> Result<String> {
        cell(&self.0.text)
    }

    /// The text as HTML that is safe to show.
    #[graphql(complexity = "LONG")]
    async fn html(&self) -> Result<String> {
        html(cell(&self.0.html)?, cell(&self.0.stale)?).await
    }

    /// Who edited.
    async fn editor(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.editor_id)?, self.0.editor_name.clone()))
    }

    /// When.
    async fn edited_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.edited_at)
    }
}
