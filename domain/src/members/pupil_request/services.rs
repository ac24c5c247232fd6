//! Requests for pupils whose custodian could not respond, because the account is blocked or erased:
//! the support service of the pupil's school decides on them, as on takeovers (M-16).

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, PupilRequestId, PupilRequestState as State, ServiceId, account, project,
    pupil_request::{self, Column as Col},
};
use policy::PupilRequestAct;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Cond};

use super::{Waiting, close, let_in, permit, refuse, still_possible, tell, write_to};
use crate::{
    Actor, Reason, Result,
    care::audit,
    db::Tx,
    events::Event,
    mail::News,
    members::{
        custody::{custodian, watch},
        custody_transfer,
    },
    projects::{project::inform, service::Deciding},
};

/// The support services of the country and the region, or neither for the administrators.
type Services = [Option<ServiceId>; 2];

/// Those of these pupils whose custodian could not respond.
pub(super) async fn orphans(
    tx: &Tx,
    pupils: impl Iterator<Item = AccountId>,
) -> Result<HashSet<AccountId>> {
    let orphans = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::Id.is_in(pupils))
        .filter(custodian::gone());
    Ok(orphans.into_tuple().all(&**tx).await?.into_iter().collect())
}

/// Asks these services to decide on so many requests in a TwinSpace.
pub(super) async fn ask(
    tx: &Tx,
    project: &project::Model,
    requests: BTreeMap<Services, usize>,
    now: DateTime<Utc>,
) -> Result<()> {
    for (services, count) in requests {
        tx.tell_all(Event::waiting_for(services)).await?;
        let news = News::PupilsAskedOfService { count };
        let [country, region] = services;
        for officer in (Deciding { country, region }).officers(tx).await? {
            inform(tx, project, &officer, &news, now).await?;
        }
    }
    Ok(())
}

/// Decides on a request, on behalf of a support service of the country of the pupil's school. If it
/// is granted, the teacher who made it becomes the custodian, and the pupil is let in with the
/// consent that came with the request.
pub async fn decide(actor: Actor<'_>, id: PupilRequestId, granted: bool) -> Result<()> {
    let (person, now) = (actor.person.account, actor.now);
    if !granted {
        let (tx, one) = permit(actor, PupilRequestAct::Refuse, id).await?;
        return refuse(tx, one, actor, person, &News::PupilRefused).await;
    }
    let (tx, one) = permit(actor, PupilRequestAct::Grant, id).await?;
    let possible = still_possible(&tx, &one).await?;
    let Some(giver) = one.row.consent_given_by.filter(|_| possible.is_ok()) else {
        return one.end(tx, possible.err().unwrap_or(Reason::RequestEnded), now).await;
    };
    let pupil = &one.pupil;
    let (asker, from) = (one.row.asked_by, pupil.custodian_id);
    let line = || {
        let line = audit::line(Act::CustodyTransferred, person)
            .detail(audit::Detail::To, asker.to_string());
        match from {
            Some(from) => line.detail(audit::Detail::From, from.to_string()),
            None => line,
        }
    };
    custody_transfer::appoint(&tx, pupil.clone(), asker, now).await?;
    line().project(one.project.id).account(pupil.id).subject(id.0).write(&tx, now).await?;
    watch::log(&tx, vec![(pupil.id, line())], Some(one.project.id), &one.held, now).await?;
    let_in(&tx, &one, person, (giver, asker), now).await?;
    let Waiting { row, project, .. } = one;
    close(&tx, row, State::Accepted, person, now).await?;
    write_to(&tx, asker, &project, &News::PupilGranted, now).await?;
    if let Some(from) = from {
        write_to(&tx, from, &project, &News::CustodyLost, now).await?;
    }
    Ok(tx.commit().await?)
}

/// The pending requests for the pupils of a custodian.
async fn pending(
    tx: &Tx,
    custodian: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<pupil_request::Model>> {
    let pupils = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::CustodianId.eq(custodian))
        .into_query();
    let theirs = Cond::all().add(Col::PupilId.in_subquery(pupils)).add(Col::ExpiresAt.gt(now));
    Ok(pupil_request::Entity::pending().filter(theirs).all(&**tx).await?)
}

/// Asks the support services to decide on what a custodian can no longer answer, who was blocked.
pub(crate) async fn pass_on(tx: &Tx, custodian: AccountId, now: DateTime<Utc>) -> Result<()> {
    let mut of: BTreeMap<_, BTreeMap<Services, usize>> = BTreeMap::new();
    for row in pending(tx, custodian, now).await? {
        let services = [row.service_id, row.region_service_id];
        *of.entry(row.project_id).or_default().entry(services).or_default() += 1;
    }
    for (id, requests) in of {
        if let Some(project) = project::Entity::find_by_id(id).one(&**tx).await? {
            ask(tx, &project, requests, now).await?;
        }
    }
    Ok(())
}

/// Makes the support services reload their notifications: this custodian, who was blocked, can
/// answer again.
pub(crate) async fn pass_back(tx: &Tx, custodian: AccountId, now: DateTime<Utc>) -> Result<()> {
    let rows = pending(tx, custodian, now).await?;
    for row in &rows {
        tx.tell_all(Event::waiting_for([row.service_id, row.region_service_id])).await?;
    }
    tell(tx, &rows).await
}
