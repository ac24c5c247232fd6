//! The usual thing to which something is done: a row that belongs to a project.

use policy::Subject;
use sea_orm::{
    EntityTrait, FromQueryResult, ModelTrait, PrimaryKeyTrait, QueryFilter, QueryResult,
    QuerySelect, QueryTrait,
    sea_query::{Cond, Condition, Expr, SelectStatement},
};

use super::{Actor, Found};
use crate::Result;

/// The column of a table.
type ColumnOf<M> = <<M as ModelTrait>::Entity as EntityTrait>::Column;

/// The key of a table.
type KeyOf<M> = <<M as ModelTrait>::Entity as EntityTrait>::PrimaryKey;

/// A row that belongs to a project. The policy decides on what it says, and on what else the database
/// is asked with it.
pub trait OfProject: ModelTrait + FromQueryResult + Send {
    /// What of it the policy decides on.
    type Facts: Subject<Act: Send> + Send + Sync;

    /// How it is named.
    type Id: Copy + Send + Sync + Into<<KeyOf<Self> as PrimaryKeyTrait>::ValueType>;

    /// What there is none of where it is not found.
    const NAME: &'static str;

    /// The column that says to which project it belongs.
    const PROJECT: ColumnOf<Self>;

    /// Which rows can be found.
    fn condition() -> Condition {
        Cond::all()
    }

    /// Whether other things hold, for rows with the table.
    fn questions(_: &Actor<'_>) -> Vec<Expr> {
        Vec::new()
    }

    /// What the policy decides on, with the answers to the questions.
    fn facts(&self, answers: &[bool], actor: &Actor<'_>) -> Self::Facts;
}

/// A row to which something is done.
#[derive(Debug)]
pub struct Row<M: OfProject> {
    /// The row.
    pub row: M,
    facts: M::Facts,
}

/// The name of the column with an answer.
fn answer(number: usize) -> String {
    format!("answer{number}")
}

impl<M: OfProject> Found for Row<M> {
    type Facts = M::Facts;
    type Id = M::Id;

    const NAME: &'static str = M::NAME;

    fn project(id: &M::Id) -> SelectStatement {
        M::Entity::find_by_id(*id).select_only().column(M::PROJECT).into_query()
    }

    fn ask(actor: &Actor<'_>, id: &M::Id) -> SelectStatement {
        let mut query = M::Entity::find_by_id(*id).filter(M::condition());
        for (n, question) in M::questions(actor).into_iter().enumerate() {
            query = query.expr_as(question, answer(n));
        }
        query.into_query()
    }

    fn read(rows: &[QueryResult], _: usize, actor: &Actor<'_>, _: &M::Id) -> Result<Option<Self>> {
        let Some(found) = rows.first() else { return Ok(None) };
        let row = M::from_query_result(found, "")?;
        let answers = (0..M::questions(actor).len()).map(|n| found.try_get("", &answer(n)));
        let answers: Vec<bool> = answers.collect::<Result<_, _>>()?;
        let facts = row.facts(&answers, actor);
        Ok(Some(Self { row, facts }))
    }

    fn facts(&self) -> &M::Facts {
        &self.facts
    }
}
