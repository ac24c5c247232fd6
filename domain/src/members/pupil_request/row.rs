//! A request to bring a pupil in, with the requested columns.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, ProjectId, PupilRequestId, PupilRequestState, ServiceId, TwinSpaceRole, account,
    pupil_request::{self, Column as Col},
};
use policy::PupilRequest;
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use super::state_at;
use crate::{
    Result,
    access::{self, Person},
    column,
    list::{Cell, Column, KeyKind, Listed, cell},
    members::custody::custodian,
    sql::{ColumnExt, join_account},
};

/// A request, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::pupil_request`")]
pub struct PupilRequestRow {
    pub id: Cell<PupilRequestId>,
    pub project_id: Cell<ProjectId>,
    pub pupil_id: Cell<AccountId>,
    /// The pupil's current custodian, who answers the request.
    pub custodian_id: Cell<Option<AccountId>>,
    /// Whether the custodian could not respond.
    pub custodian_gone: Cell<bool>,
    pub service_id: Cell<Option<ServiceId>>,
    pub region_service_id: Cell<Option<ServiceId>>,
    pub decided_by: Cell<Option<AccountId>>,
    /// The username given in the request.
    pub username: Cell<Option<String>>,
    pub role: Cell<TwinSpaceRole>,
    pub asked_by: Cell<AccountId>,
    pub asked_by_name: Cell<Option<String>>,
    pub state: Cell<PupilRequestState>,
    pub asked_at: Cell<DateTime<Utc>>,
    pub expires_at: Cell<DateTime<Utc>>,
    pub ended_at: Cell<Option<DateTime<Utc>>>,
}

impl PupilRequestRow {
    /// The current state: a request that was not answered in time has expired.
    pub fn state_at(&self, now: DateTime<Utc>) -> Result<PupilRequestState> {
        Ok(state_at(cell(&self.state)?, cell(&self.expires_at)?, now))
    }

    /// What the policy decides on, given whether the project is active.
    pub fn facts(&self, active: bool, now: DateTime<Utc>) -> Result<PupilRequest> {
        Ok(PupilRequest {
            custodian: cell(&self.custodian_id)?,
            asker: cell(&self.asked_by)?,
            for_services: cell(&self.custodian_gone)? || cell(&self.decided_by)?.is_some(),
            services: [cell(&self.service_id)?, cell(&self.region_service_id)?],
            state: self.state_at(now)?,
            active,
        })
    }
}

const PUPIL: u8 = 0;
const ASKER: u8 = 1;

/// Filters requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those for this person to answer: as the custodian, or for their support service if the
    /// custodian could not respond.
    pub answered_by: Option<Person>,
    /// Only those made by this teacher.
    pub asked_by: Option<AccountId>,
    /// Only those pending at this time.
    pub pending_at: Option<DateTime<Utc>>,
}

/// Whether the custodian of the pupil could not respond.
pub(super) fn custodian_gone() -> Expr {
    let mut pupil = Query::select();
    pupil
        .expr(Expr::val(1))
        .from(account::Entity)
        .and_where(account::Column::Id.equals(Col::PupilId))
        .and_where(custodian::gone());
    Expr::exists(pupil)
}

impl Listed for PupilRequestRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = Col::Id, for []),
        column!(project_id = Col::ProjectId, for []),
        column!(pupil_id = Col::PupilId, for []),
        column!(custodian_id = account::Column::CustodianId.of("pupil"), for [], join PUPIL),
        column!(custodian_gone = custodian_gone(), for []),
        column!(service_id = Col::ServiceId, for []),
        column!(region_service_id = Col::RegionServiceId, for []),
        column!(decided_by = Col::DecidedBy, for []),
        column!(username = account::Column::Username.of("pupil"), for ["username"], join PUPIL),
        column!(role = Col::Role, for ["role"]),
        column!(asked_by = Col::AskedBy, for []),
        column!(asked_by_name = account::Column::Name.of("asker"), for ["askedBy.name"], join ASKER),
        column!(state = Col::State, for []),
        column!(asked_at = Col::AskedAt, for ["askedAt"]),
        column!(expires_at = Col::ExpiresAt, for []),
        column!(ended_at = Col::EndedAt, for ["endedAt"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(pupil_request::Entity);
        for (join, alias, column) in
            [(PUPIL, "pupil", Col::PupilId), (ASKER, "asker", Col::AskedBy)]
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
        if let Some(person) = filter.answered_by {
            let mut mine = Cond::any();
            if let Some(custodian) = person.account {
                // By itself, because it is also used without the join.
                let mut theirs = Query::select();
                theirs
                    .column(account::Column::Id)
                    .from(account::Entity)
                    .and_where(account::Column::CustodianId.eq(custodian.0));
                mine = mine.add(Col::PupilId.in_subquery(theirs));
            }
            let services = [Col::ServiceId, Col::RegionServiceId];
            let decides = access::decides_where(person, services);
            let decides = decides.map(|decides| decides.and(custodian_gone()));
            all = all.add(mine.add(decides.unwrap_or_else(|| Expr::val(false))));
        }
        if let Some(asker) = filter.asked_by {
            all = all.add(Col::AskedBy.eq(asker.0));
        }
        if let Some(now) = filter.pending_at {
            all = all.add(Col::State.eq(PupilRequestState::Pending)).add(Col::ExpiresAt.gt(now));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
