//! Consents of and for pupils: recorded, listed, withdrawn (M-14).

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, ConsentGiver, ConsentId, ConsentScope, MemberId, ProjectId, account, consent,
    member,
};
use policy::{Access, MemberAct, MemberFacts};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait,
    IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Cond,
};

use crate::{
    Actor, Error, Permit, Reason, Result,
    care::audit,
    db::Tx,
    events::Event,
    inside::media,
    members::{
        custody::{self, watch},
        member::{self as members, Class},
        pupil_news as news,
    },
    permit::Held,
};

/// Records the consent of pupils of a TwinSpace or their guardians. For a single pupil, an existing
/// valid consent is a conflict; of several, existing valid consents are kept. Returns how the actor
/// stands to the TwinSpace.
pub async fn record(
    actor: Actor<'_>,
    pupils: Vec<MemberId>,
    scope: ConsentScope,
    giver: ConsentGiver,
) -> Result<Access> {
    let (teacher, now) = (actor.account()?, actor.now);
    let permit = actor.permit::<Class>(MemberAct::RecordConsent, pupils).await?;
    let Permit { tx, by, on: Class(pupils), .. } = permit;
    let project = by.project_id;
    let accounts: Vec<_> = pupils.iter().map(|pupil| pupil.account).collect();
    if !kept_back(&*tx, &accounts, project, scope, teacher).await?.is_empty() {
        return Err(Error::Forbidden(Reason::WithdrawnByCustodian));
    }
    let new = give(&tx, &accounts, project, scope, giver, teacher, now).await?;
    match (new.is_empty(), &pupils[..]) {
        (true, [_]) => return Err(Error::Conflict(Reason::AlreadyDone)),
        (true, _) => return Ok(by),
        (false, _) => {}
    }
    let line = |&pupil: &AccountId| {
        let line = audit::line(Act::ConsentRecorded, teacher).project(project);
        line.account(pupil).detail(audit::Detail::Scope, scope.to_value())
    };
    audit::write_all(&tx, new.iter().map(line).collect(), now).await?;
    news::tell(&tx, &new, Act::ConsentRecorded, Some(teacher), Some(project), now).await?;
    if scope == ConsentScope::Pictures {
        media::tell_of(&tx, project, &new).await?;
        let changed = pupils.iter().filter(|pupil| new.contains(&pupil.account));
        let event =
            |pupil: &MemberFacts| Event::Member { project, member: pupil.id, joined: false };
        tx.tell_all(changed.map(event).collect()).await?;
    }
    tx.commit().await?;
    Ok(by)
}

/// Records the consent to a pupil's pictures as the custodian, in any TwinSpace that the pupil is
/// or was in, even if the custodian is no member of it: what the custodian withdrew there, nobody
/// else can give again (M-14). Taking part needs a member, who already has that consent.
pub async fn record_own(
    actor: Actor<'_>,
    pupil: AccountId,
    project: ProjectId,
    scope: ConsentScope,
    giver: ConsentGiver,
) -> Result<()> {
    let (teacher, now) = (actor.account()?, actor.now);
    let tx = actor.db.begin().await?;
    let held = watch::hold(&tx, &[pupil], Some(project)).await?;
    let pupil = custody::own(&tx, teacher, pupil).await?.id;
    // Whether a TwinSpace exists that is not the pupil's is not said.
    if !held.contains_key(&project) {
        return Err(Error::Conflict(Reason::NotAMember));
    }
    let place = member::Entity::of(project).filter(member::Column::AccountId.eq(pupil));
    let place = place.one(&*tx).await?;
    if place.is_none() {
        let before = consent::Entity::find()
            .filter(consent::Column::AccountId.eq(pupil))
            .filter(consent::Column::ProjectId.eq(project))
            .filter(consent::Column::Scope.eq(ConsentScope::Pictures));
        if scope != ConsentScope::Pictures || before.one(&*tx).await?.is_none() {
            return Err(Error::Conflict(Reason::NotAMember));
        }
    }
    let new = give(&tx, &[pupil], project, scope, giver, teacher, now).await?;
    if new.is_empty() {
        return Err(Error::Conflict(Reason::AlreadyDone));
    }
    let line = audit::line(Act::ConsentRecorded, teacher).project(project).account(pupil);
    line.detail(audit::Detail::Scope, scope.to_value()).write(&tx, now).await?;
    if scope == ConsentScope::Pictures {
        media::tell_of(&tx, project, &new).await?;
        if let Some(place) = place {
            tx.tell(Event::Member { project, member: place.id, joined: false }).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// A consent that is valid from now on.
fn row(
    pupil: AccountId,
    project: ProjectId,
    scope: ConsentScope,
    giver: ConsentGiver,
    teacher: AccountId,
    now: DateTime<Utc>,
) -> consent::ActiveModel {
    consent::ActiveModel {
        id: Set(ConsentId::new()),
        account_id: Set(pupil),
        project_id: Set(project),
        scope: Set(scope),
        giver: Set(giver),
        recorded_by: Set(teacher),
        recorded_at: Set(now),
        withdrawn_by: Set(None),
        withdrawn_at: Set(None),
        by_custodian: Set(false),
    }
}

/// Records that a member's consent was withdrawn. The consent itself stays on record. Returns how
/// the actor stands to the TwinSpace.
pub async fn withdraw(actor: Actor<'_>, id: MemberId, scope: ConsentScope) -> Result<Access> {
    let permit = actor.permit::<MemberFacts>(MemberAct::WithdrawConsent, id).await?;
    let Permit { tx, by, on: pupil, held } = permit;
    let (project, person) = (by.project_id, by.person.account);
    let (custodian, pupil) = (person.is_some() && person == pupil.custodian, pupil.account);
    end(&tx, pupil, project, scope, (person, custodian), actor.now).await?;
    leave(&tx, pupil, project, scope, person, &held, actor.now).await?;
    tx.commit().await?;
    Ok(by)
}

/// Records the same as the pupil's custodian, in any TwinSpace, even if the pupil or the custodian
/// is no longer a member of it.
pub async fn withdraw_own(
    actor: Actor<'_>,
    pupil: AccountId,
    project: ProjectId,
    scope: ConsentScope,
) -> Result<()> {
    let (teacher, now) = (actor.account()?, actor.now);
    let tx = actor.db.begin().await?;
    // Actions on one project are serialised; a missing project has no consents.
    let held = watch::hold(&tx, &[pupil], Some(project)).await?;
    let pupil = custody::own(&tx, teacher, pupil).await?.id;
    end(&tx, pupil, project, scope, (Some(teacher), true), now).await?;
    leave(&tx, pupil, project, scope, Some(teacher), &held, now).await?;
    Ok(tx.commit().await?)
}

/// Ends the membership of a pupil who may no longer take part.
async fn leave(
    tx: &Tx,
    pupil: AccountId,
    project: ProjectId,
    scope: ConsentScope,
    actor: Option<AccountId>,
    held: &Held,
    now: DateTime<Utc>,
) -> Result<()> {
    if scope != ConsentScope::Participation {
        return Ok(());
    }
    let place = member::Entity::of(project).filter(member::Column::AccountId.eq(pupil));
    let Some(place) = place.one(&**tx).await? else { return Ok(()) };
    members::expel(tx, actor, place, held, now).await
}

/// Ends the consent to take part, if it is valid, as the custodian.
pub(crate) async fn end_part(
    tx: &Tx,
    pupil: AccountId,
    project: ProjectId,
    custodian: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    let by = (Some(custodian), true);
    match end(tx, pupil, project, ConsentScope::Participation, by, now).await {
        Err(Error::Conflict(Reason::AlreadyDone)) => Ok(()),
        ended => ended,
    }
}

/// Records the consent of these pupils or their guardians; existing valid consents are kept.
/// Returns the pupils with new consents. The project is locked.
pub(crate) async fn give(
    tx: &Tx,
    pupils: &[AccountId],
    project: ProjectId,
    scope: ConsentScope,
    giver: ConsentGiver,
    teacher: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<AccountId>> {
    let kept = standing(pupils, project, scope).all(&**tx).await?;
    let kept: HashSet<_> = kept.into_iter().map(|consent| consent.account_id).collect();
    let new: Vec<_> = pupils.iter().copied().filter(|pupil| !kept.contains(pupil)).collect();
    if !new.is_empty() {
        let rows = new.iter().map(|&pupil| row(pupil, project, scope, giver, teacher, now));
        consent::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    }
    Ok(new)
}

/// Ends a valid consent, and immediately hides what depended on it. The actor may be the custodian.
async fn end(
    tx: &Tx,
    pupil: AccountId,
    project: ProjectId,
    scope: ConsentScope,
    (actor, custodian): (Option<AccountId>, bool),
    now: DateTime<Utc>,
) -> Result<()> {
    let standing = standing(&[pupil], project, scope).one(&**tx).await?;
    let mut row = standing.ok_or(Error::Conflict(Reason::AlreadyDone))?.into_active_model();
    row.withdrawn_at = Set(Some(now));
    row.withdrawn_by = Set(actor);
    row.by_custodian = Set(custodian);
    row.update(&**tx).await?;
    if scope == ConsentScope::Pictures {
        // Fewer people can see media that shows the pupil from now on, and the photo is not shown.
        media::tell_of(tx, project, &[pupil]).await?;
        let place = member::Entity::of(project).filter(member::Column::AccountId.eq(pupil));
        if let Some(place) = place.one(&**tx).await? {
            tx.tell(Event::Member { project, member: place.id, joined: false }).await?;
        }
    }
    let act = Act::ConsentWithdrawn;
    news::tell(tx, &[pupil], act, actor, Some(project), now).await?;
    let line = audit::line(Act::ConsentWithdrawn, actor).project(project);
    line.account(pupil).detail(audit::Detail::Scope, scope.to_value()).write(tx, now).await
}

/// The pupils whose consent the custodian has withdrawn and not given again: nobody but the
/// custodian can give it (M-14).
pub(crate) async fn kept_back(
    db: &impl ConnectionTrait,
    pupils: &[AccountId],
    project: ProjectId,
    scope: ConsentScope,
    asker: AccountId,
) -> Result<HashSet<AccountId>> {
    if pupils.is_empty() {
        return Ok(HashSet::new());
    }
    let standing =
        standing(pupils, project, scope).select_only().column(consent::Column::AccountId);
    let withdrawn = consent::Entity::find()
        .select_only()
        .column(consent::Column::AccountId)
        .distinct()
        .join(
            JoinType::InnerJoin,
            consent::Entity::belongs_to(account::Entity)
                .from(consent::Column::AccountId)
                .to(account::Column::Id)
                .into(),
        )
        .filter(consent::Column::AccountId.is_in(pupils.iter().copied()))
        .filter(consent::Column::ProjectId.eq(project))
        .filter(consent::Column::Scope.eq(scope))
        .filter(consent::Column::ByCustodian.eq(true))
        .filter(consent::Column::AccountId.not_in_subquery(standing.into_query()))
        .filter(
            Cond::any()
                .add(account::Column::CustodianId.is_null())
                .add(account::Column::CustodianId.ne(asker)),
        );
    Ok(withdrawn.into_tuple().all(db).await?.into_iter().collect())
}

fn standing(
    pupils: &[AccountId],
    project: ProjectId,
    scope: ConsentScope,
) -> sea_orm::Select<consent::Entity> {
    consent::Entity::find()
        .filter(consent::Column::AccountId.is_in(pupils.iter().copied()))
        .filter(consent::Column::ProjectId.eq(project))
        .filter(consent::Column::Scope.eq(scope))
        .filter(consent::Column::WithdrawnAt.is_null())
}

/// The consents of several pupils, including withdrawn ones, oldest first: one statement.
pub async fn of(db: &impl ConnectionTrait, pupils: &[AccountId]) -> Result<Vec<consent::Model>> {
    let consents = consent::Entity::find()
        .filter(consent::Column::AccountId.is_in(pupils.iter().copied()))
        .order_by_asc(consent::Column::Id);
    Ok(consents.all(db).await?)
}

/// The consents with these IDs.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[ConsentId]) -> Result<Vec<consent::Model>> {
    let consents = consent::Entity::find().filter(consent::Column::Id.is_in(ids.iter().copied()));
    Ok(consents.all(db).await?)
}
