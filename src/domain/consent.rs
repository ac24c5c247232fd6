//! Consents of and for pupils: recorded, listed, withdrawn (M-14).

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, ConsentGiver, ConsentId, ConsentScope, MemberId, ProjectId,
    account, consent, member,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder,
};

use super::{
    access::{self, Access},
    audit, media,
};
use crate::{Error, Reason, Result, db::Db, events::Event};

/// Records that a pupil, or a guardian for them, consented. What stands already is kept.
pub async fn record(
    db: &Db,
    seen: &Access,
    id: MemberId,
    scope: ConsentScope,
    giver: ConsentGiver,
    now: DateTime<Utc>,
) -> Result<()> {
    let teacher = seen.person.account.ok_or(Error::Unauthenticated)?;
    let tx = db.begin().await?;
    access::lock(&tx, seen).await?;
    let missing = || Error::NotFound("member");
    let member = member::Entity::of(seen.project_id).filter(member::Column::Id.eq(id));
    let pupil = member.one(&*tx).await?.ok_or_else(missing)?.account_id;
    let account = account::Entity::find_by_id(pupil).one(&*tx).await?.ok_or_else(missing)?;
    if account.kind != AccountKind::Pupil {
        return Err(Error::Forbidden(Reason::NotYourPupil));
    }
    if stands(&*tx, pupil, seen.project_id, scope).await? {
        return Err(Error::Conflict(Reason::AlreadyDone));
    }
    let row = consent::ActiveModel {
        id: Set(ConsentId::new()),
        account_id: Set(pupil),
        project_id: Set(seen.project_id),
        scope: Set(scope),
        giver: Set(giver),
        recorded_by: Set(teacher),
        recorded_at: Set(now),
        withdrawn_by: Set(None),
        withdrawn_at: Set(None),
    };
    row.insert(&*tx).await?;
    if scope == ConsentScope::Pictures {
        media::tell_of(&tx, seen.project_id, pupil).await?;
        tx.tell(Event::Member { project: seen.project_id, member: id, joined: false }).await?;
    }
    let line = audit::line(Act::ConsentRecorded, teacher).project(seen.project_id).account(pupil);
    line.detail("scope", scope.to_value()).write(&tx, now).await?;
    Ok(tx.commit().await?)
}

/// Records that a consent was withdrawn. The record of it stays.
pub async fn withdraw(
    db: &Db,
    seen: &Access,
    id: MemberId,
    scope: ConsentScope,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    access::lock(&tx, seen).await?;
    let member = member::Entity::of(seen.project_id).filter(member::Column::Id.eq(id));
    let pupil = member.one(&*tx).await?.ok_or(Error::NotFound("member"))?.account_id;
    let standing = standing(pupil, seen.project_id, scope).one(&*tx).await?;
    let mut row = standing.ok_or(Error::Conflict(Reason::AlreadyDone))?.into_active_model();
    row.withdrawn_at = Set(Some(now));
    row.withdrawn_by = Set(seen.person.account);
    row.update(&*tx).await?;
    if scope == ConsentScope::Pictures {
        // Who see media that show the pupil are fewer from now on, and the photo does not show.
        media::tell_of(&tx, seen.project_id, pupil).await?;
        tx.tell(Event::Member { project: seen.project_id, member: id, joined: false }).await?;
    }
    let line = audit::line(Act::ConsentWithdrawn, seen.person.account).project(seen.project_id);
    line.account(pupil).detail("scope", scope.to_value()).write(&tx, now).await?;
    Ok(tx.commit().await?)
}

fn standing(
    pupil: AccountId,
    project: ProjectId,
    scope: ConsentScope,
) -> sea_orm::Select<consent::Entity> {
    consent::Entity::find()
        .filter(consent::Column::AccountId.eq(pupil))
        .filter(consent::Column::ProjectId.eq(project))
        .filter(consent::Column::Scope.eq(scope))
        .filter(consent::Column::WithdrawnAt.is_null())
}

/// Whether a consent stands.
pub async fn stands(
    db: &impl ConnectionTrait,
    pupil: AccountId,
    project: ProjectId,
    scope: ConsentScope,
) -> Result<bool> {
    Ok(standing(pupil, project, scope).one(db).await?.is_some())
}

/// The consents of several pupils, those withdrawn among them, the oldest first: one statement.
pub async fn of(db: &impl ConnectionTrait, pupils: &[AccountId]) -> Result<Vec<consent::Model>> {
    let consents = consent::Entity::find()
        .filter(consent::Column::AccountId.is_in(pupils.iter().copied()))
        .order_by_asc(consent::Column::Id);
    Ok(consents.all(db).await?)
}
