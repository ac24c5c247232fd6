//! A proposed succession, with the columns that a request needs.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, ProjectId, ServiceId, SuccessionId, SuccessionState, account, partner as partners,
    succession::{self, Column as Col},
};
use policy::SuccessionFacts;
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use crate::{
    Result,
    access::{self, Person},
    column,
    list::{Cell, Column, KeyKind, Listed, cell},
    members::member,
    projects::partner,
    sql::{ColumnExt, join_account},
};

/// A proposal, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::succession`")]
pub struct SuccessionRow {
    pub id: Cell<SuccessionId>,
    pub project_id: Cell<ProjectId>,
    pub departed_id: Cell<AccountId>,
    pub departed_name: Cell<Option<String>>,
    pub successor_id: Cell<AccountId>,
    pub successor_name: Cell<Option<String>>,
    pub proposed_by: Cell<AccountId>,
    pub proposed_by_name: Cell<Option<String>>,
    pub country: Cell<String>,
    pub service_id: Cell<Option<ServiceId>>,
    pub region_service_id: Cell<Option<ServiceId>>,
    pub state: Cell<SuccessionState>,
    pub reason: Cell<Option<String>>,
    pub decided_by: Cell<Option<AccountId>>,
    pub decided_by_name: Cell<Option<String>>,
    pub proposed_at: Cell<DateTime<Utc>>,
    pub decided_at: Cell<Option<DateTime<Utc>>>,
    /// Whether the founder who left and the one who proposes are still founders.
    pub founders: Cell<bool>,
    /// Whether the founder who left came back.
    pub back: Cell<bool>,
    /// Whether the successor is still a partner.
    pub partner: Cell<bool>,
}

impl SuccessionRow {
    /// What the policy decides on, where `permissions` are read.
    pub fn facts(&self) -> Result<SuccessionFacts> {
        Ok(SuccessionFacts {
            services: [cell(&self.service_id)?, cell(&self.region_service_id)?],
            state: cell(&self.state)?,
            founders: cell(&self.founders)?,
            back: cell(&self.back)?,
            partner: cell(&self.partner)?,
        })
    }
}

const DEPARTED: u8 = 0;
const SUCCESSOR: u8 = 1;
const PROPOSER: u8 = 2;
const DECIDER: u8 = 3;

/// Filters proposals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those waiting for this person's decision.
    pub waiting_for: Option<Person>,
}

/// The partnership of a person in the proposal.
fn place(who: Col) -> SelectStatement {
    partner::place(Col::ProjectId, who)
}

/// Whether a person in the proposal is a founder.
fn is_founder(who: Col) -> Expr {
    let founder = partners::Column::Founder;
    Expr::exists(place(who).and_where(founder.eq(true)).take())
}

/// Whether the founder who left and the one who proposes are still founders.
pub(super) fn are_founders() -> Expr {
    is_founder(Col::DepartedId).and(is_founder(Col::ProposedBy))
}

/// Whether the founder who left came back.
pub(super) fn is_back() -> Expr {
    Expr::exists(member::place(Col::ProjectId, Col::DepartedId))
}

/// Whether the successor is still a partner.
pub(super) fn is_partner() -> Expr {
    Expr::exists(place(Col::SuccessorId))
}

impl Listed for SuccessionRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = Col::Id, for []),
        column!(project_id = Col::ProjectId, for []),
        column!(service_id = Col::ServiceId, for []),
        column!(region_service_id = Col::RegionServiceId, for []),
        column!(departed_id = Col::DepartedId, for ["departed"]),
        column!(departed_name = account::Column::Name.of("departed"), for ["departed.name"], join DEPARTED),
        column!(successor_id = Col::SuccessorId, for ["successor"]),
        column!(successor_name = account::Column::Name.of("successor"), for ["successor.name"], join SUCCESSOR),
        column!(proposed_by = Col::ProposedBy, for ["proposedBy"]),
        column!(proposed_by_name = account::Column::Name.of("proposer"), for ["proposedBy.name"], join PROPOSER),
        column!(country = Col::Country, for ["country"]),
        column!(state = Col::State, for []),
        column!(reason = Col::Reason, for ["reason"]),
        column!(decided_by = Col::DecidedBy, for ["decidedBy"]),
        column!(decided_by_name = account::Column::Name.of("decider"), for ["decidedBy.name"], join DECIDER),
        column!(proposed_at = Col::ProposedAt, for ["proposedAt"]),
        column!(decided_at = Col::DecidedAt, for ["decidedAt"]),
        column!(founders = are_founders(), for ["permissions"]),
        column!(back = is_back(), for ["permissions"]),
        column!(partner = is_partner(), for ["permissions"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(succession::Entity);
        for (join, alias, column) in [
            (DEPARTED, "departed", Col::DepartedId),
            (SUCCESSOR, "successor", Col::SuccessorId),
            (PROPOSER, "proposer", Col::ProposedBy),
            (DECIDER, "decider", Col::DecidedBy),
        ] {
            if needs(join) {
                join_account(&mut query, JoinType::LeftJoin, alias, column);
            }
        }
        query
    }

    fn id() -> Expr {
        Col::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(Col::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        let Some(person) = filter.waiting_for else { return Cond::all() };
        let services = [Col::ServiceId, Col::RegionServiceId];
        let mine = access::decides_where(person, services).unwrap_or_else(|| Expr::val(false));
        Cond::all().add(Col::State.eq(SuccessionState::Pending)).add(mine)
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
