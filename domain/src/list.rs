//! One design for every list: rows of joined tables with only the requested columns, in keyset
//! order, for one or many parents.
//!
//! A row type declares its columns once ([`Listed::COLUMNS`]); adding a field to a list takes one
//! line there and one resolver. The number of statements never depends on the number of rows.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Debug,
    hash::Hash,
};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use data_encoding::BASE64URL_NOPAD;
use sea_orm::{
    ActiveEnum, ConnectionTrait, DbBackend, DbErr, QueryResult, Value,
    sea_query::{
        Alias, Asterisk, Cond, Condition, Expr, ExprTrait, Func, JoinType, Order, Query,
        SelectStatement, UnionType,
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result};

/// The maximum number of rows per page.
pub const MOST: u64 = 100;

/// The years that a cursor may have.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// A cell that is present if it was requested.
pub type Cell<T> = Option<T>;

/// The content of a cell. A resolver that reads a cell whose column does not name its field gets an
/// internal error, which the first test of that field reveals.
pub fn cell<T: Clone>(cell: &Cell<T>) -> Result<T> {
    cell.clone().ok_or_else(|| Error::internal("a column was read that was not requested"))
}

/// The condition that a column has one of these values; none if there are none. Each value is named
/// once, however often a request repeats it: a statement has no more of them than there are.
pub fn one_of<E: ActiveEnum<Value = String>>(column: Expr, values: &[E]) -> Option<Expr> {
    let values: BTreeSet<String> = values.iter().map(ActiveEnum::to_value).collect();
    (!values.is_empty()).then(|| column.is_in(values))
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
    ($($cell:ident).+ = $source:expr, for [$($field:literal),*] $(, join $join:expr)?) => {
        $crate::list::Column {
            fields: &[$($field),*],
            source: || ::sea_orm::sea_query::Expr::from($source),
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
pub struct Columns(u64);

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

    fn each<R: Listed>(self) -> impl Iterator<Item = &'static Column<R>> {
        R::COLUMNS.iter().enumerate().filter(move |(bit, _)| self.0 & 1 << bit != 0).map(|(_, c)| c)
    }
}

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

    /// The condition of `filter`.
    fn condition(filter: &Self::Filter) -> Condition;

    /// The joins that `filter` needs.
    fn filter_needs(_: &Self::Filter, _: u8) -> bool {
        false
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

/// The type of values by which a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Text.
    Text,
    /// A timestamp.
    Time,
    /// A date.
    Day,
    /// An integer.
    Number,
}

/// Where a page begins or ends: the sort key and ID of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor(Key, Uuid);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Key {
    #[serde(rename = "i")]
    Id,
    #[serde(rename = "w")]
    Text(String),
    #[serde(rename = "t")]
    Time(DateTime<Utc>),
    #[serde(rename = "d")]
    Day(NaiveDate),
    #[serde(rename = "n")]
    Number(i64),
}

impl Cursor {
    /// The form that clients see.
    pub fn show(&self) -> String {
        let json = serde_json::to_vec(self).expect("a cursor is plain data");
        BASE64URL_NOPAD.encode(&json)
    }

    /// Parses what [`show`](Self::show) produced.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
    }

    fn fits(&self, kind: Option<KeyKind>) -> bool {
        match (&self.0, kind) {
            (Key::Id, None) | (Key::Number(_), Some(KeyKind::Number)) => true,
            // Databases support fewer years than the calendar.
            (Key::Time(time), Some(KeyKind::Time)) => YEARS.contains(&time.year()),
            (Key::Day(day), Some(KeyKind::Day)) => YEARS.contains(&day.year()),
            // No key contains a control character but line ends, and PostgreSQL does not accept a NUL
            // byte.
            (Key::Text(words), Some(KeyKind::Text)) => {
                !words.contains(|c: char| c.is_control() && c != '\n')
            }
            _ => false,
        }
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Id => Self::from(None::<bool>),
            Key::Text(words) => words.into(),
            Key::Time(time) => time.into(),
            Key::Day(day) => day.into(),
            Key::Number(number) => number.into(),
        }
    }
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

impl<R: Listed> Ask<R> {
    /// Rejects a cursor of another order.
    pub fn check(&self) -> Result<()> {
        let kind = R::order(self.order).map(|(_, kind)| kind);
        for (cursor, field) in [(&self.after, "after"), (&self.before, "before")] {
            if cursor.as_ref().is_some_and(|cursor| !cursor.fits(kind)) {
                return Err(Error::invalid(field, "is a cursor of a different list or order"));
            }
        }
        Ok(())
    }

    /// Reads the page of one parent. One statement, plus one if a page beyond the end is counted.
    pub async fn of_one(&self, db: &impl ConnectionTrait, parent: Uuid) -> Result<Page<R>> {
        if !self.rows {
            let total =
                if self.total { Some(self.count(db, &[parent]).await?[&parent]) } else { None };
            return Ok(Page { total, ..Page::default() });
        }
        let rows = db.query_all(&self.statement(parent)).await?;
        let total = match rows.first() {
            _ if !self.total => None,
            Some(row) => Some(row.try_get_by_index::<i64>(self.width())?.unsigned_abs()),
            None if self.after.is_none() && self.before.is_none() => Some(0),
            None => Some(self.count(db, &[parent]).await?[&parent]),
        };
        let mut page = self.page(&rows)?;
        page.total = total;
        Ok(page)
    }

    /// The statement of [`of_one`](Self::of_one), which an index serves in each order.
    pub fn statement(&self, parent: Uuid) -> SelectStatement {
        let mut query = self.select();
        if let Some(of) = R::parent() {
            of_parents(&mut query, &of, &[parent]);
        }
        self.sort(&mut query);
        query.limit(self.limit + 1);
        if self.total {
            query.expr(Expr::from(self.total(&[parent]).0));
        }
        query
    }

    /// Reads the pages of several parents at once: one statement for the rows, one for the counts.
    pub async fn of_many(
        &self,
        db: &impl ConnectionTrait,
        parents: &[Uuid],
    ) -> Result<HashMap<Uuid, Page<R>>> {
        let (Some(parent), [_, _, ..]) = (R::parent(), parents) else {
            let mut pages = HashMap::new();
            for &parent in parents {
                pages.insert(parent, self.of_one(db, parent).await?);
            }
            return Ok(pages);
        };
        let mut pages: HashMap<Uuid, Page<R>> = HashMap::new();
        if self.rows {
            let mut groups: HashMap<Uuid, Vec<QueryResult>> = HashMap::new();
            let query = self.statements(db.get_database_backend(), &parent, parents);
            for row in db.query_all(&query).await? {
                groups.entry(row.try_get_by_index(self.width())?).or_default().push(row);
            }
            for (parent, rows) in groups {
                pages.insert(parent, self.page(&rows)?);
            }
        }
        let totals = if self.total { self.count(db, parents).await? } else { HashMap::new() };
        for &parent in parents {
            pages.entry(parent).or_default().total = totals.get(&parent).copied();
        }
        Ok(pages)
    }

    /// The pages of several parents in one statement, each read from the index like [that of
    /// one](Self::statement): rows that are not on a page are not read. On PostgreSQL its text is the
    /// same for any number of parents.
    pub fn statements(
        &self,
        backend: DbBackend,
        parent: &Expr,
        parents: &[Uuid],
    ) -> SelectStatement {
        let page = |of: Expr| {
            let mut page = self.select();
            page.and_where(parent.clone().eq(of)).expr_as(parent.clone(), "parent");
            self.sort(&mut page);
            page.limit(self.limit + 1).take()
        };
        let mut all = if backend == DbBackend::Postgres {
            let ids = parents.iter().map(Uuid::to_string).collect::<Vec<_>>().join(",");
            let ids = Expr::cust_with_values("string_to_array($1, ',')::uuid[]", [ids]);
            Query::select()
                .column(("page", Asterisk))
                .from_function(Func::cust("unnest").arg(ids), "of")
                .join_lateral(
                    JoinType::InnerJoin,
                    page(Expr::col(("of", "of"))),
                    "page",
                    Expr::val(true),
                )
                .take()
        } else {
            let mut pages = parents.iter().map(|&of| {
                Query::select().column(Asterisk).from_subquery(page(Expr::val(of)), "page").take()
            });
            let mut all = pages.next().expect("there are several parents");
            for page in pages {
                all.union(UnionType::All, page);
            }
            all
        };
        // They are already in order, but nothing guarantees that.
        for (n, (_, order)) in self.keys().enumerate() {
            all.order_by(format!("c{n}"), order);
        }
        all
    }

    /// Reads rows by key, with any parent: one statement.
    pub async fn by_id(
        db: &impl ConnectionTrait,
        ids: &[Uuid],
        columns: Columns,
    ) -> Result<HashMap<Uuid, R>> {
        let rows = db.query_all(&Self::query_by_id(ids, columns)).await?;
        rows.iter()
            .map(|row| Ok((row.try_get_by_index(0)?, Self::read_by_id(row, 0, columns)?)))
            .collect()
    }

    /// Asks for rows by key: for each its key, and the columns.
    pub(crate) fn query_by_id(ids: &[Uuid], columns: Columns) -> SelectStatement {
        let filter = R::Filter::default();
        let mut query = R::from(&filter, &|join| needs::<R>(columns, &filter, join));
        query.expr(R::id());
        for column in columns.each::<R>() {
            query.expr((column.source)());
        }
        query.and_where(R::id().is_in(ids.iter().copied())).cond_where(R::condition(&filter));
        query
    }

    /// Reads a row that was asked for by its key, which is in the column with the number `first`.
    pub(crate) fn read_by_id(row: &QueryResult, first: usize, columns: Columns) -> Result<R> {
        read_cells(row, first + 1, columns)
    }

    async fn count(
        &self,
        db: &impl ConnectionTrait,
        parents: &[Uuid],
    ) -> Result<HashMap<Uuid, u64>> {
        let mut counts: HashMap<Uuid, u64> = parents.iter().map(|&parent| (parent, 0)).collect();
        let (mut query, parent) = self.total(parents);
        if let Some(parent) = &parent {
            query.expr(parent.clone()).add_group_by([parent.clone()]);
        }
        for row in db.query_all(&query).await? {
            let count = row.try_get_by_index::<i64>(0)?.unsigned_abs();
            let parent = if parent.is_some() { row.try_get_by_index(1)? } else { parents[0] };
            counts.insert(parent, count);
        }
        Ok(counts)
    }

    /// How many rows match, across all pages, and what they are rows of.
    fn total(&self, parents: &[Uuid]) -> (SelectStatement, Option<Expr>) {
        let parent = R::parent().filter(|_| parents != [Uuid::nil()]);
        let kept = parent.as_ref().and_then(|_| R::kept_total(&self.filter));
        if let Some((mut kept, parent)) = kept {
            of_parents(&mut kept, &parent, parents);
            return (kept, Some(parent));
        }
        let mut query = R::from(&self.filter, &|join| R::filter_needs(&self.filter, join));
        query.cond_where(R::condition(&self.filter)).expr(Expr::col(Asterisk).count());
        if let Some(parent) = &parent {
            of_parents(&mut query, parent, parents);
        }
        (query, parent)
    }

    /// The rows of any parent between the cursors: the sort key, the ID and the columns, each under its number.
    fn select(&self) -> SelectStatement {
        let mut query = R::from(&self.filter, &|join| needs::<R>(self.columns, &self.filter, join));
        let sources = self.order_key().into_iter().map(|(key, _)| key);
        let sources = sources.chain([R::id()]);
        let sources = sources.chain(self.columns.each::<R>().map(|column| (column.source)()));
        for (n, source) in sources.enumerate() {
            query.expr_as(source, Alias::new(format!("c{n}")));
        }
        query.cond_where(R::condition(&self.filter));
        if let Some(after) = &self.after {
            query.cond_where(self.beyond(after, self.descending));
        }
        if let Some(before) = &self.before {
            query.cond_where(self.beyond(before, !self.descending));
        }
        query
    }

    /// The rows on one side of a cursor: a row value, which uses the index of the order.
    fn beyond(&self, cursor: &Cursor, downwards: bool) -> Condition {
        let Cursor(key, id) = cursor.clone();
        let (columns, values) = match self.order_key() {
            Some((column, _)) => (
                Expr::tuple([column, R::id()]),
                Expr::tuple([Expr::val(Value::from(key)), Expr::val(id)]),
            ),
            None => (R::id(), Expr::val(id)),
        };
        Cond::all().add(if downwards { columns.lt(values) } else { columns.gt(values) })
    }

    fn order_key(&self) -> Option<(Expr, KeyKind)> {
        R::order(self.order)
    }

    fn keys(&self) -> impl Iterator<Item = (Expr, Order)> {
        // The last page is read from the end, and reversed afterwards.
        let order = if self.descending == self.last { Order::Asc } else { Order::Desc };
        let key = self.order_key().map(|(key, _)| key);
        key.into_iter().chain([R::id()]).map(move |key| (key, order.clone()))
    }

    fn sort(&self, query: &mut SelectStatement) {
        for (key, order) in self.keys() {
            query.order_by_expr(key, order);
        }
    }

    /// The number of columns of a row before those that a statement adds: sort key, ID, cells.
    fn width(&self) -> usize {
        usize::from(self.order_key().is_some()) + 1 + self.columns.0.count_ones() as usize
    }

    fn page(&self, rows: &[QueryResult]) -> Result<Page<R>> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        let rows = rows.iter().take(limit).map(|row| {
            let (key, at) = match self.order_key() {
                None => (Key::Id, 0),
                Some((_, KeyKind::Text)) => (Key::Text(row.try_get_by_index(0)?), 1),
                Some((_, KeyKind::Time)) => (Key::Time(row.try_get_by_index(0)?), 1),
                Some((_, KeyKind::Day)) => (Key::Day(row.try_get_by_index(0)?), 1),
                Some((_, KeyKind::Number)) => (Key::Number(row.try_get_by_index(0)?), 1),
            };
            let cursor = Cursor(key, row.try_get_by_index(at)?);
            Ok((cursor, read_cells(row, at + 1, self.columns)?))
        });
        let mut rows = rows.collect::<Result<Vec<_>>>()?;
        if self.last {
            rows.reverse();
        }
        Ok(Page { rows, more, total: None })
    }
}

fn needs<R: Listed>(columns: Columns, filter: &R::Filter, join: u8) -> bool {
    columns.each::<R>().any(|column| column.join == Some(join)) || R::filter_needs(filter, join)
}

fn of_parents(query: &mut SelectStatement, parent: &Expr, parents: &[Uuid]) {
    match parents {
        [one] if one.is_nil() => query,
        [one] => query.and_where(parent.clone().eq(*one)),
        many => query.and_where(parent.clone().is_in(many.iter().copied())),
    };
}

fn read_cells<R: Listed>(row: &QueryResult, first: usize, columns: Columns) -> Result<R> {
    let mut cells = R::default();
    for (n, column) in columns.each::<R>().enumerate() {
        (column.read)(row, first + n, &mut cells)?;
    }
    Ok(cells)
}
