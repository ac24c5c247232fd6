//! Images, videos and files of a TwinSpace (T-03), and whom they show (M-14).
//!
//! A row is created before its object and deleted after it: what a crash leaves behind has a row
//! that is not ready, by which it is found. Several rows may share an object. It is deleted once no
//! pending or ready row refers to it, and from then on none can: only ready objects are shared.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, AccountKind, Act, ConsentScope, MediaId, MediaKind, MediaState, MemberId, ProjectId,
    ProjectState, SearchKind, TwinSpaceRole, account, consent, media, media_pictured, member,
    project,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Cond, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{
    access::{self, Access},
    audit, consent as consents, pupil_news as news, search, text,
};
use crate::{
    Error, Reason, Result,
    db::{Db, Tx},
    events::{Event, MediaNews},
};

pub mod copy;
mod row;

use row::hidden;
pub use row::{Filter, MediaRow};

/// How long storing an object may take. Nothing takes that long.
pub const UNDER_WAY: TimeDelta = TimeDelta::hours(2);

/// The maximum number of media in a TwinSpace.
pub const MOST: u64 = 5000;

/// The descriptive fields of media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The title.
    pub title: String,
    /// A text alternative.
    pub description: String,
}

/// The properties of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The kind of media.
    pub kind: MediaKind,
    /// The media type.
    pub content_type: String,
    /// The size.
    pub bytes: u64,
    /// Width and height of an image.
    pub size: Option<(u32, u32)>,
    /// The SHA-256 hash, in hexadecimal.
    pub sha256: String,
    /// Whether there is a thumbnail.
    pub thumbnail: bool,
}

/// Where an object is about to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The row.
    pub id: MediaId,
    /// The key of the object.
    pub object: String,
    /// The key of the thumbnail.
    pub thumbnail: Option<String>,
}

/// Reserves a place for an object that is about to be stored, within the quota (T-03), if everyone
/// shown consents to it (M-14).
pub async fn reserve(
    db: &Db,
    seen: &Access,
    words: Words,
    facts: Facts,
    pictured: &[MemberId],
    quota: u64,
    now: DateTime<Utc>,
) -> Result<Place> {
    let tx = db.begin().await?;
    access::lock_active(&tx, seen).await?;
    let pictured = consenting(&tx, seen.project_id, pictured).await?;
    if room(&tx, seen.project_id).await?.saturating_add(facts.bytes) > quota {
        return Err(Error::Conflict(Reason::QuotaExceeded));
    }
    let id = MediaId::new();
    let object = id.0.simple().to_string();
    let thumbnail = facts.thumbnail.then(|| format!("{object}-small"));
    let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    let row = media::ActiveModel {
        kind: Set(facts.kind),
        state: Set(MediaState::Pending),
        content_type: Set(facts.content_type),
        bytes: Set(i64::try_from(facts.bytes).map_err(Error::internal)?),
        width: Set(facts.size.map(|(width, _)| side(width))),
        height: Set(facts.size.map(|(_, height)| side(height))),
        sha256: Set(facts.sha256),
        object_key: Set(Some(object.clone())),
        thumbnail_key: Set(thumbnail.clone()),
        ..blank(id, seen, words, now)?
    };
    insert(&tx, row, id, &pictured).await?;
    tx.commit().await?;
    Ok(Place { id, object, thumbnail })
}

/// The number of bytes stored already, if there is room for another object.
async fn room(tx: &Tx, project: ProjectId) -> Result<u64> {
    let used = usage(&**tx, &[project.0], true).await?.remove(&project.0).unwrap_or_default();
    match used.count < MOST {
        true => Ok(used.bytes),
        false => Err(Error::Conflict(Reason::TooManyMedia)),
    }
}

/// Makes what was stored visible, if everyone shown still consents.
pub async fn finish(db: &Db, seen: &Access, id: MediaId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    access::lock_active(&tx, seen).await?;
    let lacking = pictured_query(&[id]).filter(row::lacks_consent()).all(&*tx).await?;
    if !lacking.is_empty() {
        let accounts: Vec<_> = lacking.iter().map(|row| row.account_id).collect();
        return Err(Error::NoConsent(members(&*tx, seen.project_id, &accounts).await?));
    }
    let finished = media::Entity::update_many()
        .col_expr(media::Column::State, value(MediaState::Ready))
        .col_expr(media::Column::CreatedAt, Expr::val(now))
        .filter(media::Column::Id.eq(id))
        .filter(media::Column::State.eq(MediaState::Pending))
        .exec(&*tx)
        .await?;
    if finished.rows_affected == 0 {
        return Err(Error::Conflict(Reason::Overtaken));
    }
    let shown = media_pictured::Entity::find()
        .select_only()
        .column(media_pictured::Column::AccountId)
        .filter(media_pictured::Column::MediaId.eq(id));
    let shown = shown.into_tuple::<AccountId>().all(&*tx).await?;
    tagged(&tx, seen, id, &added(shown), now).await?;
    let project = seen.project_id;
    tx.tell(Event::Media { project, media: id, news: MediaNews::Added }).await?;
    Ok(tx.commit().await?)
}

/// New tags of all of these.
fn added(accounts: Vec<AccountId>) -> Vec<(AccountId, bool)> {
    accounts.into_iter().map(|account| (account, true)).collect()
}

/// Adds a link to a video.
pub async fn link(
    db: &Db,
    seen: &Access,
    words: Words,
    video: String,
    pictured: &[MemberId],
    now: DateTime<Utc>,
) -> Result<MediaId> {
    let tx = db.begin().await?;
    access::lock_active(&tx, seen).await?;
    room(&tx, seen.project_id).await?;
    let pictured = consenting(&tx, seen.project_id, pictured).await?;
    let id = MediaId::new();
    let row = media::ActiveModel {
        kind: Set(MediaKind::Video),
        state: Set(MediaState::Ready),
        video_url: Set(Some(video)),
        ..blank(id, seen, words, now)?
    };
    insert(&tx, row, id, &pictured).await?;
    tagged(&tx, seen, id, &added(pictured), now).await?;
    let project = seen.project_id;
    tx.tell(Event::Media { project, media: id, news: MediaNews::Added }).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes the description of media, and whom it shows; `None` keeps the current value.
///
/// A pupil without consent may be tagged: that hides the picture immediately, whereas refusing
/// would not. Someone who is no longer a member cannot be tagged, and existing tags remain.
pub async fn edit(
    db: &Db,
    seen: &Access,
    id: MediaId,
    title: Option<String>,
    description: Option<String>,
    pictured: Option<&[MemberId]>,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    access::lock_active(&tx, seen).await?;
    let mut row = ready(&tx, seen, id).await?;
    if let Some(title) = title {
        row.title_key = Set(text::key(&title));
        row.title = Set(title);
    }
    if let Some(description) = description {
        row.description = Set(description);
    }
    index(&tx, &row.update(&*tx).await?).await?;
    let (project, mut news) = (seen.project_id, MediaNews::Edited);
    if let Some(pictured) = pictured {
        let pictured = places(&tx, project, pictured).await?;
        let changed = changes(&tx, seen, id, &pictured).await?;
        let mut here = Query::select();
        here.column(member::Column::AccountId)
            .from(member::Entity)
            .and_where(Expr::col(member::Column::ProjectId).eq(project.0));
        media_pictured::Entity::delete_many()
            .filter(media_pictured::Column::MediaId.eq(id))
            .filter(media_pictured::Column::AccountId.in_subquery(here))
            .exec(&*tx)
            .await?;
        let pictured: Vec<_> = pictured.into_iter().map(|(_, account)| account).collect();
        show(&tx, id, &pictured).await?;
        tagged(&tx, seen, id, &changed, now).await?;
        // Its visibility has changed.
        news = MediaNews::Consent;
    }
    tx.tell(Event::Media { project, media: id, news }).await?;
    Ok(tx.commit().await?)
}

/// Records whose tags are added to media (`true`) or removed from it, and tells the custodians
///
async fn tagged(
    tx: &Tx,
    seen: &Access,
    id: MediaId,
    changed: &[(AccountId, bool)],
    now: DateTime<Utc>,
) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let (act, actor, project) = (Act::MediaPicturedChanged, seen.person.account, seen.project_id);
    let line = |(account, named): &(AccountId, bool)| {
        let line = audit::line(act, actor).project(project);
        line.account(*account).subject(id.0).detail("named", *named)
    };
    audit::write_all(tx, changed.iter().map(line).collect(), now).await?;
    let pupils: Vec<_> = changed.iter().map(|(account, _)| *account).collect();
    news::tell(tx, &pupils, act, actor, Some(project), now).await
}

/// Whose tags are added to media (`true`) or removed from it, if these members are to be tagged.
/// Only the custodian can remove the tag of a pupil whose pictures the custodian has hidden (M-14).
async fn changes(
    tx: &Tx,
    seen: &Access,
    id: MediaId,
    named: &[(MemberId, AccountId)],
) -> Result<Vec<(AccountId, bool)>> {
    let before: Vec<AccountId> = media_pictured::Entity::find()
        .select_only()
        .column(media_pictured::Column::AccountId)
        .join(
            sea_orm::JoinType::InnerJoin,
            media_pictured::Entity::belongs_to(member::Entity)
                .from(media_pictured::Column::AccountId)
                .to(member::Column::AccountId)
                .into(),
        )
        .filter(media_pictured::Column::MediaId.eq(id))
        .filter(member::Column::ProjectId.eq(seen.project_id))
        .into_tuple()
        .all(&**tx)
        .await?;
    let after: HashSet<AccountId> = named.iter().map(|(_, account)| *account).collect();
    let gone: Vec<_> = before.iter().copied().filter(|account| !after.contains(account)).collect();
    let asker = seen.person.account.ok_or(Error::Unauthenticated)?;
    let scope = ConsentScope::Pictures;
    if !consents::kept_back(&**tx, &gone, seen.project_id, scope, asker).await?.is_empty() {
        return Err(Error::Forbidden(Reason::WithdrawnByCustodian));
    }
    let new = after.into_iter().filter(|account| !before.contains(account));
    Ok(new.map(|account| (account, true)).chain(gone.into_iter().map(|a| (a, false))).collect())
}

/// Deletes media for everyone, even in a closed TwinSpace. Its object must then be
/// [cleared](unshared).
pub async fn delete(db: &Db, seen: &Access, id: MediaId) -> Result<()> {
    let tx = db.begin().await?;
    access::lock_open(&tx, seen).await?;
    let row = media::Entity::of(seen.project_id).filter(media::Column::Id.eq(id));
    take_away(&tx, row.one(&*tx).await?.ok_or(Error::NotFound("media"))?).await?;
    Ok(tx.commit().await?)
}

/// The same, as a part of a transaction that has locked the project.
pub(super) async fn take_away(tx: &Tx, media: media::Model) -> Result<()> {
    if media.state != MediaState::Ready {
        return Err(Error::NotFound("media"));
    }
    let (id, project) = (media.id, media.project_id);
    let lacking = pictured_query(&[id]).filter(row::lacks_consent()).count(&**tx).await?;
    let mut row = media::ActiveModel::from(media);
    row.state = Set(MediaState::Deleted);
    row.update(&**tx).await?;
    search::forget(tx, id.0).await?;
    Ok(tx.tell(Event::MediaGone { project, media: id, seen: lacking == 0 }).await?)
}

/// Deletes all media of a project that was never open: copies, which nobody has seen there.
pub(super) async fn forget_all(tx: &Tx, project: ProjectId) -> Result<()> {
    media::Entity::update_many()
        .col_expr(media::Column::State, value(MediaState::Deleted))
        .filter(media::Column::ProjectId.eq(project))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Abandons an upload in progress.
pub async fn abandon(db: &Db, id: MediaId) -> Result<()> {
    let tx = db.begin().await?;
    media::Entity::update_many()
        .col_expr(media::Column::State, value(MediaState::Deleted))
        .filter(media::Column::Id.eq(id))
        .filter(media::Column::State.eq(MediaState::Pending))
        .exec(&*tx)
        .await?;
    Ok(tx.commit().await?)
}

/// Media that did not become what it should have: deleted, or in progress for too long. Oldest
/// first.
pub async fn unsettled(db: &Db, now: DateTime<Utc>) -> Result<Vec<MediaId>> {
    let late = Cond::all()
        .add(media::Column::State.eq(MediaState::Pending))
        .add(media::Column::CreatedAt.lt(now - UNDER_WAY));
    let unsettled = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .filter(Cond::any().add(media::Column::State.eq(MediaState::Deleted)).add(late))
        // Worded as in the index of media that is not ready.
        .filter(Expr::cust("state <> 'ready'"))
        .order_by_asc(media::Column::Id)
        .limit(100);
    Ok(unsettled.into_tuple().all(db.read()).await?)
}

/// The keys of objects stored only for a deleted row.
pub async fn unshared(db: &Db, id: MediaId) -> Result<Vec<String>> {
    let deleted = media::Entity::find_by_id(id)
        .filter(media::Column::State.eq(MediaState::Deleted))
        .one(db.read())
        .await?;
    let Some(row) = deleted else { return Ok(Vec::new()) };
    let Some(key) = row.object_key else { return Ok(Vec::new()) };
    let others = media::Entity::find()
        .filter(media::Column::ObjectKey.eq(&key))
        .filter(media::Column::State.ne(MediaState::Deleted));
    match others.count(db.read()).await? {
        0 => Ok([Some(key), row.thumbnail_key].into_iter().flatten().collect()),
        _ => Ok(Vec::new()),
    }
}

/// Deletes a deleted row once its object is gone.
pub async fn forget(db: &Db, id: MediaId) -> Result<()> {
    let tx = db.begin().await?;
    let deleted = media::Entity::find_by_id(id)
        .filter(media::Column::State.eq(MediaState::Deleted))
        .one(&*tx)
        .await?;
    if deleted.is_some() {
        media_pictured::Entity::delete_many()
            .filter(media_pictured::Column::MediaId.eq(id))
            .exec(&*tx)
            .await?;
        media::Entity::delete_by_id(id).exec(&*tx).await?;
        // An abandoned upload still has its words.
        search::forget(&tx, id.0).await?;
    }
    Ok(tx.commit().await?)
}

/// The media storage used by a TwinSpace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The total size of all objects, including those in progress.
    pub bytes: u64,
    /// Their number.
    pub count: u64,
}

/// The media storage used by several TwinSpaces, with one statement: of all media, or without what
/// is `hidden` or in progress, for viewers who cannot see it.
pub async fn usage(
    db: &impl ConnectionTrait,
    projects: &[Uuid],
    all: bool,
) -> Result<HashMap<Uuid, Usage>> {
    let mut query = Query::select();
    query
        .column(media::Column::ProjectId)
        // On PostgreSQL, a sum has another type than its terms.
        .expr(Expr::cust("cast(sum(bytes) as bigint)"))
        .expr(Expr::cust("count(*)"))
        .from(media::Entity)
        .and_where(Expr::col(media::Column::ProjectId).is_in(projects.iter().copied()))
        .group_by_col(media::Column::ProjectId);
    if all {
        query.and_where(Expr::col(media::Column::State).is_in(["pending", "ready"]));
    } else {
        query.and_where(Expr::col(media::Column::State).eq("ready")).and_where(hidden().not());
    }
    let mut found = HashMap::new();
    for row in db.query_all(&query).await? {
        let bytes = row.try_get_by_index::<i64>(1)?.unsigned_abs();
        let count = row.try_get_by_index::<i64>(2)?.unsigned_abs();
        found.insert(row.try_get_by_index(0)?, Usage { bytes, count });
    }
    Ok(found)
}

/// Media, and the access of someone who has a link to it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The media.
    pub media: media::Model,
    /// The state of the project.
    pub state: ProjectState,
    /// Their role in the TwinSpace.
    pub role: TwinSpaceRole,
    /// The kind of account they have.
    pub kind: AccountKind,
    /// Whether a consent is missing.
    pub hidden: bool,
}

/// What a link leads to, for a member of the TwinSpace who is not blocked: one statement. An erased
/// account has no memberships.
pub async fn open(
    db: &impl ConnectionTrait,
    id: MediaId,
    account: AccountId,
) -> Result<Option<Opened>> {
    let found = media::Entity::find_by_id(id)
        .filter(media::Column::State.eq(MediaState::Ready))
        .join(
            sea_orm::JoinType::InnerJoin,
            media::Entity::belongs_to(project::Entity)
                .from(media::Column::ProjectId)
                .to(project::Column::Id)
                .into(),
        )
        .join(
            sea_orm::JoinType::InnerJoin,
            media::Entity::belongs_to(member::Entity)
                .from(media::Column::ProjectId)
                .to(member::Column::ProjectId)
                .into(),
        )
        .join(
            sea_orm::JoinType::InnerJoin,
            member::Entity::belongs_to(account::Entity)
                .from(member::Column::AccountId)
                .to(account::Column::Id)
                .into(),
        )
        .filter(member::Column::AccountId.eq(account))
        .filter(account::Column::BlockedAt.is_null())
        .expr_as(Expr::col((project::Entity, project::Column::State)), "project_state")
        .expr_as(Expr::col((member::Entity, member::Column::Role)), "member_role")
        .expr_as(Expr::col((account::Entity, account::Column::Kind)), "account_kind")
        .expr_as(hidden(), "is_hidden");
    let Some(row) = db.query_one(&found.into_query()).await? else { return Ok(None) };
    Ok(Some(Opened {
        media: sea_orm::FromQueryResult::from_query_result(&row, "")?,
        state: row.try_get("", "project_state")?,
        role: row.try_get("", "member_role")?,
        kind: row.try_get("", "account_kind")?,
        hidden: row.try_get("", "is_hidden")?,
    }))
}

/// The pupils shown in several media who are still members: one statement.
pub async fn pictured(
    db: &impl ConnectionTrait,
    media: &[MediaId],
) -> Result<HashMap<MediaId, Vec<MemberId>>> {
    let mut query = Query::select();
    let shown = |column| Expr::col((media_pictured::Entity, column));
    let col = |column| Expr::col((media::Entity, column));
    let place = |column| Expr::col((member::Entity, column));
    query
        .expr(shown(media_pictured::Column::MediaId))
        .expr(place(member::Column::Id))
        .from(media_pictured::Entity)
        .inner_join(
            media::Entity,
            col(media::Column::Id).eq(shown(media_pictured::Column::MediaId)),
        )
        .inner_join(
            member::Entity,
            Cond::all()
                .add(place(member::Column::ProjectId).eq(col(media::Column::ProjectId)))
                .add(place(member::Column::AccountId).eq(shown(media_pictured::Column::AccountId))),
        )
        .and_where(shown(media_pictured::Column::MediaId).is_in(media.iter().map(|id| id.0)))
        .order_by((member::Entity, member::Column::Id), sea_orm::Order::Asc);
    let mut found: HashMap<MediaId, Vec<MemberId>> = HashMap::new();
    for row in db.query_all(&query).await? {
        found.entry(row.try_get_by_index(0)?).or_default().push(row.try_get_by_index(1)?);
    }
    Ok(found)
}

/// Notifies subscribers that the visibility of media that shows one of these pupils has changed.
pub(super) async fn tell_of(tx: &Tx, project: ProjectId, pupils: &[AccountId]) -> Result<()> {
    let shown = media_pictured::Entity::find()
        .select_only()
        .column(media_pictured::Column::MediaId)
        .distinct()
        .filter(media_pictured::Column::AccountId.is_in(pupils.iter().copied()))
        .join(
            sea_orm::JoinType::InnerJoin,
            media_pictured::Entity::belongs_to(media::Entity)
                .from(media_pictured::Column::MediaId)
                .to(media::Column::Id)
                .into(),
        )
        .filter(media::Column::ProjectId.eq(project))
        .filter(media::Column::State.eq(MediaState::Ready));
    let shown: Vec<MediaId> = shown.into_tuple().all(&**tx).await?;
    let event = |media| Event::Media { project, media, news: MediaNews::Consent };
    if !shown.is_empty() {
        tx.tell_all(shown.into_iter().map(event).collect()).await?;
    }
    Ok(())
}

async fn ready(tx: &Tx, seen: &Access, id: MediaId) -> Result<media::ActiveModel> {
    let ready = media::Entity::of(seen.project_id)
        .filter(media::Column::Id.eq(id))
        .filter(media::Column::State.eq(MediaState::Ready));
    Ok(ready.one(&**tx).await?.ok_or(Error::NotFound("media"))?.into())
}

fn blank(
    id: MediaId,
    seen: &Access,
    words: Words,
    now: DateTime<Utc>,
) -> Result<media::ActiveModel> {
    Ok(media::ActiveModel {
        id: Set(id),
        project_id: Set(seen.project_id),
        uploader_id: Set(seen.person.account.ok_or(Error::Unauthenticated)?),
        title_key: Set(text::key(&words.title)),
        title: Set(words.title),
        description: Set(words.description),
        content_type: Set(String::new()),
        bytes: Set(0),
        width: Set(None),
        height: Set(None),
        sha256: Set(String::new()),
        object_key: Set(None),
        thumbnail_key: Set(None),
        video_url: Set(None),
        created_at: Set(now),
        ..Default::default()
    })
}

async fn index(tx: &Tx, row: &media::Model) -> Result<()> {
    let words = search::Words::of(&[&row.title]);
    search::index(tx, SearchKind::Media, row.id.0, row.project_id, &words).await
}

async fn insert(
    tx: &Tx,
    row: media::ActiveModel,
    id: MediaId,
    pictured: &[AccountId],
) -> Result<()> {
    index(tx, &row.insert(&**tx).await?).await?;
    show(tx, id, pictured).await
}

/// Records whom media shows.
async fn show(tx: &Tx, id: MediaId, pictured: &[AccountId]) -> Result<()> {
    if !pictured.is_empty() {
        let rows = pictured.iter().map(|&account| media_pictured::ActiveModel {
            media_id: Set(id),
            account_id: Set(account),
        });
        media_pictured::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

/// The accounts of pupils of the TwinSpace, if all of them consent to pictures (M-14).
async fn consenting(tx: &Tx, project: ProjectId, pictured: &[MemberId]) -> Result<Vec<AccountId>> {
    let places = places(tx, project, pictured).await?;
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let standing: HashSet<AccountId> = consent::Entity::find()
        .select_only()
        .column(consent::Column::AccountId)
        .filter(consent::Column::ProjectId.eq(project))
        .filter(consent::Column::Scope.eq(ConsentScope::Pictures))
        .filter(consent::Column::WithdrawnAt.is_null())
        .filter(consent::Column::AccountId.is_in(places.iter().map(|(_, account)| *account)))
        .into_tuple()
        .all(&**tx)
        .await?
        .into_iter()
        .collect();
    let lacking: Vec<_> = places
        .iter()
        .filter(|(_, account)| !standing.contains(account))
        .map(|(member, _)| *member)
        .collect();
    match lacking.is_empty() {
        true => Ok(places.into_iter().map(|(_, account)| account).collect()),
        false => Err(Error::NoConsent(lacking)),
    }
}

/// The accounts of pupils of the TwinSpace.
async fn places(
    tx: &Tx,
    project: ProjectId,
    pictured: &[MemberId],
) -> Result<Vec<(MemberId, AccountId)>> {
    if pictured.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<(MemberId, AccountId)> = member::Entity::of(project)
        .select_only()
        .columns([member::Column::Id, member::Column::AccountId])
        .join(
            sea_orm::JoinType::InnerJoin,
            member::Entity::belongs_to(account::Entity)
                .from(member::Column::AccountId)
                .to(account::Column::Id)
                .into(),
        )
        .filter(member::Column::Id.is_in(pictured.iter().copied()))
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .into_tuple()
        .all(&**tx)
        .await?;
    let mut problems = crate::error::Problems::default();
    for (at, id) in pictured.iter().enumerate() {
        problems.require(
            places.iter().any(|(member, _)| member == id),
            &format!("pictured.{at}"),
            "must be a pupil of this TwinSpace",
        );
    }
    problems.finish()?;
    Ok(places)
}

async fn members(
    db: &impl ConnectionTrait,
    project: ProjectId,
    accounts: &[AccountId],
) -> Result<Vec<MemberId>> {
    let members = member::Entity::of(project)
        .select_only()
        .column(member::Column::Id)
        .filter(member::Column::AccountId.is_in(accounts.iter().copied()));
    Ok(members.into_tuple().all(db).await?)
}

fn pictured_query(media: &[MediaId]) -> sea_orm::Select<media_pictured::Entity> {
    media_pictured::Entity::find()
        .join(
            sea_orm::JoinType::InnerJoin,
            media_pictured::Entity::belongs_to(media::Entity)
                .from(media_pictured::Column::MediaId)
                .to(media::Column::Id)
                .into(),
        )
        .filter(media_pictured::Column::MediaId.is_in(media.iter().copied()))
}

fn value(state: MediaState) -> Expr {
    Expr::val(sea_orm::ActiveEnum::to_value(&state))
}
