//! What waits for those who answer for pupils in the demo: a custody that is offered, a takeover to
//! which the custodian may object, and what another teacher did to a pupil.

use domain::{
    Error, Result,
    accounts::password::Password,
    members::{
        consent, custody_transfer,
        invitation::{self, Answering},
        member as members,
        pupil::{self, Batch, Row, Who},
    },
};
use entity::{
    ConsentGiver, ConsentScope, MemberId, ProjectId, ProjectState, TwinSpaceRole, account, member,
    project,
};
use futures_util::future::try_join_all;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::people::{PASSWORD, People, address};
use crate::app::App;

/// The pupils whom Tomáš brought into another TwinSpace, before he was a teacher there no more.
const THEIRS: [(&str, &str); 2] = [("Ema", "Dvořáková"), ("Matěj", "Horák")];

/// Offers Zofia a pupil of Ioana's, and tells her what Ángel did to one of hers.
pub async fn colleagues(app: &App, people: &People, project: ProjectId) -> Result<()> {
    let pupil = place_of(app, project, "ilinca.ionescu.1").await?;
    let (to, _) = people.access(app, "zofia", project).await?.member.ok_or_else(missing)?;
    custody_transfer::offer(people.actor(app, "ioana", people.day(58))?, pupil, to).await?;

    let pupil = place_of(app, project, "zuzanna.nowak.1").await?;
    let (scope, giver) = (ConsentScope::Pictures, ConsentGiver::Guardian);
    consent::record(people.actor(app, "angel", people.day(59))?, vec![pupil], scope, giver)
        .await
        .map(drop)
}

/// Łukasz asks to take over a pupil of Tomáš, who has a week to object.
pub async fn takeover(app: &App, people: &People) -> Result<()> {
    let db = &app.db;
    let project = active_of(app, people, "lukasz").await?;
    let at = |day| people.actor(app, "lukasz", people.day(day));
    let (email, tomas) = (address("tomas"), people.account("tomas")?);
    let role = TwinSpaceRole::Teacher;
    let (id, _) = invitation::invite(at(44)?, project.into(), &email, role).await?;
    let member = invitation::accept(db, tomas, &Answering::Id(id), people.day(45)).await?;

    let password =
        Password::choose(PASSWORD).map_err(|_| Error::internal("the demo's password"))?;
    let rows = THEIRS.map(|(given, family)| Row {
        who: Who::New {
            given: given.to_owned(),
            family: family.to_owned(),
            password: Some(Ok(password.clone())),
        },
        role: TwinSpaceRole::Pupil,
    });
    let hashes = try_join_all(rows.iter().map(|_| app.passwords.hash(&password))).await?;
    let hashed = hashes.into_iter().map(|hash| (password.clone(), hash)).enumerate().collect();
    let consent = ConsentGiver::Guardian;
    let batch = Batch { rows: &rows, hashed, all_or_nothing: true, consent, key: None };
    pupil::invite(people.actor(app, "tomas", people.day(46))?, project.into(), batch).await?;

    members::change_role(at(57)?, member, TwinSpaceRole::Visitor, false).await?;
    let pupil = place_of(app, project, "matej.horak.1").await?;
    custody_transfer::request(at(59)?, pupil).await.map(drop)
}

/// The active project that somebody proposed.
pub async fn active_of(app: &App, people: &People, handle: &str) -> Result<ProjectId> {
    let found = project::Entity::find()
        .filter(project::Column::ProposerId.eq(people.account(handle)?))
        .filter(project::Column::State.eq(ProjectState::Active))
        .one(app.db.read())
        .await?;
    Ok(found.ok_or_else(|| Error::internal("the demo's second project is missing"))?.id)
}

/// A pupil's place in a TwinSpace.
async fn place_of(app: &App, project: ProjectId, username: &str) -> Result<MemberId> {
    let pupil = account::Entity::find().filter(account::Column::Username.eq(username));
    let pupil = pupil.one(app.db.read()).await?.ok_or_else(missing)?;
    let place = member::Entity::of(project).filter(member::Column::AccountId.eq(pupil.id));
    Ok(place.one(app.db.read()).await?.ok_or_else(missing)?.id)
}

fn missing() -> Error {
    Error::internal("a member of the demo")
}
