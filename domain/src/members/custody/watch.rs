//! What is done to a pupil is recorded in the log of every TwinSpace that the pupil is in.
//!
//! A log entry of a project needs the project's row, so all of these projects are locked first,
//! always in the same order: see [`hold`].

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{AccountId, AccountKind, ProjectId, account, member, project};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement, UnionType},
};

use crate::{
    Result, access,
    care::audit::{self, Line},
    db::Tx,
    permit::Held,
};

/// The projects in whose TwinSpaces the pupils are whose accounts this condition finds. There are
/// none of adults among them.
pub(crate) fn places(accounts: Expr) -> SelectStatement {
    let pupils = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(accounts)
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .into_query();
    let places = member::Entity::find().select_only().column(member::Column::ProjectId);
    places.filter(member::Column::AccountId.in_subquery(pupils)).into_query()
}

/// Locks the projects in whose TwinSpaces these pupils are, and one more, always in the same order.
/// Must come before any other lock.
pub(crate) async fn hold(tx: &Tx, pupils: &[AccountId], also: Option<ProjectId>) -> Result<Held> {
    let mut projects = places(account::Column::Id.is_in(pupils.iter().copied()));
    if let Some(also) = also {
        let also = project::Entity::find_by_id(also).select_only().column(project::Column::Id);
        projects.union(UnionType::All, also.into_query());
    }
    access::hold(tx, projects).await
}

/// Records what was done to pupils in the logs of the TwinSpaces that they are in, except the one
/// `at` which it was done, whose entry has more details. What was done in none, to a pupil who is
/// in none, is recorded without a project. `held` are the locked projects.
pub(crate) async fn log(
    tx: &Tx,
    lines: Vec<(AccountId, Line)>,
    at: Option<ProjectId>,
    held: &Held,
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
        if held.contains_key(&project) && at != Some(project) {
            of.entry(pupil).or_default().push(project);
        }
    }
    let mut all = Vec::new();
    for (pupil, line) in lines {
        let line = line.account(pupil);
        match (of.remove(&pupil), at) {
            (Some(projects), Some(_)) => all.extend(
                projects
                    .into_iter()
                    .map(|p| line.clone().project(p).detail(audit::Detail::Elsewhere, true)),
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
