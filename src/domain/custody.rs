//! What the teacher who answers for a pupil does: passwords, names, custody, erasure (M-13 to M-16).

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, ConsentScope, MemberId, ProjectState, TwinSpaceRole, account,
    member,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::Expr,
};

use super::{
    access::{self, Access},
    account as accounts, audit, consent, erasure, media,
    member::{custodian_of, keep_an_admin},
    session as sessions, text,
};
use crate::{
    Error, Reason, Result,
    db::{Db, Tx},
    events::Event,
};

pub mod custodian;

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

/// A pupil of whom their custodian asks something.
#[derive(Clone, Copy, Debug)]
pub enum Charge<'a> {
    /// As a member of a TwinSpace.
    Member(&'a Access, MemberId),
    /// As one of the custodian's own, a member of whatever TwinSpaces or of none.
    Own(AccountId, AccountId),
}

impl Charge<'_> {
    /// The pupil, locked, and the custodian who asks.
    async fn lock(self, tx: &Tx) -> Result<(account::Model, AccountId)> {
        match self {
            Self::Member(seen, id) => {
                access::lock_open(tx, seen).await?;
                let pupil = pupil(tx, seen, id).await?;
                let teacher = in_custody(&pupil, seen)?;
                Ok((pupil, teacher))
            }
            Self::Own(teacher, id) => Ok((own(tx, teacher, id).await?, teacher)),
        }
    }

    /// A line of the audit log on it.
    fn line(self, act: Act, teacher: AccountId, pupil: AccountId) -> audit::Line {
        let line = audit::line(act, teacher).account(pupil);
        match self {
            Self::Member(seen, _) => line.project(seen.project_id),
            Self::Own(..) => line,
        }
    }
}

/// A pupil in this custody, locked. To all others there is no such pupil.
pub(super) async fn own(tx: &Tx, teacher: AccountId, id: AccountId) -> Result<account::Model> {
    account::Entity::find_by_id(id)
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .filter(account::Column::CustodianId.eq(teacher))
        .lock_exclusive()
        .one(&**tx)
        .await?
        .ok_or(Error::NotFound("pupil"))
}

/// Sets a new password; all the pupil's sessions end (M-15, A-07). Answers whose it is.
pub async fn reset_password(
    db: &Db,
    charge: Charge<'_>,
    password_hash: String,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let tx = db.begin().await?;
    let (pupil, teacher) = charge.lock(&tx).await?;
    let account = pupil.id;
    let mut row = pupil.into_active_model();
    row.password_hash = Set(password_hash);
    let pupil = row.update(&*tx).await?;
    sessions::close_all(&tx, account).await?;
    charge.line(Act::PupilPasswordReset, teacher, account).write(&tx, now).await?;
    tx.commit().await?;
    Ok(pupil)
}

/// Corrects a pupil's name, everywhere. The username stays. By the custodian, or where the
/// custodian is or was a teacher: whoever attached a pupil from elsewhere does not rename them.
pub async fn rename(
    db: &Db,
    seen: &Access,
    id: MemberId,
    name: String,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    access::lock_open(&tx, seen).await?;
    let pupil = pupil(&tx, seen, id).await?;
    if in_custody(&pupil, seen).is_err() && !custodian_of(&*tx, id).await?.taught {
        return Err(Error::Forbidden(Reason::NotYourPupil));
    }
    let account = pupil.id;
    call(&tx, pupil, name).await?;
    let line = audit::line(Act::PupilEdited, seen.person.account).project(seen.project_id);
    line.account(account).write(&tx, now).await?;
    accounts::tell_members(&tx, account).await?;
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
    access::lock_open(&tx, seen).await?;
    let pupil = pupil(&tx, seen, id).await?;
    if in_custody(&pupil, seen).is_err() && !custodian_of(&*tx, id).await?.has_left() {
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

/// Erases a pupil's account: nothing personal stays, and what they made stays under "former
/// pupil". Only the custodian may.
pub async fn erase(db: &Db, charge: Charge<'_>, now: DateTime<Utc>) -> Result<AccountId> {
    let tx = db.begin().await?;
    erasure::lock_projects(&tx, whose(&tx, charge).await?).await?;
    let (pupil, teacher) = charge.lock(&tx).await?;
    let account = pupil.id;
    let places = member::Entity::find()
        .filter(member::Column::AccountId.eq(account))
        .filter(member::Column::Role.eq(TwinSpaceRole::TeacherAdmin));
    for place in places.all(&*tx).await? {
        // One who was raised to it may be the last teacher administrator of an active one (P-14).
        if access::lock_project(&tx, place.project_id).await?.state == ProjectState::Active {
            keep_an_admin(&tx, &place).await?;
        }
    }
    // Without consents, pictures of them are hidden, where they are no member any more too.
    for consent in consent::of(&*tx, &[account]).await? {
        if consent.scope == ConsentScope::Pictures && consent.withdrawn_at.is_none() {
            media::tell_of(&tx, consent.project_id, &[account]).await?;
        }
    }
    erasure::leave(&tx, &pupil).await?;
    entity::consent::Entity::delete_many()
        .filter(entity::consent::Column::AccountId.eq(account))
        .exec(&*tx)
        .await?;
    erasure::forget(&tx, pupil).await?;
    charge.line(Act::PupilErased, teacher, account).write(&tx, now).await?;
    tx.commit().await?;
    Ok(account)
}

/// Whose account it is.
async fn whose(tx: &Tx, charge: Charge<'_>) -> Result<AccountId> {
    match charge {
        Charge::Own(_, account) => Ok(account),
        Charge::Member(_, id) => {
            let member = member::Entity::find_by_id(id).one(&**tx).await?;
            Ok(member.ok_or(Error::NotFound("member"))?.account_id)
        }
    }
}
