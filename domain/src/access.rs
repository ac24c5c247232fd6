//! A person's access to a project: the facts on which the policy decides.

use std::collections::{HashMap, HashSet};

use entity::{
    AccountId, AccountKind, MemberId, ProjectId, ProjectRole, ProjectState, TwinSpaceRole, account,
    approval, label, member, partner, project, succession,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

pub use policy::{Access, Person};

use crate::{Error, Result, db::Tx, permit::Held};

/// The facts about several people and projects: one statement for everyone who decides on nothing,
/// and one for each other person.
pub async fn load(
    db: &impl ConnectionTrait,
    keys: &[(Person, ProjectId)],
) -> Result<HashMap<(Person, ProjectId), Access>> {
    let mut people: HashMap<Person, HashSet<ProjectId>> = HashMap::new();
    for (person, project) in keys {
        people.entry(*person).or_default().insert(*project);
    }
    let (crowd, mut alone): (Vec<_>, Vec<_>) = people
        .into_iter()
        .partition(|(person, _)| person.account.is_some() && concerned(*person).is_none());
    let mut found = HashMap::new();
    if crowd.len() > 1 {
        let projects: HashSet<_> = crowd.iter().flat_map(|(_, projects)| projects).collect();
        let crowd: HashMap<_, _> =
            crowd.iter().map(|(person, _)| (person.account, *person)).collect();
        let account = Expr::col((account::Entity, account::Column::Id));
        let mut query = Query::select();
        query
            .from(project::Entity)
            .inner_join(account::Entity, one_of(projects.into_iter().copied()))
            .and_where(account.clone().is_in(crowd.keys().flatten().map(|id| id.0)));
        let mut query = facts(query, Some(account.clone()), None);
        query.expr(account);
        for row in db.query_all(&query).await? {
            let person = crowd[&Some(row.try_get_by_index::<AccountId>(WIDTH)?)];
            let access = read(&row, person)?;
            found.insert((person, access.project_id), access);
        }
    } else {
        alone.extend(crowd);
    }
    for (person, projects) in alone {
        let mut query = facts_of(person);
        query.and_where(one_of(projects));
        for row in db.query_all(&query).await? {
            let access = read(&row, person)?;
            found.insert((person, access.project_id), access);
        }
    }
    Ok(found)
}

/// The facts about one person and one project; `None` if there is no such project.
pub async fn find(
    db: &impl ConnectionTrait,
    person: Person,
    project: ProjectId,
) -> Result<Option<Access>> {
    Ok(load(db, &[(person, project)]).await?.remove(&(person, project)))
}

/// Locks the projects that this query finds for the rest of the transaction, always in the same
/// order.
pub(super) async fn hold(tx: &Tx, projects: SelectStatement) -> Result<Held> {
    let found = project::Entity::find()
        .filter(project::Column::Id.in_subquery(projects))
        .order_by_asc(project::Column::Id)
        .lock_exclusive();
    let found = found.all(&**tx).await?;
    tx.holds(found.iter().map(|project| project.id));
    Ok(found.into_iter().map(|project| (project.id, project)).collect())
}

/// Locks the project for the rest of the transaction: actions on one project are serialised.
pub async fn lock_project(tx: &Tx, project: ProjectId) -> Result<project::Model> {
    let found = project::Entity::find_by_id(project).lock_exclusive().one(&**tx).await?;
    tx.holds([project]);
    found.ok_or(Error::NotFound("project"))
}

/// The key of this project, if there is one.
pub(crate) fn itself(project: ProjectId) -> SelectStatement {
    project::Entity::find_by_id(project).select_only().column(project::Column::Id).into_query()
}

fn one_of(projects: impl IntoIterator<Item = ProjectId>) -> Expr {
    let ids = projects.into_iter().map(|id| id.0);
    Expr::col((project::Entity, project::Column::Id)).is_in(ids)
}

/// The facts about a person and each of these projects, in [`WIDTH`] columns.
pub(super) fn facts_in(person: Person, projects: SelectStatement) -> SelectStatement {
    let mut query = facts_of(person);
    query.and_where(Expr::col((project::Entity, project::Column::Id)).in_subquery(projects));
    query
}

fn facts_of(person: Person) -> SelectStatement {
    let query = Query::select().from(project::Entity).take();
    facts(query, person.account.map(|id| Expr::val(id.0)), concerned(person))
}

/// Adds the facts about the owner of an account, if there is one, and whether projects are
/// `concerned`.
fn facts(
    mut query: SelectStatement,
    account: Option<Expr>,
    concerned: Option<Expr>,
) -> SelectStatement {
    let column = |c: project::Column| Expr::col((project::Entity, c));
    let same_project = |other: Expr| other.equals((project::Entity, project::Column::Id));
    let mut columns = vec![
        column(project::Column::Id),
        column(project::Column::Title),
        column(project::Column::State),
        column(project::Column::ProposerId),
        column(project::Column::CofounderId),
        column(project::Column::ChatOpenToPupils),
    ];
    if let Some(account) = account {
        columns.extend([
            Expr::col((member::Entity, member::Column::Id)),
            Expr::col((member::Entity, member::Column::Role)),
            Expr::col((partner::Entity, partner::Column::Role)),
            Expr::col((partner::Entity, partner::Column::Founder)),
            concerned.unwrap_or_else(|| Expr::val(false)),
        ]);
        query
            .join(
                JoinType::LeftJoin,
                member::Entity,
                Cond::all()
                    .add(same_project(Expr::col((member::Entity, member::Column::ProjectId))))
                    .add(
                        Expr::col((member::Entity, member::Column::AccountId)).eq(account.clone()),
                    ),
            )
            .join(
                JoinType::LeftJoin,
                partner::Entity,
                Cond::all()
                    .add(same_project(Expr::col((partner::Entity, partner::Column::ProjectId))))
                    .add(Expr::col((partner::Entity, partner::Column::AccountId)).eq(account)),
            );
    }
    for (n, source) in columns.into_iter().enumerate() {
        query.expr_as(source, format!("f{n}"));
    }
    query
}

/// Adds to a query of an account the facts about its owner and a project, if there is such a project.
pub(crate) fn beside(mut accounts: SelectStatement, project: ProjectId) -> SelectStatement {
    accounts.left_join(project::Entity, one_of([project]));
    facts(accounts, Some(Expr::col((account::Entity, account::Column::Id))), None)
}

/// Reads what [`beside`] has added from the column with the number `first`, unless the person may be
/// concerned with the project.
pub(crate) fn read_beside(
    row: &QueryResult,
    first: usize,
    person: Person,
) -> Result<Option<Access>> {
    if concerned(person).is_some() || row.try_get_by_index::<Option<ProjectId>>(first)?.is_none() {
        return Ok(None);
    }
    read_from(row, first, person).map(Some)
}

/// The number of columns of the facts about somebody who is signed in.
pub(super) const WIDTH: usize = 11;

/// Whether a person decides on a project, as a whole or for one of its partners; `None` for those
/// who decide on nothing (P-06, L-01, P-15).
fn concerned(person: Person) -> Option<Expr> {
    let of = |column: Expr, decides: Expr, table: &'static str| {
        let mut asked = Query::select();
        asked
            .expr(Expr::val(1))
            .from(table)
            .and_where(column.equals((project::Entity, project::Column::Id)))
            .and_where(decides);
        Expr::exists(asked)
    };
    let label = |column| Expr::col((label::Entity, column));
    let services = [label(label::Column::ServiceId), label(label::Column::RegionServiceId)];
    let approvals = Expr::col((approval::Entity, approval::Column::ProjectId));
    let any = of(approvals, decides(person)?, "approval");
    let labels =
        of(label(label::Column::ProjectId), decides_where(person, services)?, "label_application");
    let succession = |column| Expr::col((succession::Entity, column));
    let services =
        [succession::Column::ServiceId, succession::Column::RegionServiceId].map(succession);
    let project = succession(succession::Column::ProjectId);
    let successions = of(project, decides_where(person, services)?, "succession");
    Some(any.or(labels).or(successions))
}

/// The projects on which a person decides, as a whole or for one of its partners, and which they see
/// for that reason, for rows with the project's table.
pub(crate) fn decided_by(person: Person) -> Condition {
    let state = Expr::col((project::Entity, project::Column::State));
    let sent = state.ne(ProjectState::Draft.to_value());
    Cond::all().add(concerned(person).unwrap_or_else(|| Expr::val(false))).add(sent)
}

/// The projects that a person can see, for rows with the project's table: the same as
/// `Access::sees_project`, as verified by a test.
pub fn seen_by(person: Person) -> Condition {
    let column = |c: project::Column| Expr::col((project::Entity, c));
    let is = |state: ProjectState| column(project::Column::State).eq(state.to_value());
    let mut any = Cond::any().add(is(ProjectState::Active));
    let Some(account) = person.account else { return any };
    if person.kind == Some(AccountKind::Teacher) {
        any = any.add(is(ProjectState::Closed));
    }
    let here = |table: &'static str, project: Expr, member: Expr| {
        let mut place = Query::select();
        place
            .expr(Expr::val(1))
            .from(table)
            .and_where(project.equals((project::Entity, project::Column::Id)))
            .and_where(member.eq(account.0));
        is(ProjectState::Closed).and(Expr::exists(place))
    };
    let member = |c: member::Column| Expr::col((member::Entity, c));
    let partner = |c: partner::Column| Expr::col((partner::Entity, c));
    let mut asked = column(project::Column::CofounderId).eq(account.0);
    if let Some(concerned) = concerned(person) {
        asked = asked.or(concerned);
    }
    any.add(here("member", member(member::Column::ProjectId), member(member::Column::AccountId)))
        .add(here(
            "partner",
            partner(partner::Column::ProjectId),
            partner(partner::Column::AccountId),
        ))
        .add(column(project::Column::ProposerId).eq(account.0).and(is(ProjectState::Closed).not()))
        .add(asked.and(is(ProjectState::Draft).not()))
}

/// The same as [`Person::decides`], of rows with these two columns; none for those who
/// decide on nothing.
pub fn decides_where(person: Person, [country, region]: [Expr; 2]) -> Option<Expr> {
    match (person.kind, person.service) {
        (Some(AccountKind::Officer), Some(id)) => Some(country.eq(id.0).or(region.eq(id.0))),
        (Some(AccountKind::Administrator), _) => Some(country.is_null().and(region.is_null())),
        _ => None,
    }
}

/// The decisions on projects that a person makes; `None` for those who decide on nothing (P-06).
pub fn decides(person: Person) -> Option<Expr> {
    let service = Expr::col((approval::Entity, approval::Column::ServiceId));
    match (person.kind, person.service) {
        (Some(AccountKind::Officer), Some(id)) => Some(service.eq(id.0)),
        (Some(AccountKind::Administrator), _) => Some(service.is_null()),
        _ => None,
    }
}

/// Reads the facts, which are in the first columns.
pub(super) fn read(row: &QueryResult, person: Person) -> Result<Access> {
    read_from(row, 0, person)
}

fn read_from(row: &QueryResult, first: usize, person: Person) -> Result<Access> {
    let mine = |id: Option<AccountId>| person.account.is_some() && id == person.account;
    let proposer: AccountId = row.try_get_by_index(first + 3)?;
    let cofounder: Option<AccountId> = row.try_get_by_index(first + 4)?;
    let mut access = Access {
        project_id: row.try_get_by_index(first)?,
        title: row.try_get_by_index(first + 1)?,
        state: row.try_get_by_index(first + 2)?,
        person,
        member: None,
        partner: None,
        proposer: mine(Some(proposer)),
        cofounder: mine(cofounder),
        officer: false,
        chat_open: row.try_get_by_index(first + 5)?,
    };
    if person.account.is_some() {
        let member: Option<MemberId> = row.try_get_by_index(first + 6)?;
        let role: Option<TwinSpaceRole> = row.try_get_by_index(first + 7)?;
        let partner: Option<ProjectRole> = row.try_get_by_index(first + 8)?;
        let founder: Option<bool> = row.try_get_by_index(first + 9)?;
        access.member = member.zip(role);
        access.partner = partner.zip(founder);
        access.officer = row.try_get_by_index(first + 10)?;
    }
    Ok(access)
}
