//! The schools of a country, with the columns that a request needs: for typing.

use entity::{account, school};
use sea_orm::sea_query::{Cond, Condition, Expr, ExprTrait, Query, SelectStatement};

use super::SchoolCells;
use crate::{
    Error, Result, column,
    desktop::teacher,
    list::{Column, KeyKind, Listed},
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
            let message = format!("must have at least {LEAST} letters or digits");
            return Err(Error::invalid("search", message));
        }
        Ok(Self { country, search })
    }
}

fn col(column: school::Column) -> Expr {
    Expr::col((school::Entity, column))
}

/// Whether a teacher works there whom others can see: a school is entered by whoever registers, and
/// not shown before somebody's address is verified.
fn is_known() -> Expr {
    let school = Expr::col((account::Entity, account::Column::SchoolId));
    teacher::exists(school.eq(col(school::Column::Id)))
}

impl Listed for SchoolRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(school.id = col(school::Column::Id), for []),
        column!(school.name = col(school::Column::Name), for ["name"]),
        column!(school.town = col(school::Column::Town), for ["town"]),
        column!(school.region = col(school::Column::Region), for ["region"]),
        column!(school.country = col(school::Column::Country), for ["country"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        Query::select().from(school::Entity).take()
    }

    fn id() -> Expr {
        col(school::Column::Id)
    }

    fn condition(filter: &Filter) -> Condition {
        Cond::all()
            .add(col(school::Column::Country).eq(&filter.country))
            .add(filter.search.within(&[col(school::Column::IdentityKey)]))
            .add(is_known())
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((col(school::Column::IdentityKey), KeyKind::Text))
    }
}
