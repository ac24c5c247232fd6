//! The statements that read a list.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait, DbBackend, QueryResult, Value,
    sea_query::{
        Asterisk, ColumnName, ColumnRef, Cond, Condition, DynIden, Expr, ExprTrait, Func, JoinType,
        Order, Query, SelectStatement, TableName, UnionType,
    },
};
use uuid::Uuid;

use super::{Ask, Column, Columns, Cursor, KeyKind, Listed, Page, cursor::Key};
use crate::{Error, Result, error::Flaw};

impl<R: Listed> Ask<R> {
    /// Rejects a cursor of another order.
    pub fn check(&self) -> Result<()> {
        let kind = R::order(self.order).map(|(_, kind)| kind);
        for (cursor, field) in [(&self.after, "after"), (&self.before, "before")] {
            if cursor.as_ref().is_some_and(|cursor| !cursor.fits(kind)) {
                let other = "is a cursor of a different list or order";
                return Err(Error::invalid(field, Flaw::Malformed(other.into())));
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
        let query = self.statement(db.get_database_backend(), parent);
        let rows = db.query_all(&query).await?;
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
    pub fn statement(&self, backend: DbBackend, parent: Uuid) -> SelectStatement {
        let of = R::parent_for(&self.filter).and_then(|of| of_parents(of, &[parent]));
        let mut query = self.select(backend, of.as_ref());
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
        let (Some(parent), [_, _, ..]) = (R::parent_for(&self.filter), parents) else {
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
            let mut page = self.select(backend, Some(&parent.clone().eq(of)));
            page.expr_as(parent.clone(), "parent").take()
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
        // The rows come in order, but nothing guarantees that.
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
        let parent = R::parent_for(&self.filter).filter(|_| parents != [Uuid::nil()]);
        let kept = parent.as_ref().and_then(|_| R::kept_total(&self.filter));
        if let Some((mut kept, parent)) = kept {
            kept.and_where_option(of_parents(parent.clone(), parents));
            return (kept, Some(parent));
        }
        let mut query = R::from(&self.filter, &|join| R::filter_needs(&self.filter, join));
        query.cond_where(R::condition(&self.filter)).expr(Expr::col(Asterisk).count());
        query.cond_where(Cond::all().add_option(R::search(&self.filter)));
        query.and_where_option(parent.clone().and_then(|parent| of_parents(parent, parents)));
        (query, parent)
    }

    /// The rows of a page of certain parents: the sort key, the ID and the columns, each under its
    /// number.
    ///
    /// PostgreSQL plans a statement once for all parents. If it expects that most have fewer rows than a
    /// page, it joins and sorts all rows of one that has many. Therefore it first finds the rows of the
    /// page, and then joins to them what only the columns need.
    fn select(&self, backend: DbBackend, of: Option<&Expr>) -> SelectStatement {
        let find = |needs: &dyn Fn(u8) -> bool| {
            let mut rows = R::from(&self.filter, needs);
            rows.cond_where(R::condition(&self.filter)).and_where_option(of.cloned());
            if let Some(words) = R::search(&self.filter) {
                let mut found = Query::select();
                found.expr(R::id()).from(table::<R>()).cond_where(words);
                rows.and_where(R::id().in_subquery(found.and_where_option(of.cloned()).take()));
            }
            if let Some(after) = &self.after {
                rows.cond_where(self.beyond(after, self.descending));
            }
            if let Some(before) = &self.before {
                rows.cond_where(self.beyond(before, !self.descending));
            }
            rows
        };
        let first = |join| R::filter_needs(&self.filter, join);
        let all = |join| needs::<R>(self.columns, &self.filter, join);
        let joins = |column: &Column<R>| column.join.is_some_and(|join| !first(join));
        let mut query = if backend == DbBackend::Postgres && self.columns.each::<R>().any(joins) {
            let table = table::<R>();
            let mut page = find(&first);
            page.column((table.clone(), Asterisk));
            self.sort(&mut page);
            page.limit(self.limit + 1);
            R::from(&self.filter, &all).from_clear().from_subquery(page, table).take()
        } else {
            find(&all)
        };
        let sources = self.order_key().into_iter().map(|(key, _)| key);
        let sources = sources.chain([R::id()]);
        let sources = sources.chain(self.columns.each::<R>().map(|column| (column.source)()));
        for (n, source) in sources.enumerate() {
            query.expr_as(source, format!("c{n}"));
        }
        self.sort(&mut query);
        query.limit(self.limit + 1).take()
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

fn of_parents(parent: Expr, parents: &[Uuid]) -> Option<Expr> {
    match parents {
        [one] if one.is_nil() => None,
        [one] => Some(parent.eq(*one)),
        many => Some(parent.is_in(many.iter().copied())),
    }
}

/// The table of the rows, by the name that it has in their key.
fn table<R: Listed>() -> DynIden {
    match R::id() {
        Expr::Column(ColumnRef::Column(ColumnName(Some(TableName(_, table)), _))) => table,
        other => unreachable!("the key of a row is a column of a table: {other:?}"),
    }
}

fn read_cells<R: Listed>(row: &QueryResult, first: usize, columns: Columns) -> Result<R> {
    let mut cells = R::default();
    for (n, column) in columns.each::<R>().enumerate() {
        (column.read)(row, first + n, &mut cells)?;
    }
    Ok(cells)
}
