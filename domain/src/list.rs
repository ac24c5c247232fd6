//! One design for every list: rows of joined tables with only the requested columns, in keyset
//! order, for one or many parents.
//!
//! A row type declares its columns once ([`Listed::COLUMNS`]); adding a field to a list takes one
//! line there and one resolver. The number of statements never depends on the number of rows.

use std::{fmt::Debug, hash::Hash};

use sea_orm::sea_query::{Condition, Expr, SelectStatement};

mod column;
mod cursor;
mod statement;
mod walk;

pub use column::{Cell, Column, Columns, cell, one_of};
pub use cursor::{Cursor, KeyKind, YEARS};
pub use walk::Walk;

/// The maximum number of rows per page.
pub const MOST: u64 = 100;

/// A row type that can be listed.
pub trait Listed: Clone + Default + Debug + Eq + Hash + Send + Sync + 'static {
    /// How a list is filtered.
    type Filter: Clone + Debug + Default + PartialEq + Eq + Hash + Send + Sync;
    /// How a list is sorted.
    type Order: Copy + Debug + PartialEq + Eq + Hash + Send + Sync;
    /// The columns, at most 64. A column without fields is always read.
    const COLUMNS: &'static [Column<Self>];

    /// The table, joined with the tables that `needs` says are needed.
    fn from(filter: &Self::Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement;

    /// The key of a row.
    fn id() -> Expr;

    /// The parent of a row, if its rows have one. A list with rows of any parent has the nil parent.
    fn parent() -> Option<Expr> {
        None
    }

    /// The parent of a row in lists with this filter, where there are lists of several kinds of parents.
    fn parent_for(_: &Self::Filter) -> Option<Expr> {
        Self::parent()
    }

    /// The condition of `filter`.
    fn condition(filter: &Self::Filter) -> Condition;

    /// The words that `filter` searches for, as a condition on columns that an index has beside the
    /// parent: it is read instead of the rows.
    fn search(_: &Self::Filter) -> Option<Condition> {
        None
    }

    /// The joins that `filter` needs.
    fn filter_needs(_: &Self::Filter, _: u8) -> bool {
        false
    }

    /// Fields whose columns lists with this filter always read.
    fn always(_: &Self::Filter) -> &'static [&'static str] {
        &[]
    }

    /// The total of a filter and the parents that it is the total of, from numbers that the database
    /// keeps; `None` to count the rows.
    fn kept_total(_: &Self::Filter) -> Option<(SelectStatement, Expr)> {
        None
    }

    /// The column by which `order` sorts; ties are broken by the key. `None` sorts by the key
    /// alone.
    fn order(order: Self::Order) -> Option<(Expr, KeyKind)>;
}

/// The request for a page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ask<R: Listed> {
    /// The columns to read.
    pub columns: Columns,
    /// The filter.
    pub filter: R::Filter,
    /// The order.
    pub order: R::Order,
    /// Whether the order is reversed.
    pub descending: bool,
    /// Only rows after this one.
    pub after: Option<Cursor>,
    /// Only rows before this one.
    pub before: Option<Cursor>,
    /// The maximum number of rows.
    pub limit: u64,
    /// Whether the page is the last one instead of the first.
    pub last: bool,
    /// Whether to read rows at all, or only count them.
    pub rows: bool,
    /// Whether to count all matching rows, across all pages.
    pub total: bool,
}

/// The content of a page.
#[derive(Clone, Debug)]
pub struct Page<R> {
    /// The rows, each with its cursor.
    pub rows: Vec<(Cursor, R)>,
    /// Whether there are more rows in the direction of paging.
    pub more: bool,
    /// The total number, if requested.
    pub total: Option<u64>,
}

impl<R> Default for Page<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false, total: Some(0) }
    }
}
