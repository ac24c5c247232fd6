//! Projects: drafting, sending, accepting, approving, closing (P-01 to P-09).

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, Act, ContactState, ProjectId, ProjectState, TwinSpaceRole, account, contact,
    project::{self, Words},
};
use policy::{ProjectAct, ProjectPermission};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, sea_query::Expr,
};

use crate::{
    Actor, Error, Reason, Result,
    accounts::account as accounts,
    care::audit,
    db::{Db, Tx},
    error::Problems,
    events::{Event, Whom},
    mail::{self, Letter, News},
    members::member::{self as members, Seat},
    outcome::{self, Once},
    projects::approval,
    rate_limit::{self, Quota},
};

mod fields;
mod forget;
mod founder;
mod past;
mod row;

pub use fields::Fields;
use fields::complete;
pub(crate) use forget::{begun_with, forget};
pub use founder::countries;
pub(crate) use founder::{Founder, founders};
pub use past::{Past, past};
pub use row::{Filter, Order, ProjectRow};

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
    let id = begin(&tx, proposer, cofounder, (fields, Some(FIELDS)), now).await?;
    outcome::keep(&tx, proposer, once, id.0, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// The same, as a part of a transaction; `outer` is the field of the input that has the fields.
pub(crate) async fn begin(
    tx: &Tx,
    proposer: AccountId,
    cofounder: Option<AccountId>,
    (fields, outer): (Fields, Option<&str>),
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
    fields.write(&mut row).within(outer).finish()?;
    if let Some(cofounder) = cofounder {
        choose_cofounder(tx, &mut row, proposer, cofounder).await?;
    }
    row.insert(&**tx).await?;
    audit::line(Act::ProjectCreated, proposer).project(id).write(tx, now).await?;
    Ok(id)
}

/// The field of an input that has what the founders fill in.
const FIELDS: &str = "fields";

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
    fields.write(&mut row).within(Some(FIELDS)).finish()?;
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
        complete(&edited, Some(FIELDS), "must not be empty")?;
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
    let words = "must be filled in before the project can be sent";
    complete(&project, None, words)?;
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
