//! The schools of a place, with the columns that a request needs.

use entity::{AccountKind, account, school};
use sea_orm::{
    ActiveEnum,
    sea_query::{
        Asterisk, Cond, Condition, Expr, ExprTrait, Query, SelectStatement, SubQueryStatement,
    },
};

use super::{Place, sch};
use crate::{
    accounts::school::SchoolCells,
    column,
    list::{Cell, Column, KeyKind, Listed},
    text,
};

/// A school, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OfficeSchoolRow {
    /// The school.
    pub school: SchoolCells,
    /// The number of its teachers.
    pub teachers: Cell<i64>,
    /// The number of its pupils.
    pub pupils: Cell<i64>,
}

/// Filters schools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The place.
    pub place: Place,
    /// Only those whose name, town or region contains these words.
    pub search: Option<text::Wanted>,
}

/// The number of accounts of this kind at the school.
fn people(kind: AccountKind) -> Expr {
    let col = |column: account::Column| Expr::col((account::Entity, column));
    let mut query = Query::select();
    query
        .expr(Expr::col(Asterisk).count())
        .from(account::Entity)
        .and_where(col(account::Column::SchoolId).eq(sch(school::Column::Id)))
        .and_where(col(account::Column::Kind).eq(kind.to_value()))
        // Others see only verified teachers.
        .and_where(col(account::Column::VerifiedAt).is_not_null());
    SubQueryStatement::from(query).into()
}

impl Listed for OfficeSchoolRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(school.id = sch(school::Column::Id), for []),
        column!(school.name = sch(school::Column::Name), for ["school.name"]),
        column!(school.town = sch(school::Column::Town), for ["school.town"]),
        column!(school.region = sch(school::Column::Region), for ["school.region"]),
        column!(school.country = sch(school::Column::Country), for ["school.country"]),
        column!(teachers = people(AccountKind::Teacher), for ["teacherCount"]),
        column!(pupils = people(AccountKind::Pupil), for ["pupilCount"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        Query::select().from(school::Entity).take()
    }

    fn id() -> Expr {
        sch(school::Column::Id)
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all().add(filter.place.has_school());
        if let Some(words) = &filter.search {
            all = all.add(words.within(&[sch(school::Column::IdentityKey)]));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((sch(school::Column::IdentityKey), KeyKind::Text))
    }
}
