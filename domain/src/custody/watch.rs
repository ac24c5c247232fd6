//! What is done to a pupil is recorded in the log of every TwinSpace that the pupil is in.
//!
//! A log entry of a project needs the project's row, so all of these projects are locked first,
//! always in the same order: see [`hold`].

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::{AccountId, AccountKind, ProjectId, account, member};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::{
    Result, access,
    audit::{self, Line},
    db::Tx,
};

/// Locks the projects in whose TwinSpaces these pupils are, and one more, always in the same order.
/// Must come before any other lock. Nothing is locked for adults among them.
pub(crate) async fn hold(
    tx: &Tx,
    pupils: &[AccountId],
    also: Option<ProjectId>,
) -> Result<BTreeSet<ProjectId>> {
    let mut projects: BTreeSet<ProjectId> = also.into_iter().collect();
    if !pupils.is_empty() {
        let children = account::Entity::find()
            .select_only()
            .column(account::Column::Id)
            .filter(account::Column::Id.is_in(pupils.iter().copied()))
            .filter(account::Column::Kind.eq(AccountKind::Pupil))
            .into_query();
        let places = member::Entity::find()
            .select_only()
            .column(member::Column::ProjectId)
            .filter(member::Column::AccountId.in_subquery(children));
        projects.extend(places.into_tuple::<ProjectId>().all(&**tx).await?);
    }
    for &project in &projects {
        access::lock_project(tx, project).await?;
    }
    Ok(projects)
}

/// Records what was done to pupils in the logs of the TwinSpaces that they are in, except the one
/// `at` which it was done, whose entry has more details. What was done in none, to a pupil who is
/// in none, is recorded without a project. `held` are the locked projects.
pub(crate) async fn log(
    tx: &Tx,
    lines: Vec<(AccountId, Line)>,
    at: Option<ProjectId>,
    held: &BTreeSet<ProjectId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let pupils = lines.iter().map(|(pupil, _)| *pupil);
    let places: Vec<(AccountId, ProjectId)> = member::Entity::find()
        .select_only()
        .column(member::Column::AccountId)
        .column(member::Column::ProjectId)
        .filter(member::Column::AccountId.is_in(pupils))
        .into_tuple()
        .all(&**tx)
        .await?;
    let mut of: HashMap<AccountId, Vec<ProjectId>> = HashMap::new();
    for (pupil, project) in places {
        if held.contains(&project) && at != Some(project) {
            of.entry(pupil).or_default().push(project);
        }
    }
    let mut all = Vec::new();
    for (pupil, line) in lines {
        let line = line.account(pupil);
        match (of.remove(&pupil), at) {
            (Some(projects), Some(_)) => all.extend(
                projects.into_iter().map(|p| line.clone().project(p).detail("elsewhere", true)),
            ),
            (Some(projects), None) => {
                all.extend(projects.into_iter().map(|project| line.clone().project(project)));
            }
            (None, Some(_)) => {}
            (None, None) => all.push(line),
        }
    }
    match all.is_empty() {
        true => Ok(()),
        false => audit::write_all(tx, all, now).await,
    }
}
