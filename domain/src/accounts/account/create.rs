//! How accounts are created: by registering, with an invitation, and for those who work here.

use chrono::{DateTime, Utc};
use entity::{AccountId, AccountKind, Act, Purpose, ServiceId, TagKind, account};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{LockType, OnConflict},
};

use super::{set_school, set_tags};
use crate::{
    Error, Reason, Result,
    accounts::{
        admission, email, registration,
        school::{self, Named},
    },
    care::audit,
    db::{Db, Tx},
    mail::{self, Letter},
    text, token,
};

/// The registration of a teacher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTeacher {
    /// The address, as normalised by `email::parse`.
    pub email: String,
    /// The hash of the password.
    pub password_hash: String,
    /// The name that others see.
    pub name: String,
    /// The school.
    pub school: Named,
    /// School subjects, in lower case.
    pub subjects: Vec<String>,
    /// Languages, as ISO 639-1 codes.
    pub languages: Vec<String>,
    /// The language in which the server writes to them, as an ISO 639-1 code.
    pub language: String,
}

/// Registers a teacher, whose address must then be verified with a mailed link.
///
/// If the address already belongs to an account, nothing changes, but its owner is notified by
/// mail; a guest becomes a teacher with their existing account once they open the mailed link. An
/// address that was never verified belongs to nobody: the latest registration takes it over.
pub async fn register(db: &Db, teacher: NewTeacher, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    enter(&tx, teacher, now).await?;
    Ok(tx.commit().await?)
}

async fn enter(tx: &Tx, teacher: NewTeacher, now: DateTime<Utc>) -> Result<()> {
    let hash = teacher.password_hash.clone();
    let row = account::ActiveModel {
        email: Set(Some(teacher.email.clone())),
        ..new(AccountKind::Teacher, &teacher.name, hash, &teacher.language, now)
    };
    let id = match claim(tx, &teacher.email, row).await? {
        Claim::Made(id) => id,
        Claim::Taken(guest) if guest.kind == AccountKind::Guest && guest.blocked_at.is_none() => {
            return Box::pin(registration::offer(tx, &guest, teacher, now)).await;
        }
        Claim::Taken(account) => {
            let letter = Letter::AlreadyRegistered { name: account.name };
            let (email, language) = (&teacher.email, &account.language);
            return mail::post(tx, email, language, &letter, account.id.0, now).await;
        }
    };
    let school_id = school::find_or_add(tx, &teacher.school).await?;
    set_school(tx, id, school_id, now).await?;
    set_tags(tx, id, TagKind::Subject, teacher.subjects).await?;
    set_tags(tx, id, TagKind::Language, teacher.languages).await?;
    let letter = Letter::VerifyEmail { name: teacher.name };
    mail::post(tx, &teacher.email, &teacher.language, &letter, id.0, now).await
}

/// Resends the link to verify an address, if it is waiting for that.
pub async fn resend_verification(db: &Db, text: &str, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let found = email::owner(text).lock(LockType::NoKeyUpdate).one(&*tx).await?;
    let Some(account) = found else { return Ok(()) };
    let Some(address) = &account.email else { return Ok(()) };
    let letter = match account.verified_at {
        None => Letter::VerifyEmail { name: account.name },
        Some(_) if registration::of_guest(&*tx, account.id).await?.is_some() => {
            Letter::BecomeTeacher { name: account.name }
        }
        Some(_) => return Ok(()),
    };
    mail::withdraw(&tx, account.id.0).await?;
    mail::post(&tx, address, &account.language, &letter, account.id.0, now).await?;
    Ok(tx.commit().await?)
}

/// Marks the address of an account as verified, with the token that was mailed to it.
///
/// If two requests use a token at once, one of them finds no such token.
///
/// If the server admits nobody by itself, whoever it is `waits` to be admitted.
pub async fn verify(
    tx: &Tx,
    secret: &str,
    id: AccountId,
    waits: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    mail::withdraw(tx, id.0).await?;
    token::spend(tx, secret, Purpose::VerifyEmail, id.0, now).await?;
    let row = account::ActiveModel { verified_at: Set(Some(now)), ..Default::default() };
    account::Entity::update_many().set(row).filter(account::Column::Id.eq(id)).exec(&**tx).await?;
    mail::withdraw(tx, id.0).await?;
    if waits {
        admission::ask(tx, id, now).await?;
    }
    audit::line(Act::AccountCreated, id).account(id).write(tx, now).await
}

/// Somebody who gets an account without registering: their address is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPerson<'a> {
    /// The address, as normalised by `email::parse`.
    pub email: &'a str,
    /// The name that others see.
    pub name: &'a str,
    /// The Argon2id hash in PHC format.
    pub password_hash: String,
    /// The language in which the server writes to them, as an ISO 639-1 code.
    pub language: &'a str,
}

/// Creates the account of a guest, whose address is verified by the link of an invitation (M-04).
///
/// An address that has an account is refused with `AccountExists`.
pub async fn create_guest(tx: &Tx, guest: NewPerson<'_>, now: DateTime<Utc>) -> Result<AccountId> {
    let id = add(tx, AccountKind::Guest, guest, None, now).await?;
    audit::line(Act::AccountCreated, id).account(id).write(tx, now).await?;
    Ok(id)
}

/// Creates the account of an officer of a support service; `by` is none on the command line.
pub async fn add_officer(
    tx: &Tx,
    officer: NewPerson<'_>,
    service: ServiceId,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<AccountId> {
    let id = add(tx, AccountKind::Officer, officer, Some(service), now).await?;
    audit::line(Act::AccountCreated, by).account(id).write(tx, now).await?;
    Ok(id)
}

/// Creates an administrator's account; called by the command line.
pub async fn add_administrator(
    tx: &Tx,
    administrator: NewPerson<'_>,
    now: DateTime<Utc>,
) -> Result<AccountId> {
    let id = add(tx, AccountKind::Administrator, administrator, None, now).await?;
    audit::line(Act::AccountCreated, None).account(id).write(tx, now).await?;
    Ok(id)
}

fn new(
    kind: AccountKind,
    name: &str,
    password_hash: String,
    language: &str,
    now: DateTime<Utc>,
) -> account::ActiveModel {
    account::ActiveModel {
        id: Set(AccountId::new()),
        kind: Set(kind),
        email: Set(None),
        username: Set(None),
        password_hash: Set(password_hash),
        name_key: Set(text::key(name)),
        name: Set(name.to_owned()),
        school_id: Set(None),
        service_id: Set(None),
        custodian_id: Set(None),
        profile: Set(String::new()),
        language: Set(language.to_owned()),
        verified_at: Set(None),
        created_at: Set(now),
        // Registering with an address that was never verified does not unblock it.
        blocked_at: NotSet,
        block_reason: NotSet,
    }
}

/// Adds an account with a verified address, or fails with `AccountExists`.
async fn add(
    tx: &Tx,
    kind: AccountKind,
    person: NewPerson<'_>,
    service: Option<ServiceId>,
    now: DateTime<Utc>,
) -> Result<AccountId> {
    let NewPerson { email, name, password_hash, language } = person;
    let row = account::ActiveModel {
        email: Set(Some(email.to_owned())),
        service_id: Set(service),
        verified_at: Set(Some(now)),
        ..new(kind, name, password_hash, language, now)
    };
    match claim(tx, email, row).await? {
        Claim::Made(id) => Ok(id),
        Claim::Taken(_) => Err(Error::Conflict(Reason::AccountExists)),
    }
}

/// The result of claiming an address.
enum Claim {
    /// It now belongs to this account.
    Made(AccountId),
    /// It already belongs to this account.
    Taken(Box<account::Model>),
}

/// Adds an account with a new address, or replaces one that was never verified.
async fn claim(tx: &Tx, email: &str, row: account::ActiveModel) -> Result<Claim> {
    // Inserted first: if many request an address at once, one of them creates the row.
    let made = account::Entity::insert(row.clone())
        .on_conflict(OnConflict::column(account::Column::Email).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    let found = account::Entity::with_email(email)
        .lock(LockType::NoKeyUpdate)
        .one(&**tx)
        .await?
        .ok_or_else(|| Error::internal("a newly added account is missing"))?;
    let id = found.id;
    if made == 1 {
        return Ok(Claim::Made(id));
    }
    if found.verified_at.is_some() {
        return Ok(Claim::Taken(Box::new(found)));
    }
    registration::strip(tx, &[id]).await?;
    account::ActiveModel { id: Set(id), ..row }.update(&**tx).await?;
    Ok(Claim::Made(id))
}
