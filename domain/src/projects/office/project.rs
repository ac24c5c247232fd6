//! The projects of a place, with the columns that a request needs: those whose proposer, co-founder
//! or partner works there, in every state.
//!
//! A draft is its proposer's alone (P-03), also one that was declined, rejected or withdrawn and may be
//! revised (P-04): officers see that there is one, but not what is in it, nor who is to be asked. An
//! officer whose service has been asked to decide on a project sees all of it, as everywhere.

use chrono::{DateTime, Utc};
use entity::{AccountId, ProjectId, ProjectState, ServiceId, approval, partner, project};
use sea_orm::{
    ColumnTrait, Iterable,
    sea_query::{
        Cond, Condition, Expr, ExprTrait, JoinType, Order, Query, SelectStatement,
        SubQueryStatement, UnionType,
    },
};

use super::Place;
use crate::{
    column,
    list::{Cell, Column, KeyKind, Listed, one_of},
    sql::ColumnExt,
    text,
};

/// A project, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::project`")]
pub struct OfficeProjectRow {
    pub id: Cell<ProjectId>,
    pub state: Cell<ProjectState>,
    /// Whether the service may know what is in it.
    pub shown: Cell<bool>,
    pub title: Cell<String>,
    pub short_description: Cell<String>,
    pub proposer_id: Cell<AccountId>,
    pub cofounder_id: Cell<Option<AccountId>>,
    pub pupil_count: Cell<Option<i32>>,
    pub created_at: Cell<DateTime<Utc>>,
    pub state_since: Cell<DateTime<Utc>>,
}

/// Filters projects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The place.
    pub place: Place,
    /// The support service that asks.
    pub service: Option<ServiceId>,
    /// Only those in one of these states.
    pub states: Option<Vec<ProjectState>>,
    /// Only those whose title contains these words.
    pub search: Option<text::Wanted>,
    /// Only those that have been in their state since this time or later.
    pub since: Option<DateTime<Utc>>,
}

const ASKED: u8 = 0;

/// Whether the service may know what is in a project, for rows joined with what it was asked: the same
/// as `Access::sees_project` for a draft.
fn shown() -> Expr {
    let sent = ProjectState::iter().filter(|state| !state.is_draft());
    let asked = approval::Column::ProjectId.of("asked").is_not_null();
    project::Column::State.is_in(sent).or(asked)
}

/// The projects in which somebody from this place takes part, or is asked to.
pub(super) fn of(place: &Place) -> SelectStatement {
    let by = |column: project::Column| {
        let mut query = Query::select();
        query
            .column(project::Column::Id)
            .from(project::Entity)
            .and_where(column.in_subquery(place.accounts()));
        query
    };
    let mut asked = by(project::Column::CofounderId);
    asked.and_where(project::Column::State.ne(ProjectState::Draft));
    let mut joined = Query::select();
    joined
        .column(partner::Column::ProjectId)
        .from(partner::Entity)
        .and_where(partner::Column::AccountId.in_subquery(place.accounts()));
    by(project::Column::ProposerId)
        .union(UnionType::All, asked)
        .union(UnionType::All, joined)
        .take()
}

impl Listed for OfficeProjectRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = project::Column::Id, for []),
        column!(state = project::Column::State, for []),
        column!(shown = shown(), for ["title", "shortDescription", "cofounder", "pupilCount"], join ASKED),
        column!(title = project::Column::Title, for ["title"]),
        column!(short_description = project::Column::ShortDescription, for ["shortDescription"]),
        column!(proposer_id = project::Column::ProposerId, for ["proposer"]),
        column!(cofounder_id = project::Column::CofounderId, for ["cofounder"]),
        column!(pupil_count = project::Column::PupilCount, for ["pupilCount"]),
        column!(created_at = project::Column::CreatedAt, for ["createdAt"]),
        column!(state_since = project::Column::StateSince, for ["stateSince"]),
    ];

    fn from(filter: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select().from(project::Entity).take();
        if needs(ASKED) {
            // There may be several, one in each round of decisions.
            let any = Query::select()
                .column(approval::Column::Id)
                .from(approval::Entity)
                .and_where(approval::Column::ProjectId.equals(project::Column::Id))
                .and_where(
                    approval::Column::ServiceId.into_expr().eq(filter.service.map(|id| id.0)),
                )
                .order_by(approval::Column::Id, Order::Asc)
                .limit(1)
                .take();
            let any: Expr = SubQueryStatement::from(any).into();
            let one = approval::Column::Id.of("asked").eq(any);
            query.join_as(JoinType::LeftJoin, approval::Entity, "asked", one);
        }
        query
    }

    fn filter_needs(filter: &Filter, join: u8) -> bool {
        join == ASKED && filter.search.is_some()
    }

    fn id() -> Expr {
        project::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all().add(project::Column::Id.in_subquery(of(&filter.place)));
        all = all.add_option(one_of(project::Column::State, filter.states.as_deref()));
        if let Some(words) = &filter.search {
            // Nobody finds a project by what is not shown to them.
            all = all.add(shown()).add(words.within(&[project::Column::TitleKey.into_expr()]));
        }
        if let Some(since) = filter.since {
            all = all.add(project::Column::StateSince.gte(since));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
