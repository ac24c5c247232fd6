//! Quality labels: each partner applies, and the support service of their country decides (L-01).

use entity::{
    AccountId, Act, LabelApplicationId, LabelState, ProjectId, account,
    label::{self, Column as Col},
    nomination,
};
use policy::{LabelAct, ProjectAct, ProjectPermission};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait,
    QueryFilter,
};

use crate::{
    Actor, Result,
    care::audit,
    db::Tx,
    desktop::teacher,
    error::{Flaw, Problems},
    events::Event,
    mail::News,
    projects::{
        partner as partners,
        project::{begin_with, inform},
        service,
    },
};

mod found;
mod row;

pub use found::FoundLabel;
pub use row::{Filter, LabelRow};

/// Applies for the label as a partner of an active project. A partner whose application was refused
/// may apply again; one who has a pending application or the label may not.
pub async fn apply(
    actor: Actor<'_>,
    project: ProjectId,
    statement: &str,
) -> Result<LabelApplicationId> {
    let mut problems = Problems::default();
    let statement = problems.prose(statement, "statement", 5000);
    problems.require(!statement.is_empty(), "statement", Flaw::EMPTY);
    problems.finish()?;
    let now = actor.now;
    let act = ProjectAct::May(ProjectPermission::ApplyForLabel);
    let (tx, project) = begin_with(actor, act, project).await?;
    let (applicant, school) = teacher::at_school(&tx, actor.account()?).await?;
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
    row.insert(&*tx).await?;
    let line = audit::line(Act::LabelApplied, applicant.id).project(project.id);
    line.account(applicant.id).subject(id.0).write(&tx, now).await?;
    tx.tell_all(Event::waiting_for([deciding.country, deciding.region])).await?;
    let news = News::LabelApplied { by: applicant.name };
    for officer in deciding.officers(&tx).await? {
        inform(&tx, &project, &officer, &news, now).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Grants the label to a partner, on behalf of the support service that was asked.
pub async fn grant(actor: Actor<'_>, id: LabelApplicationId, reason: Option<String>) -> Result<()> {
    let mut problems = Problems::default();
    let reason = reason.map(|reason| problems.prose(&reason, "reason", 2000));
    problems.finish()?;
    decide(actor, LabelAct::Grant, id, reason.filter(|reason| !reason.is_empty())).await
}

/// Refuses the label, with a reason that the applicant can read.
pub async fn refuse(actor: Actor<'_>, id: LabelApplicationId, reason: &str) -> Result<()> {
    let reason = Problems::reason(reason, 2000)?;
    decide(actor, LabelAct::Refuse, id, Some(reason)).await
}

async fn decide(
    actor: Actor<'_>,
    act: LabelAct,
    id: LabelApplicationId,
    reason: Option<String>,
) -> Result<()> {
    let (person, now) = (actor.person.account, actor.now);
    let (tx, project, FoundLabel { row: application, .. }) =
        actor.permit::<FoundLabel>(act, id).await?.into_parts()?;
    let applicant = application.applicant_id;
    let services = [application.service_id, application.region_service_id];
    tx.tell_all(Event::waiting_for(services)).await?;
    let (state, logged, news) = match act {
        LabelAct::Grant => (LabelState::Granted, Act::LabelGranted, News::LabelGranted),
        LabelAct::Refuse => (LabelState::Refused, Act::LabelRefused, News::LabelRefused),
    };
    let mut row = application.into_active_model();
    row.state = Set(state);
    row.reason = Set(reason);
    row.decided_by = Set(person);
    row.decided_at = Set(Some(now));
    row.update(&*tx).await?;
    let line = audit::line(logged, person).project(project.id);
    line.account(applicant).subject(id.0).write(&tx, now).await?;
    if let Some(account) = account::Entity::find_by_id(applicant).one(&*tx).await? {
        inform(&tx, &project, &account, &news, now).await?;
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
pub async fn nominate(actor: Actor<'_>, id: ProjectId) -> Result<()> {
    let (officer, now) = (actor.account()?, actor.now);
    let (tx, project) = begin_with(actor, ProjectAct::Nominate, id).await?;
    let row = nomination::ActiveModel {
        project_id: Set(project.id),
        service_id: Set(actor.person.service),
        nominated_by: Set(officer),
        nominated_at: Set(now),
    };
    row.insert(&*tx).await?;
    audit::line(Act::ProjectNominated, officer).project(project.id).write(&tx, now).await?;
    for founder in partners::founders(&tx, project.id).await? {
        inform(&tx, &project, &founder, &News::Nominated, now).await?;
    }
    Ok(tx.commit().await?)
}
