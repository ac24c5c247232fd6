//! Actions of a pupil's custodian: passwords, names, removal from TwinSpaces, erasure (M-11 to
//! M-15).

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, ConsentScope, MemberId, ProjectId, TwinSpaceRole, account, member,
};
use policy::{Access, MemberAct, MemberFacts};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::Expr,
};

use crate::{
    Actor, Error, Permit, Reason, Result,
    accounts::{account as accounts, erasure, session as sessions},
    care::audit,
    db::Tx,
    error::Flaw,
    inside::media,
    members::{consent, custody_transfer, member as members, pupil_news as news, pupil_request},
    permit::Held,
    text,
};

pub mod custodian;
pub(crate) mod watch;

/// The account of a pupil, locked.
pub(crate) async fn pupil(tx: &Tx, id: AccountId) -> Result<account::Model> {
    let pupil = account::Entity::find_by_id(id).lock_exclusive().one(&**tx).await?;
    pupil.ok_or(Error::NotFound("member"))
}

/// Whether someone whose role in the TwinSpace `fits` can be a custodian or bring pupils in: with
/// an account that is neither a pupil's nor blocked (M-12). The project is locked.
pub(crate) async fn teaches(
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

/// A pupil to whom something is done.
#[derive(Clone, Copy, Debug)]
pub enum Charge {
    /// As a member of a TwinSpace.
    Member(MemberId),
    /// As one of the actor's own pupils, in any TwinSpace or none.
    Own(AccountId),
}

/// The same in the open transaction of an act that is allowed.
struct Ward {
    tx: Tx,
    /// How whoever acts stands to the TwinSpace in which it is done, if it is done in one.
    by: Option<Access>,
    /// The account, locked.
    pupil: account::Model,
    held: Held,
}

impl Charge {
    /// Begins the act, if the policy allows it for a member; of their own pupils, custodians may do
    /// it.
    async fn take(self, actor: Actor<'_>, act: MemberAct) -> Result<Ward> {
        match self {
            Self::Member(id) => {
                let Permit { tx, by, on, held } = actor.permit::<MemberFacts>(act, id).await?;
                let pupil = pupil(&tx, on.account).await?;
                Ok(Ward { tx, by: Some(by), pupil, held })
            }
            Self::Own(id) => {
                let tx = actor.db.begin().await?;
                let held = match act {
                    MemberAct::Erase => erasure::lock_projects(&tx, id).await?,
                    _ => watch::hold(&tx, &[id], None).await?,
                };
                let pupil = own(&tx, actor.account()?, id).await?;
                Ok(Ward { tx, by: None, pupil, held })
            }
        }
    }

    /// Whether the password could be reset as of now: hashing it takes long. Returns how the actor
    /// stands to the TwinSpace in which it is done, if it is done in one.
    pub async fn may_reset(self, actor: Actor<'_>) -> Result<Option<Access>> {
        match self {
            Self::Member(id) => {
                let may = actor.preview::<MemberFacts>(MemberAct::ResetPassword, &id).await;
                may.map(|may| Some(may.by))
            }
            Self::Own(id) => {
                let own = in_custody_of(actor.account()?, id).one(actor.db.read()).await?;
                own.map(|_| None).ok_or(Error::NotFound("pupil"))
            }
        }
    }
}

impl Ward {
    /// Records the act in the log of every TwinSpace that the pupil is in.
    async fn log(&self, line: audit::Line, now: DateTime<Utc>) -> Result<()> {
        let (tx, pupil) = (&self.tx, self.pupil.id);
        let at = self.by.as_ref().map(|by| by.project_id);
        if let Some(project) = at {
            line.clone().account(pupil).project(project).write(tx, now).await?;
        }
        watch::log(tx, vec![(pupil, line)], at, &self.held, now).await
    }
}

fn in_custody_of(teacher: AccountId, pupil: AccountId) -> sea_orm::Select<account::Entity> {
    account::Entity::find_by_id(pupil)
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .filter(account::Column::CustodianId.eq(teacher))
}

/// A pupil in this custody, locked. For everyone else the pupil does not exist.
pub(crate) async fn own(tx: &Tx, teacher: AccountId, id: AccountId) -> Result<account::Model> {
    let own = in_custody_of(teacher, id).lock_exclusive().one(&**tx).await?;
    own.ok_or(Error::NotFound("pupil"))
}

/// Sets a new password; all the pupil's sessions end (M-15, A-07). Returns the account, and how the
/// actor stands to the TwinSpace in which it was done, if it was done in one.
pub async fn reset_password(
    actor: Actor<'_>,
    charge: Charge,
    password_hash: String,
) -> Result<(account::Model, Option<Access>)> {
    let ward = charge.take(actor, MemberAct::ResetPassword).await?;
    let mut row = ward.pupil.clone().into_active_model();
    row.password_hash = Set(password_hash);
    let pupil = row.update(&*ward.tx).await?;
    sessions::close_all(&ward.tx, pupil.id).await?;
    ward.log(audit::line(Act::PupilPasswordReset, actor.person.account), actor.now).await?;
    ward.tx.commit().await?;
    Ok((pupil, ward.by))
}

/// Corrects a pupil's name everywhere. The username does not change. Allowed for the custodian, and
/// where the custodian is or was a teacher: someone who attached a pupil from elsewhere must not
/// rename them. Returns how the actor stands to the TwinSpace.
pub async fn rename(actor: Actor<'_>, id: MemberId, name: String) -> Result<Access> {
    let (person, now) = (actor.person.account, actor.now);
    let Permit { tx, by, on, held } = actor.permit::<MemberFacts>(MemberAct::Rename, id).await?;
    let (pupil, project) = (on.account, by.project_id);
    call(&tx, pupil, name).await?;
    let line = audit::line(Act::PupilEdited, person);
    line.clone().account(pupil).project(project).write(&tx, now).await?;
    watch::log(&tx, vec![(pupil, line)], Some(project), &held, now).await?;
    news::tell(&tx, &[pupil], Act::PupilEdited, person, Some(project), now).await?;
    accounts::tell_members(&tx, pupil).await?;
    tx.commit().await?;
    Ok(by)
}

/// Writes a name wherever it is stored.
async fn call(tx: &Tx, pupil: AccountId, name: String) -> Result<()> {
    let key = text::key(&name);
    member::Entity::update_many()
        .col_expr(member::Column::NameKey, Expr::val(key.clone()))
        .filter(member::Column::AccountId.eq(pupil))
        .exec(&**tx)
        .await?;
    account::Entity::update_many()
        .col_expr(account::Column::Name, Expr::val(name))
        .col_expr(account::Column::NameKey, Expr::val(key))
        .filter(account::Column::Id.eq(pupil))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Removes a pupil from a TwinSpace, as the custodian, who need not be a member of it. This also
/// withdraws the consent to take part: only the custodian can let them in again (M-11, M-14).
pub async fn take_out(actor: Actor<'_>, pupil: AccountId, project: ProjectId) -> Result<()> {
    let (teacher, now) = (actor.account()?, actor.now);
    let tx = actor.db.begin().await?;
    let held = watch::hold(&tx, &[pupil], Some(project)).await?;
    let pupil = own(&tx, teacher, pupil).await?.id;
    // Whether a TwinSpace exists that is not the pupil's is not said.
    if !held.contains_key(&project) {
        return Err(Error::Conflict(Reason::NotAMember));
    }
    let place = member::Entity::of(project).filter(member::Column::AccountId.eq(pupil));
    let place = place.one(&*tx).await?.ok_or(Error::Conflict(Reason::NotAMember))?;
    consent::end_part(&tx, pupil, project, teacher, now).await?;
    members::expel(&tx, Some(teacher), place, &held, now).await?;
    Ok(tx.commit().await?)
}

/// Erases a pupil's account: all personal data is deleted, and what they created is kept under
/// "former pupil". Only for the custodian, who must have acknowledged that. Returns the account, and
/// how the actor stands to the TwinSpace in which it was done, if it was done in one.
pub async fn erase(
    actor: Actor<'_>,
    charge: Charge,
    acknowledged: bool,
) -> Result<(AccountId, Option<Access>)> {
    // Starts over if the pupil became a member elsewhere meanwhile.
    for _ in 0..erasure::TRIES {
        let ward = charge.take(actor, MemberAct::Erase).await?;
        if !acknowledged {
            let message = "must be true: the erasure cannot be undone";
            return Err(Error::invalid("acknowledge", Flaw::Missing(message.into())));
        }
        let pupil = ward.pupil.id;
        if !erasure::holds(&ward.tx, pupil, &ward.held).await? {
            continue;
        }
        erase_locked(&ward, actor.account()?, actor.now).await?;
        ward.tx.commit().await?;
        return Ok((pupil, ward.by));
    }
    Err(Error::Conflict(Reason::Overtaken))
}

async fn erase_locked(ward: &Ward, teacher: AccountId, now: DateTime<Utc>) -> Result<()> {
    let Ward { tx, pupil, .. } = ward;
    let account = pupil.id;
    // Without consents, pictures of them are hidden, even where they are no longer a member.
    for consent in consent::of(&**tx, &[account]).await? {
        if consent.scope == ConsentScope::Pictures && consent.withdrawn_at.is_none() {
            media::tell_of(tx, consent.project_id, &[account]).await?;
        }
    }
    ward.log(audit::line(Act::PupilErased, teacher), now).await?;
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
    erasure::leave(tx, pupil).await?;
    entity::consent::Entity::delete_many()
        .filter(entity::consent::Column::AccountId.eq(account))
        .exec(&**tx)
        .await?;
    erasure::forget(tx, pupil.clone()).await
}
