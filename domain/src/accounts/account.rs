//! Accounts, and what their owners change.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, SchoolId, ServiceId, TagKind, account, account_tag, member, school,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, JoinType,
    QueryFilter, QueryOrder, QuerySelect, Select,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, LockType, Query},
};

use crate::{
    Error, Reason, Result,
    accounts::{
        email, picture,
        school::{Named, confirmation},
    },
    db::{Db, Tx},
    events::Event,
    text,
};

mod create;

pub use create::{
    NewPerson, NewTeacher, add_administrator, add_officer, create_guest, register,
    resend_verification, verify,
};

/// What determines whether someone can sign in.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "account::Entity")]
pub struct Credentials {
    /// The account.
    pub id: AccountId,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// The support service to which an officer belongs.
    pub service_id: Option<ServiceId>,
    /// When the address was verified.
    pub verified_at: Option<DateTimeUtc>,
    /// The Argon2id hash in PHC format.
    pub password_hash: String,
    /// When the server's operator blocked it.
    pub blocked_at: Option<DateTimeUtc>,
}

/// The credentials of the account that someone refers to by this address.
pub async fn with_email(db: &impl ConnectionTrait, text: &str) -> Result<Option<Credentials>> {
    Ok(email::owner(text).into_partial_model().one(db).await?)
}

/// The credentials of the pupil's account with this username.
pub async fn with_username(
    db: &impl ConnectionTrait,
    username: &str,
) -> Result<Option<Credentials>> {
    let pupil = account::Entity::find()
        .filter(account::Column::Username.eq(username))
        .filter(account::Column::Kind.eq(AccountKind::Pupil));
    Ok(pupil.into_partial_model().one(db).await?)
}

/// The credentials of this account.
pub async fn credentials(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Credentials>> {
    Ok(account::Entity::find_by_id(id).into_partial_model().one(db).await?)
}

/// What an account's owner sees of it.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "account::Entity")]
pub struct Own {
    /// The account.
    pub id: AccountId,
    /// The address, for everyone but pupils.
    pub email: Option<String>,
    /// The username, for pupils.
    pub username: Option<String>,
    /// The name that others see.
    pub name: String,
    /// The profile text.
    pub profile: String,
    /// The language in which the server writes to them, as an ISO 639-1 code.
    pub language: String,
    /// The school; only teachers and pupils have one.
    #[sea_orm(nested)]
    pub school: Option<school::Model>,
}

/// What an account's owner sees of it, with one statement.
pub async fn own(db: &impl ConnectionTrait, id: AccountId) -> Result<Own> {
    owns(db, &[id]).await?.remove(&id).ok_or(Error::NotFound("account"))
}

/// The same for several accounts, with one statement.
pub async fn owns(db: &impl ConnectionTrait, ids: &[AccountId]) -> Result<HashMap<AccountId, Own>> {
    let school = account::Entity::belongs_to(school::Entity)
        .from(account::Column::SchoolId)
        .to(school::Column::Id)
        .into();
    let owns: Vec<Own> = account::Entity::find()
        .filter(account::Column::Id.is_in(ids.iter().copied()))
        .join(JoinType::LeftJoin, school)
        .into_partial_model()
        .all(db)
        .await?;
    Ok(owns.into_iter().map(|own| (own.id, own)).collect())
}

/// The subjects and languages of an account, in alphabetical order.
pub async fn tags(db: &impl ConnectionTrait, id: AccountId) -> Result<Vec<account_tag::Model>> {
    let tags = account_tag::Entity::find()
        .filter(account_tag::Column::AccountId.eq(id))
        .order_by_asc(account_tag::Column::Kind)
        .order_by_asc(account_tag::Column::Value);
    Ok(tags.all(db).await?)
}

/// The language in which the server writes to somebody, as an ISO 639-1 code.
pub(crate) async fn language(tx: &Tx, id: AccountId) -> Result<String> {
    let language = account::Entity::find_by_id(id)
        .select_only()
        .column(account::Column::Language)
        .into_tuple()
        .one(&**tx)
        .await?;
    language.ok_or_else(|| Error::internal("somebody has no account"))
}

/// The owner's changes to an account; `None` keeps the current value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The name that others see.
    pub name: Option<String>,
    /// The profile text.
    pub profile: Option<String>,
    /// The name of an avatar; empty to remove it.
    pub avatar: Option<String>,
    /// The school, for teachers.
    pub school: Option<Named>,
    /// School subjects, in lower case, for teachers.
    pub subjects: Option<Vec<String>>,
    /// Languages, as ISO 639-1 codes, for teachers.
    pub languages: Option<Vec<String>>,
    /// The language in which the server writes to them, as an ISO 639-1 code.
    pub language: Option<String>,
}

/// Locks an account and returns its kind. Nothing can be added to an account that was erased
/// meanwhile.
pub(crate) async fn lock(tx: &Tx, id: AccountId) -> Result<AccountKind> {
    account::Entity::find_by_id(id)
        .select_only()
        .column(account::Column::Kind)
        .filter(is_there())
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .one(&**tx)
        .await?
        .ok_or(Error::Unauthenticated)
}

/// Holds an account so that it is not erased before the transaction ends, for adding something to
/// it without a lock on a project in which it has a part. `None` if it was erased.
pub(crate) async fn hold(tx: &Tx, id: AccountId) -> Result<Option<account::Model>> {
    let found = account::Entity::find_by_id(id).filter(is_there()).lock(LockType::KeyShare);
    Ok(found.one(&**tx).await?)
}

/// The account with this ID, if it belongs to someone who is not blocked.
pub(crate) fn present(id: AccountId) -> Select<account::Entity> {
    let found = account::Entity::find_by_id(id).filter(is_there());
    found.filter(account::Column::BlockedAt.is_null())
}

/// Refuses an act of someone whose account was erased, removed or blocked since they asked for it.
pub(crate) async fn still_there(tx: &Tx, id: AccountId) -> Result<()> {
    let found = present(id).one(&**tx).await?;
    found.map(|_| ()).ok_or(Error::Conflict(Reason::Overtaken))
}

/// Whether that account belongs to someone who is not blocked.
pub(crate) fn there(id: AccountId) -> Expr {
    let mut there = Query::select();
    there
        .expr(Expr::val(1))
        .from(account::Entity)
        .and_where(account::Column::Id.eq(id.0))
        .and_where(account::Column::BlockedAt.is_null())
        .cond_where(is_there());
    Expr::exists(there)
}

/// Whether an account belongs to someone, for rows with its table: an erased or removed account has
/// neither an address nor a username.
pub(crate) fn is_there() -> Condition {
    Condition::any()
        .add(account::Column::Email.is_not_null())
        .add(account::Column::Username.is_not_null())
}

/// Changes the profile of an account.
///
/// Only the custodian can change a pupil's name; school, subjects and languages are for teachers.
pub async fn edit(db: &Db, id: AccountId, edit: Edit, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let kind = lock(&tx, id).await?;
    if edit.name.is_some() && kind == AccountKind::Pupil {
        return Err(Error::Forbidden(Reason::RoleTooLow));
    }
    let teaching = edit.school.is_some() || edit.subjects.is_some() || edit.languages.is_some();
    if teaching && kind != AccountKind::Teacher {
        return Err(Error::Forbidden(Reason::NotATeacher));
    }
    let spoken = edit.profile.is_some();
    if edit.name.is_some() || spoken || edit.language.is_some() {
        let row = account::ActiveModel {
            name_key: edit.name.as_deref().map_or(NotSet, |name| Set(text::key(name))),
            name: edit.name.clone().map_or(NotSet, Set),
            profile: edit.profile.map_or(NotSet, Set),
            language: edit.language.map_or(NotSet, Set),
            ..Default::default()
        };
        account::Entity::update_many()
            .set(row)
            .filter(account::Column::Id.eq(id))
            .exec(&*tx)
            .await?;
    }
    let shown = edit.avatar.is_some() || spoken;
    if let Some(avatar) = edit.avatar {
        picture::set_avatar(&tx, id, Some(avatar).filter(|name| !name.is_empty())).await?;
    }
    if let Some(school) = &edit.school {
        // What is named again without its region is the same school.
        if !super::school::is_named(&tx, id, school).await? {
            let school_id = super::school::find_or_add(&tx, school).await?;
            set_school(&tx, id, school_id, now).await?;
        }
    }
    for (kind, values) in [(TagKind::Subject, edit.subjects), (TagKind::Language, edit.languages)] {
        if let Some(values) = values {
            account_tag::Entity::delete_many()
                .filter(account_tag::Column::AccountId.eq(id))
                .filter(account_tag::Column::Kind.eq(kind))
                .exec(&*tx)
                .await?;
            set_tags(&tx, id, kind, values).await?;
        }
    }
    if edit.name.is_some() || edit.school.is_some() || shown {
        tell_members(&tx, id).await?;
    }
    Ok(tx.commit().await?)
}

/// Name, picture, profile and school are shown in all TwinSpaces of the account.
pub(crate) async fn tell_members(tx: &Tx, id: AccountId) -> Result<()> {
    let places = member::Entity::find()
        .select_only()
        .columns([member::Column::ProjectId, member::Column::Id])
        .filter(member::Column::AccountId.eq(id))
        .into_tuple()
        .all(&**tx)
        .await?;
    for (project, member) in places {
        tx.tell(Event::Member { project, member, joined: false }).await?;
    }
    Ok(())
}

/// Gives somebody a school. If it is another one than before, that is a claim again.
pub(crate) async fn set_school(
    tx: &Tx,
    id: AccountId,
    school: SchoolId,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = account::ActiveModel { school_id: Set(Some(school)), ..Default::default() };
    let current = account::Column::SchoolId;
    let changed = account::Entity::update_many()
        .set(row)
        .filter(account::Column::Id.eq(id))
        .filter(current.is_null().or(current.ne(school)))
        .exec(&**tx)
        .await?;
    match changed.rows_affected {
        0 => Ok(()),
        _ => confirmation::end(tx, id, now).await,
    }
}

pub(crate) async fn set_tags(
    tx: &Tx,
    id: AccountId,
    kind: TagKind,
    values: Vec<String>,
) -> Result<()> {
    if values.is_empty() {
        return Ok(());
    }
    let rows = values.into_iter().map(|value| account_tag::ActiveModel {
        account_id: Set(id),
        kind: Set(kind),
        value: Set(value),
    });
    account_tag::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    Ok(())
}
