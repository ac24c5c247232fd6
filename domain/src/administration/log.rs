//! The audit log of the whole server, for administrators: filtered, and as CSV in two steps as with
//! pupils (M-17). Whose act it was, and whom it affected, is not shown of pupils (M-20).

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, AuditId, ProjectId, Purpose, account,
    audit::{self, Details},
};
use policy::ServerPermission;
use sea_orm::{
    ActiveEnum,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use uuid::Uuid;

use super::begin;
use crate::{
    Actor, Error, Result, audit as log, column,
    db::Db,
    export::{GOOD_FOR, inert},
    list::{Ask, Cell, Column, Columns, KeyKind, Listed, cell},
    pupil::rule,
    token,
};

/// The maximum number of entries in an export: the latest.
pub const MAX_LINES: u64 = 50_000;

/// The columns of an export.
const HEADER: [&str; 7] = ["At", "Act", "Actor", "Person", "Project", "Subject", "Details"];

/// A log entry, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::audit`")]
pub struct LogRow {
    pub id: Cell<AuditId>,
    pub at: Cell<DateTime<Utc>>,
    pub act: Cell<Act>,
    pub actor_id: Cell<Option<AccountId>>,
    pub actor_is_pupil: Cell<bool>,
    pub project_id: Cell<Option<ProjectId>>,
    pub account_id: Cell<Option<AccountId>>,
    pub account_is_pupil: Cell<bool>,
    pub subject_id: Cell<Option<Uuid>>,
    pub details: Cell<Details>,
}

impl LogRow {
    /// Who acted, unless it was a pupil.
    pub fn actor(&self) -> Result<Option<AccountId>> {
        let pupil = cell(&self.actor_is_pupil)?;
        Ok(cell(&self.actor_id)?.filter(|_| !pupil))
    }

    /// Who was affected, unless it was a pupil.
    pub fn person(&self) -> Result<Option<AccountId>> {
        let pupil = cell(&self.account_is_pupil)?;
        Ok(cell(&self.account_id)?.filter(|_| !pupil))
    }
}

/// Filters log entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only these acts; empty for all.
    pub acts: Vec<Act>,
    /// Only acts of this person.
    pub actor: Option<AccountId>,
    /// Only acts that affected this person.
    pub person: Option<AccountId>,
    /// Only acts in this project.
    pub project: Option<ProjectId>,
    /// Only acts at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Only acts before this time.
    pub until: Option<DateTime<Utc>>,
}

const ACTOR: u8 = 0;
const PERSON: u8 = 1;

fn col(column: audit::Column) -> Expr {
    Expr::col((audit::Entity, column))
}

impl Listed for LogRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(audit::Column::Id), for []),
        column!(at = col(audit::Column::At), for ["at"]),
        column!(act = col(audit::Column::Act), for ["act"]),
        column!(actor_id = col(audit::Column::ActorId), for ["actor"]),
        column!(
            actor_is_pupil = rule::joined_is_pupil("actor", "actor_place"),
            for ["actor"], join ACTOR
        ),
        column!(project_id = col(audit::Column::ProjectId), for ["projectId", "project"]),
        column!(account_id = col(audit::Column::AccountId), for ["person"]),
        column!(
            account_is_pupil = rule::joined_is_pupil("person", "person_place"),
            for ["person"], join PERSON
        ),
        column!(subject_id = col(audit::Column::SubjectId), for ["subject"]),
        column!(details = col(audit::Column::Details), for ["details"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(audit::Entity);
        for (join, alias, place, column) in [
            (ACTOR, "actor", "actor_place", audit::Column::ActorId),
            (PERSON, "person", "person_place", audit::Column::AccountId),
        ] {
            if needs(join) {
                let same = Expr::col((alias, account::Column::Id)).eq(col(column));
                query.join_as(JoinType::LeftJoin, account::Entity, alias, same);
                rule::join_place(&mut query, place, col(audit::Column::ProjectId), col(column));
            }
        }
        query
    }

    fn id() -> Expr {
        col(audit::Column::Id)
    }

    fn parent() -> Option<Expr> {
        None
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if !filter.acts.is_empty() {
            let acts = filter.acts.iter().map(ActiveEnum::to_value);
            all = all.add(col(audit::Column::Act).is_in(acts));
        }
        if let Some(actor) = filter.actor {
            all = all.add(col(audit::Column::ActorId).eq(actor.0));
        }
        if let Some(person) = filter.person {
            all = all.add(col(audit::Column::AccountId).eq(person.0));
        }
        if let Some(project) = filter.project {
            all = all.add(col(audit::Column::ProjectId).eq(project.0));
        }
        if let Some(since) = filter.since {
            all = all.add(col(audit::Column::At).gte(since));
        }
        if let Some(until) = filter.until {
            all = all.add(col(audit::Column::At).lt(until));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((col(audit::Column::At), KeyKind::Time))
    }
}

/// Prepares an export of the log for an administrator, who can download it once.
pub async fn export(actor: Actor<'_>) -> Result<String> {
    let (tx, id) = begin(&actor, ServerPermission::ReadServerLog).await?;
    let now = actor.now;
    let secret = token::mint(&*tx, Purpose::ExportLog, id.0, GOOD_FOR, now).await?;
    log::line(Act::AuditLogExported, id).write(&tx, now).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Uses up the administrator's secret and reads the latest entries that fit, newest first, as CSV.
/// For everyone else the export does not exist.
pub async fn take(
    db: &Db,
    secret: &str,
    administrator: AccountId,
    filter: Filter,
    now: DateTime<Utc>,
) -> Result<Vec<u8>> {
    let tx = db.begin().await?;
    token::spend(&tx, secret, Purpose::ExportLog, administrator.0, now).await?;
    tx.commit().await?;
    let ask = Ask::<LogRow> {
        columns: Columns::all::<LogRow>(),
        filter,
        order: (),
        descending: true,
        after: None,
        before: None,
        limit: MAX_LINES,
        last: false,
        rows: true,
        total: false,
    };
    let page = ask.of_one(db.read(), Uuid::nil()).await?;
    csv(page.rows.iter().map(|(_, row)| row))
}

/// Entries as CSV: in UTF-8, with a byte order mark for spreadsheets. No cell is a formula.
fn csv<'a>(rows: impl Iterator<Item = &'a LogRow>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(HEADER).map_err(Error::internal)?;
    let show = |id: Option<String>| id.unwrap_or_default();
    for row in rows {
        let record = [
            cell(&row.at)?.to_rfc3339(),
            cell(&row.act)?.to_value(),
            show(row.actor()?.map(|id| id.to_string())),
            show(row.person()?.map(|id| id.to_string())),
            show(cell(&row.project_id)?.map(|id| id.to_string())),
            show(cell(&row.subject_id)?.map(|id| id.simple().to_string())),
            serde_json::to_string(&cell(&row.details)?).map_err(Error::internal)?,
        ];
        writer.write_record(record.map(|cell| inert(&cell))).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}
