//! Erasure of accounts, by their owners or by the server's operator: all personal data is deleted,
//! and what the person created is kept under a name that is the same for everyone.
//!
//! A pupil's account is erased by the custodian ([`custody::erase`](crate::members::custody::erase)),
//! sharing what is the same for both. Code that adds something to an account that may be erased
//! meanwhile must lock a project in which it has a part, or [hold](super::account::hold) the
//! account.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, ProjectId, ProjectState, Purpose, TwinSpaceRole, account,
    account_tag, brought_in, former_teacher, member, outcome, partner, project, token,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{Cond, Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    Error, Reason, Result, access,
    accounts::{
        account as accounts, admission, email, email_change, password::Passwords, picture,
        registration, school::confirmation, session as sessions,
    },
    care::audit,
    db::{Db, Tx},
    desktop::contact,
    events::Event,
    inside::{media, message, page},
    mail,
    members::{
        custody_transfer, invitation, pupil::rule::counts_as_pupil, pupil_news as news,
        pupil_request,
    },
    permit::Held,
    projects::{label, partner as partners, project as projects, succession},
    sql::ColumnExt,
    text,
};

/// How often erasure is restarted because the person joined another project meanwhile.
pub(crate) const TRIES: u8 = 5;

/// The name of a person whose account has been erased.
pub const fn former(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Teacher => "Former teacher",
        AccountKind::Pupil => "Former pupil",
        AccountKind::Guest => "Former guest",
        AccountKind::Officer => "Former officer",
        AccountKind::Administrator => "Former administrator",
    }
}

/// Whether an account can be erased by its owner, and if not, why not: one statement. The action
/// returns the same reasons.
pub async fn may(db: &impl ConnectionTrait, id: AccountId) -> Result<Result<(), Reason>> {
    let mut query = Query::select();
    query
        .expr(account::Column::Kind.into_expr())
        .expr(Expr::exists(pupils_of(id)))
        .expr(Expr::exists(last_admin(id)))
        .expr(Expr::exists(last_founder(id)))
        .from(account::Entity)
        .and_where(account::Column::Id.eq(id.0));
    let row = db.query_one(&query).await?.ok_or(Error::NotFound("account"))?;
    let kind: AccountKind = row.try_get_by_index(0)?;
    Ok(if kind == AccountKind::Pupil {
        Err(Reason::RoleTooLow)
    } else if row.try_get_by_index(1)? {
        Err(Reason::HasPupils)
    } else if row.try_get_by_index(2)? {
        Err(Reason::LastTeacherAdmin)
    } else if row.try_get_by_index(3)? {
        Err(Reason::LastFounder)
    } else {
        Ok(())
    })
}

/// The pupils who would be left without a custodian.
fn pupils_of(id: AccountId) -> SelectStatement {
    let pupil = "pupil";
    let mut pupils = Query::select();
    pupils
        .expr(Expr::val(1))
        .from_as(account::Entity, pupil)
        .and_where(account::Column::CustodianId.of(pupil).eq(id.0));
    pupils
}

/// The active projects whose TwinSpaces have them as the only administrator (P-14). A closed
/// project does not need one: server administrators deal with harmful content there.
fn last_admin(id: AccountId) -> SelectStatement {
    let mine = "mine";
    let others =
        crate::members::member::other_admins(member::Column::ProjectId.of(mine), Expr::val(id.0));
    let mut places = Query::select();
    places
        .expr(Expr::val(1))
        .from_as(member::Entity, mine)
        .inner_join(project::Entity, is_active(member::Column::ProjectId.of(mine)))
        .and_where(member::Column::AccountId.of(mine).eq(id.0))
        .and_where(member::Column::Role.of(mine).eq(TwinSpaceRole::TeacherAdmin))
        .and_where(Expr::exists(others).not());
    places
}

/// The active projects in which only they have a founder's powers, because the other founder's
/// account is erased: nobody could close the project any more, or propose a successor (P-15).
fn last_founder(id: AccountId) -> SelectStatement {
    let (mine, other) = ("mine", "other");
    let owner = account::Column::Id;
    let mut others = Query::select();
    others
        .expr(Expr::val(1))
        .from_as(partner::Entity, other)
        .inner_join(account::Entity, owner.equals(partner::Column::AccountId.of(other)))
        .and_where(partner::Column::ProjectId.of(other).eq(partner::Column::ProjectId.of(mine)))
        .and_where(partner::Column::AccountId.of(other).ne(id.0))
        .and_where(partner::Column::Founder.of(other).eq(true))
        .cond_where(accounts::is_there());
    let mut places = Query::select();
    places
        .expr(Expr::val(1))
        .from_as(partner::Entity, mine)
        .inner_join(project::Entity, is_active(partner::Column::ProjectId.of(mine)))
        .and_where(partner::Column::AccountId.of(mine).eq(id.0))
        .and_where(partner::Column::Founder.of(mine).eq(true))
        .and_where(Expr::exists(others).not());
    places
}

/// The condition that the project of a row is active.
fn is_active(id: Expr) -> Expr {
    let active = project::Column::State.eq(ProjectState::Active);
    project::Column::Id.equals(id).and(active)
}

/// Erases the account of someone who confirms it with the password. Not available to pupils: their
/// custodian does it.
pub async fn erase(
    db: &Db,
    passwords: &Passwords,
    id: AccountId,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let credentials = sessions::confirm(db, passwords, id, typed).await?;
    let (tx, account) = lock(db, id).await?;
    sessions::still(&tx, &credentials).await?;
    Box::pin(erase_locked(&tx, account, Some(id), now)).await?;
    Ok(tx.commit().await?)
}

/// Erases the account with this address on behalf of the server's operator; returns its owner. A
/// registration that was never verified is deleted.
pub async fn erase_of(db: &Db, address: &str, now: DateTime<Utc>) -> Result<account::Model> {
    let missing = || Error::NotFound("account");
    let found = email::owner(address).one(db.read()).await?.ok_or_else(missing)?;
    let (tx, account) = lock(db, found.id).await?;
    if account.email != found.email {
        return Err(missing());
    }
    let before = account.clone();
    match account.verified_at {
        Some(_) => Box::pin(erase_locked(&tx, account, None, now)).await?,
        None => registration::discard(&tx, &[account.id]).await?,
    }
    tx.commit().await?;
    Ok(before)
}

/// Locks all projects in which the person has a part, always in the same order, and then the
/// account: from then on they cannot join others.
async fn lock(db: &Db, id: AccountId) -> Result<(Tx, account::Model)> {
    for _ in 0..TRIES {
        let tx = db.begin().await?;
        let held = lock_projects(&tx, id).await?;
        let account = account::Entity::find_by_id(id)
            .filter(accounts::is_there())
            .lock_exclusive()
            .one(&*tx)
            .await?
            .ok_or(Error::Unauthenticated)?;
        if holds(&tx, id, &held).await? {
            return Ok((tx, account));
        }
    }
    Err(Error::Conflict(Reason::Overtaken))
}

/// Locks all projects in which an account has a part, always in the same order.
pub(crate) async fn lock_projects(tx: &Tx, id: AccountId) -> Result<Held> {
    let parts = parts(tx, id).await?;
    let projects = project::Entity::find().select_only().column(project::Column::Id);
    access::hold(tx, projects.filter(project::Column::Id.is_in(parts)).into_query()).await
}

/// Whether all projects in which an account has a part are locked: it joined no other meanwhile.
pub(crate) async fn holds(tx: &Tx, id: AccountId, held: &Held) -> Result<bool> {
    Ok(parts(tx, id).await?.iter().all(|project| held.contains_key(project)))
}

/// The projects in which an account has a part that its erasure changes.
async fn parts(tx: &Tx, id: AccountId) -> Result<BTreeSet<ProjectId>> {
    let mut parts = BTreeSet::new();
    let member = member::Entity::find().select_only().column(member::Column::ProjectId);
    let member = member.filter(member::Column::AccountId.eq(id));
    parts.extend(member.into_tuple::<ProjectId>().all(&**tx).await?);
    let partner = partner::Entity::find().select_only().column(partner::Column::ProjectId);
    let partner = partner.filter(partner::Column::AccountId.eq(id));
    parts.extend(partner.into_tuple::<ProjectId>().all(&**tx).await?);
    parts.extend(projects::begun_with(tx, id).await?.into_iter().map(|project| project.id));
    parts.extend(invitation::waiting(tx, id).await?.into_iter().map(|one| one.project_id));
    parts.extend(label::waiting(tx, id).await?.into_iter().map(|one| one.project_id));
    parts.extend(succession::waiting(tx, id).await?.into_iter().map(|one| one.project_id));
    parts.extend(pupil_request::waiting(tx, id).await?);
    parts.extend(custody_transfer::waiting(tx, id).await?);
    Ok(parts)
}

async fn erase_locked(
    tx: &Tx,
    account: account::Model,
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let id = account.id;
    may(&**tx, id).await?.map_err(Error::forbidden)?;
    let mut lines = Vec::new();
    for place in leave(tx, &account).await? {
        let line = audit::line(Act::MemberLeft, actor).project(place.project_id).account(id);
        lines.push(line.detail(audit::Detail::Role, place.role.to_value()));
    }
    for project in partners::forget(tx, id).await? {
        lines.push(audit::line(Act::PartnerRemoved, actor).project(project).account(id));
    }
    lines.push(audit::line(Act::AccountErased, actor).account(id));
    for project in projects::forget(tx, id, actor, now).await? {
        page::forget::forget_all(tx, project).await?;
        media::forget_all(tx, project).await?;
    }
    label::forget(tx, id).await?;
    succession::forget(tx, id).await?;
    invitation::forget(tx, &account, actor, now).await?;
    contact::forget(tx, id).await?;
    pupil_request::end_of(tx, id, now).await?;
    custody_transfer::end_of(tx, id, now).await?;
    news::forget(tx, id).await?;
    forget(tx, account).await?;
    audit::write_all(tx, lines, now).await
}

/// Removes a person from all TwinSpaces; returns their former memberships. The projects are locked.
pub(crate) async fn leave(tx: &Tx, account: &account::Model) -> Result<Vec<member::Model>> {
    let theirs = || member::Column::AccountId.eq(account.id);
    let places = member::Entity::find().filter(theirs()).all(&**tx).await?;
    let pupil = |place: &member::Model| counts_as_pupil(account.kind, Some(place.role));
    let gone = |place: &member::Model| Event::MemberGone {
        project: place.project_id,
        member: place.id,
        pupil: pupil(place),
    };
    tx.tell_all(places.iter().map(gone).collect()).await?;
    // Of exports that were prepared but not downloaded.
    token::Entity::delete_many()
        .filter(token::Column::SubjectId.is_in(places.iter().map(|place| place.id.0)))
        .filter(token::Column::Purpose.eq(Purpose::ExportPupils))
        .exec(&**tx)
        .await?;
    member::Entity::delete_many().filter(theirs()).exec(&**tx).await?;
    former_teacher::Entity::delete_many()
        .filter(former_teacher::Column::AccountId.eq(account.id))
        .exec(&**tx)
        .await?;
    let brought = Cond::any().add(brought_in::Column::PupilId.eq(account.id));
    brought_in::Entity::delete_many()
        .filter(brought.add(brought_in::Column::TeacherId.eq(account.id)))
        .exec(&**tx)
        .await?;
    Ok(places)
}

/// Removes all personal data from an account, and keeps the row to which what they created refers.
pub(crate) async fn forget(tx: &Tx, account: account::Model) -> Result<()> {
    // Boxed, so that the erasing future is not as large as all of this.
    Box::pin(forget_all(tx, account)).await
}

async fn forget_all(tx: &Tx, account: account::Model) -> Result<()> {
    let id = account.id;
    let traces = [Some(&account.name), account.email.as_ref(), account.username.as_ref()];
    tx.erases(traces.into_iter().flatten().cloned());
    if let Some(username) = &account.username {
        crate::outcome::forget(tx, username).await?;
    }
    sessions::close_all(tx, id).await?;
    message::forget(tx, id).await?;
    picture::forget(tx, id).await?;
    account_tag::Entity::delete_many()
        .filter(account_tag::Column::AccountId.eq(id))
        .exec(&**tx)
        .await?;
    outcome::Entity::delete_many().filter(outcome::Column::AccountId.eq(id)).exec(&**tx).await?;
    // In this order: a mail being sent meanwhile has its token before its row is released.
    mail::withdraw(tx, id.0).await?;
    if let Some(address) = &account.email {
        mail::withdraw_from(tx, address).await?;
    }
    email_change::forget(tx, id).await?;
    registration::forget_guest(tx, id).await?;
    admission::forget(tx, id).await?;
    confirmation::forget(tx, id).await?;
    token::Entity::delete_many().filter(token::Column::SubjectId.eq(id.0)).exec(&**tx).await?;
    let name = former(account.kind);
    mail::forget(tx, &account.name, name).await?;
    let mut row = account.into_active_model();
    row.name = Set(name.to_owned());
    row.name_key = Set(text::key(name));
    row.email = Set(None);
    row.username = Set(None);
    // No password has this hash.
    row.password_hash = Set(String::new());
    row.school_id = Set(None);
    row.service_id = Set(None);
    row.custodian_id = Set(None);
    row.profile = Set(String::new());
    row.language = Set("en".to_owned());
    row.block_reason = Set(None);
    row.verified_at = Set(None);
    row.blocked_at = Set(None);
    row.update(&**tx).await?;
    Ok(())
}
