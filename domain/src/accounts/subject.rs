//! The subjects by which teachers are found, for others to choose from (A-01, C-01).

use entity::{TagKind, account, account_tag};
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{ExprTrait, Order, Query, SelectStatement},
};

use crate::{Result, desktop::teacher, sql::ColumnExt, text};

/// The minimum number of teachers who have a subject before it is suggested: what somebody alone has
/// entered is shown only with them.
pub const LEAST: i64 = 2;

/// The subjects that contain these words, in alphabetical order, of teachers whom others can see.
pub async fn list(db: &impl ConnectionTrait, search: &str, limit: u64) -> Result<Vec<String>> {
    let rows = db.query_all(&statement(search, limit)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// The statement of [`list`], which an index serves in order.
pub fn statement(search: &str, limit: u64) -> SelectStatement {
    let mut query = Query::select();
    query
        .expr(account_tag::Column::Value.into_expr())
        .from(account_tag::Entity)
        .and_where(account_tag::Column::Kind.eq(TagKind::Subject));
    // As tags are stored; PostgreSQL does not accept a NUL byte.
    let search = text::tidy(search).to_lowercase().replace('\0', " ");
    for word in search.split_whitespace() {
        query.and_where(account_tag::Column::Value.like(text::containing(word)));
    }
    query
        .and_where(teacher::exists(account::Column::Id.equals(account_tag::Column::AccountId)))
        .group_by_col((account_tag::Entity, account_tag::Column::Value))
        .and_having(account_tag::Column::AccountId.count().gte(LEAST))
        .order_by((account_tag::Entity, account_tag::Column::Value), Order::Asc)
        .limit(limit);
    query
}
