//! The projects of a place, with the columns that a request needs: those whose proposer, co-founder
//! or partner works there, in every state.
//!
//! A draft is its proposer's alone (P-03), also one that was declined, rejected or withdrawn and may be
//! revised (P-04): officers see that there is one, but not what is in it, nor who is to be asked. An
//! officer whose service has been asked to decide on a project sees all of it, as everywhere.

use chrono::{DateTime, Utc};
use entity::{AccountId, ProjectId, ProjectState, ServiceId, approval, partner, project};
use sea_orm::{
    ActiveEnum, Iterable,
    sea_query::{
        Alias, Cond, Condition, Expr, ExprTrait, JoinType, Order, Query, SelectStatement,
        SubQueryStatement, UnionType,
    },
};

use super::Place;
use crate::{
    column,
    list::{Cell, Column, KeyKind, Listed, one_of},
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

fn col(column: project::Column) -> Expr {
    Expr::col((project::Entity, column))
}

const ASKED: u8 = 0;

/// Whether the service may know what is in a project, for rows joined with what it was asked: the same
/// as `Access::sees_project` for a draft.
fn shown() -> Expr {
    let sent = ProjectState::iter().filter(|state| !state.is_draft());
    let asked = Expr::col(("asked", approval::Column::ProjectId)).is_not_null();
    col(project::Column::State).is_in(sent.map(|state| state.to_value())).or(asked)
}

/// The projects in which somebody from this place takes part, or is asked to.
pub(super) fn of(place: &Place) -> SelectStatement {
    let by = |column| {
        let mut query = Query::select();
        query
            .column(project::Column::Id)
            .from(project::Entity)
            .and_where(Expr::col(column).in_subquery(place.accounts()));
        query
    };
    let mut asked = by(project::Column::CofounderId);
    asked.and_where(Expr::col(project::Column::State).ne(ProjectState::Draft.to_value()));
    let mut joined = Query::select();
    joined
        .column(partner::Column::ProjectId)
        .from(partner::Entity)
        .and_where(Expr::col(partner::Column::AccountId).in_subquery(place.accounts()));
    by(project::Column::ProposerId)
        .union(UnionType::All, asked)
        .union(UnionType::All, joined)
        .take()
}

impl Listed for OfficeProjectRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(project::Column::Id), for []),
        column!(state = col(project::Column::State), for []),
        column!(shown = shown(), for ["title", "shortDescription", "cofounder", "pupilCount"], join ASKED),
        column!(title = col(project::Column::Title), for ["title"]),
        column!(short_description = col(project::Column::ShortDescription), for ["shortDescription"]),
        column!(proposer_id = col(project::Column::ProposerId), for ["proposer"]),
        column!(cofounder_id = col(project::Column::CofounderId), for ["cofounder"]),
        column!(pupil_count = col(project::Column::PupilCount), for ["pupilCount"]),
        column!(created_at = col(project::Column::CreatedAt), for ["createdAt"]),
        column!(state_since = col(project::Column::StateSince), for ["stateSince"]),
    ];

    fn from(filter: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select().from(project::Entity).take();
        if needs(ASKED) {
            // There may be several, one in each round of decisions.
            let any = Query::select()
                .column(approval::Column::Id)
                .from(approval::Entity)
                .and_where(
                    Expr::col((approval::Entity, approval::Column::ProjectId))
                        .eq(col(project::Column::Id)),
                )
                .and_where(Expr::col(approval::Column::ServiceId).eq(filter.service.map(|id| id.0)))
                .order_by(approval::Column::Id, Order::Asc)
                .limit(1)
                .take();
            let any: Expr = SubQueryStatement::from(any).into();
            let one = Expr::col((Alias::new("asked"), approval::Column::Id)).eq(any);
            query.join_as(JoinType::LeftJoin, approval::Entity, Alias::new("asked"), one);
        }
        query
    }

    fn filter_needs(filter: &Filter, join: u8) -> bool {
        join == ASKED && filter.search.is_some()
    }

    fn id() -> Expr {
        col(project::Column::Id)
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all().add(col(project::Column::Id).in_subquery(of(&filter.place)));
        all = all.add_option(one_of(col(project::Column::State), filter.states.as_deref()));
        if let Some(words) = &filter.search {
            // Nobody finds a project by what is not shown to them.
            all = all.add(shown()).add(words.within(&[col(project::Column::TitleKey)]));
        }
        if let Some(since) = filter.since {
            all = all.add(col(project::Column::StateSince).gte(since));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
