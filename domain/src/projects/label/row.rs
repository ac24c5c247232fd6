//! A label application, with the columns that a request needs.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, LabelApplicationId, LabelState, ProjectId, ServiceId, account,
    label::{self, Column as Col},
};
use policy::LabelFacts;
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Condition, Expr, JoinType, Query, SelectStatement},
};

use crate::{
    Result,
    access::{self, Person},
    column,
    list::{Cell, Column, KeyKind, Listed, cell},
    projects::partner,
    sql::{ColumnExt, join_account},
};

/// An application, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::label`")]
pub struct LabelRow {
    pub id: Cell<LabelApplicationId>,
    pub project_id: Cell<ProjectId>,
    pub applicant_id: Cell<AccountId>,
    pub applicant_name: Cell<Option<String>>,
    pub country: Cell<String>,
    pub service_id: Cell<Option<ServiceId>>,
    pub region_service_id: Cell<Option<ServiceId>>,
    pub state: Cell<LabelState>,
    pub statement: Cell<String>,
    pub reason: Cell<Option<String>>,
    pub decided_by: Cell<Option<AccountId>>,
    pub decided_by_name: Cell<Option<String>>,
    pub applied_at: Cell<DateTime<Utc>>,
    pub decided_at: Cell<Option<DateTime<Utc>>>,
    /// Whether the applicant is still a partner.
    pub partner: Cell<bool>,
}

impl LabelRow {
    /// What the policy decides on.
    pub fn facts(&self) -> Result<LabelFacts> {
        Ok(LabelFacts {
            applicant: cell(&self.applicant_id)?,
            services: [cell(&self.service_id)?, cell(&self.region_service_id)?],
            state: cell(&self.state)?,
            // Read where `permissions` are.
            partner: self.partner.unwrap_or(false),
        })
    }
}

/// The same as [`LabelFacts::seen_by`], for rows of a project that this person can see.
fn shown_to(person: Person) -> Condition {
    let mut any = Cond::any().add(is(LabelState::Granted)).add(decided_by(person));
    if let Some(account) = person.account {
        any = any.add(Col::ApplicantId.eq(account.0));
    }
    any
}

fn decided_by(person: Person) -> Expr {
    let services = [Col::ServiceId, Col::RegionServiceId];
    access::decides_where(person, services).unwrap_or_else(|| Expr::val(false))
}

/// Whether the applicant is still a partner.
pub(super) fn is_partner() -> Expr {
    Expr::exists(partner::place(Col::ProjectId, Col::ApplicantId))
}

fn is(state: LabelState) -> Expr {
    Col::State.eq(state)
}

const APPLICANT: u8 = 0;
const DECIDER: u8 = 1;

/// Filters applications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those visible to this person, who can see the project.
    pub shown_to: Option<Person>,
    /// Only those waiting for this person's decision.
    pub waiting_for: Option<Person>,
}

impl Listed for LabelRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = Col::Id, for []),
        column!(project_id = Col::ProjectId, for []),
        column!(applicant_id = Col::ApplicantId, for []),
        column!(service_id = Col::ServiceId, for []),
        column!(region_service_id = Col::RegionServiceId, for []),
        column!(state = Col::State, for []),
        column!(applicant_name = account::Column::Name.of("applicant"), for ["applicant.name"], join APPLICANT),
        column!(country = Col::Country, for ["country"]),
        column!(statement = Col::Statement, for ["statement"]),
        column!(reason = Col::Reason, for ["reason"]),
        column!(decided_by = Col::DecidedBy, for ["decidedBy"]),
        column!(decided_by_name = account::Column::Name.of("decider"), for ["decidedBy.name"], join DECIDER),
        column!(applied_at = Col::AppliedAt, for ["appliedAt"]),
        column!(decided_at = Col::DecidedAt, for ["decidedAt"]),
        column!(partner = is_partner(), for ["permissions"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(label::Entity);
        for (join, alias, column) in
            [(APPLICANT, "applicant", Col::ApplicantId), (DECIDER, "decider", Col::DecidedBy)]
        {
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
        let mut all = Cond::all();
        if let Some(person) = filter.shown_to {
            all = all.add(shown_to(person));
        }
        if let Some(person) = filter.waiting_for {
            all = all.add(is(LabelState::Pending)).add(decided_by(person));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
