//! Changing the e-mail address of an account: requested with the password, confirmed with a mailed
//! link.

use chrono::{DateTime, Utc};
use entity::{AccountId, Act, Purpose, account, email_change};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{LockType, OnConflict},
};
use uuid::Uuid;

use crate::{
    Error, Reason, Result,
    accounts::{password::Passwords, registration, session as sessions},
    care::audit,
    db::{Db, Tx, is_duplicate},
    error::Flaw,
    mail::{self, Letter},
    token,
};

/// Mails a link to the new address, and a warning to the old one. A pupil has no address.
///
/// If the new address belongs to someone else, its owner is notified by mail, and nobody else
/// learns that.
pub async fn request(
    db: &Db,
    passwords: &Passwords,
    id: AccountId,
    typed: &str,
    email: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let credentials = sessions::confirm(db, passwords, id, typed).await?;
    let tx = db.begin().await?;
    sessions::still(&tx, &credentials).await?;
    let own = account::Entity::find_by_id(id).one(&*tx).await?;
    let own = own.ok_or(Error::NotFound("account"))?;
    let old = own.email.filter(|old| old != email);
    let same = || Error::invalid("newEmail", Flaw::NotAllowed("is already your address".into()));
    let old = old.ok_or_else(same)?;
    mail::withdraw(&tx, id.0).await?;
    token::end(&tx, Purpose::ChangeEmail, id.0).await?;
    let wish = email_change::ActiveModel {
        account_id: Set(id),
        email: Set(email.to_owned()),
        requested_at: Set(now),
    };
    let newest = OnConflict::column(email_change::Column::AccountId)
        .update_columns([email_change::Column::Email, email_change::Column::RequestedAt])
        .to_owned();
    email_change::Entity::insert(wish).on_conflict(newest).exec_without_returning(&*tx).await?;
    if let Some(other) = taken(&tx, email).await? {
        let letter = Letter::AlreadyRegistered { name: other.name };
        mail::post(&tx, email, &other.language, &letter, other.id.0, now).await?;
    } else {
        let letter = Letter::ChangeEmail { name: own.name.clone() };
        mail::post(&tx, email, &own.language, &letter, id.0, now).await?;
    }
    let warning = Letter::EmailChanging { name: own.name };
    mail::post(&tx, &old, &own.language, &warning, Uuid::now_v7(), now).await?;
    Ok(tx.commit().await?)
}

/// Changes the account's address to the one to which this secret was mailed, and ends all its
/// sessions.
pub async fn confirm(db: &Db, secret: &str, now: DateTime<Utc>) -> Result<()> {
    let missing = || Error::NotFound(token::LINK);
    let subject = token::subject(db.read(), secret, Purpose::ChangeEmail, now).await?;
    let id = AccountId(subject.ok_or_else(missing)?);
    let tx = db.begin().await?;
    // The account first, as wherever an account's rows change: simultaneous requests queue here.
    let account = account::Entity::find_by_id(id)
        .filter(account::Column::BlockedAt.is_null())
        .filter(account::Column::Email.is_not_null())
        .lock(LockType::NoKeyUpdate)
        .one(&*tx)
        .await?
        .ok_or_else(missing)?;
    token::spend(&tx, secret, Purpose::ChangeEmail, id.0, now).await?;
    let wish = email_change::Entity::find_by_id(id).one(&*tx).await?.ok_or_else(missing)?;
    if taken(&tx, &wish.email).await?.is_some() {
        return Err(Error::Conflict(Reason::AccountExists));
    }
    clear(&tx, &wish.email).await?;
    let mut row = account.into_active_model();
    row.email = Set(Some(wish.email));
    row.update(&*tx).await.map_err(|error| match is_duplicate(&error) {
        // Two confirmations at once, or a registration in the meantime.
        true => Error::Conflict(Reason::AccountExists),
        false => error.into(),
    })?;
    forget(&tx, id).await?;
    // The registration was for the old address.
    registration::forget_guest(&tx, id).await?;
    mail::withdraw(&tx, id.0).await?;
    token::end(&tx, Purpose::ResetPassword, id.0).await?;
    sessions::close_all(&tx, id).await?;
    audit::line(Act::EmailChanged, id).account(id).write(&tx, now).await?;
    Ok(tx.commit().await?)
}

/// Cancels a change of address: to be called when a password changes, because whoever requested it
/// may have known the old password.
pub(crate) async fn forget(tx: &Tx, id: AccountId) -> Result<()> {
    token::end(tx, Purpose::ChangeEmail, id.0).await?;
    email_change::Entity::delete_by_id(id).exec(&**tx).await?;
    Ok(())
}

/// Deletes changes whose links have expired.
pub async fn expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    // Extended by the time for which a mail is retried.
    let old = email_change::Column::RequestedAt.lt(now - mail::CHANGE_FOR * 5);
    Ok(email_change::Entity::delete_many().filter(old).exec(db).await?.rows_affected)
}

/// The account to which an address belongs. An address that was never verified belongs to nobody,
/// unless the operator blocked it.
async fn taken(tx: &Tx, email: &str) -> Result<Option<account::Model>> {
    let found = account::Entity::with_email(email).one(&**tx).await?;
    Ok(found.filter(|other| other.verified_at.is_some() || other.blocked_at.is_some()))
}

/// Deletes the registration of an address that was never verified.
async fn clear(tx: &Tx, email: &str) -> Result<()> {
    let found = account::Entity::with_email(email).lock(LockType::Update).one(&**tx).await?;
    let Some(account) = found else { return Ok(()) };
    if account.verified_at.is_some() {
        return Err(Error::Conflict(Reason::AccountExists));
    }
    registration::discard(tx, &[account.id]).await
}
