//! Registered teachers, as other teachers find them (C-01).

use std::collections::HashMap;

use entity::{AccountId, AccountKind, TagKind, account, account_tag, school};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Cond, Condition, Expr, Query, SelectStatement},
};

use crate::{
    Error, Reason, Result,
    accounts::school::{SchoolCells, confirmation},
    column,
    db::Tx,
    list::{Cell, Column, KeyKind, Listed},
    sql::ColumnExt,
    text,
};

/// A registered teacher and the school where they work.
pub(crate) async fn at_school(tx: &Tx, id: AccountId) -> Result<(account::Model, school::Model)> {
    let found = account::Entity::find_by_id(id)
        .filter(account::Column::Kind.eq(AccountKind::Teacher))
        .one(&**tx)
        .await?;
    let missing = || Error::Conflict(Reason::NotATeacher);
    let account = found.ok_or_else(missing)?;
    let school = account.school_id.ok_or_else(missing)?;
    let school = school::Entity::find_by_id(school).one(&**tx).await?.ok_or_else(missing)?;
    Ok((account, school))
}

/// A teacher, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::account`")]
pub struct TeacherRow {
    pub id: Cell<AccountId>,
    pub name: Cell<String>,
    pub profile: Cell<String>,
    pub school: SchoolCells,
    pub school_confirmed: Cell<Option<bool>>,
}

const SCHOOL: u8 = 0;

/// Filters teachers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only teachers whose name contains these words, ignoring case and accents.
    pub search: Option<text::Wanted>,
    /// Only teachers whose school is in one of these countries, given as ISO 3166-1 alpha-2 codes.
    pub countries: Option<Vec<String>>,
    /// Only teachers with one of these subjects.
    pub subjects: Option<Vec<String>>,
    /// Only teachers with one of these languages, given as ISO 639-1 codes.
    pub languages: Option<Vec<String>>,
    /// Only teachers whose school is confirmed, or is not.
    pub confirmed: Option<bool>,
}

/// The orders of teachers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The name.
    Name,
    /// When they registered.
    Registered,
}

/// Whether an account is that of a teacher whom others can see, for rows with its table: only verified
/// ones.
pub(crate) fn is_seen() -> Condition {
    Cond::all()
        .add(account::Column::Kind.eq(AccountKind::Teacher))
        .add(account::Column::VerifiedAt.is_not_null())
}

/// Whether there is a teacher whom others can see and who is not blocked, of whom this is true.
pub(crate) fn exists(of: Expr) -> Expr {
    let mut teachers = Query::select();
    teachers
        .expr(Expr::val(1))
        .from(account::Entity)
        .and_where(of)
        .cond_where(is_seen())
        .and_where(account::Column::BlockedAt.is_null());
    Expr::exists(teachers)
}

fn accounts(needs: &dyn Fn(u8) -> bool) -> SelectStatement {
    let mut query = Query::select();
    query.from(account::Entity);
    if needs(SCHOOL) {
        let same = school::Column::Id.equals(account::Column::SchoolId);
        query.left_join(school::Entity, same);
    }
    query
}

impl Listed for TeacherRow {
    type Filter = Filter;
    type Order = Order;

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = account::Column::Id, for []),
        column!(name = account::Column::Name, for ["name"]),
        column!(profile = account::Column::Profile, for ["profile"]),
        column!(school.id = account::Column::SchoolId, for ["school"]),
        column!(school.name = school::Column::Name, for ["school.name"], join SCHOOL),
        column!(school.town = school::Column::Town, for ["school.town"], join SCHOOL),
        column!(school.region = school::Column::Region, for ["school.region"], join SCHOOL),
        column!(school.country = school::Column::Country, for ["school.country"], join SCHOOL),
        column!(school_confirmed = confirmation::shown(), for ["schoolConfirmed"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        accounts(needs)
    }

    fn id() -> Expr {
        account::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = is_seen();
        if let Some(words) = &filter.search {
            all = all.add(words.within(&[account::Column::NameKey.into_expr()]));
        }
        if let Some(countries) = &filter.countries {
            all = all.add(school::Column::Country.is_in(countries));
        }
        all = all.add_option(filter.confirmed.map(confirmation::condition));
        for (kind, values) in
            [(TagKind::Subject, &filter.subjects), (TagKind::Language, &filter.languages)]
        {
            let Some(values) = values else { continue };
            // As tags are stored; PostgreSQL does not accept a NUL byte.
            let stored = |value: &String| text::tidy(value).to_lowercase().replace('\0', " ");
            let mut tagged = Query::select();
            tagged
                .column(account_tag::Column::AccountId)
                .from(account_tag::Entity)
                .and_where(account_tag::Column::Kind.eq(kind))
                .and_where(account_tag::Column::Value.is_in(values.iter().map(stored)));
            all = all.add(account::Column::Id.in_subquery(tagged));
        }
        all
    }

    fn filter_needs(filter: &Filter, join: u8) -> bool {
        join == SCHOOL && filter.countries.is_some()
    }

    fn order(order: Order) -> Option<(Expr, KeyKind)> {
        match order {
            Order::Name => Some((account::Column::NameKey.into_expr(), KeyKind::Text)),
            // Keys are in chronological order.
            Order::Registered => None,
        }
    }
}

/// A person mentioned somewhere, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::account`")]
pub struct PersonRow {
    pub name: Cell<String>,
    pub school: SchoolCells,
    pub school_confirmed: Cell<Option<bool>>,
}

impl Listed for PersonRow {
    type Filter = ();
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(name = account::Column::Name, for ["name"]),
        column!(school.id = account::Column::SchoolId, for ["school"]),
        column!(school.name = school::Column::Name, for ["school.name"], join SCHOOL),
        column!(school.town = school::Column::Town, for ["school.town"], join SCHOOL),
        column!(school.region = school::Column::Region, for ["school.region"], join SCHOOL),
        column!(school.country = school::Column::Country, for ["school.country"], join SCHOOL),
        column!(school_confirmed = confirmation::shown(), for ["schoolConfirmed"]),
    ];

    fn from((): &(), needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        accounts(needs)
    }

    fn id() -> Expr {
        account::Column::Id.into_expr()
    }

    fn condition((): &()) -> Condition {
        Cond::all()
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}

/// The subjects and languages of several teachers, with one statement.
pub async fn tags(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Vec<(TagKind, String)>>> {
    let rows = account_tag::Entity::find()
        .filter(account_tag::Column::AccountId.is_in(accounts.iter().copied()))
        .order_by_asc(account_tag::Column::Value)
        .all(db)
        .await?;
    let mut tags: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        tags.entry(row.account_id).or_default().push((row.kind, row.value));
    }
    Ok(tags)
}
