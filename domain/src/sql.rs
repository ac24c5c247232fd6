//! What queries say of columns beside sea-orm's `ColumnTrait`.

use sea_orm::{
    ColumnTrait, IntoSimpleExpr,
    sea_query::{Expr, ExprTrait, IntoIden},
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
