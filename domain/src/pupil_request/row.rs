//! A request to bring a pupil in, with the requested columns.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, ProjectId, PupilRequestId, PupilRequestState, TwinSpaceRole, account,
    pupil_request::{self, Column as Col},
};
use sea_orm::{
    ActiveEnum,
    sea_query::{Alias, Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use crate::{
    Result, column,
    list::{Cell, Column, KeyKind, Listed, cell},
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
        Ok(match cell(&self.state)? {
            PupilRequestState::Pending if cell(&self.expires_at)? <= now => {
                PupilRequestState::Expired
            }
            state => state,
        })
    }
}

const PUPIL: u8 = 0;
const ASKER: u8 = 1;

/// Filters requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those for pupils in this custody.
    pub custodian: Option<AccountId>,
    /// Only those made by this teacher.
    pub asked_by: Option<AccountId>,
    /// Only those pending at this time.
    pub pending_at: Option<DateTime<Utc>>,
}

fn col(column: Col) -> Expr {
    Expr::col((pupil_request::Entity, column))
}

fn pupil(column: account::Column) -> Expr {
    Expr::col((Alias::new("pupil"), column))
}

impl Listed for PupilRequestRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(Col::Id), for []),
        column!(project_id = col(Col::ProjectId), for []),
        column!(pupil_id = col(Col::PupilId), for []),
        column!(custodian_id = pupil(account::Column::CustodianId), for [], join PUPIL),
        column!(username = pupil(account::Column::Username), for ["username"], join PUPIL),
        column!(role = col(Col::Role), for ["role"]),
        column!(asked_by = col(Col::AskedBy), for []),
        column!(asked_by_name = Expr::col((Alias::new("asker"), account::Column::Name)), for ["askedBy.name"], join ASKER),
        column!(state = col(Col::State), for []),
        column!(asked_at = col(Col::AskedAt), for ["askedAt"]),
        column!(expires_at = col(Col::ExpiresAt), for []),
        column!(ended_at = col(Col::EndedAt), for ["endedAt"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(pupil_request::Entity);
        for (join, alias, column) in
            [(PUPIL, "pupil", Col::PupilId), (ASKER, "asker", Col::AskedBy)]
        {
            if needs(join) {
                let same = Expr::col((Alias::new(alias), account::Column::Id)).eq(col(column));
                query.join_as(JoinType::LeftJoin, account::Entity, Alias::new(alias), same);
            }
        }
        query
    }

    fn id() -> Expr {
        col(Col::Id)
    }

    fn parent() -> Option<Expr> {
        Some(col(Col::ProjectId))
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some(custodian) = filter.custodian {
            // By itself, because it is also used without the join.
            let mut theirs = Query::select();
            theirs
                .column(account::Column::Id)
                .from(account::Entity)
                .and_where(Expr::col(account::Column::CustodianId).eq(custodian.0));
            all = all.add(col(Col::PupilId).in_subquery(theirs));
        }
        if let Some(asker) = filter.asked_by {
            all = all.add(col(Col::AskedBy).eq(asker.0));
        }
        if let Some(now) = filter.pending_at {
            all = all
                .add(col(Col::State).eq(PupilRequestState::Pending.to_value()))
                .add(col(Col::ExpiresAt).gt(now));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
