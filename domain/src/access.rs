//! A person's access to a project: the facts on which the policy decides.

use std::collections::{HashMap, HashSet};

use entity::{
    AccountId, AccountKind, MemberId, ProjectId, ProjectRole, ProjectState, TwinSpaceRole, account,
    approval, label, member, partner, project, succession,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    QueryTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

pub use policy::{Access, Person};

use crate::{Error, Result, db::Tx, members, permit::Held, projects, sql::ColumnExt};

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
        let account = account::Column::Id;
        let mut query = Query::select();
        query
            .from(project::Entity)
            .inner_join(account::Entity, one_of(projects.into_iter().copied()))
            .and_where(account.is_in(crowd.keys().flatten().map(|id| id.0)));
        let mut query = facts(query, Some(account.into_expr()), None);
        query.expr(account.into_expr());
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
    project::Column::Id.is_in(ids)
}

/// The facts about a person and each of these projects, in [`WIDTH`] columns.
pub(super) fn facts_in(person: Person, projects: SelectStatement) -> SelectStatement {
    let mut query = facts_of(person);
    query.and_where(project::Column::Id.in_subquery(projects));
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
    let mut columns = vec![
        project::Column::Id.into_expr(),
        project::Column::Title.into_expr(),
        project::Column::State.into_expr(),
        project::Column::ProposerId.into_expr(),
        project::Column::CofounderId.into_expr(),
        project::Column::ChatOpenToPupils.into_expr(),
    ];
    if let Some(account) = account {
        columns.extend([
            member::Column::Id.into_expr(),
            member::Column::Role.into_expr(),
            partner::Column::Role.into_expr(),
            partner::Column::Founder.into_expr(),
            concerned.unwrap_or_else(|| Expr::val(false)),
        ]);
        query
            .join(
                JoinType::LeftJoin,
                member::Entity,
                Cond::all()
                    .add(member::Column::ProjectId.equals(project::Column::Id))
                    .add(member::Column::AccountId.equals(account.clone())),
            )
            .join(
                JoinType::LeftJoin,
                partner::Entity,
                Cond::all()
                    .add(partner::Column::ProjectId.equals(project::Column::Id))
                    .add(partner::Column::AccountId.equals(account)),
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
    facts(accounts, Some(account::Column::Id.into_expr()), None)
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
pub(crate) fn concerned(person: Person) -> Option<Expr> {
    let of = |table: &'static str, here: Expr, decides: Expr| {
        let mut asked = Query::select();
        asked.expr(Expr::val(1)).from(table).and_where(here).and_where(decides);
        Expr::exists(asked)
    };
    let services = [label::Column::ServiceId, label::Column::RegionServiceId];
    let here = approval::Column::ProjectId.equals(project::Column::Id);
    let any = of("approval", here, decides(person)?);
    let here = label::Column::ProjectId.equals(project::Column::Id);
    let labels = of("label_application", here, decides_where(person, services)?);
    let services = [succession::Column::ServiceId, succession::Column::RegionServiceId];
    let here = succession::Column::ProjectId.equals(project::Column::Id);
    let successions = of("succession", here, decides_where(person, services)?);
    Some(any.or(labels).or(successions))
}

/// The projects on which a person decides, as a whole or for one of its partners, and which they see
/// for that reason, for rows with the project's table.
pub(crate) fn decided_by(person: Person) -> Condition {
    let sent = project::Column::State.ne(ProjectState::Draft);
    Cond::all().add(concerned(person).unwrap_or_else(|| Expr::val(false))).add(sent)
}

/// The projects that a person can see, for rows with the project's table: the same as
/// `Access::sees_project`, as verified by a test.
pub fn seen_by(person: Person) -> Condition {
    let is = |state: ProjectState| project::Column::State.eq(state);
    let mut any = Cond::any().add(is(ProjectState::Active));
    let Some(account) = person.account else { return any };
    if person.kind == Some(AccountKind::Teacher) {
        any = any.add(is(ProjectState::Closed));
    }
    let here = |place: SelectStatement| is(ProjectState::Closed).and(Expr::exists(place));
    let account = Expr::val(account.0);
    let mut asked = project::Column::CofounderId.equals(account.clone());
    if let Some(concerned) = concerned(person) {
        asked = asked.or(concerned);
    }
    any.add(here(members::member::place(project::Column::Id, account.clone())))
        .add(here(projects::partner::place(project::Column::Id, account.clone())))
        .add(project::Column::ProposerId.equals(account).and(is(ProjectState::Closed).not()))
        .add(asked.and(is(ProjectState::Draft).not()))
}

/// The same as [`Person::decides`], of rows with these two columns; none for those who
/// decide on nothing.
pub fn decides_where<C: ColumnTrait>(person: Person, [country, region]: [C; 2]) -> Option<Expr> {
    match (person.kind, person.service) {
        (Some(AccountKind::Officer), Some(id)) => Some(country.eq(id.0).or(region.eq(id.0))),
        (Some(AccountKind::Administrator), _) => Some(country.is_null().and(region.is_null())),
        _ => None,
    }
}

/// The decisions on projects that a person makes; `None` for those who decide on nothing (P-06).
pub fn decides(person: Person) -> Option<Expr> {
    match (person.kind, person.service) {
        (Some(AccountKind::Officer), Some(id)) => Some(approval::Column::ServiceId.eq(id.0)),
        (Some(AccountKind::Administrator), _) => Some(approval::Column::ServiceId.is_null()),
        _ => None,
    }
}

/// Reads the facts, which are in the first columns.
pub(super) fn read(row: &QueryResult, person: Person) -> Result<Access> {
    read_from(row, 0, person)
}

fn read_from(row: &QueryResult, first: usize, person: Person) -> Result<Access> {
    let mut facts = Facts {
        project_id: row.try_get_by_index(first)?,
        title: row.try_get_by_index(first + 1)?,
        state: row.try_get_by_index(first + 2)?,
        proposer_id: row.try_get_by_index(first + 3)?,
        cofounder_id: row.try_get_by_index(first + 4)?,
        chat_open: row.try_get_by_index(first + 5)?,
        member: None,
        partner: None,
        officer: false,
    };
    if person.account.is_some() {
        let member: Option<MemberId> = row.try_get_by_index(first + 6)?;
        let role: Option<TwinSpaceRole> = row.try_get_by_index(first + 7)?;
        let partner: Option<ProjectRole> = row.try_get_by_index(first + 8)?;
        let founder: Option<bool> = row.try_get_by_index(first + 9)?;
        facts.member = member.zip(role);
        facts.partner = partner.zip(founder);
        facts.officer = row.try_get_by_index(first + 10)?;
    }
    Ok(facts.of(person))
}

/// The facts as they are in the tables.
pub(crate) struct Facts {
    pub project_id: ProjectId,
    pub title: String,
    pub state: ProjectState,
    pub proposer_id: AccountId,
    pub cofounder_id: Option<AccountId>,
    pub chat_open: bool,
    pub member: Option<(MemberId, TwinSpaceRole)>,
    pub partner: Option<(ProjectRole, bool)>,
    pub officer: bool,
}

impl Facts {
    /// As facts about this person.
    pub fn of(self, person: Person) -> Access {
        let Self { project_id, title, state, member, partner, officer, chat_open, .. } = self;
        let is = |id: Option<AccountId>| person.account.is_some() && id == person.account;
        let (proposer, cofounder) = (is(Some(self.proposer_id)), is(self.cofounder_id));
        Access {
            project_id,
            title,
            state,
            person,
            member,
            partner,
            proposer,
            cofounder,
            officer,
            chat_open,
        }
    }
}
