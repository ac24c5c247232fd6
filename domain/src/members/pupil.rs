//! Pupils: verifying, inviting and attaching whole classes (M-06 to M-11, M-14).
//!
//! Verifying and inviting share [`plan`]: what one says about a row is what the other does with it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, ConsentGiver, ConsentScope, MemberId, ProjectId, TwinSpaceId,
    account, member, outcome, project,
};
use policy::{TwinSpaceAct, TwinSpacePermission};
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Actor, Error, Reason, Result,
    access::Access,
    accounts::{password::Password, school},
    care::audit,
    db::{Db, Tx},
    events::Event,
    members::{consent as consents, custody::watch, pupil_news as news, pupil_request},
    outcome as kept,
    permit::Held,
    text,
};

mod joining;
pub mod own;
mod plan;
pub mod rule;

use joining::{Class, Joining};

pub use plan::{Candidate, MOST, Plan, Row, RowProblem, RowStatus, Who, plan};
use plan::{full_name, hold_stems, usernames, with_usernames};

/// What it takes to invite pupils, and to learn which could be.
pub const INVITE: TwinSpaceAct = TwinSpaceAct::May(TwinSpacePermission::InvitePupils);

/// The outcome for a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The outcome for the row.
    pub status: RowStatus,
    /// The username of the pupil.
    pub username: Option<String>,
    /// The pupil's membership.
    pub member: Option<MemberId>,
    /// The problems.
    pub problems: Vec<RowProblem>,
    /// The name, as given.
    #[serde(skip)]
    pub name: String,
    /// The password of a new account: shown once, and never stored.
    #[serde(skip)]
    pub password: Option<Password>,
}

/// How a class is invited.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// The rows.
    pub rows: &'a [Row],
    /// The passwords and hashes for rows with new pupils, by row number.
    pub hashed: HashMap<usize, (Password, String)>,
    /// Whether one invalid row prevents all others from being processed.
    pub all_or_nothing: bool,
    /// Who consented to the pupils taking part (M-14).
    pub consent: ConsentGiver,
    /// The key with which the request can be repeated.
    pub key: Option<&'a str>,
}

impl Batch<'_> {
    /// What the key is valid for: the whole request except passwords.
    fn request_hash(&self, project: ProjectId) -> String {
        let rows = self.rows.iter().map(|row| match &row.who {
            Who::New { given, family, .. } => format!("n\0{given}\0{family}\0{:?}", row.role),
            Who::Existing { username } => format!("e\0{username}\0{:?}", row.role),
            Who::Unclear => "?".to_owned(),
        });
        let rows: Vec<_> = rows.collect();
        let asked = format!("{project}\n{}\n{}", self.all_or_nothing, rows.join("\n"));
        data_encoding::HEXLOWER.encode(&Sha256::digest(asked))
    }
}

/// A key, as that of this mutation.
fn named(key: &str) -> String {
    format!("invitePupils {key}")
}

/// The result of a previous request with this key, if there was one.
pub async fn repeated(
    db: &impl ConnectionTrait,
    teacher: AccountId,
    project: ProjectId,
    batch: &Batch<'_>,
) -> Result<Option<Vec<Outcome>>> {
    let Some(key) = batch.key else { return Ok(None) };
    let found = outcome::Entity::find_by_id((teacher, named(key))).one(db).await?;
    let Some(found) = found else { return Ok(None) };
    if found.request_hash != batch.request_hash(project) {
        return Err(Error::Conflict(Reason::KeyReused));
    }
    serde_json::from_value(found.outcome).map(Some).map_err(Error::internal)
}

/// Invites a class: creates accounts, attaches existing ones, and records the consents, in one
/// transaction (M-06 to M-11, M-14). No mail is sent; the pupils become members immediately. Returns
/// the outcomes, and how the teacher stands to the TwinSpace.
pub async fn invite(
    actor: Actor<'_>,
    id: TwinSpaceId,
    batch: Batch<'_>,
) -> Result<(Vec<Outcome>, Access)> {
    let (teacher, now) = (actor.account()?, actor.now);
    let class = Class { space: id, usernames: usernames(batch.rows) };
    let permit = actor.permit::<Joining>(INVITE, class).await?;
    let (tx, project, held) = (&permit.tx, permit.project()?, &permit.held);
    let asking = account::Entity::find_by_id(teacher).one(&**tx).await?;
    let asking = asking.ok_or(Error::Unauthenticated)?;
    if let Some(before) = repeated(&**tx, teacher, project.id, &batch).await? {
        return Ok((before, permit.by));
    }
    hold_stems(tx, batch.rows).await?;
    // A pupil whose account was erased meanwhile does not become a member; one whose custody was
    // transferred is requested.
    let existing = usernames(batch.rows);
    if !existing.is_empty() {
        let existing = with_usernames(existing).order_by_asc(account::Column::Id);
        existing.lock_exclusive().all(&**tx).await?;
    }
    let mut plans = plan(&**tx, project.id, teacher, batch.rows, now).await?;
    let invalid = plans.iter().any(|plan| plan.status == RowStatus::Invalid);
    if batch.all_or_nothing && invalid {
        for plan in plans.iter_mut().filter(|plan| plan.status != RowStatus::Invalid) {
            plan.status = RowStatus::Invalid;
            plan.problems.push(RowProblem::OtherRowsInvalid);
        }
    }
    let school = match asking.school_id {
        Some(id) => Some(school::hold(tx, id).await?),
        None => None,
    };
    let asking = account::Model { school_id: school, ..asking };
    let outcomes = write(tx, project, &asking, &batch, plans, held, now).await?;
    let done = outcomes.iter().any(|outcome| outcome.status != RowStatus::Invalid);
    if let Some(key) = batch.key.filter(|_| done) {
        let results = serde_json::to_value(&outcomes).map_err(Error::internal)?;
        let request = (named(key), batch.request_hash(project.id));
        kept::insert(tx, teacher, (&request.0, &request.1), results, now).await?;
    }
    permit.tx.commit().await?;
    Ok((outcomes, permit.by))
}

/// Writes the rows to be processed, with one statement per table.
async fn write(
    tx: &Tx,
    project: &project::Model,
    asking: &account::Model,
    batch: &Batch<'_>,
    plans: Vec<Plan>,
    held: &Held,
    now: DateTime<Utc>,
) -> Result<Vec<Outcome>> {
    let (teacher, school) = (asking.id, asking.school_id);
    let (mut accounts, mut members, mut seats) = (Vec::new(), Vec::new(), Vec::new());
    let (mut attached, mut asked) = (Vec::new(), Vec::new());
    let (mut lines, mut events, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (plan, row)) in plans.into_iter().zip(batch.rows).enumerate() {
        let mut outcome = Outcome {
            status: plan.status,
            username: plan.username,
            member: plan.place,
            problems: plan.problems,
            name: String::new(),
            password: None,
        };
        if let Who::New { given, family, .. } = &row.who {
            outcome.name = full_name(given, family);
        }
        let seated = match plan.status {
            RowStatus::Invalid => {
                // The proposed username is not reserved for them.
                outcome.username = None;
                None
            }
            RowStatus::AlreadyMember => None,
            RowStatus::Requested => {
                // Nothing is revealed about the child before the custodian has accepted.
                asked.extend(plan.pupil.map(|pupil| (pupil, row.role)));
                None
            }
            RowStatus::Attached => plan.pupil.map(|pupil| {
                outcome.name.clone_from(&pupil.name);
                attached.push(pupil.id);
                (pupil.id, Act::PupilAttached)
            }),
            RowStatus::Created => {
                let hashed = batch.hashed.get(&at).cloned();
                let (password, hash) = hashed
                    .ok_or_else(|| Error::internal("a row for a new pupil has no password hash"))?;
                let id = AccountId::new();
                accounts.push(account::ActiveModel {
                    id: Set(id),
                    kind: Set(AccountKind::Pupil),
                    email: Set(None),
                    username: Set(outcome.username.clone()),
                    password_hash: Set(hash),
                    name: Set(outcome.name.clone()),
                    name_key: Set(text::key(&outcome.name)),
                    school_id: Set(school),
                    service_id: Set(None),
                    custodian_id: Set(Some(teacher)),
                    profile: Set(String::new()),
                    language: Set(asking.language.clone()),
                    // Pupils have nothing to verify.
                    verified_at: Set(Some(now)),
                    blocked_at: Set(None),
                    block_reason: Set(None),
                    created_at: Set(now),
                });
                outcome.password = Some(password);
                Some((id, Act::PupilCreated))
            }
        };
        if let Some((pupil, act)) = seated {
            let seat = member::Model::new(project.id, pupil, row.role, Some(teacher), now);
            let place = seat.id;
            outcome.member = Some(place);
            members.push(seat.into_active_model());
            seats.push(pupil);
            let line = audit::line(act, teacher).project(project.id).account(pupil);
            lines.push(line.detail(audit::Detail::Role, row.role.to_value()));
            events.push(Event::Member { project: project.id, member: place, joined: true });
        }
        outcomes.push(outcome);
    }
    if !accounts.is_empty() {
        account::Entity::insert_many(accounts).exec_without_returning(&**tx).await?;
    }
    if !members.is_empty() {
        member::Entity::insert_many(members).exec_without_returning(&**tx).await?;
        // A pupil who returns may still have a valid consent.
        let scope = ConsentScope::Participation;
        let given =
            consents::give(tx, &seats, project.id, scope, batch.consent, teacher, now).await?;
        let given: HashSet<_> = given.into_iter().collect();
        let scope = scope.to_value();
        let mut all = Vec::new();
        for (line, pupil) in lines.into_iter().zip(seats) {
            all.push(line);
            if given.contains(&pupil) {
                let line = audit::line(Act::ConsentRecorded, teacher).project(project.id);
                all.push(line.account(pupil).detail(audit::Detail::Scope, scope.as_str()));
            }
        }
        audit::write_all(tx, all, now).await?;
        tx.tell_all(events).await?;
    }
    if !attached.is_empty() {
        let elsewhere = |&pupil: &AccountId| (pupil, audit::line(Act::PupilAttached, teacher));
        let elsewhere = attached.iter().map(elsewhere).collect();
        watch::log(tx, elsewhere, Some(project.id), held, now).await?;
        pupil_request::end_for(tx, project.id, &attached, now).await?;
        let act = Act::PupilAttached;
        news::tell(tx, &attached, act, Some(teacher), Some(project.id), now).await?;
    }
    pupil_request::ask(tx, project, asking, &asked, batch.consent, now).await?;
    Ok(outcomes)
}

/// The languages of a project, ISO 639-1: generated passwords are in one of them.
pub async fn languages(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<String>> {
    let project = project::Entity::find_by_id(project).one(db).await?;
    Ok(project.map(|project| project.languages.0).unwrap_or_default())
}

/// How many pupils the rows look up: by username, and by name.
pub fn look_ups(rows: &[Row]) -> (u32, u32) {
    rows.iter().fold((0, 0), |(usernames, names), row| match row.who {
        Who::Existing { .. } => (usernames + 1, names),
        Who::New { .. } => (usernames, names + 1),
        Who::Unclear => (usernames, names),
    })
}

/// Logs that a teacher looked pupils up by username, or found some by name, with the numbers of
/// lookups and results (M-11). A class of new names logs nothing.
pub async fn looked_up(
    db: &Db,
    project: ProjectId,
    teacher: AccountId,
    rows: &[Row],
    plans: &[Plan],
    now: DateTime<Utc>,
) -> Result<()> {
    let (usernames, _) = look_ups(rows);
    let found = plans.iter().filter(|plan| plan.pupil.is_some()).count();
    let by_name: usize = plans.iter().map(|plan| plan.candidates.len()).sum();
    if usernames == 0 && by_name == 0 {
        return Ok(());
    }
    let tx = db.begin().await?;
    audit::line(Act::PupilsLookedUp, teacher)
        .project(project)
        .detail(audit::Detail::Usernames, usernames)
        .detail(audit::Detail::Found, found)
        .detail(audit::Detail::FoundByName, by_name)
        .write(&tx, now)
        .await?;
    Ok(tx.commit().await?)
}
