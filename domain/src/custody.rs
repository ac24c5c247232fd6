//! Actions of a pupil's custodian: passwords, names, removal from TwinSpaces, erasure (M-11 to
//! M-15).

use std::{collections::BTreeSet, slice};

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, ConsentScope, MemberId, ProjectId, TwinSpaceRole, account, member,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::Expr,
};

use super::{
    access::{self, Access},
    account as accounts, audit, consent, custody_transfer, erasure, media,
    member::{self as members, Target, target},
    pupil_news as news, pupil_request, session as sessions, text,
};
use crate::{
    Error, Reason, Result,
    db::{Db, Tx},
};

pub mod custodian;
pub(super) mod watch;

/// A pupil who is a member of the project's TwinSpace, locked.
pub(super) async fn pupil(tx: &Tx, seen: &Access, id: MemberId) -> Result<account::Model> {
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

/// Whether the person is currently the pupil's custodian.
pub(super) fn in_custody(pupil: &account::Model, seen: &Access) -> Result<AccountId> {
    match seen.person.account {
        Some(teacher) if pupil.custodian_id == Some(teacher) => Ok(teacher),
        _ => Err(Error::Forbidden(Reason::NotYourPupil)),
    }
}

/// Whether someone whose role in the TwinSpace `fits` can be a custodian or bring pupils in: with
/// an account that is neither a pupil's nor blocked (M-12). The project is locked.
pub(super) async fn teaches(
    tx: &Tx,
    project: ProjectId,
    teacher: AccountId,
    fits: impl Fn(TwinSpaceRole) -> bool,
) -> Result<bool> {
    let able = accounts::hold(tx, teacher)
        .await?
        .is_some_and(|teacher| teacher.kind != AccountKind::Pupil && teacher.blocked_at.is_none());
    let place = member::Entity::of(project).filter(member::Column::AccountId.eq(teacher));
    let place = place.one(&**tx).await?;
    Ok(able && place.is_some_and(|place| fits(place.role)))
}

/// A pupil to whom the custodian does something.
#[derive(Clone, Copy, Debug)]
pub enum Charge<'a> {
    /// As a member of a TwinSpace.
    Member(&'a Access, MemberId),
    /// As one of the custodian's own pupils, in any TwinSpace or none.
    Own(AccountId, AccountId),
}

impl Charge<'_> {
    /// The pupil, locked, and the custodian who acts.
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

    /// The project in whose TwinSpace it is done; `None` for one of the custodian's own pupils.
    fn project(self) -> Option<ProjectId> {
        match self {
            Self::Member(seen, _) => Some(seen.project_id),
            Self::Own(..) => None,
        }
    }

    /// The account concerned.
    async fn whose(self, tx: &Tx) -> Result<AccountId> {
        match self {
            Self::Own(_, account) => Ok(account),
            Self::Member(seen, id) => {
                let member = member::Entity::of(seen.project_id).filter(member::Column::Id.eq(id));
                let member = member.one(&**tx).await?.ok_or(Error::NotFound("member"))?;
                Ok(member.account_id)
            }
        }
    }

    /// Records the action in the log of every TwinSpace that the pupil is in.
    async fn log(
        self,
        tx: &Tx,
        line: audit::Line,
        pupil: AccountId,
        held: &BTreeSet<ProjectId>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        if let Self::Member(seen, _) = self {
            line.clone().account(pupil).project(seen.project_id).write(tx, now).await?;
        }
        watch::log(tx, vec![(pupil, line)], self.project(), held, now).await
    }
}

/// A pupil in this custody, locked. For everyone else the pupil does not exist.
pub(super) async fn own(tx: &Tx, teacher: AccountId, id: AccountId) -> Result<account::Model> {
    account::Entity::find_by_id(id)
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .filter(account::Column::CustodianId.eq(teacher))
        .lock_exclusive()
        .one(&**tx)
        .await?
        .ok_or(Error::NotFound("pupil"))
}

/// Sets a new password; all the pupil's sessions end (M-15, A-07). Returns the account.
pub async fn reset_password(
    db: &Db,
    charge: Charge<'_>,
    password_hash: String,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let tx = db.begin().await?;
    let held = watch::hold(&tx, &[charge.whose(&tx).await?], charge.project()).await?;
    let (pupil, teacher) = charge.lock(&tx).await?;
    let account = pupil.id;
    let mut row = pupil.into_active_model();
    row.password_hash = Set(password_hash);
    let pupil = row.update(&*tx).await?;
    sessions::close_all(&tx, account).await?;
    let line = audit::line(Act::PupilPasswordReset, teacher);
    charge.log(&tx, line, account, &held, now).await?;
    tx.commit().await?;
    Ok(pupil)
}

/// Corrects a pupil's name everywhere. The username does not change. Allowed for the custodian, and
/// where the custodian is or was a teacher: someone who attached a pupil from elsewhere must not
/// rename them.
pub async fn rename(
    db: &Db,
    seen: &Access,
    target: &Target,
    name: String,
    now: DateTime<Utc>,
) -> Result<()> {
    let id = target.id;
    let tx = db.begin().await?;
    let charge = Charge::Member(seen, id);
    let held = watch::hold(&tx, &[target.found.account], charge.project()).await?;
    access::lock_open(&tx, seen).await?;
    target::unchanged(&tx, seen.project_id, slice::from_ref(target)).await?;
    let pupil = pupil(&tx, seen, id).await?;
    let account = pupil.id;
    call(&tx, pupil, name).await?;
    let actor = seen.person.account;
    charge.log(&tx, audit::line(Act::PupilEdited, actor), account, &held, now).await?;
    news::tell(&tx, &[account], Act::PupilEdited, actor, Some(seen.project_id), now).await?;
    accounts::tell_members(&tx, account).await?;
    Ok(tx.commit().await?)
}

/// Writes a name wherever it is stored.
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

/// Removes a pupil from a TwinSpace, as the custodian, who need not be a member of it. This also
/// withdraws the consent to take part: only the custodian can give it again (M-11, M-14).
pub async fn take_out(
    db: &Db,
    teacher: AccountId,
    pupil: AccountId,
    project: ProjectId,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    let held = watch::hold(&tx, &[pupil], Some(project)).await;
    let pupil = own(&tx, teacher, pupil).await?.id;
    // Whether a TwinSpace exists that is not the pupil's is not said.
    let held = held.map_err(|error| match error {
        Error::NotFound(_) => Error::Conflict(Reason::NotAMember),
        error => error,
    })?;
    let place = member::Entity::of(project).filter(member::Column::AccountId.eq(pupil));
    let place = place.one(&*tx).await?.ok_or(Error::Conflict(Reason::NotAMember))?;
    consent::end_part(&tx, pupil, project, Some(teacher), now).await?;
    members::expel(&tx, Some(teacher), place, &held, now).await?;
    Ok(tx.commit().await?)
}

/// Erases a pupil's account: all personal data is deleted, and what they created is kept under
/// "former pupil". Only for the custodian.
pub async fn erase(db: &Db, charge: Charge<'_>, now: DateTime<Utc>) -> Result<AccountId> {
    // Starts over if the pupil became a member elsewhere meanwhile.
    for _ in 0..erasure::TRIES {
        let tx = db.begin().await?;
        let whose = charge.whose(&tx).await?;
        let held = erasure::lock_projects(&tx, whose).await?;
        let (pupil, teacher) = charge.lock(&tx).await?;
        if !erasure::parts(&tx, whose).await?.is_subset(&held) {
            continue;
        }
        let account = pupil.id;
        erase_locked(&tx, charge, pupil, teacher, &held, now).await?;
        tx.commit().await?;
        return Ok(account);
    }
    Err(Error::Conflict(Reason::Overtaken))
}

async fn erase_locked(
    tx: &Tx,
    charge: Charge<'_>,
    pupil: account::Model,
    teacher: AccountId,
    held: &BTreeSet<ProjectId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let account = pupil.id;
    // Without consents, pictures of them are hidden, even where they are no longer a member.
    for consent in consent::of(&**tx, &[account]).await? {
        if consent.scope == ConsentScope::Pictures && consent.withdrawn_at.is_none() {
            media::tell_of(tx, consent.project_id, &[account]).await?;
        }
    }
    charge.log(tx, audit::line(Act::PupilErased, teacher), account, held, now).await?;
    pupil_request::end_of(tx, account, now).await?;
    pupil_request::forget_pupil(tx, account).await?;
    custody_transfer::end_of(tx, account, now).await?;
    custody_transfer::forget_pupil(tx, account).await?;
    news::forget_pupil(tx, account).await?;
    // If a pupil's account is still a custodian, its own custodian takes over (M-12).
    account::Entity::update_many()
        .col_expr(account::Column::CustodianId, Expr::val(teacher.0))
        .filter(account::Column::CustodianId.eq(account))
        .exec(&**tx)
        .await?;
    erasure::leave(tx, &pupil).await?;
    entity::consent::Entity::delete_many()
        .filter(entity::consent::Column::AccountId.eq(account))
        .exec(&**tx)
        .await?;
    erasure::forget(tx, pupil).await
}
