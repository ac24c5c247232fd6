//! The teachers of a place, with the columns that a request needs.

use chrono::{DateTime, Utc};
use entity::{AccountId, SchoolId, account, partner, school};
use sea_orm::{
    ColumnTrait,
    sea_query::{Asterisk, Condition, Expr, ExprTrait, Query, SelectStatement, SubQueryStatement},
};

use super::Place;
use crate::{
    accounts::school::{SchoolCells, confirmation},
    column,
    desktop::teacher::is_seen,
    list::{Cell, Column, KeyKind, Listed},
    sql::ColumnExt,
    text,
};

/// A teacher, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::account`")]
pub struct OfficeTeacherRow {
    pub id: Cell<AccountId>,
    pub name: Cell<String>,
    pub school: SchoolCells,
    pub school_confirmed: Cell<Option<bool>>,
    pub registered_at: Cell<DateTime<Utc>>,
    pub blocked_at: Cell<Option<DateTime<Utc>>>,
    /// The number of projects of which they are a partner.
    pub projects: Cell<i64>,
}

/// Filters teachers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The place.
    pub place: Place,
    /// Only those whose name contains these words.
    pub search: Option<text::Wanted>,
    /// Only those of this school.
    pub school: Option<SchoolId>,
    /// Only those whose school is confirmed, or is not.
    pub confirmed: Option<bool>,
}

fn projects() -> Expr {
    let mut query = Query::select();
    query
        .expr(Expr::col(Asterisk).count())
        .from(partner::Entity)
        .and_where(partner::Column::AccountId.equals(account::Column::Id));
    SubQueryStatement::from(query).into()
}

impl Listed for OfficeTeacherRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = account::Column::Id, for []),
        column!(name = account::Column::Name, for ["person.name"]),
        column!(school.id = school::Column::Id, for ["school"]),
        column!(school.name = school::Column::Name, for ["school.name"]),
        column!(school.town = school::Column::Town, for ["school.town"]),
        column!(school.region = school::Column::Region, for ["school.region"]),
        column!(school.country = school::Column::Country, for ["school.country"]),
        column!(school_confirmed = confirmation::shown(), for ["schoolConfirmed"]),
        column!(registered_at = account::Column::CreatedAt, for ["registeredAt"]),
        column!(blocked_at = account::Column::BlockedAt, for ["blocked"]),
        column!(projects = projects(), for ["projectCount"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        let same = school::Column::Id.equals(account::Column::SchoolId);
        Query::select().from(account::Entity).inner_join(school::Entity, same).take()
    }

    fn id() -> Expr {
        account::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = is_seen().add(filter.place.has_school());
        if let Some(words) = &filter.search {
            all = all.add(words.within(&[account::Column::NameKey.into_expr()]));
        }
        if let Some(school) = filter.school {
            all = all.add(account::Column::SchoolId.eq(school.0));
        }
        all = all.add_option(filter.confirmed.map(confirmation::condition));
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((account::Column::NameKey.into_expr(), KeyKind::Text))
    }
}
