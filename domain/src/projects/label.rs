//! Quality labels: each partner applies, and the support service of their country decides (L-01).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, LabelApplicationId, LabelState, account,
    label::{self, Column as Col},
    nomination, partner, project,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait,
    QueryFilter, QuerySelect, sea_query::Query,
};

use crate::{
    Error, Reason, Result,
    access::{self, Access},
    care::audit,
    db::{Db, Tx, is_duplicate},
    desktop::teacher,
    error::Problems,
    events::Event,
    projects::{
        partner as partners,
        project::{inform, notify},
        service,
    },
};

mod row;

pub use row::{Filter, LabelRow};

/// Applies for the label as a partner of an active project. A partner whose application was refused
/// may apply again; one who has a pending application or the label may not.
pub async fn apply(
    db: &Db,
    seen: &Access,
    statement: &str,
    now: DateTime<Utc>,
) -> Result<LabelApplicationId> {
    let applicant = seen.person.account.ok_or(Error::Unauthenticated)?;
    let mut problems = Problems::default();
    let statement = problems.prose(statement, "statement", 5000);
    problems.require(!statement.is_empty(), "statement", "must not be empty");
    problems.finish()?;
    let tx = db.begin().await?;
    let project = access::lock_active(&tx, seen).await?;
    let (applicant, school) = teacher::at_school(&tx, applicant).await?;
    let deciding = service::deciding(&tx, &school).await?;
    let id = LabelApplicationId::new();
    let row = label::ActiveModel {
        id: Set(id),
        project_id: Set(project.id),
        applicant_id: Set(applicant.id),
        country: Set(school.country),
        service_id: Set(deciding.country),
        region_service_id: Set(deciding.region),
        state: Set(LabelState::Pending),
        statement: Set(statement),
        reason: Set(None),
        decided_by: Set(None),
        applied_at: Set(now),
        decided_at: Set(None),
    };
    row.insert(&*tx).await.map_err(|cause| match is_duplicate(&cause) {
        true => Error::Conflict(Reason::AlreadyDone),
        false => cause.into(),
    })?;
    let line = audit::line(Act::LabelApplied, applicant.id).project(project.id);
    line.account(applicant.id).subject(id.0).write(&tx, now).await?;
    tx.tell_all(Event::waiting_for([deciding.country, deciding.region])).await?;
    let what = format!("{} has applied for the quality label.", applicant.name);
    for officer in deciding.officers(&tx).await? {
        notify(&tx, &project, &officer, &what, now).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Grants the label to a partner, on behalf of the support service that was asked.
pub async fn grant(
    db: &Db,
    seen: &Access,
    id: LabelApplicationId,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut problems = Problems::default();
    let reason = reason.map(|reason| problems.prose(&reason, "reason", 2000));
    problems.finish()?;
    decide(db, seen, id, LabelState::Granted, reason.filter(|reason| !reason.is_empty()), now).await
}

/// Refuses the label, with a reason that the applicant can read.
pub async fn refuse(
    db: &Db,
    seen: &Access,
    id: LabelApplicationId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut problems = Problems::default();
    let reason = problems.prose(reason, "reason", 2000);
    problems.require(!reason.is_empty(), "reason", "must not be empty");
    problems.finish()?;
    decide(db, seen, id, LabelState::Refused, Some(reason), now).await
}

/// Whether an application is still pending.
pub fn undecided(state: LabelState) -> Result<(), Reason> {
    if state == LabelState::Pending { Ok(()) } else { Err(Reason::AlreadyDone) }
}

/// Whether an application can be granted, given whether the applicant is still a partner: only
/// partners hold labels, so an application of someone who was removed can only be refused.
pub fn grantable(partner: bool) -> Result<(), Reason> {
    if partner { Ok(()) } else { Err(Reason::NotAPartner) }
}

async fn decide(
    db: &Db,
    seen: &Access,
    id: LabelApplicationId,
    state: LabelState,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    let project = access::lock(&tx, seen).await?;
    let application = label::Entity::of(project.id).filter(Col::Id.eq(id)).one(&*tx).await?;
    let application = application.ok_or(Error::NotFound("label application"))?;
    if !seen.person.decides([application.service_id, application.region_service_id]) {
        return Err(Error::Forbidden(Reason::NotYours));
    }
    undecided(application.state).map_err(Error::Conflict)?;
    let services = [application.service_id, application.region_service_id];
    tx.tell_all(Event::waiting_for(services)).await?;
    let granted = state == LabelState::Granted;
    let applicant = application.applicant_id;
    if granted {
        let place =
            partner::Entity::of(project.id).filter(partner::Column::AccountId.eq(applicant));
        grantable(place.one(&*tx).await?.is_some()).map_err(Error::Conflict)?;
    }
    let mut row = application.into_active_model();
    row.state = Set(state);
    row.reason = Set(reason);
    row.decided_by = Set(seen.person.account);
    row.decided_at = Set(Some(now));
    row.update(&*tx).await?;
    let act = if granted { Act::LabelGranted } else { Act::LabelRefused };
    let line = audit::line(act, seen.person.account).project(project.id);
    line.account(applicant).subject(id.0).write(&tx, now).await?;
    if let Some(account) = account::Entity::find_by_id(applicant).one(&*tx).await? {
        let what = match granted {
            true => (
                "quality label granted",
                "You have been granted the quality label. Congratulations!",
            ),
            false => (
                "quality label refused",
                "Your application for the quality label was refused. The reason is shown on your application.",
            ),
        };
        inform(&tx, &project, &account, what, now).await?;
    }
    Ok(tx.commit().await?)
}

/// The pending applications of a person.
pub(crate) async fn waiting(tx: &Tx, applicant: AccountId) -> Result<Vec<label::Model>> {
    let waiting = label::Entity::find()
        .filter(Col::ApplicantId.eq(applicant))
        .filter(Col::State.eq(LabelState::Pending));
    Ok(waiting.all(&**tx).await?)
}

/// Withdraws the pending applications of someone whose account is erased.
pub(crate) async fn forget(tx: &Tx, applicant: AccountId) -> Result<()> {
    for application in waiting(tx, applicant).await? {
        let services = [application.service_id, application.region_service_id];
        tx.tell_all(Event::waiting_for(services)).await?;
        application.delete(&**tx).await?;
    }
    Ok(())
}

/// Nominates a project for the European label, once two of its partners from different countries
/// hold the quality label.
pub async fn nominate(db: &Db, seen: &Access, now: DateTime<Utc>) -> Result<()> {
    let officer = seen.person.account.ok_or(Error::Unauthenticated)?;
    let tx = db.begin().await?;
    let project = access::lock(&tx, seen).await?;
    let countries = countries(&tx, &project).await?.len();
    policy::nominable(project.state, countries).map_err(Error::Conflict)?;
    let row = nomination::ActiveModel {
        project_id: Set(project.id),
        service_id: Set(seen.person.service),
        nominated_by: Set(officer),
        nominated_at: Set(now),
    };
    row.insert(&*tx).await.map_err(|cause| match is_duplicate(&cause) {
        true => Error::Conflict(Reason::AlreadyDone),
        false => cause.into(),
    })?;
    audit::line(Act::ProjectNominated, officer).project(project.id).write(&tx, now).await?;
    for founder in partners::founders(&tx, project.id).await? {
        let what = (
            "nominated for the European label",
            "The project has been nominated for the European label. Congratulations!",
        );
        inform(&tx, &project, &founder, what, now).await?;
    }
    Ok(tx.commit().await?)
}

/// The countries of the partners who hold the label.
async fn countries(tx: &Tx, project: &project::Model) -> Result<BTreeSet<String>> {
    let mut partners = Query::select();
    partners
        .column(partner::Column::AccountId)
        .from(partner::Entity)
        .and_where(partner::Column::ProjectId.eq(project.id));
    let countries = label::Entity::of(project.id)
        .select_only()
        .column(Col::Country)
        .filter(Col::State.eq(LabelState::Granted))
        .filter(Col::ApplicantId.in_subquery(partners))
        .into_tuple::<String>()
        .all(&**tx)
        .await?;
    Ok(countries.into_iter().collect())
}
