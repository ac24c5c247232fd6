//! The schools of a country, with the columns that a request needs: for typing.

use entity::{account, school};
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Condition, Expr, Query, SelectStatement},
};

use super::SchoolCells;
use crate::{
    Error, Result, column,
    desktop::teacher,
    error::Flaw,
    list::{Column, KeyKind, Listed},
    sql::ColumnExt,
    text,
};

/// The minimum number of letters and digits in a search: what is shown to everybody is found only by
/// those who know what they look for.
pub const LEAST: usize = 3;

/// A school, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SchoolRow {
    /// The school.
    pub school: SchoolCells,
}

/// Filters schools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those of this country, given as an ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Only those whose name, town or region contains these words.
    pub search: text::Wanted,
}

impl Filter {
    /// A search in a country.
    pub fn read(country: String, search: &str) -> Result<Self> {
        let letters = text::key(search).chars().filter(|letter| letter.is_alphanumeric()).count();
        let search = text::Wanted::read(search)?;
        if letters < LEAST {
            let short = Flaw::TooShort { min: LEAST, of: "letters or digits" };
            return Err(Error::invalid("search", short));
        }
        Ok(Self { country, search })
    }
}

/// Whether a teacher works there whom others can see: a school is entered by whoever registers, and
/// not shown before somebody's address is verified.
fn is_known() -> Expr {
    teacher::exists(account::Column::SchoolId.equals(school::Column::Id))
}

impl Listed for SchoolRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(school.id = school::Column::Id, for []),
        column!(school.name = school::Column::Name, for ["name"]),
        column!(school.town = school::Column::Town, for ["town"]),
        column!(school.region = school::Column::Region, for ["region"]),
        column!(school.country = school::Column::Country, for ["country"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        Query::select().from(school::Entity).take()
    }

    fn id() -> Expr {
        school::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        Cond::all()
            .add(school::Column::Country.eq(&filter.country))
            .add(filter.search.within(&[school::Column::IdentityKey.into_expr()]))
            .add(is_known())
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((school::Column::IdentityKey.into_expr(), KeyKind::Text))
    }
}
