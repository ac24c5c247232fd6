//! What an act writes, apart from when: as part of its transaction, or all of it with one statement.

use entity::{audit, project};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IdenStatic, Iterable,
    Value,
    sea_query::{
        CommonTableExpression, Cond, Condition, Expr, InsertStatement, Query, SubQueryStatement,
        UpdateStatement, WithClause,
    },
};

use super::{Db, Engine, Tx, postgresql, statements::inherit};
use crate::{events::Event, permit::Basis};

/// What an act writes.
#[derive(Debug, Default)]
pub(crate) struct Change {
    updates: Vec<UpdateStatement>,
    rows: Vec<Row>,
    lines: Vec<audit::ActiveModel>,
    events: Vec<Event>,
}

/// A new row of a table.
#[derive(Debug)]
struct Row {
    table: &'static str,
    cells: Vec<(&'static str, Value)>,
}

impl Row {
    fn of<A: ActiveModelTrait>(row: &A) -> Self
    where
        A::Entity: Default,
    {
        let columns = <A::Entity as EntityTrait>::Column::iter();
        let cells =
            columns.filter_map(|column| Some((column.as_str(), row.get(column).into_value()?)));
        Self { table: A::Entity::default().as_str(), cells: cells.collect() }
    }

    /// Inserts it, if the condition holds.
    fn insert(self, condition: Condition) -> InsertStatement {
        let (columns, values): (Vec<_>, Vec<_>) = self.cells.into_iter().unzip();
        let mut cells = Query::select();
        cells.exprs(values.into_iter().map(Expr::val)).cond_where(condition);
        let mut insert = Query::insert();
        insert.into_table(self.table).columns(columns);
        insert.select_from(cells).expect("there is a value for each column");
        insert
    }
}

impl Change {
    /// Changes rows.
    pub fn update(mut self, update: UpdateStatement) -> Self {
        self.updates.push(update);
        self
    }

    /// Adds rows to a table.
    pub fn insert<A: ActiveModelTrait>(mut self, rows: impl IntoIterator<Item = A>) -> Self
    where
        A::Entity: Default,
    {
        self.rows.extend(rows.into_iter().map(|row| Row::of(&row)));
        self
    }

    /// Writes an entry to the log.
    pub fn log(mut self, line: audit::ActiveModel) -> Self {
        self.lines.push(line);
        self
    }

    /// Sends events to subscribers.
    pub fn tell(mut self, events: impl IntoIterator<Item = Event>) -> Self {
        self.events.extend(events);
        self
    }
}

impl Tx {
    /// Makes a change as part of this transaction.
    pub(crate) async fn make(&self, change: Change) -> Result<(), DbErr> {
        let Change { updates, rows, lines, events } = change;
        for update in &updates {
            self.execute(update).await?;
        }
        for row in rows {
            self.execute(&row.insert(Cond::all())).await?;
        }
        self.log(lines);
        self.tell_all(events).await
    }
}

impl Db {
    /// Whether a change can be made [at once](Self::make_at_once): it saves the journeys to
    /// PostgreSQL that a transaction takes. SQLite is not far away.
    pub(crate) const fn makes_at_once(&self) -> bool {
        matches!(self.engine, Engine::Postgresql(_))
    }

    /// Makes a change with one statement and without a transaction, if what its decision rests on
    /// still stands, and unless something is the case. Returns whether it was made; if it was not,
    /// nothing was written.
    ///
    /// The statement waits for whoever has locked the project. When they have finished, the number of
    /// acts is another, and it does nothing.
    pub(crate) async fn make_at_once(
        &self,
        basis: Basis,
        unless: Condition,
        change: Change,
    ) -> Result<bool, DbErr> {
        let Engine::Postgresql(aside) = self.engine.clone() else { return Ok(false) };
        let Change { updates, rows, lines, events } = change;
        let mut stands = postgresql::raise([basis.project]);
        stands
            .and_where(project::Column::Acts.eq(basis.acts))
            .cond_where(unless.not())
            .returning_col(project::Column::Id);
        let gate = || {
            let stands = Query::select().expr(Expr::val(1)).from("stands").take();
            Cond::all().add(Expr::exists(stands))
        };
        let mut all = WithClause::new();
        all.cte(part("stands", stands));
        for (n, mut update) in updates.into_iter().enumerate() {
            update.cond_where(gate());
            all.cte(part(&format!("update{n}"), update));
        }
        let rows = rows.into_iter().chain(lines.iter().map(Row::of));
        for (n, row) in rows.enumerate() {
            all.cte(part(&format!("row{n}"), row.insert(gate())));
        }
        let made = Query::select().expr(Expr::val(1)).from("stands").take();
        let (made, writer) = (all.query(made), self.writer.clone());
        // Whoever waits for it may go away: what is made is announced.
        let lasting = tokio::spawn(inherit(async move {
            let made = !writer.query_all(&made).await?.is_empty();
            if made {
                aside.announce(events).await;
            }
            Ok(made)
        }));
        lasting.await.map_err(|error| DbErr::Custom(error.to_string()))?
    }
}

/// A part of a statement, by name.
pub(super) fn part(name: &str, query: impl Into<SubQueryStatement>) -> CommonTableExpression {
    CommonTableExpression::new().query(query).table_name(name.to_owned()).to_owned()
}
