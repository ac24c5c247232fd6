//! The numbers of a place by month: what was begun, opened, joined and granted. Pupils are counted,
//! never listed.
//!
//! As data, or as CSV in two steps as with pupils (M-17): preparing it returns a short-lived secret,
//! which the download uses up.

use std::{collections::HashMap, ops::RangeInclusive};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use entity::{
    AccountId, AccountKind, Act, Decision, LabelState, ProjectState, Purpose, account, approval,
    label, project, school,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend,
    sea_query::{Asterisk, Expr, ExprTrait, Func, Query, SelectStatement},
};

use super::{Office, Place, project as projects};
use crate::{
    Error, Result,
    care::audit,
    db::Db,
    download::{self, Origin},
    error::Flaw,
    members::export::write_csv,
    sql::ColumnExt,
};

/// For how many months numbers are given.
const MONTHS: RangeInclusive<u32> = 1..=120;

/// The columns.
const HEADER: [&str; 6] =
    ["Month", "Projects begun", "TwinSpaces opened", "Teachers", "Pupils", "Quality labels"];

/// The numbers of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthlyNumbers {
    /// The first day of the month.
    pub month: NaiveDate,
    /// Projects that were begun, drafts included.
    pub projects: u64,
    /// TwinSpaces that were opened.
    pub twin_spaces: u64,
    /// Teachers who registered.
    pub teachers: u64,
    /// Pupils' accounts that were made.
    pub pupils: u64,
    /// Quality labels that were granted.
    pub labels: u64,
}

/// The first day of a month, so many months ago.
fn month(now: DateTime<Utc>, ago: u32) -> NaiveDate {
    let day = now.date_naive();
    let first = day.with_day(1).unwrap_or(day);
    first.checked_sub_months(Months::new(ago)).unwrap_or(first)
}

/// Rows by the month of `at`, since `start`, as two columns: the month and the number.
fn by_month(
    backend: DbBackend,
    mut query: SelectStatement,
    at: &Expr,
    start: DateTime<Utc>,
) -> SelectStatement {
    let month: Expr = match backend {
        DbBackend::Postgres => {
            let utc = Func::cust("timezone").arg("UTC").arg(at.clone());
            Func::cust("to_char").arg(utc).arg("YYYY-MM").into()
        }
        _ => Func::cust("substr").arg(at.clone()).arg(1).arg(7).into(),
    };
    query
        .expr_as(month, "month")
        .expr(Expr::col(Asterisk).count())
        .and_where(at.clone().gte(start))
        .add_group_by([Expr::col("month")]);
    query
}

/// The accounts of this kind at a school of the place.
fn people(place: &Place, kind: AccountKind) -> SelectStatement {
    Query::select()
        .from(school::Entity)
        .inner_join(account::Entity, account::Column::SchoolId.equals(school::Column::Id))
        .cond_where(place.has_school())
        .and_where(account::Column::Kind.eq(kind))
        .and_where(account::Column::VerifiedAt.is_not_null())
        .take()
}

/// The TwinSpaces of the place with the time at which they were opened: that of the last approval.
fn opened(place: &Place) -> SelectStatement {
    let open = [ProjectState::Active, ProjectState::Closed];
    let last = Query::select()
        .expr_as(approval::Column::DecidedAt.max(), "at")
        .from(approval::Entity)
        .inner_join(project::Entity, project::Column::Id.equals(approval::Column::ProjectId))
        .and_where(approval::Column::Decision.eq(Decision::Approved))
        .and_where(approval::Column::ProjectId.in_subquery(projects::of(place)))
        .and_where(project::Column::State.is_in(open))
        .add_group_by([approval::Column::ProjectId.into_expr()])
        .take();
    Query::select().from_subquery(last, "opened").take()
}

/// The labels that were granted to teachers of the place: of those who belong to it now, or whose
/// application the country's service decided on.
fn labels(place: &Place) -> SelectStatement {
    let query = Query::select()
        .from(label::Entity)
        .and_where(label::Column::State.eq(LabelState::Granted))
        .and_where(label::Column::Country.eq(&place.country))
        .take();
    if place.regions.is_empty() {
        return query;
    }
    let mut query = query;
    query.and_where(label::Column::ApplicantId.in_subquery(place.accounts())).take()
}

/// Rejects a number of months for which there are no numbers.
pub fn check_months(months: u32) -> Result<()> {
    if MONTHS.contains(&months) {
        return Ok(());
    }
    let fits = u64::from(*MONTHS.start())..=u64::from(*MONTHS.end());
    Err(Error::invalid("months", Flaw::OutOfRange(fits)))
}

/// The numbers of the last `months` months, the current one included, oldest first. The number of
/// statements does not depend on their number.
pub async fn numbers(
    db: &impl ConnectionTrait,
    place: &Place,
    months: u32,
    now: DateTime<Utc>,
) -> Result<Vec<MonthlyNumbers>> {
    check_months(months)?;
    let start = month(now, months - 1).and_time(chrono::NaiveTime::MIN).and_utc();
    let begun = Query::select()
        .from(project::Entity)
        .and_where(project::Column::Id.in_subquery(projects::of(place)))
        .take();
    let created = account::Column::CreatedAt;
    let queries = [
        (begun, project::Column::CreatedAt.into_expr()),
        (opened(place), Expr::col(("opened", "at"))),
        (people(place, AccountKind::Teacher), created.into_expr()),
        (people(place, AccountKind::Pupil), created.into_expr()),
        (labels(place), label::Column::DecidedAt.into_expr()),
    ];
    let mut counts: [HashMap<String, u64>; 5] = Default::default();
    for (counts, (query, at)) in counts.iter_mut().zip(queries) {
        let query = by_month(db.get_database_backend(), query, &at, start);
        for row in db.query_all(&query).await? {
            let count: i64 = row.try_get_by_index(1)?;
            counts.insert(row.try_get_by_index(0)?, count.unsigned_abs());
        }
    }
    let numbers = (0..months).rev().map(|ago| {
        let month = month(now, ago);
        let name = month.format("%Y-%m").to_string();
        let [projects, twin_spaces, teachers, pupils, labels] =
            counts.each_ref().map(|counts| counts.get(&name).copied().unwrap_or_default());
        MonthlyNumbers { month, projects, twin_spaces, teachers, pupils, labels }
    });
    Ok(numbers.collect())
}

/// Prepares the numbers for an officer, who can download them once.
pub async fn export(
    db: &Db,
    officer: AccountId,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<String> {
    let tx = db.begin().await?;
    let secret = download::prepare(&tx, Purpose::ExportNumbers, officer.0, origin, now).await?;
    audit::line(Act::NumbersExported, officer).write(&tx, now).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Uses up the officer's secret and reads the numbers. For everyone else it does not exist.
pub async fn take(
    db: &Db,
    secret: &str,
    officer: AccountId,
    office: &Office,
    months: u32,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<MonthlyNumbers>> {
    let tx = db.begin().await?;
    download::redeem(&tx, secret, Purpose::ExportNumbers, officer.0, origin, now).await?;
    tx.commit().await?;
    numbers(db.read(), &office.place, months, now).await
}

/// The numbers as CSV.
pub fn csv(numbers: &[MonthlyNumbers]) -> Result<Vec<u8>> {
    write_csv(
        HEADER,
        numbers.iter().map(|one| {
            let month = one.month.format("%Y-%m").to_string();
            let counts = [one.projects, one.twin_spaces, one.teachers, one.pupils, one.labels];
            let [projects, twin_spaces, teachers, pupils, labels] =
                counts.map(|count| count.to_string());
            Ok([month, projects, twin_spaces, teachers, pupils, labels])
        }),
    )
}
