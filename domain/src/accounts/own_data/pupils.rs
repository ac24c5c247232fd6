//! What was asked about pupils, for the export of a person: requests to bring a pupil in (M-11) and
//! custodies that were to go to another teacher (M-16).

use std::collections::{HashMap, HashSet};

use entity::{
    AccountId, ProjectId, account,
    custody_transfer::{self, Column as Transfer},
    project,
    pupil_request::{self, Column as Request},
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Cond, Query},
};
use serde_json::{Map, Value, json};

use crate::Result;

/// The sections: what the person asked, was asked, or is the pupil of. They name nobody else.
pub async fn sections(db: &impl ConnectionTrait, id: AccountId) -> Result<Map<String, Value>> {
    let requests = requests(db, id).await?;
    let transfers = transfers(db, id).await?;
    let projects = requests.iter().map(|request| request.project_id);
    let projects = projects.chain(transfers.iter().map(|transfer| transfer.project_id)).collect();
    let titles = titles(db, projects).await?;
    let request = |request: &pupil_request::Model| {
        json!({
            "id": request.id.to_string(),
            "twinSpace": titles.get(&request.project_id),
            "role": request.role.to_value(),
            "state": request.state.to_value(),
            "consentGivenBy": request.consent_given_by.map(|giver| giver.to_value()),
            "askedByMe": request.asked_by == id,
            "aboutMe": request.pupil_id == id,
            "askedAt": request.asked_at,
            "expiresAt": request.expires_at,
            "endedAt": request.ended_at,
        })
    };
    let transfer = |transfer: &custody_transfer::Model| {
        json!({
            "id": transfer.id.to_string(),
            "twinSpace": titles.get(&transfer.project_id),
            "kind": transfer.kind.to_value(),
            "state": transfer.state.to_value(),
            "fromMe": transfer.from_id == id,
            "toMe": transfer.to_id == id,
            "aboutMe": transfer.pupil_id == id,
            "beganAt": transfer.began_at,
            "dueAt": transfer.due_at,
            "endedAt": transfer.ended_at,
        })
    };
    let mut data = Map::new();
    data.insert("pupilRequests".into(), requests.iter().map(request).collect());
    data.insert("custodyTransfers".into(), transfers.iter().map(transfer).collect());
    Ok(data)
}

/// What the person asked for, what is asked for them, and what they answer as the custodian.
async fn requests(db: &impl ConnectionTrait, id: AccountId) -> Result<Vec<pupil_request::Model>> {
    let mut pupils = Query::select();
    pupils
        .column(account::Column::Id)
        .from(account::Entity)
        .and_where(account::Column::CustodianId.eq(id.0));
    let theirs = Cond::any()
        .add(Request::AskedBy.eq(id))
        .add(Request::PupilId.eq(id))
        .add(Request::PupilId.in_subquery(pupils));
    let found = pupil_request::Entity::find().filter(theirs);
    Ok(found.order_by_asc(Request::Id).all(db).await?)
}

async fn transfers(
    db: &impl ConnectionTrait,
    id: AccountId,
) -> Result<Vec<custody_transfer::Model>> {
    let theirs = Cond::any()
        .add(Transfer::FromId.eq(id))
        .add(Transfer::ToId.eq(id))
        .add(Transfer::PupilId.eq(id));
    let found = custody_transfer::Entity::find().filter(theirs);
    Ok(found.order_by_asc(Transfer::Id).all(db).await?)
}

async fn titles(
    db: &impl ConnectionTrait,
    projects: HashSet<ProjectId>,
) -> Result<HashMap<ProjectId, String>> {
    let found = project::Entity::find().filter(project::Column::Id.is_in(projects)).all(db).await?;
    Ok(found.into_iter().map(|project| (project.id, project.title)).collect())
}
