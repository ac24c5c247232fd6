//! The pupils in someone's custody, in any TwinSpace or none.

use chrono::NaiveDate;
use entity::{AccountId, AccountKind, account, member};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Cond, Condition, Expr, Query, SelectStatement, SubQueryStatement},
};

use crate::{
    Result, column,
    list::{Cell, Column, KeyKind, Listed},
    sql::ColumnExt,
};

/// A pupil, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::account`")]
pub struct PupilRow {
    pub id: Cell<AccountId>,
    pub custodian_id: Cell<Option<AccountId>>,
    pub name: Cell<String>,
    pub username: Cell<Option<String>>,
    /// The day of the last visit to any TwinSpace that they are in.
    pub last_access_on: Cell<Option<NaiveDate>>,
}

/// Filters pupils.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those in this custody.
    pub of: Option<AccountId>,
}

fn last_access() -> Expr {
    let mut last = Query::select();
    last.expr(member::Column::LastAccessOn.max())
        .from(member::Entity)
        .and_where(member::Column::AccountId.equals(account::Column::Id));
    SubQueryStatement::from(last).into()
}

impl Listed for PupilRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = account::Column::Id, for []),
        column!(custodian_id = account::Column::CustodianId, for []),
        column!(name = account::Column::Name, for ["name", "person.name"]),
        column!(username = account::Column::Username, for ["username"]),
        column!(last_access_on = last_access(), for ["lastAccess"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(account::Entity);
        query
    }

    fn id() -> Expr {
        account::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all().add(account::Column::Kind.eq(AccountKind::Pupil));
        if let Some(custodian) = filter.of {
            all = all.add(account::Column::CustodianId.eq(custodian.0));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((account::Column::NameKey.into_expr(), KeyKind::Text))
    }
}

/// The memberships of several pupils, in the order in which they joined: one statement.
pub async fn places(db: &impl ConnectionTrait, pupils: &[AccountId]) -> Result<Vec<member::Model>> {
    let places = member::Entity::find()
        .filter(member::Column::AccountId.is_in(pupils.iter().copied()))
        .order_by_asc(member::Column::Id);
    Ok(places.all(db).await?)
}
