//! What queries say of columns beside sea-orm's `ColumnTrait`.

use entity::account;
use sea_orm::{
    ColumnTrait, IntoSimpleExpr, JoinType,
    sea_query::{Expr, ExprTrait, IntoIden, SelectStatement},
};

/// Columns of tables that a statement knows by another name, and columns compared with others.
pub(crate) trait ColumnExt: ColumnTrait {
    /// The column of the table that the statement knows by this name.
    fn of(self, table: impl IntoIden) -> Expr {
        Expr::col((table, self))
    }

    /// That the column equals another, or an expression.
    fn equals(self, other: impl IntoSimpleExpr) -> Expr {
        self.into_expr().eq(other.into_simple_expr())
    }
}

impl<C: ColumnTrait> ColumnExt for C {}

/// Joins the account to which a column refers, under this name.
pub(crate) fn join_account(
    query: &mut SelectStatement,
    join: JoinType,
    name: &'static str,
    column: impl ColumnTrait,
) {
    let same = account::Column::Id.of(name).eq(column.into_expr());
    query.join_as(join, account::Entity, name, same);
}
