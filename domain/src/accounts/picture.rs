//! Pictures of people: an avatar or a photo.
//!
//! A pupil's photo is shown where there is consent to pictures of them (M-14). That is never
//! stored, but determined from the consents each time.

use std::collections::{HashMap, HashSet};

use entity::{
    AccountId, AccountKind, ConsentScope, MemberId, ProjectState, TwinSpaceRole, account, consent,
    member, profile_picture, project,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Cond, Expr, ExprTrait, JoinType, OnConflict, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Error, Reason, Result,
    accounts::account as accounts,
    db::{Db, Tx},
    members::pupil::rule::counts_as_pupil,
    sql::ColumnExt,
};

/// What is shown of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The name of the avatar.
    pub avatar: Option<String>,
    /// Whether a photo is shown instead.
    pub photo: bool,
}

/// The valid consents to pictures of the row's person.
fn standing() -> SelectStatement {
    let mut standing = Query::select();
    standing
        .expr(Expr::val(1))
        .from(consent::Entity)
        .and_where(consent::Column::AccountId.equals(account::Column::Id))
        .and_where(consent::Column::Scope.eq(ConsentScope::Pictures))
        .and_where(consent::Column::WithdrawnAt.is_null());
    standing
}

/// Those in whose TwinSpaces they still are.
fn standing_anywhere() -> SelectStatement {
    let same = Cond::all()
        .add(member::Column::AccountId.equals(consent::Column::AccountId))
        .add(member::Column::ProjectId.equals(consent::Column::ProjectId));
    let mut standing = standing();
    standing.inner_join(member::Entity, same);
    standing
}

/// Whether there is a photo that is shown: for pupils with consent, for everyone else always.
fn shows(consent: SelectStatement) -> Expr {
    let adult = account::Column::Kind.ne(AccountKind::Pupil);
    profile_picture::Column::Photo.is_not_null().and(adult.or(Expr::exists(consent)))
}

/// Whether there is consent to pictures of the row's member in the TwinSpace.
pub(crate) fn consented_here() -> Expr {
    let mut here = standing();
    here.and_where(consent::Column::ProjectId.equals(member::Column::ProjectId));
    Expr::exists(here)
}

/// Whether a photo of the row's member is shown in the TwinSpace.
pub(crate) fn shows_here() -> Expr {
    let mut here = standing();
    here.and_where(consent::Column::ProjectId.equals(member::Column::ProjectId));
    shows(here)
}

/// What is shown of a person anywhere, for themselves: one statement.
pub async fn own(db: &impl ConnectionTrait, id: AccountId) -> Result<Shown> {
    let mut query = of_account(id);
    query.expr(profile_picture::Column::Avatar.into_expr()).expr(shows(standing_anywhere()));
    read(db, &query).await.map(Option::unwrap_or_default)
}

/// What is stored about a person, whether it is shown or not: one statement.
pub(crate) async fn kept(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Shown>> {
    let mut query = of_account(id);
    query
        .expr(profile_picture::Column::Avatar.into_expr())
        .expr(profile_picture::Column::Photo.is_not_null());
    read(db, &query).await
}

fn of_account(id: AccountId) -> SelectStatement {
    let same = profile_picture::Column::AccountId.equals(account::Column::Id);
    let mut query = Query::select();
    query
        .from(account::Entity)
        .inner_join(profile_picture::Entity, same)
        .and_where(account::Column::Id.eq(id.0));
    query
}

async fn read(db: &impl ConnectionTrait, query: &SelectStatement) -> Result<Option<Shown>> {
    let Some(row) = db.query_one(query).await? else { return Ok(None) };
    Ok(Some(Shown { avatar: row.try_get_by_index(0)?, photo: row.try_get_by_index(1)? }))
}

/// What a viewer who sees a person mentioned can see of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portrait {
    /// The name of the avatar.
    pub avatar: Option<String>,
    /// Where the two are members and a photo is shown.
    pub places: Vec<Place>,
    /// Whether there is a photo that its owner can see, anywhere.
    pub own: bool,
}

/// A membership, and what determines whether a viewer can see the member there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The person shown.
    pub member: MemberId,
    /// Whether they are a pupil, by account or by role.
    pub pupil: bool,
    /// The state of the project.
    pub state: ProjectState,
    /// The viewer's role.
    pub role: TwinSpaceRole,
}

/// What viewers, first in each key, can see of people: one statement.
pub async fn portraits(
    db: &impl ConnectionTrait,
    keys: &[(AccountId, AccountId)],
) -> Result<HashMap<(AccountId, AccountId), Portrait>> {
    let viewers: HashSet<Uuid> = keys.iter().map(|(viewer, _)| viewer.0).collect();
    let people: HashSet<Uuid> = keys.iter().map(|(_, of)| of.0).collect();
    let alias = "viewer";
    let here = Cond::all()
        .add(member::Column::ProjectId.of(alias).eq(member::Column::ProjectId.into_expr()))
        .add(member::Column::AccountId.of(alias).is_in(viewers.iter().copied()));
    let own = profile_picture::Column::AccountId;
    let mut visited = Query::select();
    visited
        .expr(member::Column::ProjectId.into_expr())
        .from(member::Entity)
        .and_where(member::Column::AccountId.is_in(viewers));
    let together = Cond::all()
        .add(member::Column::AccountId.equals(own))
        .add(member::Column::ProjectId.in_subquery(visited));
    let adult = account::Column::Kind.ne(AccountKind::Pupil);
    let mut query = Query::select();
    query
        .expr(own.into_expr())
        .expr(profile_picture::Column::Avatar.into_expr())
        .expr(adult.and(profile_picture::Column::Photo.is_not_null()))
        .expr(account::Column::Kind.into_expr())
        .expr(member::Column::Id.into_expr())
        .expr(member::Column::Role.into_expr())
        .expr(project::Column::State.into_expr())
        .expr(member::Column::Role.of(alias))
        .expr(shows_here())
        .expr(member::Column::AccountId.of(alias))
        .from(profile_picture::Entity)
        .inner_join(account::Entity, account::Column::Id.equals(own))
        .left_join(member::Entity, together)
        .join_as(JoinType::LeftJoin, member::Entity, alias, here)
        .left_join(project::Entity, project::Column::Id.equals(member::Column::ProjectId))
        .and_where(own.is_in(people))
        .order_by((member::Entity, member::Column::Id), Order::Asc);
    let mut portraits: HashMap<AccountId, Portrait> = HashMap::new();
    let mut places: HashMap<(AccountId, AccountId), Vec<Place>> = HashMap::new();
    for row in db.query_all(&query).await? {
        let of: AccountId = row.try_get_by_index(0)?;
        let portrait = portraits.entry(of).or_default();
        portrait.avatar = row.try_get_by_index(1)?;
        portrait.own = row.try_get_by_index(2)?;
        let kind: AccountKind = row.try_get_by_index(3)?;
        let member: Option<MemberId> = row.try_get_by_index(4)?;
        let theirs: Option<TwinSpaceRole> = row.try_get_by_index(5)?;
        let state: Option<ProjectState> = row.try_get_by_index(6)?;
        let role: Option<TwinSpaceRole> = row.try_get_by_index(7)?;
        let shows: bool = row.try_get_by_index(8)?;
        let viewer: Option<AccountId> = row.try_get_by_index(9)?;
        if let (true, Some(member), Some(theirs), Some(state), Some(role), Some(viewer)) =
            (shows, member, theirs, state, role, viewer)
        {
            let pupil = counts_as_pupil(kind, Some(theirs));
            let place = Place { member, pupil, state, role };
            places.entry((viewer, of)).or_default().push(place);
        }
    }
    let shown = keys.iter().filter_map(|key| {
        let portrait = portraits.get(&key.1)?.clone();
        Some((*key, Portrait { places: places.remove(key).unwrap_or_default(), ..portrait }))
    });
    Ok(shown.collect())
}

/// A photo, and the access of someone who has a link to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// A JPEG.
    pub photo: Vec<u8>,
    /// The owner.
    pub owner: AccountId,
    /// Whether they are a pupil, by account or by role.
    pub pupil: bool,
    /// The state of the project.
    pub state: ProjectState,
    /// The role of the person who has the link.
    pub role: TwinSpaceRole,
}

/// The photo of a member, for a member of the same TwinSpace who is not blocked: one statement.
pub async fn open(
    db: &impl ConnectionTrait,
    id: MemberId,
    viewer: AccountId,
) -> Result<Option<Opened>> {
    let alias = "viewer";
    let holder = "holder";
    let mut query = Query::select();
    query
        .expr(profile_picture::Column::Photo.into_expr())
        .expr(member::Column::AccountId.into_expr())
        .expr(member::Column::Role.into_expr())
        .expr(account::Column::Kind.into_expr())
        .expr(project::Column::State.into_expr())
        .expr(member::Column::Role.of(alias))
        .from(member::Entity)
        .inner_join(account::Entity, account::Column::Id.equals(member::Column::AccountId))
        .inner_join(
            profile_picture::Entity,
            profile_picture::Column::AccountId.equals(member::Column::AccountId),
        )
        .inner_join(project::Entity, project::Column::Id.equals(member::Column::ProjectId))
        .join_as(
            JoinType::InnerJoin,
            member::Entity,
            alias,
            member::Column::ProjectId.of(alias).eq(member::Column::ProjectId.into_expr()),
        )
        .join_as(
            JoinType::InnerJoin,
            account::Entity,
            holder,
            account::Column::Id.of(holder).eq(member::Column::AccountId.of(alias)),
        )
        .and_where(account::Column::BlockedAt.of(holder).is_null())
        .and_where(member::Column::Id.eq(id.0))
        .and_where(member::Column::AccountId.of(alias).eq(viewer.0))
        .and_where(shows_here());
    let Some(row) = db.query_one(&query).await? else { return Ok(None) };
    let role: TwinSpaceRole = row.try_get_by_index(2)?;
    let kind: AccountKind = row.try_get_by_index(3)?;
    Ok(Some(Opened {
        photo: row.try_get_by_index(0)?,
        owner: row.try_get_by_index(1)?,
        pupil: counts_as_pupil(kind, Some(role)),
        state: row.try_get_by_index(4)?,
        role: row.try_get_by_index(5)?,
    }))
}

/// A person's own photo, if it is shown anywhere and they are not blocked: one statement.
pub async fn open_own(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Vec<u8>>> {
    let mut query = of_account(id);
    query
        .expr(profile_picture::Column::Photo.into_expr())
        .and_where(shows(standing_anywhere()))
        .and_where(account::Column::BlockedAt.is_null());
    let row = db.query_one(&query).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// Sets a person's photo. A pupil needs the consent of M-14 in one of their TwinSpaces.
pub async fn set_photo(db: &Db, id: AccountId, photo: Vec<u8>) -> Result<()> {
    let tx = db.begin().await?;
    if accounts::lock(&tx, id).await? == AccountKind::Pupil {
        let mut query = Query::select();
        query.expr(Expr::exists(standing_anywhere())).from(account::Entity);
        query.and_where(account::Column::Id.eq(id.0));
        let row = tx.query_one(&query).await?.ok_or(Error::NotFound("account"))?;
        if !row.try_get_by_index::<bool>(0)? {
            return Err(Error::Conflict(Reason::ConsentMissing));
        }
    }
    let photo = profile_picture::ActiveModel { photo: Set(Some(photo)), ..blank(id) };
    put(&tx, photo, profile_picture::Column::Photo).await?;
    // The previous photo.
    tx.erases([]);
    accounts::tell_members(&tx, id).await?;
    Ok(tx.commit().await?)
}

/// Removes a person's photo.
pub async fn remove_photo(db: &Db, id: AccountId) -> Result<()> {
    let tx = db.begin().await?;
    accounts::lock(&tx, id).await?;
    put(&tx, blank(id), profile_picture::Column::Photo).await?;
    tx.erases([]);
    accounts::tell_members(&tx, id).await?;
    Ok(tx.commit().await?)
}

/// Sets or removes a person's avatar.
pub async fn set_avatar(tx: &Tx, id: AccountId, avatar: Option<String>) -> Result<()> {
    let avatar = profile_picture::ActiveModel { avatar: Set(avatar), ..blank(id) };
    put(tx, avatar, profile_picture::Column::Avatar).await
}

/// Deletes a person's picture.
pub(crate) async fn forget(tx: &Tx, id: AccountId) -> Result<()> {
    profile_picture::Entity::delete_many()
        .filter(profile_picture::Column::AccountId.eq(id))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn blank(id: AccountId) -> profile_picture::ActiveModel {
    profile_picture::ActiveModel { account_id: Set(id), avatar: Set(None), photo: Set(None) }
}

/// Writes one column of a picture, and leaves the other unchanged.
async fn put(
    tx: &Tx,
    row: profile_picture::ActiveModel,
    column: profile_picture::Column,
) -> Result<()> {
    let mut there = OnConflict::column(profile_picture::Column::AccountId);
    there.update_column(column);
    profile_picture::Entity::insert(row).on_conflict(there).exec_without_returning(&**tx).await?;
    Ok(())
}
