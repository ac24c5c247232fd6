//! Passwords of those who sign in: confirmed, changed, forgotten.

use chrono::{DateTime, Utc};
use entity::{AccountId, AccountKind, Act, Purpose, account};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType,
};

use super::{Entry, Holder, Opened, close_all, open};
use crate::{
    Error, Reason, Result,
    accounts::{
        account::{Credentials, credentials},
        email, email_change,
        password::{Password, Passwords},
    },
    care::audit,
    db::{Db, Tx},
    mail::{self, Letter},
    token,
};

/// Changes the password for someone who knows it, ends all sessions, and begins a new one.
///
/// Not available to pupils.
pub async fn change_password(
    db: &Db,
    passwords: &Passwords,
    id: AccountId,
    typed: &str,
    chosen: &Password,
    entry: Entry<'_>,
) -> Result<Opened> {
    let account = confirm(db, passwords, id, typed).await?;
    let hash = passwords.hash(chosen).await?;
    let tx = db.begin().await?;
    still(&tx, &account).await?;
    token::end(&tx, Purpose::ResetPassword, id.0).await?;
    replace_password(&tx, id, hash).await?;
    audit::line(Act::PasswordChanged, id).account(id).write(&tx, entry.now).await?;
    let (token, session) = open(&tx, id, entry).await?;
    tx.commit().await?;
    Ok(Opened { token, session, holder: Holder::from(&account) })
}

/// Mails a link to reset a forgotten password: to a verified address, and never to pupils,
/// who have none.
pub async fn request_password_reset(db: &Db, text: &str, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    mail_reset(&tx, text, now).await?;
    Ok(tx.commit().await?)
}

/// The same, as a part of a transaction.
pub(crate) async fn mail_reset(tx: &Tx, text: &str, now: DateTime<Utc>) -> Result<()> {
    let account = email::owner(text)
        .filter(account::Column::VerifiedAt.is_not_null())
        .filter(account::Column::Kind.ne(AccountKind::Pupil))
        .filter(account::Column::BlockedAt.is_null())
        .one(&**tx)
        .await?;
    let Some(account) = account else { return Ok(()) };
    let Some(address) = &account.email else { return Ok(()) };
    let letter = Letter::ResetPassword { name: account.name };
    mail::post(tx, address, &account.language, &letter, account.id.0, now).await
}

/// Resets a forgotten password with the mailed token, and ends all sessions; returns the
/// owner. Pupils have no such link.
pub async fn reset_password(
    db: &Db,
    passwords: &Passwords,
    secret: &str,
    chosen: &Password,
    now: DateTime<Utc>,
) -> Result<AccountId> {
    let subject = token::subject(db.read(), secret, Purpose::ResetPassword, now).await?;
    let id = AccountId(subject.ok_or(Error::NotFound(token::LINK))?);
    let hash = passwords.hash(chosen).await?;
    let tx = db.begin().await?;
    // The account first, as wherever an account's rows change: simultaneous requests queue here.
    let kind: Option<AccountKind> = account::Entity::find_by_id(id)
        .select_only()
        .column(account::Column::Kind)
        .filter(account::Column::BlockedAt.is_null())
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .one(&*tx)
        .await?;
    if kind.ok_or(Error::NotFound(token::LINK))? == AccountKind::Pupil {
        return Err(Error::Forbidden(Reason::RoleTooLow));
    }
    token::spend(&tx, secret, Purpose::ResetPassword, id.0, now).await?;
    replace_password(&tx, id, hash).await?;
    audit::line(Act::PasswordChanged, id)
        .account(id)
        .detail(audit::Detail::By, "mailed link")
        .write(&tx, now)
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// Lets the owner of an account confirm an action with the password; the transaction that performs
/// it must then check that it is [still](still) the same. Not available to pupils.
pub(crate) async fn confirm(
    db: &Db,
    passwords: &Passwords,
    id: AccountId,
    typed: &str,
) -> Result<Credentials> {
    let account = credentials(db.read(), id).await?;
    let account = account.ok_or(Error::NotFound("account"))?;
    if account.kind == AccountKind::Pupil {
        return Err(Error::Forbidden(Reason::RoleTooLow));
    }
    match passwords.verify(typed, Some(&account.password_hash)).await?.fits {
        true => Ok(account),
        false => Err(Error::InvalidCredentials),
    }
}

/// Locks an account, and fails if its password is no longer the one that was verified, or if it was
/// blocked meanwhile.
pub(crate) async fn still(tx: &Tx, account: &Credentials) -> Result<()> {
    let same: Option<AccountId> = account::Entity::find_by_id(account.id)
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::PasswordHash.eq(account.password_hash.as_str()))
        .filter(account::Column::BlockedAt.is_null())
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .one(&**tx)
        .await?;
    same.map(drop).ok_or(Error::InvalidCredentials)
}

/// Replaces the password of an account, whose links for that have been ended: mails about the old
/// one are withdrawn, a change of the address is forgotten, and all sessions end.
pub(crate) async fn replace_password(tx: &Tx, id: AccountId, hash: String) -> Result<()> {
    mail::withdraw(tx, id.0).await?;
    set_password(tx, id, hash).await?;
    email_change::forget(tx, id).await?;
    close_all(tx, id).await
}

pub(super) async fn set_password(tx: &Tx, id: AccountId, hash: String) -> Result<()> {
    let row = account::ActiveModel { password_hash: Set(hash), ..Default::default() };
    account::Entity::update_many().set(row).filter(account::Column::Id.eq(id)).exec(&**tx).await?;
    Ok(())
}
