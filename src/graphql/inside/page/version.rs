//! The earlier versions of a page (T-01).

use std::sync::Arc;

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use domain::{Result, access::Access, inside::page::VersionRow, list::cell};

use crate::graphql::{
    accounts::person::Person,
    context::ContextExt,
    markup::{LONG, shown},
};

/// A version of a page, as saved by an edit.
pub struct PageVersion {
    row: VersionRow,
    /// The viewer's access to the project.
    access: Arc<Access>,
}

impl PageVersion {
    /// A version loaded in a list.
    pub fn new(row: VersionRow, access: Arc<Access>) -> Self {
        Self { row, access }
    }
}

/// A version of a page, as saved by an edit. The latest 200 versions are kept.
#[Object]
impl PageVersion {
    /// The number of the version, starting at 1.
    async fn version(&self) -> Result<i64> {
        cell(&self.row.number)
    }

    /// The title.
    async fn title(&self) -> Result<String> {
        cell(&self.row.title)
    }

    /// The text, in Markdown.
    #[graphql(complexity = "LONG")]
    async fn text(&self, ctx: &Context<'_>) -> Result<String> {
        ctx.request().long(cell(&self.row.text)?)
    }

    /// The text as sanitised HTML, like `Page.html`.
    #[graphql(complexity = "LONG")]
    async fn html(&self, ctx: &Context<'_>) -> Result<String> {
        shown(ctx, &self.access, cell(&self.row.html)?, cell(&self.row.stale)?).await
    }

    /// The member who made this edit.
    async fn editor(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.row.editor_id)?, self.row.editor_name.clone()))
    }

    /// The time of the edit.
    async fn edited_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.edited_at)
    }
}
