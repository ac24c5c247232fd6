//! What a support service decided, with the columns that a request needs: rows of a view.

use chrono::{DateTime, Utc};
use entity::{AccountId, DecisionKind, ProjectId, ServiceId};
use sea_orm::sea_query::{Cond, Condition, Expr, ExprTrait, Query, SelectStatement};
use uuid::Uuid;

use crate::{
    column,
    list::{Cell, Column, KeyKind, Listed, one_of},
};

/// A decision, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of the view")]
pub struct DecisionRow {
    pub subject_id: Cell<Uuid>,
    pub kind: Cell<DecisionKind>,
    pub project_id: Cell<ProjectId>,
    /// The teacher concerned: who applied, succeeds or asked.
    pub person_id: Cell<Option<AccountId>>,
    pub granted: Cell<bool>,
    pub reason: Cell<Option<String>>,
    pub decided_by: Cell<Option<AccountId>>,
    pub decided_at: Cell<DateTime<Utc>>,
}

/// Filters decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The support service that decided.
    pub service: Option<ServiceId>,
    /// Only those of one of these kinds.
    pub kinds: Option<Vec<DecisionKind>>,
    /// Only those by this person.
    pub by: Option<AccountId>,
}

fn col(column: &'static str) -> Expr {
    Expr::col(("decision", column))
}

impl Listed for DecisionRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(subject_id = col("id"), for ["subject"]),
        column!(kind = col("kind"), for []),
        column!(project_id = col("project_id"), for []),
        column!(person_id = col("person_id"), for ["person"]),
        column!(granted = col("granted"), for ["granted"]),
        column!(reason = col("reason"), for ["reason"]),
        column!(decided_by = col("decided_by"), for ["decidedBy"]),
        column!(decided_at = col("decided_at"), for ["decidedAt"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        Query::select().from("decision").take()
    }

    fn id() -> Expr {
        col("id")
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all().add(col("service_id").eq(filter.service.map(|id| id.0)));
        all = all.add_option(one_of(col("kind"), filter.kinds.as_deref()));
        if let Some(person) = filter.by {
            all = all.add(col("decided_by").eq(person.0));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((col("decided_at"), KeyKind::Time))
    }
}
