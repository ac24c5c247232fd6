//! Projects: drafting, sending, accepting, approving, closing (P-01 to P-09).

use std::{
    collections::{BTreeSet, HashMap},
    num::NonZeroU32,
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, Act, ContactState, Decision, ProjectId, ProjectState, TwinSpaceRole, account,
    approval as approvals, contact,
    project::{self, Words},
    school,
};
use policy::{ProjectAct, ProjectPermission};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, JoinType, QueryFilter, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType},
};

use crate::{
    Actor, Error, Reason, Result,
    accounts::account as accounts,
    care::audit,
    db::{Db, Tx},
    desktop::teacher::is_seen,
    error::Problems,
    events::{Event, Whom},
    mail::{self, Letter, News},
    members::member::{self as members, Seat},
    outcome::{self, Once},
    projects::approval,
    rate_limit::{self, Quota},
    text,
};

mod forget;
mod past;
mod row;

pub(crate) use forget::{begun_with, forget};
pub use past::{Past, past};
pub use row::{Filter, Order, ProjectRow};

/// What the founders fill in (P-03). `None` keeps the current value.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// The title, at most 200 characters.
    pub title: Option<String>,
    /// A short description, visible to everyone, at most 1000 characters.
    pub short_description: Option<String>,
    /// The aims, at most 10,000 characters, like the other long texts.
    pub aims: Option<String>,
    /// How the partners work together.
    pub work_process: Option<String>,
    /// The expected results.
    pub expected_results: Option<String>,
    /// The working languages, as ISO 639-1 codes.
    pub languages: Option<Vec<String>>,
    /// The school subjects.
    pub subjects: Option<Vec<String>>,
    /// The age of the youngest pupils, in years.
    pub age_from: Option<i32>,
    /// The age of the oldest pupils, in years.
    pub age_to: Option<i32>,
    /// The number of pupils taking part.
    pub pupil_count: Option<i32>,
    /// The tools used, at most 1000 characters.
    pub tools: Option<String>,
}

impl Fields {
    /// These fields, completed with those of a project.
    #[must_use]
    pub fn over(self, project: project::Model) -> Self {
        Self {
            title: self.title.or(Some(project.title)),
            short_description: self.short_description.or(Some(project.short_description)),
            aims: self.aims.or(Some(project.aims)),
            work_process: self.work_process.or(Some(project.work_process)),
            expected_results: self.expected_results.or(Some(project.expected_results)),
            languages: self.languages.or(Some(project.languages.0)),
            subjects: self.subjects.or(Some(project.subjects.0)),
            age_from: self.age_from.or(project.age_from),
            age_to: self.age_to.or(project.age_to),
            pupil_count: self.pupil_count.or(project.pupil_count),
            tools: self.tools.or(Some(project.tools)),
        }
    }

    fn write(self, row: &mut project::ActiveModel) -> Result<()> {
        let mut problems = Problems::default();
        let title = self.title.map(|title| problems.line(&title, "title", 200));
        let mut words = |text: Option<String>, field: &str, most: usize| {
            text.map(|text| problems.prose(&text, field, most))
        };
        let short_description = words(self.short_description, "shortDescription", 1000);
        let aims = words(self.aims, "aims", 10_000);
        let work_process = words(self.work_process, "workProcess", 10_000);
        let expected_results = words(self.expected_results, "expectedResults", 10_000);
        let tools = words(self.tools, "tools", 1000);
        let languages = self.languages.map(|codes| language_codes(codes, &mut problems));
        let subjects = self.subjects.map(|subjects| subject_words(&subjects, &mut problems));
        for (age, field) in [(self.age_from, "ageFrom"), (self.age_to, "ageTo")] {
            let fits = age.is_none_or(|age| (2..=25).contains(&age));
            problems.require(fits, field, "must be between 2 and 25 years");
        }
        let fits = self.pupil_count.is_none_or(|count| (1..=100_000).contains(&count));
        problems.require(fits, "pupilCount", "must be between 1 and 100000");
        let age_from = self.age_from.or(row.age_from.clone().take().flatten());
        let age_to = self.age_to.or(row.age_to.clone().take().flatten());
        let ordered = age_from.zip(age_to).is_none_or(|(from, to)| from <= to);
        problems.require(ordered, "ageTo", "must not be less than ageFrom");
        problems.finish()?;

        let set = |column: &mut sea_orm::ActiveValue<String>, value: Option<String>| {
            if let Some(value) = value {
                *column = Set(value);
            }
        };
        if let Some(title) = &title {
            row.title_key = Set(text::key(title));
        }
        set(&mut row.title, title);
        set(&mut row.short_description, short_description);
        set(&mut row.aims, aims);
        set(&mut row.work_process, work_process);
        set(&mut row.expected_results, expected_results);
        set(&mut row.tools, tools);
        if let Some(languages) = languages {
            row.languages = Set(Words(languages));
        }
        if let Some(subjects) = subjects {
            row.subjects = Set(Words(subjects));
        }
        row.age_from = Set(age_from);
        row.age_to = Set(age_to);
        if let Some(count) = self.pupil_count {
            row.pupil_count = Set(Some(count));
        }
        Ok(())
    }
}

fn language_codes(codes: Vec<String>, problems: &mut Problems) -> Vec<String> {
    let mut codes: Vec<_> = codes.into_iter().map(|code| code.trim().to_lowercase()).collect();
    let known = |code: &String| isolang::Language::from_639_1(code).is_some();
    problems.require(
        codes.iter().all(known),
        "languages",
        "must be ISO 639-1 codes, such as \"de\"",
    );
    problems.require(codes.len() <= 20, "languages", "must have at most 20 items");
    codes.sort();
    codes.dedup();
    codes
}

fn subject_words(subjects: &[String], problems: &mut Problems) -> Vec<String> {
    problems.require(subjects.len() <= 20, "subjects", "must have at most 20 items");
    subjects.iter().take(20).map(|subject| problems.line(subject, "subjects", 100)).collect()
}

/// Creates a project as a draft of `proposer`, or returns the one that the same request has created before.
pub async fn create(
    db: &Db,
    proposer: AccountId,
    cofounder: Option<AccountId>,
    fields: Fields,
    once: Option<&Once>,
    now: DateTime<Utc>,
) -> Result<ProjectId> {
    let tx = db.begin().await?;
    if once.is_some() {
        // A second request waits here for the first.
        accounts::lock(&tx, proposer).await?;
    }
    if let Some(made) = outcome::made(&*tx, proposer, once).await? {
        return Ok(made);
    }
    let id = begin(&tx, proposer, cofounder, fields, now).await?;
    outcome::keep(&tx, proposer, once, id.0, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// The same, as a part of a transaction.
pub(crate) async fn begin(
    tx: &Tx,
    proposer: AccountId,
    cofounder: Option<AccountId>,
    fields: Fields,
    now: DateTime<Utc>,
) -> Result<ProjectId> {
    accounts::hold(tx, proposer).await?.ok_or(Error::Unauthenticated)?;
    let id = ProjectId::new();
    let mut row = project::ActiveModel {
        id: Set(id),
        state: Set(ProjectState::Draft),
        proposer_id: Set(proposer),
        cofounder_id: Set(None),
        title: Set(String::new()),
        title_key: Set(String::new()),
        short_description: Set(String::new()),
        aims: Set(String::new()),
        work_process: Set(String::new()),
        expected_results: Set(String::new()),
        languages: Set(Words::default()),
        subjects: Set(Words::default()),
        age_from: Set(None),
        age_to: Set(None),
        pupil_count: Set(None),
        tools: Set(String::new()),
        refusal: Set(None),
        created_at: Set(now),
        state_since: Set(now),
        edited_at: Set(now),
        chat_open_to_pupils: Set(true),
        acts: Set(0),
    };
    fields.write(&mut row)?;
    if let Some(cofounder) = cofounder {
        choose_cofounder(tx, &mut row, proposer, cofounder).await?;
    }
    row.insert(&**tx).await?;
    audit::line(Act::ProjectCreated, proposer).project(id).write(tx, now).await?;
    Ok(id)
}

/// Edits a project: a draft, or an active one (P-03, P-09). Only a draft's co-founder can be
/// changed.
pub async fn edit(
    actor: Actor<'_>,
    id: ProjectId,
    cofounder: Option<AccountId>,
    fields: Fields,
) -> Result<()> {
    let act = ProjectAct::May(ProjectPermission::EditProject);
    let (tx, project) = begin_with(actor, act, id).await?;
    let now = actor.now;
    let (id, state, proposer) = (project.id, project.state, project.proposer_id);
    let before = project.cofounder_id;
    let mut row = project.into_active_model();
    fields.write(&mut row)?;
    if let Some(cofounder) = cofounder {
        if !state.is_draft() {
            return Err(Error::Conflict(Reason::WrongState));
        }
        choose_cofounder(&tx, &mut row, proposer, cofounder).await?;
        // A newly chosen co-founder has not been asked yet: for them it is a draft, about which
        // they know nothing until it is sent (P-03).
        if before != Some(cofounder) && state != ProjectState::Draft {
            row.state = Set(ProjectState::Draft);
            row.state_since = Set(now);
        }
    }
    row.edited_at = Set(now);
    let edited = row.update(&*tx).await?;
    if !state.is_draft() {
        complete(&edited, "must not be empty")?;
    }
    finish(tx, Act::ProjectEdited, id, actor).await
}

/// P-02: exactly one co-founder, from the proposer's contacts.
async fn choose_cofounder(
    tx: &Tx,
    row: &mut project::ActiveModel,
    proposer: AccountId,
    cofounder: AccountId,
) -> Result<()> {
    let there = accounts::hold(tx, cofounder).await?.is_some();
    if !there || !are_contacts(&**tx, proposer, cofounder).await? {
        return Err(Error::Conflict(Reason::NotAContact));
    }
    row.cofounder_id = Set(Some(cofounder));
    Ok(())
}

/// Whether two teachers are contacts (C-01).
pub async fn are_contacts(
    db: &impl ConnectionTrait,
    one: AccountId,
    other: AccountId,
) -> Result<bool> {
    let contact = contact::Entity::find()
        .filter(contact::Column::PairKey.eq(contact::Model::pair(one, other)))
        .filter(contact::Column::State.eq(ContactState::Accepted))
        .one(db)
        .await?;
    Ok(contact.is_some())
}

/// P-03: all fields must be filled in before a project can be sent, and remain so. Whoever leaves one
/// empty is told so in these words.
fn complete(project: &project::Model, words: &str) -> Result<()> {
    let mut problems = Problems::default();
    let filled = [
        (!project.title.is_empty(), "title"),
        (!project.short_description.is_empty(), "shortDescription"),
        (!project.aims.is_empty(), "aims"),
        (!project.work_process.is_empty(), "workProcess"),
        (!project.expected_results.is_empty(), "expectedResults"),
        (!project.languages.0.is_empty(), "languages"),
        (!project.subjects.0.is_empty(), "subjects"),
        (project.age_from.is_some(), "ageFrom"),
        (project.age_to.is_some(), "ageTo"),
        (project.pupil_count.is_some(), "pupilCount"),
        (!project.tools.is_empty(), "tools"),
        (project.cofounder_id.is_some(), "cofounderId"),
    ];
    for (fits, field) in filled {
        problems.require(fits, field, words);
    }
    problems.finish()
}

/// A founder, and the school where they work.
#[derive(Clone, Debug)]
pub(crate) struct Founder {
    pub account: account::Model,
    pub school: school::Model,
}

/// The two founders, with their schools.
pub(crate) async fn founders(tx: &Tx, project: &project::Model) -> Result<[Founder; 2]> {
    let find = async |id: AccountId| -> Result<Founder> {
        let found = account::Entity::find_by_id(id)
            .filter(is_seen())
            .select_also(school::Entity)
            .join(
                JoinType::InnerJoin,
                account::Entity::belongs_to(school::Entity)
                    .from(account::Column::SchoolId)
                    .to(school::Column::Id)
                    .into(),
            )
            .one(&**tx)
            .await?;
        match found {
            Some((account, Some(school))) => Ok(Founder { account, school }),
            _ => Err(Error::Conflict(Reason::NotATeacher)),
        }
    };
    let cofounder = project.cofounder_id.ok_or(Error::Conflict(Reason::NotAContact))?;
    Ok([find(project.proposer_id).await?, find(cofounder).await?])
}

/// Changes the state of a project (P-04).
pub(crate) async fn step(
    tx: &Tx,
    project: project::Model,
    to: ProjectState,
    refusal: Option<String>,
    now: DateTime<Utc>,
) -> Result<project::Model> {
    let mut row = project.into_active_model();
    row.state = Set(to);
    row.state_since = Set(now);
    row.refusal = Set(refusal);
    let project = row.update(&**tx).await?;
    // The co-founder's notifications change (P-05).
    if let Some(cofounder) = project.cofounder_id {
        tx.tell(Event::Waiting(Whom::Account(cofounder))).await?;
    }
    Ok(project)
}

/// Begins an act on a project, if the policy allows it.
pub(crate) async fn begin_with(
    actor: Actor<'_>,
    act: ProjectAct,
    id: ProjectId,
) -> Result<(Tx, project::Model)> {
    let (tx, project, _) = actor.permit::<Past>(act, id).await?.into_parts()?;
    Ok((tx, project))
}

/// How often a project may be sent: each time, the co-founder gets a mail.
const SENDS: Quota = Quota {
    name: "a project is sent",
    times: NonZeroU32::new(5).expect("it is not 0"),
    within: TimeDelta::days(1),
};

/// Sends a draft, or a revised project, to the co-founder (P-03, P-04).
pub async fn send(actor: Actor<'_>, id: ProjectId) -> Result<()> {
    let (tx, project) = begin_with(actor, ProjectAct::Send, id).await?;
    let now = actor.now;
    complete(&project, "must be filled in before the project can be sent")?;
    let [proposer, cofounder] = founders(&tx, &project).await?;
    let sent = SENDS.of(&[&project.id.to_string()]);
    rate_limit::take_with(&tx, &[sent], now).await?;
    let project = step(&tx, project, ProjectState::PendingPartner, None, now).await?;
    let news = News::FoundingProposed { by: proposer.account.name };
    inform(&tx, &project, &cofounder.account, &news, now).await?;
    finish(tx, Act::ProjectSent, id, actor).await
}

/// The co-founder accepts; the support services are asked (P-05, P-06).
pub async fn accept(actor: Actor<'_>, id: ProjectId) -> Result<()> {
    let (tx, project) = begin_with(actor, ProjectAct::Accept, id).await?;
    let now = actor.now;
    let founders = founders(&tx, &project).await?;
    let project = step(&tx, project, ProjectState::PendingApproval, None, now).await?;
    approval::ask(&tx, &project, &founders, now).await?;
    let news = News::FoundingAccepted { by: founders[1].account.name.clone() };
    inform(&tx, &project, &founders[0].account, &news, now).await?;
    finish(tx, Act::ProjectAccepted, id, actor).await
}

/// The co-founder declines (P-05).
pub async fn decline(actor: Actor<'_>, id: ProjectId, reason: Option<String>) -> Result<()> {
    let mut problems = Problems::default();
    let reason = reason.map(|reason| problems.prose(&reason, "reason", 2000));
    problems.finish()?;
    let (tx, project) = begin_with(actor, ProjectAct::Decline, id).await?;
    let now = actor.now;
    let [proposer, cofounder] = founders(&tx, &project).await?;
    let project = step(&tx, project, ProjectState::Declined, reason, now).await?;
    let news = News::FoundingDeclined { by: cofounder.account.name };
    inform(&tx, &project, &proposer.account, &news, now).await?;
    finish(tx, Act::ProjectDeclined, id, actor).await
}

/// The proposer withdraws the project before it is decided on (P-04).
pub async fn withdraw(actor: Actor<'_>, id: ProjectId) -> Result<()> {
    let (tx, project) = begin_with(actor, ProjectAct::Withdraw, id).await?;
    approval::drop_outstanding(&tx, id).await?;
    step(&tx, project, ProjectState::Withdrawn, None, actor.now).await?;
    finish(tx, Act::ProjectWithdrawn, id, actor).await
}

/// A founder closes the project; its TwinSpace remains readable (P-17).
pub async fn close(actor: Actor<'_>, id: ProjectId) -> Result<()> {
    let act = ProjectAct::May(ProjectPermission::CloseProject);
    let (tx, project) = begin_with(actor, act, id).await?;
    step(&tx, project, ProjectState::Closed, None, actor.now).await?;
    finish(tx, Act::ProjectClosed, id, actor).await
}

/// A founder reopens a closed project (P-04). If nobody administers its TwinSpace any more, the
/// founder returns as its administrator (P-10, P-14).
pub async fn reopen(actor: Actor<'_>, id: ProjectId) -> Result<()> {
    let (founder, now) = (actor.account()?, actor.now);
    let act = ProjectAct::May(ProjectPermission::ReopenProject);
    let (tx, project) = begin_with(actor, act, id).await?;
    step(&tx, project, ProjectState::Active, None, now).await?;
    let mut admins = members::admins(Expr::val(id.0));
    if tx.query_one(admins.limit(1)).await?.is_none() {
        let account = accounts::hold(&tx, founder).await?.ok_or(Error::Unauthenticated)?;
        let role = TwinSpaceRole::TeacherAdmin;
        let seat = Seat { project: id, role, inviter: None, actor: Some(founder) };
        members::join(&tx, &account, seat, now).await?;
    }
    finish(tx, Act::ProjectReopened, id, actor).await
}

/// Logs what was done with a project, and commits.
async fn finish(tx: Tx, act: Act, id: ProjectId, actor: Actor<'_>) -> Result<()> {
    audit::line(act, actor.person.account).project(id).write(&tx, actor.now).await?;
    Ok(tx.commit().await?)
}

/// Mails someone news about the project. Nothing is mailed to people who have left.
pub(crate) async fn inform(
    tx: &Tx,
    project: &project::Model,
    account: &account::Model,
    news: &News,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(email) = &account.email else { return Ok(()) };
    let letter = Letter::News {
        name: account.name.clone(),
        project: project.title.clone(),
        news: news.clone(),
    };
    mail::post(tx, email, &account.language, &letter, project.id.0, now).await
}

/// The countries of the founders' schools of several projects, with one statement.
pub async fn countries(
    db: &impl ConnectionTrait,
    projects: &[ProjectId],
) -> Result<HashMap<ProjectId, Vec<String>>> {
    let column = |c: project::Column| Expr::col((project::Entity, c));
    let founder = Expr::col((account::Entity, account::Column::Id));
    let at_school = Expr::col((account::Entity, account::Column::SchoolId));
    let mut query = Query::select();
    query
        .expr(column(project::Column::Id))
        .expr(Expr::col((school::Entity, school::Column::Country)))
        .from(project::Entity)
        .inner_join(
            account::Entity,
            founder
                .clone()
                .eq(column(project::Column::ProposerId))
                .or(founder.eq(column(project::Column::CofounderId))),
        )
        .inner_join(school::Entity, Expr::col((school::Entity, school::Column::Id)).eq(at_school))
        .and_where(column(project::Column::Id).is_in(projects.iter().map(|id| id.0)))
        .union(UnionType::All, approved_in(projects));
    let mut countries: HashMap<ProjectId, BTreeSet<String>> = HashMap::new();
    for row in db.query_all(&query).await? {
        countries.entry(row.try_get_by_index(0)?).or_default().insert(row.try_get_by_index(1)?);
    }
    let sorted = countries.into_iter().map(|(id, countries)| (id, countries.into_iter().collect()));
    Ok(sorted.collect())
}

/// The countries in which projects were approved for a founder whose account, and with it the
/// school, has been erased.
fn approved_in(projects: &[ProjectId]) -> SelectStatement {
    let column = |c: project::Column| Expr::col((project::Entity, c));
    let decision = |c: approvals::Column| Expr::col((approvals::Entity, c));
    let founder = Expr::col((account::Entity, account::Column::Id));
    let mut gone = Query::select();
    gone.expr(Expr::val(1))
        .from(account::Entity)
        .and_where(
            founder
                .clone()
                .eq(column(project::Column::ProposerId))
                .or(founder.eq(column(project::Column::CofounderId))),
        )
        .and_where(Expr::col((account::Entity, account::Column::SchoolId)).is_null());
    let later = Alias::new("later");
    let round = |alias: &Alias, c: approvals::Column| Expr::col((alias.clone(), c));
    let mut last = Query::select();
    last.expr(round(&later, approvals::Column::Round).max())
        .from_as(approvals::Entity, later.clone())
        .and_where(round(&later, approvals::Column::ProjectId).eq(column(project::Column::Id)));
    let mut approved = Query::select();
    approved
        .expr(column(project::Column::Id))
        .expr(decision(approvals::Column::Country))
        .from(project::Entity)
        .inner_join(
            approvals::Entity,
            decision(approvals::Column::ProjectId).eq(column(project::Column::Id)),
        )
        .and_where(column(project::Column::Id).is_in(projects.iter().map(|id| id.0)))
        .and_where(decision(approvals::Column::Decision).eq(Decision::Approved.to_value()))
        .and_where(decision(approvals::Column::Round).eq(Expr::from(last)))
        .and_where(Expr::exists(gone));
    approved
}
