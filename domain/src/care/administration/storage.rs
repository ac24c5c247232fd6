//! What TwinSpaces store, with the columns that a request needs. Administrators see how much it is,
//! but not what.

use entity::{MediaState, ProjectId, media, project};
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Cond, Condition, Expr, Query, SelectStatement, SubQueryStatement},
};

use crate::{
    Result, column,
    inside::media::Usage,
    list::{Cell, Column, KeyKind, Listed},
    sql::ColumnExt,
};

/// The media of a TwinSpace, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StorageRow {
    /// The project.
    pub id: Cell<ProjectId>,
    /// Its title.
    pub title: Cell<String>,
    /// The number of objects, including those in progress.
    pub count: Cell<i64>,
    /// Their total size in bytes.
    pub bytes: Cell<i64>,
}

/// All media that take up space.
fn all() -> SelectStatement {
    let states = [MediaState::Pending, MediaState::Ready];
    let stored = media::Column::State.is_in(states);
    Query::select().from(media::Entity).and_where(stored).take()
}

/// Those of a project.
fn stored() -> SelectStatement {
    all().and_where(media::Column::ProjectId.equals(project::Column::Id)).take()
}

const COUNT: &str = "count(*)";
/// On PostgreSQL, a sum has another type than its terms.
const BYTES: &str = "cast(coalesce(sum(bytes), 0) as bigint)";

/// A sum or count over these media.
fn over(what: &'static str) -> Expr {
    let mut query = stored();
    query.expr(Expr::cust(what));
    SubQueryStatement::from(query).into()
}

impl Listed for StorageRow {
    type Filter = ();
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = project::Column::Id, for []),
        column!(title = project::Column::Title, for ["projectTitle"]),
        column!(count = over(COUNT), for ["count"]),
        column!(bytes = over(BYTES), for ["bytes"]),
    ];

    fn from((): &(), _: &dyn Fn(u8) -> bool) -> SelectStatement {
        Query::select().from(project::Entity).take()
    }

    fn id() -> Expr {
        project::Column::Id.into_expr()
    }

    /// TwinSpaces without media take up no space.
    fn condition((): &()) -> Condition {
        let mut some = stored();
        some.expr(Expr::val(1));
        Cond::all().add(Expr::exists(some))
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}

/// What all TwinSpaces store together, with one statement.
pub async fn total(db: &impl ConnectionTrait) -> Result<Usage> {
    let mut query = all();
    query.expr(Expr::cust(BYTES)).expr(Expr::cust(COUNT));
    let Some(row) = db.query_one(&query).await? else { return Ok(Usage::default()) };
    let number = |at| row.try_get_by_index::<i64>(at).map(i64::unsigned_abs);
    Ok(Usage { bytes: number(0)?, count: number(1)? })
}
