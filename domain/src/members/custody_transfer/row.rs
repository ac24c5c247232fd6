//! A custody transfer, with the requested columns.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, CustodyTransferId, CustodyTransferKind, CustodyTransferState, ProjectId, ServiceId,
    account,
    custody_transfer::{self, Column as Col},
};
use policy::Transfer;
use sea_orm::{
    ActiveEnum, ColumnTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use super::state_at;
use crate::{
    Result,
    access::{self, Person},
    column,
    list::{Cell, Column, KeyKind, Listed, cell},
    sql::{ColumnExt, join_account},
};

/// A transfer, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::custody_transfer`")]
pub struct CustodyTransferRow {
    pub id: Cell<CustodyTransferId>,
    pub kind: Cell<CustodyTransferKind>,
    pub project_id: Cell<ProjectId>,
    pub pupil_id: Cell<AccountId>,
    pub pupil_name: Cell<Option<String>>,
    pub from_id: Cell<AccountId>,
    pub to_id: Cell<AccountId>,
    pub service_id: Cell<Option<ServiceId>>,
    pub region_service_id: Cell<Option<ServiceId>>,
    pub state: Cell<CustodyTransferState>,
    pub began_at: Cell<DateTime<Utc>>,
    pub due_at: Cell<Option<DateTime<Utc>>>,
    pub ended_at: Cell<Option<DateTime<Utc>>>,
}

impl CustodyTransferRow {
    /// What the policy needs to know about it.
    pub fn subject(&self, now: DateTime<Utc>) -> Result<Transfer> {
        let kind = cell(&self.kind)?;
        Ok(Transfer {
            kind,
            from: cell(&self.from_id)?,
            to: cell(&self.to_id)?,
            services: [cell(&self.service_id)?, cell(&self.region_service_id)?],
            state: state_at(kind, cell(&self.state)?, cell(&self.due_at)?, now),
        })
    }
}

const PUPIL: u8 = 0;

/// Filters transfers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those visible to this person: from or to them, or for their support service to decide.
    pub seen_by: Option<Person>,
    /// Only those waiting for this person's answer.
    pub waiting_for: Option<Person>,
    /// Only those still open at this time.
    pub open_at: Option<DateTime<Utc>>,
}

fn is_kind(kind: CustodyTransferKind) -> Expr {
    Col::Kind.eq(kind)
}

fn is_state(state: CustodyTransferState) -> Expr {
    Col::State.eq(state)
}

/// What this person's support service decides on: only takeovers.
fn decides(person: Person) -> Option<Expr> {
    let services = [Col::ServiceId, Col::RegionServiceId];
    Some(access::decides_where(person, services)?.and(is_kind(CustodyTransferKind::Takeover)))
}

impl Listed for CustodyTransferRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = Col::Id, for []),
        column!(kind = Col::Kind, for []),
        column!(project_id = Col::ProjectId, for []),
        column!(pupil_id = Col::PupilId, for []),
        column!(pupil_name = account::Column::Name.of("pupil"), for ["pupil"], join PUPIL),
        column!(from_id = Col::FromId, for []),
        column!(to_id = Col::ToId, for []),
        column!(service_id = Col::ServiceId, for []),
        column!(region_service_id = Col::RegionServiceId, for []),
        column!(state = Col::State, for []),
        column!(began_at = Col::BeganAt, for ["beganAt"]),
        column!(due_at = Col::DueAt, for []),
        column!(ended_at = Col::EndedAt, for ["endedAt"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(custody_transfer::Entity);
        if needs(PUPIL) {
            join_account(&mut query, JoinType::LeftJoin, "pupil", Col::PupilId);
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
        if let Some(person) = filter.seen_by {
            let mut theirs = Cond::any();
            if let Some(id) = person.account {
                theirs = theirs.add(Col::FromId.eq(id.0)).add(Col::ToId.eq(id.0));
            }
            theirs = theirs.add(decides(person).unwrap_or_else(|| Expr::val(false)));
            all = all.add(theirs);
        }
        if let Some(person) = filter.waiting_for {
            let mut mine = Cond::any();
            if let Some(id) = person.account {
                let offered = is_kind(CustodyTransferKind::Offer).and(Col::ToId.eq(id.0));
                let asked = is_kind(CustodyTransferKind::Takeover).and(Col::FromId.eq(id.0));
                let pending = is_state(CustodyTransferState::Pending);
                mine = mine.add(offered.or(asked).and(pending));
            }
            mine = mine.add(decides(person).unwrap_or_else(|| Expr::val(false)));
            all = all.add(mine);
        }
        if let Some(now) = filter.open_at {
            let open = CustodyTransferState::OPEN.iter().map(ActiveEnum::to_value);
            let in_time = Cond::any()
                .add(is_kind(CustodyTransferKind::Takeover))
                .add(Col::DueAt.is_null())
                .add(Col::DueAt.gt(now));
            all = all.add(Col::State.is_in(open)).add(in_time);
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
