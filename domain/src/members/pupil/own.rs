//! The pupils in someone's custody, in any TwinSpace or none.

use chrono::NaiveDate;
use entity::{AccountId, AccountKind, account, member};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Cond, Condition, Expr, ExprTrait, Query, SelectStatement, SubQueryStatement},
};

use crate::{
    Result, column,
    list::{Cell, Column, KeyKind, Listed},
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

fn col(column: account::Column) -> Expr {
    Expr::col((account::Entity, column))
}

fn last_access() -> Expr {
    let place = |column| Expr::col((member::Entity, column));
    let mut last = Query::select();
    last.expr(place(member::Column::LastAccessOn).max())
        .from(member::Entity)
        .and_where(place(member::Column::AccountId).eq(col(account::Column::Id)));
    SubQueryStatement::from(last).into()
}

impl Listed for PupilRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(account::Column::Id), for []),
        column!(custodian_id = col(account::Column::CustodianId), for []),
        column!(name = col(account::Column::Name), for ["name", "person.name"]),
        column!(username = col(account::Column::Username), for ["username"]),
        column!(last_access_on = last_access(), for ["lastAccess"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(account::Entity);
        query
    }

    fn id() -> Expr {
        col(account::Column::Id)
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all().add(col(account::Column::Kind).eq(AccountKind::Pupil.to_value()));
        if let Some(custodian) = filter.of {
            all = all.add(col(account::Column::CustodianId).eq(custodian.0));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((col(account::Column::NameKey), KeyKind::Text))
    }
}

/// The memberships of several pupils, in the order in which they joined: one statement.
pub async fn places(db: &impl ConnectionTrait, pupils: &[AccountId]) -> Result<Vec<member::Model>> {
    let places = member::Entity::find()
        .filter(member::Column::AccountId.is_in(pupils.iter().copied()))
        .order_by_asc(member::Column::Id);
    Ok(places.all(db).await?)
}
