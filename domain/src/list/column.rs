//! The columns of rows, of which a list reads those that are requested.

use std::{collections::BTreeSet, fmt::Debug, hash::Hash};

use sea_orm::{
    ActiveEnum, DbErr, IntoSimpleExpr, QueryResult,
    sea_query::{Expr, ExprTrait},
};

use super::Listed;
use crate::{Error, Result};

/// A cell that is present if it was requested.
pub type Cell<T> = Option<T>;

/// The content of a cell. A resolver that reads a cell whose column does not name its field gets an
/// internal error, which the first test of that field reveals.
pub fn cell<T: Clone>(cell: &Cell<T>) -> Result<T> {
    cell.clone().ok_or_else(|| Error::internal("a column was read that was not requested"))
}

/// The condition that a column has one of these values, if there are any to filter by: no row has one
/// of none. Each value is named once, however often a request repeats it: a statement has no more of
/// them than there are.
pub fn one_of<E: ActiveEnum<Value = String>>(
    column: impl IntoSimpleExpr,
    values: Option<&[E]>,
) -> Option<Expr> {
    let values: BTreeSet<String> = values?.iter().map(ActiveEnum::to_value).collect();
    Some(column.into_simple_expr().is_in(values))
}

/// A column of a list's rows.
pub struct Column<R> {
    /// The fields that need it, as paths from the row's type: `school.name`.
    pub fields: &'static [&'static str],
    /// Its source.
    pub source: fn() -> Expr,
    /// The table that must be joined for it, as a number defined by the row type.
    pub join: Option<u8>,
    /// Stores the value read in its cell.
    pub read: fn(&QueryResult, usize, &mut R) -> Result<(), DbErr>,
}

/// Defines a [`Column`]: `cell = table.Column, for [fields]` and the join that it needs.
#[macro_export]
macro_rules! column {
    ($($cell:ident).+ = $source:expr, for [$($field:expr),*] $(, join $join:expr)?) => {
        $crate::list::Column {
            fields: &[$($field),*],
            source: || ::sea_orm::IntoSimpleExpr::into_simple_expr($source),
            join: { let _join: Option<u8> = None; $(let _join = Some($join);)? _join },
            read: |row, at, cells| {
                cells.$($cell).+ = Some(row.try_get_by_index(at)?);
                Ok(())
            },
        }
    };
}

/// Which of a row type's columns are requested: one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Columns(pub(super) u64);

impl Columns {
    /// The columns for which any field is `asked`.
    pub fn of<R: Listed>(asked: impl Fn(&str) -> bool) -> Self {
        let bits = R::COLUMNS.iter().enumerate();
        let bits = bits.filter(|(_, c)| c.fields.is_empty() || c.fields.iter().any(|f| asked(f)));
        Self(bits.fold(0, |all, (bit, _)| all | 1 << bit))
    }

    /// All columns.
    pub fn all<R: Listed>() -> Self {
        Self::of::<R>(|_| true)
    }

    /// The columns that are always read.
    pub fn key<R: Listed>() -> Self {
        Self::of::<R>(|_| false)
    }

    /// These columns, and those that the given fields need.
    #[must_use]
    pub fn and<R: Listed>(self, fields: &[&str]) -> Self {
        Self(self.0 | Self::of::<R>(|field| fields.contains(&field)).0)
    }

    pub(super) fn each<R: Listed>(self) -> impl Iterator<Item = &'static Column<R>> {
        R::COLUMNS.iter().enumerate().filter(move |(bit, _)| self.0 & 1 << bit != 0).map(|(_, c)| c)
    }
}
