//! Registrations whose address was never verified, which belong to nobody and are deleted after a
//! while, and registrations of guests, who become teachers with their existing account.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, Purpose, TagKind, account, account_tag, guest_registration, mail,
    session, token,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query},
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    accounts::{
        account::{self as accounts, NewTeacher},
        admission, email_change,
        school::{self, Named},
        session as sessions,
    },
    care::audit,
    db::{Db, Tx},
    mail::{self as outbox, Letter},
    sql::ColumnExt,
    text, token as tokens,
};

/// The maximum number deleted per round of housekeeping.
const ROUND: u64 = 500;

/// Removes what depends on registrations, so that others can replace them or they can be deleted.
/// Their rows are locked.
pub(crate) async fn strip(tx: &Tx, ids: &[AccountId]) -> Result<()> {
    let subjects = || ids.iter().map(|id| id.0);
    // In this order: a mail being sent meanwhile has its token before its row is released.
    mail::Entity::delete_many()
        .filter(mail::Column::SubjectId.is_in(subjects()))
        .exec(&**tx)
        .await?;
    token::Entity::delete_many()
        .filter(token::Column::SubjectId.is_in(subjects()))
        .filter(token::Column::Purpose.eq(Purpose::VerifyEmail))
        .exec(&**tx)
        .await?;
    account_tag::Entity::delete_many()
        .filter(account_tag::Column::AccountId.is_in(ids.iter().copied()))
        .exec(&**tx)
        .await?;
    session::Entity::delete_many()
        .filter(session::Column::AccountId.is_in(ids.iter().copied()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Deletes registrations, whose rows are locked. Nothing refers to them: nobody can sign in, be
/// seen or be mentioned before their address is verified.
pub(crate) async fn discard(tx: &Tx, ids: &[AccountId]) -> Result<()> {
    let found = account::Entity::find().filter(account::Column::Id.is_in(ids.iter().copied()));
    for account in found.all(&**tx).await? {
        tx.erases([Some(account.name), account.email].into_iter().flatten());
    }
    strip(tx, ids).await?;
    account::Entity::delete_many()
        .filter(account::Column::Id.is_in(ids.iter().copied()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Deletes registrations from before then, except those with a valid link, and those that the
/// operator blocked, which must stay blocked; returns their number.
pub async fn expire(db: &Db, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64> {
    let old = || {
        let mut link = Query::select();
        link.expr(Expr::val(1))
            .from(token::Entity)
            .and_where(token::Column::SubjectId.equals(account::Column::Id))
            .and_where(token::Column::Purpose.eq(Purpose::VerifyEmail))
            .and_where(token::Column::ExpiresAt.gt(now));
        account::Entity::find()
            .select_only()
            .column(account::Column::Id)
            .filter(account::Column::VerifiedAt.is_null())
            .filter(account::Column::Email.is_not_null())
            .filter(account::Column::BlockedAt.is_null())
            .filter(account::Column::CreatedAt.lt(before))
            .filter(Expr::exists(link).not())
            .limit(ROUND)
    };
    // Usually there is none, which needs no transaction.
    if old().into_tuple::<AccountId>().one(db.read()).await?.is_none() {
        return Ok(0);
    }
    let tx = db.begin().await?;
    // A registration being verified at this moment is kept.
    let ids: Vec<AccountId> = old()
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(&*tx)
        .await?;
    discard(&tx, &ids).await?;
    tx.commit().await?;
    Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
}

/// The registration of a guest, as stored until they open the link.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Teacher {
    name: String,
    school: Named,
    subjects: Vec<String>,
    languages: Vec<String>,
}

/// Mails a guest the link with which they become the teacher registered with the address of their
/// account. Nothing changes before, because someone else may have registered.
pub(crate) async fn offer(
    tx: &Tx,
    guest: &account::Model,
    registered: NewTeacher,
    now: DateTime<Utc>,
) -> Result<()> {
    let NewTeacher { email, password_hash, name, school, subjects, languages, .. } = registered;
    let teacher = Teacher { name, school, subjects, languages };
    let row = guest_registration::ActiveModel {
        account_id: Set(guest.id),
        password_hash: Set(password_hash),
        teacher: Set(serde_json::to_value(teacher).map_err(Error::internal)?),
        requested_at: Set(now),
    };
    let column = [
        guest_registration::Column::PasswordHash,
        guest_registration::Column::Teacher,
        guest_registration::Column::RequestedAt,
    ];
    let newest =
        OnConflict::column(guest_registration::Column::AccountId).update_columns(column).to_owned();
    guest_registration::Entity::insert(row)
        .on_conflict(newest)
        .exec_without_returning(&**tx)
        .await?;
    let letter = Letter::BecomeTeacher { name: guest.name.clone() };
    outbox::post(tx, &email, &guest.language, &letter, guest.id.0, now).await
}

/// The pending registration of a guest.
pub(crate) async fn of_guest(
    db: &impl ConnectionTrait,
    id: AccountId,
) -> Result<Option<guest_registration::Model>> {
    Ok(guest_registration::Entity::find_by_id(id).one(db).await?)
}

/// Makes a guest the registered teacher, with the token that was mailed to them: name, school and
/// password are those of the registration, and all memberships are kept. Their account is locked. If
/// the server admits nobody by itself, they wait to be admitted as one.
pub(crate) async fn become_teacher(
    tx: &Tx,
    secret: &str,
    registered: guest_registration::Model,
    waits: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    let id = registered.account_id;
    // Registered again in the meantime, with another password.
    let newest = of_guest(&**tx, id).await?;
    if newest.is_none_or(|newest| newest.password_hash != registered.password_hash) {
        return Err(Error::NotFound(tokens::LINK));
    }
    let teacher: Teacher = serde_json::from_value(registered.teacher).map_err(Error::internal)?;
    tokens::spend(tx, secret, Purpose::VerifyEmail, id.0, now).await?;
    let row = account::ActiveModel {
        kind: Set(if waits { AccountKind::Guest } else { AccountKind::Teacher }),
        password_hash: Set(registered.password_hash),
        name_key: Set(text::key(&teacher.name)),
        name: Set(teacher.name.clone()),
        ..Default::default()
    };
    account::Entity::update_many().set(row).filter(account::Column::Id.eq(id)).exec(&**tx).await?;
    let school_id = school::find_or_add(tx, &teacher.school).await?;
    accounts::set_school(tx, id, school_id, now).await?;
    accounts::set_tags(tx, id, TagKind::Subject, teacher.subjects).await?;
    accounts::set_tags(tx, id, TagKind::Language, teacher.languages).await?;
    accounts::tell_members(tx, id).await?;
    outbox::withdraw(tx, id.0).await?;
    tokens::end(tx, Purpose::ResetPassword, id.0).await?;
    email_change::forget(tx, id).await?;
    forget_guest(tx, id).await?;
    sessions::close_all(tx, id).await?;
    match waits {
        true => admission::ask(tx, id, now).await?,
        // They may have waited before the operator changed who may register.
        false => admission::forget(tx, id).await?,
    }
    audit::line(Act::AccountCreated, id)
        .account(id)
        .detail(audit::Detail::From, "guest")
        .write(tx, now)
        .await
}

/// Cancels the registration of a guest, and its link.
pub(crate) async fn forget_guest(tx: &Tx, id: AccountId) -> Result<()> {
    let gone = guest_registration::Entity::delete_by_id(id).exec(&**tx).await?;
    if gone.rows_affected > 0 {
        tokens::end(tx, Purpose::VerifyEmail, id.0).await?;
    }
    Ok(())
}

/// Deletes the registrations of guests who did not open the link.
pub async fn expire_guests(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    // Extended by the time for which a mail is retried.
    let old = guest_registration::Column::RequestedAt.lt(now - outbox::VERIFY_FOR * 5);
    Ok(guest_registration::Entity::delete_many().filter(old).exec(db).await?.rows_affected)
}
