//! What happens to projects whose proposer or co-founder is erased.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, ProjectId, ProjectState, account,
    project::{self, Words},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Cond,
};

use super::{inform, step};
use crate::{
    Result,
    care::audit,
    db::Tx,
    mail::{self, News},
    projects::approval,
};

/// The projects that are not open yet and that someone proposed or was chosen to found.
pub async fn begun_with(tx: &Tx, account: AccountId) -> Result<Vec<project::Model>> {
    let theirs = Cond::any()
        .add(project::Column::ProposerId.eq(account))
        .add(project::Column::CofounderId.eq(account));
    let open = [ProjectState::Active, ProjectState::Closed];
    let begun = project::Entity::find().filter(theirs);
    Ok(begun.filter(project::Column::State.is_not_in(open)).all(&**tx).await?)
}

/// Ends those projects, which are locked: none of them can become active with an erased founder.
/// Returns those that nobody can revise any more.
///
/// What was sent or decided on is kept for those who know about it; a draft belongs to the proposer
/// alone and is deleted. The proposer may send theirs again with another partner.
pub async fn forget(
    tx: &Tx,
    account: AccountId,
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<Vec<ProjectId>> {
    let mut ended = Vec::new();
    for project in begun_with(tx, account).await? {
        let (id, state) = (project.id, project.state);
        let pending = matches!(state, ProjectState::PendingPartner | ProjectState::PendingApproval);
        if pending {
            approval::drop_outstanding(tx, id).await?;
            // Mails about what is no longer pending.
            mail::withdraw(tx, id.0).await?;
        }
        if project.proposer_id == account {
            ended.push(id);
            if pending || state == ProjectState::Draft {
                let project = step(tx, project, ProjectState::Withdrawn, None, now).await?;
                audit::line(Act::ProjectWithdrawn, actor).project(id).write(tx, now).await?;
                if pending {
                    let news = News::ProposerErased;
                    tell(tx, &project, project.cofounder_id, &news, now).await?;
                } else {
                    blank(project).update(&**tx).await?;
                }
            }
            continue;
        }
        let mut project = project;
        if pending {
            project = step(tx, project, ProjectState::Declined, None, now).await?;
            audit::line(Act::ProjectDeclined, actor).project(id).write(tx, now).await?;
            let news = News::CofounderErased;
            tell(tx, &project, Some(project.proposer_id), &news, now).await?;
        }
        let mut row = project.into_active_model();
        row.cofounder_id = Set(None);
        row.update(&**tx).await?;
    }
    Ok(ended)
}

async fn tell(
    tx: &Tx,
    project: &project::Model,
    whom: Option<AccountId>,
    news: &News,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(id) = whom else { return Ok(()) };
    match account::Entity::find_by_id(id).one(&**tx).await? {
        Some(other) => inform(tx, project, &other, news, now).await,
        None => Ok(()),
    }
}

/// A project without any content.
fn blank(project: project::Model) -> project::ActiveModel {
    let mut row = project.into_active_model();
    row.cofounder_id = Set(None);
    for text in [
        &mut row.title,
        &mut row.title_key,
        &mut row.short_description,
        &mut row.aims,
        &mut row.work_process,
        &mut row.expected_results,
        &mut row.tools,
    ] {
        *text = Set(String::new());
    }
    row.languages = Set(Words::default());
    row.subjects = Set(Words::default());
    row.age_from = Set(None);
    row.age_to = Set(None);
    row.pupil_count = Set(None);
    row
}
