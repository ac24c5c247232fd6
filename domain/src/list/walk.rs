//! A walk through a list, some rows at a time: for those who read all of it, and keep little of it.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{Ask, Columns, Cursor, Listed};
use crate::Result;

/// How far a walk has come.
#[derive(Debug)]
pub struct Walk<R: Listed> {
    parent: Uuid,
    order: R::Order,
    columns: Columns,
    limit: u64,
    after: Option<Cursor>,
    over: bool,
}

impl<R: Listed> Walk<R> {
    /// A walk through the rows of a parent, with at most `limit` of them at a time.
    pub const fn new(parent: Uuid, order: R::Order, columns: Columns, limit: u64) -> Self {
        Self { parent, order, columns, limit, after: None, over: false }
    }

    /// The next rows, of those that match now; none at the end.
    pub async fn next(&mut self, db: &impl ConnectionTrait, filter: R::Filter) -> Result<Vec<R>> {
        if self.over {
            return Ok(Vec::new());
        }
        let ask = Ask::<R> {
            columns: self.columns,
            filter,
            order: self.order,
            descending: false,
            after: self.after.take(),
            before: None,
            limit: self.limit,
            last: false,
            rows: true,
            total: false,
        };
        let page = ask.of_one(db, self.parent).await?;
        self.over = !page.more;
        self.after = page.rows.last().map(|(cursor, _)| cursor.clone());
        Ok(page.rows.into_iter().map(|(_, row)| row).collect())
    }
}
