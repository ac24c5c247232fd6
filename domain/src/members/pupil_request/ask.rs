//! Asking a custodian for a pupil, and the mails about it.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, Act, ConsentGiver, ProjectId, PupilRequestId, PupilRequestState as State,
    TwinSpaceRole, account, project,
    pupil_request::{self, Column as Col},
};
use sea_orm::{
    ActiveEnum,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Cond, Query},
};

use super::{ANSWER_WITHIN, MAILS_A_DAY, NOT_AGAIN_FOR, end::end_where, services};
use crate::{
    Result,
    care::audit,
    db::Tx,
    events::{Event, Whom},
    mail::News,
    members::custody_transfer,
    projects::project::inform,
};

/// A previous request for a pupil that prevents a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// Waiting for an answer.
    Waits,
    /// It was recently declined or withdrawn.
    Lately,
}

/// The previous requests for these pupils, with one statement.
pub(crate) async fn before(
    db: &impl ConnectionTrait,
    project: ProjectId,
    pupils: &[AccountId],
    now: DateTime<Utc>,
) -> Result<HashMap<AccountId, Before>> {
    if pupils.is_empty() {
        return Ok(HashMap::new());
    }
    let waits = Cond::all().add(Col::State.eq(State::Pending)).add(Col::ExpiresAt.gt(now));
    let lately = Cond::all()
        .add(Col::State.is_in([State::Declined, State::Withdrawn]))
        .add(Col::EndedAt.gt(now - NOT_AGAIN_FOR));
    let found = pupil_request::Entity::find()
        .filter(Col::ProjectId.eq(project))
        .filter(Col::PupilId.is_in(pupils.iter().copied()))
        .filter(Cond::any().add(waits).add(lately));
    let mut before = HashMap::new();
    for row in found.all(db).await? {
        let one = if row.state == State::Pending { Before::Waits } else { Before::Lately };
        let known = before.entry(row.pupil_id).or_insert(one);
        if one == Before::Waits {
            *known = one;
        }
    }
    Ok(before)
}

/// Asks the custodians to let these pupils in, or the support services if the custodian could not
/// respond: each gets one mail. The project is locked, and there are no pending requests for these
/// pupils.
pub(crate) async fn ask(
    tx: &Tx,
    project: &project::Model,
    teacher: &account::Model,
    pupils: &[(account::Model, TwinSpaceRole)],
    consent: ConsentGiver,
    now: DateTime<Utc>,
) -> Result<()> {
    if pupils.is_empty() {
        return Ok(());
    }
    let ids = || pupils.iter().map(|(pupil, _)| pupil.id);
    // Expired requests make room.
    let stale = Cond::all().add(Col::ProjectId.eq(project.id)).add(Col::PupilId.is_in(ids()));
    end_where(tx, stale.add(Col::ExpiresAt.lte(now)), State::Expired, now).await?;
    let orphans = services::orphans(tx, ids()).await?;
    let mut schools = HashMap::new();
    for (pupil, _) in pupils {
        if let Entry::Vacant(new) = schools.entry(pupil.school_id) {
            new.insert(custody_transfer::deciding(tx, pupil).await?);
        }
    }
    let mut of: BTreeMap<AccountId, usize> = BTreeMap::new();
    let mut for_services = BTreeMap::new();
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    for (pupil, role) in pupils {
        let id = PupilRequestId::new();
        let deciding = schools[&pupil.school_id];
        rows.push(pupil_request::ActiveModel {
            id: Set(id),
            project_id: Set(project.id),
            pupil_id: Set(pupil.id),
            role: Set(*role),
            asked_by: Set(teacher.id),
            state: Set(State::Pending),
            service_id: Set(deciding.country),
            region_service_id: Set(deciding.region),
            consent_given_by: Set(Some(consent)),
            decided_by: Set(None),
            asked_at: Set(now),
            expires_at: Set(now + ANSWER_WITHIN),
            ended_at: Set(None),
        });
        let line = audit::line(Act::PupilRequested, teacher.id).project(project.id);
        lines.push(
            line.account(pupil.id).subject(id.0).detail(audit::Detail::Role, role.to_value()),
        );
        if orphans.contains(&pupil.id) {
            *for_services.entry([deciding.country, deciding.region]).or_default() += 1;
        } else if let Some(custodian) = pupil.custodian_id {
            *of.entry(custodian).or_default() += 1;
        }
    }
    pupil_request::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    audit::write_all(tx, lines, now).await?;
    for (custodian, count) in of {
        tx.tell(Event::Waiting(Whom::Account(custodian))).await?;
        let news = News::PupilsAsked { by: teacher.name.clone(), count };
        ask_by_mail(tx, custodian, project, &news, now).await?;
    }
    services::ask(tx, project, for_services, now).await
}

/// Mails somebody that an answer of theirs about pupils is waited for, unless they had many such mails
/// today. What is asked is written already.
pub(crate) async fn ask_by_mail(
    tx: &Tx,
    account: AccountId,
    project: &project::Model,
    news: &News,
    now: DateTime<Utc>,
) -> Result<()> {
    let today = now - TimeDelta::days(1);
    let mut theirs = Query::select();
    theirs
        .column(account::Column::Id)
        .from(account::Entity)
        .and_where(account::Column::CustodianId.eq(account.0));
    // What was asked at once was one mail.
    let requests = pupil_request::Entity::find()
        .select_only()
        .column(Col::AskedAt)
        .distinct()
        .filter(Col::PupilId.in_subquery(theirs))
        .filter(Col::AskedAt.gt(today));
    let mails =
        requests.count(&**tx).await? + custody_transfer::asked_since(tx, account, today).await?;
    match mails <= MAILS_A_DAY {
        true => write_to(tx, account, project, news, now).await,
        false => Ok(()),
    }
}

/// Mails someone news about pupils.
pub(crate) async fn write_to(
    tx: &Tx,
    account: AccountId,
    project: &project::Model,
    news: &News,
    now: DateTime<Utc>,
) -> Result<()> {
    match account::Entity::find_by_id(account).one(&**tx).await? {
        Some(account) => inform(tx, project, &account, news, now).await,
        None => Ok(()),
    }
}
