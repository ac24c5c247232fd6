//! The schools of a place, with the columns that a request needs.

use entity::{AccountKind, account, school};
use sea_orm::{
    ColumnTrait,
    sea_query::{
        Asterisk, Cond, Condition, Expr, ExprTrait, Query, SelectStatement, SubQueryStatement,
    },
};

use super::Place;
use crate::{
    accounts::school::{SchoolCells, confirmation},
    column,
    desktop::teacher,
    list::{Cell, Column, KeyKind, Listed},
    sql::ColumnExt,
    text,
};

/// A school, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OfficeSchoolRow {
    /// The school.
    pub school: SchoolCells,
    /// The number of its teachers.
    pub teachers: Cell<i64>,
    /// The number of those whose school is not confirmed.
    pub unconfirmed: Cell<i64>,
    /// The number of its pupils.
    pub pupils: Cell<i64>,
    /// What it has in common with schools that may be the same.
    pub alike_key: Cell<String>,
}

/// Filters schools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The place.
    pub place: Place,
    /// Only those whose name, town or region contains these words.
    pub search: Option<text::Wanted>,
    /// Only those with teachers whose school is not confirmed; if false, only those without.
    pub unconfirmed: Option<bool>,
    /// Only those to which another school of the country is alike.
    pub alike: bool,
}

/// By what schools are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// By region, town and name.
    Place,
    /// By what those that may be the same have in common.
    Alike,
}

/// The number of accounts of this kind at the school.
fn people(kind: AccountKind) -> Expr {
    let mut query = Query::select();
    query
        .expr(Expr::col(Asterisk).count())
        .from(account::Entity)
        .and_where(account::Column::SchoolId.equals(school::Column::Id))
        .and_where(account::Column::Kind.eq(kind))
        // Others see only verified teachers.
        .and_where(account::Column::VerifiedAt.is_not_null());
    SubQueryStatement::from(query).into()
}

/// The teachers at the school who are seen and whose school is not confirmed.
fn unconfirmed() -> SelectStatement {
    let mut query = Query::select();
    query
        .from(account::Entity)
        .and_where(account::Column::SchoolId.equals(school::Column::Id))
        .cond_where(teacher::is_seen())
        .cond_where(confirmation::condition(false));
    query
}

/// Whether there is another school that may be the same.
fn is_alike() -> Expr {
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from_as(school::Entity, "other")
        .and_where(school::Column::Country.of("other").eq(school::Column::Country.into_expr()))
        .and_where(school::Column::AlikeKey.of("other").eq(school::Column::AlikeKey.into_expr()))
        .and_where(school::Column::Id.of("other").ne(school::Column::Id.into_expr()))
        .and_where(school::Column::MergedIntoId.of("other").is_null());
    Expr::exists(query)
}

impl Listed for OfficeSchoolRow {
    type Filter = Filter;
    type Order = Order;

    const COLUMNS: &'static [Column<Self>] = &[
        column!(school.id = school::Column::Id, for []),
        column!(school.name = school::Column::Name, for ["school.name"]),
        column!(school.town = school::Column::Town, for ["school.town"]),
        column!(school.region = school::Column::Region, for ["school.region"]),
        column!(school.country = school::Column::Country, for ["school.country"]),
        column!(teachers = people(AccountKind::Teacher), for ["teacherCount"]),
        column!(unconfirmed = Expr::from(unconfirmed().expr(Expr::col(Asterisk).count()).take()), for ["unconfirmedTeacherCount"]),
        column!(alike_key = school::Column::AlikeKey, for ["alikeKey"]),
        column!(pupils = people(AccountKind::Pupil), for ["pupilCount"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        Query::select().from(school::Entity).take()
    }

    fn id() -> Expr {
        school::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all =
            Cond::all().add(filter.place.has_school()).add(school::Column::MergedIntoId.is_null());
        if let Some(words) = &filter.search {
            all = all.add(words.within(&[school::Column::IdentityKey.into_expr()]));
        }
        if let Some(waiting) = filter.unconfirmed {
            let any = Expr::exists(unconfirmed().expr(Expr::val(1)).take());
            all = all.add(if waiting { any } else { any.not() });
        }
        if filter.alike {
            all = all.add(is_alike());
        }
        all
    }

    fn order(order: Order) -> Option<(Expr, KeyKind)> {
        let key = match order {
            Order::Place => school::Column::IdentityKey,
            Order::Alike => school::Column::AlikeKey,
        };
        Some((key.into_expr(), KeyKind::Text))
    }
}
