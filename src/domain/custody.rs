//! What the teacher who answers for a pupil does: passwords, names, custody, erasure (M-13 to M-16).

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, MemberId, ProjectId, TwinSpaceRole, account, account_tag, consent,
    member,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};

use super::{
    access::{self, Access},
    audit, media,
    member::keep_an_admin,
    message, picture, session as sessions, text,
};
use crate::{
    Error, Reason, Result,
    db::{Db, Tx},
    events::Event,
};

/// What a pupil's name becomes when the account is erased.
pub const FORMER: &str = "Former pupil";

/// A pupil who is a member of the project's TwinSpace, locked.
async fn pupil(tx: &Tx, seen: &Access, id: MemberId) -> Result<account::Model> {
    let missing = || Error::NotFound("member");
    let member = member::Entity::of(seen.project_id).filter(member::Column::Id.eq(id));
    let member = member.one(&**tx).await?.ok_or_else(missing)?;
    account::Entity::find_by_id(member.account_id)
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .lock_exclusive()
        .one(&**tx)
        .await?
        .ok_or(Error::Forbidden(Reason::NotYourPupil))
}

/// Whether the person is the pupil's custodian, as of now.
fn in_custody(pupil: &account::Model, seen: &Access) -> Result<AccountId> {
    match seen.person.account {
        Some(teacher) if pupil.custodian_id == Some(teacher) => Ok(teacher),
        _ => Err(Error::Forbidden(Reason::NotYourPupil)),
    }
}

/// Sets a new password; all the pupil's sessions end (M-15, A-07). Answers whose it is.
pub async fn reset_password(
    db: &Db,
    seen: &Access,
    id: MemberId,
    password_hash: String,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let tx = db.begin().await?;
    access::lock(&tx, seen).await?;
    let pupil = pupil(&tx, seen, id).await?;
    let teacher = in_custody(&pupil, seen)?;
    let account = pupil.id;
    let mut row = pupil.into_active_model();
    row.password_hash = Set(password_hash);
    let pupil = row.update(&*tx).await?;
    sessions::close_all(&tx, account).await?;
    let line = audit::line(Act::PupilPasswordReset, teacher).project(seen.project_id);
    line.account(account).write(&tx, now).await?;
    tx.commit().await?;
    Ok(pupil)
}

/// Corrects a pupil's name. The username stays.
pub async fn rename(
    db: &Db,
    seen: &Access,
    id: MemberId,
    name: String,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    access::lock(&tx, seen).await?;
    let pupil = pupil(&tx, seen, id).await?;
    let account = pupil.id;
    call(&tx, pupil, name).await?;
    let line = audit::line(Act::PupilEdited, seen.person.account).project(seen.project_id);
    line.account(account).write(&tx, now).await?;
    tx.tell(Event::Member { project: seen.project_id, member: id, joined: false }).await?;
    Ok(tx.commit().await?)
}

/// Writes a name wherever it is kept.
async fn call(tx: &Tx, pupil: account::Model, name: String) -> Result<()> {
    let (id, key) = (pupil.id, text::key(&name));
    member::Entity::update_many()
        .col_expr(member::Column::NameKey, Expr::val(key.clone()))
        .filter(member::Column::AccountId.eq(id))
        .exec(&**tx)
        .await?;
    let mut row = pupil.into_active_model();
    row.name = Set(name);
    row.name_key = Set(key);
    row.update(&**tx).await?;
    Ok(())
}

/// Hands the custody of a pupil to another teacher of the TwinSpace: by the custodian, or by a
/// teacher administrator once the custodian has left (M-16).
pub async fn transfer(
    db: &Db,
    seen: &Access,
    id: MemberId,
    to: MemberId,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    access::lock(&tx, seen).await?;
    let pupil = pupil(&tx, seen, id).await?;
    if in_custody(&pupil, seen).is_err() && !orphaned(&tx, seen.project_id, &pupil).await? {
        return Err(Error::Forbidden(Reason::NotYourPupil));
    }
    let teacher = member::Entity::of(seen.project_id).filter(member::Column::Id.eq(to));
    let teacher = teacher.one(&*tx).await?.ok_or(Error::NotFound("member"))?;
    let kind = account::Entity::find_by_id(teacher.account_id).one(&*tx).await?;
    let is_teacher = kind.is_some_and(|account| account.kind != AccountKind::Pupil);
    if !teacher.role.is_teacher() || !is_teacher {
        return Err(Error::Conflict(Reason::NotATeacher));
    }
    let (account, before) = (pupil.id, pupil.custodian_id);
    let mut row = pupil.into_active_model();
    row.custodian_id = Set(Some(teacher.account_id));
    row.update(&*tx).await?;
    audit::line(Act::CustodyTransferred, seen.person.account)
        .project(seen.project_id)
        .account(account)
        .subject(teacher.account_id.0)
        .detail("from", before.map(|id| id.to_string()))
        .detail("to", teacher.account_id.to_string())
        .write(&tx, now)
        .await?;
    tx.tell(Event::Member { project: seen.project_id, member: id, joined: false }).await?;
    Ok(tx.commit().await?)
}

/// Whether the custodian is no teacher of this TwinSpace any more.
async fn orphaned(tx: &Tx, project: ProjectId, pupil: &account::Model) -> Result<bool> {
    let Some(custodian) = pupil.custodian_id else { return Ok(true) };
    let place = member::Entity::of(project)
        .filter(member::Column::AccountId.eq(custodian))
        .filter(member::Column::Role.is_in([TwinSpaceRole::TeacherAdmin, TwinSpaceRole::Teacher]))
        .one(&**tx)
        .await?;
    Ok(place.is_none())
}

/// Erases a pupil's account: nothing personal stays, and what they made stays under "former
/// pupil". Only the custodian may.
pub async fn erase(db: &Db, seen: &Access, id: MemberId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    lock_everywhere(&tx, id).await?;
    access::lock(&tx, seen).await?;
    let pupil = pupil(&tx, seen, id).await?;
    let teacher = in_custody(&pupil, seen)?;
    let account = pupil.id;
    let places = member::Entity::find().filter(member::Column::AccountId.eq(account));
    for place in places.all(&*tx).await? {
        // One who was raised to it may be the last teacher administrator somewhere (P-14).
        keep_an_admin(&tx, &place).await?;
        tx.tell(Event::MemberGone { project: place.project_id, member: place.id, pupil: true })
            .await?;
        // Without consents, pictures of them are hidden.
        media::tell_of(&tx, place.project_id, account).await?;
    }
    sessions::close_all(&tx, account).await?;
    let theirs = member::Column::AccountId.eq(account);
    member::Entity::delete_many().filter(theirs).exec(&*tx).await?;
    message::forget(&tx, account).await?;
    consent::Entity::delete_many()
        .filter(consent::Column::AccountId.eq(account))
        .exec(&*tx)
        .await?;
    account_tag::Entity::delete_many()
        .filter(account_tag::Column::AccountId.eq(account))
        .exec(&*tx)
        .await?;
    let mut row = pupil.into_active_model();
    row.name = Set(FORMER.to_owned());
    row.name_key = Set(text::key(FORMER));
    row.username = Set(None);
    // No password has this hash.
    row.password_hash = Set(String::new());
    row.school_id = Set(None);
    row.custodian_id = Set(None);
    row.profile = Set(String::new());
    row.update(&*tx).await?;
    picture::forget(&tx, account).await?;
    let line = audit::line(Act::PupilErased, teacher).project(seen.project_id);
    line.account(account).write(&tx, now).await?;
    Ok(tx.commit().await?)
}

/// Locks all projects in whose TwinSpaces the member's account has a place, in one order for all.
async fn lock_everywhere(tx: &Tx, id: MemberId) -> Result<()> {
    let member = member::Entity::find_by_id(id).one(&**tx).await?;
    let account = member.ok_or(Error::NotFound("member"))?.account_id;
    let places = member::Entity::find()
        .filter(member::Column::AccountId.eq(account))
        .order_by_asc(member::Column::ProjectId);
    for place in places.all(&**tx).await? {
        access::lock_project(tx, place.project_id).await?;
    }
    Ok(())
}
