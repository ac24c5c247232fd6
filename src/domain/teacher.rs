//! Registered teachers, as they find each other (C-01).

use entity::{AccountId, AccountKind, SchoolId, TagKind, account, account_tag, school};
use sea_orm::{
    ActiveEnum,
    sea_query::{Cond, Condition, Expr, ExprTrait, LikeExpr, Query, SelectStatement},
};

use super::{
    list::{Cell, Column, KeyKind, Listed},
    text,
};
use crate::column;

/// A teacher, as far as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::account`")]
pub struct TeacherRow {
    pub id: Cell<AccountId>,
    pub name: Cell<String>,
    pub profile: Cell<String>,
    pub school_id: Cell<Option<SchoolId>>,
    pub school_name: Cell<Option<String>>,
    pub school_town: Cell<Option<String>>,
    pub school_region: Cell<Option<String>>,
    pub school_country: Cell<Option<String>>,
}

const SCHOOL: u8 = 0;

/// Which teachers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those whose name has these words, whatever the case and the accents.
    pub search: Option<String>,
    /// Only those whose school is in this country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Only those who teach this subject.
    pub subject: Option<String>,
    /// Only those who named this language, ISO 639-1.
    pub language: Option<String>,
}

fn col(column: account::Column) -> Expr {
    Expr::col((account::Entity, column))
}

fn sch(column: school::Column) -> Expr {
    Expr::col((school::Entity, column))
}

impl Listed for TeacherRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(account::Column::Id), for []),
        column!(name = col(account::Column::Name), for ["name"]),
        column!(profile = col(account::Column::Profile), for ["profile"]),
        column!(school_id = col(account::Column::SchoolId), for ["school"]),
        column!(school_name = sch(school::Column::Name), for ["school.name"], join SCHOOL),
        column!(school_town = sch(school::Column::Town), for ["school.town"], join SCHOOL),
        column!(school_region = sch(school::Column::Region), for ["school.region"], join SCHOOL),
        column!(school_country = sch(school::Column::Country), for ["school.country"], join SCHOOL),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(account::Entity);
        if needs(SCHOOL) {
            let same = sch(school::Column::Id).eq(col(account::Column::SchoolId));
            query.left_join(school::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        col(account::Column::Id)
    }

    fn parent() -> Option<Expr> {
        None
    }

    /// Only verified teachers are seen by others.
    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all()
            .add(col(account::Column::Kind).eq(AccountKind::Teacher.to_value()))
            .add(col(account::Column::VerifiedAt).is_not_null());
        if let Some(words) = &filter.search {
            let pattern = LikeExpr::new(text::containing(words)).escape('\\');
            all = all.add(col(account::Column::NameKey).like(pattern));
        }
        if let Some(country) = &filter.country {
            all = all.add(sch(school::Column::Country).eq(country));
        }
        for (kind, value) in
            [(TagKind::Subject, &filter.subject), (TagKind::Language, &filter.language)]
        {
            let Some(value) = value else { continue };
            let mut tagged = Query::select();
            tagged
                .column(account_tag::Column::AccountId)
                .from(account_tag::Entity)
                .and_where(Expr::col(account_tag::Column::Kind).eq(kind.to_value()))
                .and_where(Expr::col(account_tag::Column::Value).eq(value.trim().to_lowercase()));
            all = all.add(col(account::Column::Id).in_subquery(tagged));
        }
        all
    }

    fn filter_needs(filter: &Filter, join: u8) -> bool {
        join == SCHOOL && filter.country.is_some()
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((col(account::Column::NameKey), KeyKind::Text))
    }
}
