//! The audit log.

use std::future::{Ready, ready};

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, AuditId, LabelApplicationId, ProjectId, account,
    audit::{self, Details},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Result, column,
    db::Tx,
    events::Event,
    list::{Cell, Column, KeyKind, Listed, cell, one_of},
    members::pupil::rule,
    sql::{ColumnExt, join_account},
};

mod place;

pub use entity::audit::Detail;
use place::{inside, is_of_report, readable, reported};

/// A log entry being written.
#[derive(Clone, Debug)]
#[must_use = "nothing is logged before `write`"]
pub struct Line {
    act: Act,
    actor: Option<AccountId>,
    project: Option<ProjectId>,
    account: Option<AccountId>,
    subject: Option<Uuid>,
    details: Details,
}

/// Begins an entry: `actor` did `act`; `None` for the server itself.
pub fn line(act: Act, actor: impl Into<Option<AccountId>>) -> Line {
    Line {
        act,
        actor: actor.into(),
        project: None,
        account: None,
        subject: None,
        details: Details::default(),
    }
}

impl Line {
    /// Sets the project.
    pub fn project(mut self, project: ProjectId) -> Self {
        self.project = Some(project);
        self
    }

    /// Sets the person affected.
    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Sets another object affected.
    pub fn subject(mut self, subject: Uuid) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Adds a detail: an ID, a role or a state, but never a name, an address or a secret.
    pub fn detail(mut self, detail: Detail, value: impl Into<Value>) -> Self {
        self.details.0.insert(detail.key().to_owned(), value.into());
        self
    }

    /// Writes the entry when the transaction that it describes is committed.
    pub fn write(self, tx: &Tx, now: DateTime<Utc>) -> Ready<Result<()>> {
        write_all(tx, vec![self], now)
    }

    /// What subscribers to the project hear of it.
    fn news(&self) -> Option<Event> {
        let project = self.project?;
        match self.act {
            Act::ProjectEdited
            | Act::ProjectSent
            | Act::ProjectAccepted
            | Act::ProjectDeclined
            | Act::ProjectWithdrawn
            | Act::ProjectApproved
            | Act::ProjectRejected
            | Act::ProjectClosed
            | Act::ProjectReopened
            | Act::ProjectNominated
            | Act::PartnerRoleChanged
            | Act::PartnerRemoved
            | Act::SuccessionProposed
            | Act::SuccessionApproved
            | Act::SuccessionRejected => Some(Event::Project { project }),
            Act::LabelApplied | Act::LabelGranted | Act::LabelRefused => {
                let application = LabelApplicationId(self.subject?);
                Some(Event::Label { project, application })
            }
            _ => None,
        }
    }

    /// The entry as a row of the log.
    pub(crate) fn row(self, now: DateTime<Utc>) -> audit::ActiveModel {
        audit::ActiveModel {
            id: Set(AuditId::new()),
            at: Set(now),
            actor_id: Set(self.actor),
            act: Set(self.act),
            project_id: Set(self.project),
            account_id: Set(self.account),
            subject_id: Set(self.subject),
            details: Set(self.details),
        }
    }
}

/// Writes several entries when the transaction that they describe is committed, and tells those who
/// are subscribed to the projects.
pub fn write_all(tx: &Tx, lines: Vec<Line>, now: DateTime<Utc>) -> Ready<Result<()>> {
    tx.tell_once(lines.iter().filter_map(Line::news));
    tx.log(lines.into_iter().map(|line| line.row(now)));
    ready(Ok(()))
}

/// A log entry, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::audit`")]
pub struct AuditRow {
    pub id: Cell<AuditId>,
    pub at: Cell<DateTime<Utc>>,
    pub actor_id: Cell<Option<AccountId>>,
    pub actor_name: Cell<Option<String>>,
    /// Whether the person who acted counts as a pupil (M-20).
    pub actor_is_pupil: Cell<bool>,
    pub act: Cell<Act>,
    pub project_id: Cell<Option<ProjectId>>,
    pub account_id: Cell<Option<AccountId>>,
    pub account_name: Cell<Option<String>>,
    /// Whether the person affected counts as a pupil (M-20).
    pub account_is_pupil: Cell<bool>,
    /// Whether whoever reads the log may know whom the entry affected.
    pub account_known: Cell<bool>,
    /// Whether it was done inside the TwinSpace, and not to the project: with [`TOLD`].
    pub inside: Cell<bool>,
    /// Who wrote the message, if it is about a report that is there: with [`TOLD`].
    pub reported: Cell<Option<AccountId>>,
    pub subject_id: Cell<Option<Uuid>>,
    pub details: Cell<Details>,
}

impl AuditRow {
    /// Who acted, with the name if it was requested; none if it was a pupil, unless `pupils` are
    /// shown.
    pub fn actor(&self, pupils: bool) -> Result<Option<(AccountId, Option<String>)>> {
        let seen = pupils || !cell(&self.actor_is_pupil)?;
        let id = cell(&self.actor_id)?.filter(|_| seen);
        Ok(id.map(|id| (id, self.actor_name.clone().flatten())))
    }

    /// Whether the entry is told to this person, who may read the `whole` log of the project or only
    /// that of its TwinSpace. The same as the filter says of lists; it needs [`TOLD`].
    pub fn is_told(&self, reader: AccountId, whole: bool) -> Result<bool> {
        let knows = cell(&self.reported)?.is_some_and(|author| author != reader);
        Ok((whole || cell(&self.inside)?) && (!is_of_report(cell(&self.act)?) || knows))
    }

    /// The same for whoever was affected. A pupil who has only been asked for is not shown.
    pub fn person(&self, pupils: bool) -> Result<Option<(AccountId, Option<String>)>> {
        let seen = (pupils || !cell(&self.account_is_pupil)?) && cell(&self.account_known)?;
        let id = cell(&self.account_id)?.filter(|_| seen);
        Ok(id.map(|id| (id, self.account_name.clone().flatten())))
    }
}

/// Asks for the columns of [`AuditRow::is_told`].
pub const TOLD: &str = "told";

/// Filters log entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only these acts.
    pub acts: Option<Vec<Act>>,
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
    /// Only acts inside the TwinSpace, and not those on the project: for those who may read the log of
    /// the TwinSpace alone.
    pub inside: bool,
    /// Who reads it, unless it is an administrator: of a report, only if they can read the report.
    pub reader: Option<AccountId>,
    /// Whether a person who counts as a pupil in the project is not found: for those who cannot see
    /// whom an entry is about (M-20).
    pub without_pupils: bool,
}

impl Filter {
    /// The people whom entries are filtered by: which are joined, and under which names.
    fn people(&self) -> impl Iterator<Item = (u8, &'static str)> {
        let actor = self.actor.map(|_| (ACTOR, "actor"));
        let person = self.person.map(|_| (ACCOUNT, "person"));
        actor.into_iter().chain(person)
    }
}

/// By what log entries are sorted: indexes serve the one within a project, and the other on the
/// whole server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// When they were written.
    Written,
    /// When the act was performed.
    At,
}

const ACTOR: u8 = 0;
const ACCOUNT: u8 = 1;

/// Whether those who read the log may know whom an entry affected: nothing is told of a pupil whom
/// somebody has asked for by username, unless the pupil is in the TwinSpace now (M-11).
fn account_known() -> Expr {
    let asked = [Act::PupilRequested, Act::PupilRequestDeclined, Act::PupilRequestEnded];
    let role =
        rule::role_in(audit::Column::ProjectId.into_expr(), audit::Column::AccountId.into_expr());
    audit::Column::Act.is_not_in(asked).or(role.is_not_null())
}

impl Listed for AuditRow {
    type Filter = Filter;
    type Order = Order;

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = audit::Column::Id, for []),
        column!(at = audit::Column::At, for ["at"]),
        column!(actor_id = audit::Column::ActorId, for ["actor"]),
        column!(actor_name = account::Column::Name.of("actor"), for ["actor.name"], join ACTOR),
        column!(
            actor_is_pupil = rule::joined_is_pupil("actor", audit::Column::ProjectId),
            for ["actor"], join ACTOR
        ),
        column!(act = audit::Column::Act, for ["act", "subject", "subjectId", "details"]),
        column!(project_id = audit::Column::ProjectId, for []),
        column!(account_id = audit::Column::AccountId, for ["person"]),
        column!(account_name = account::Column::Name.of("person"), for ["person.name"], join ACCOUNT),
        column!(
            account_is_pupil = rule::joined_is_pupil("person", audit::Column::ProjectId),
            for ["person"], join ACCOUNT
        ),
        column!(account_known = account_known(), for ["person"]),
        column!(inside = inside(), for [TOLD]),
        column!(reported = reported(), for [TOLD]),
        column!(subject_id = audit::Column::SubjectId, for ["subject", "subjectId"]),
        column!(details = audit::Column::Details, for ["details", "subject", "subjectId"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(audit::Entity);
        for (join, alias, column) in [
            (ACTOR, "actor", audit::Column::ActorId),
            (ACCOUNT, "person", audit::Column::AccountId),
        ] {
            if needs(join) {
                join_account(&mut query, JoinType::LeftJoin, alias, column);
            }
        }
        query
    }

    fn id() -> Expr {
        audit::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(audit::Column::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        all = all.add_option(one_of(audit::Column::Act, filter.acts.as_deref()));
        if let Some(actor) = filter.actor {
            all = all.add(audit::Column::ActorId.eq(actor.0));
        }
        if let Some(person) = filter.person {
            all = all.add(audit::Column::AccountId.eq(person.0)).add(account_known());
        }
        if let Some(project) = filter.project {
            all = all.add(audit::Column::ProjectId.eq(project.0));
        }
        if filter.inside {
            all = all.add(inside());
        }
        if let Some(reader) = filter.reader {
            all = all.add(readable(reader));
        }
        if let Some(since) = filter.since {
            all = all.add(audit::Column::At.gte(since));
        }
        if let Some(until) = filter.until {
            all = all.add(audit::Column::At.lt(until));
        }
        if filter.without_pupils {
            for (_, person) in filter.people() {
                all = all.add(rule::joined_is_pupil(person, audit::Column::ProjectId).not());
            }
        }
        all
    }

    fn filter_needs(filter: &Filter, join: u8) -> bool {
        filter.without_pupils && filter.people().any(|(number, ..)| number == join)
    }

    fn order(order: Order) -> Option<(Expr, KeyKind)> {
        match order {
            Order::Written => None,
            Order::At => Some((audit::Column::At.into_expr(), KeyKind::Time)),
        }
    }
}
