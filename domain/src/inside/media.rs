//! Images, videos and files of a TwinSpace (T-03), and whom they show (M-14).
//!
//! A row is created before its object and deleted after it: what a crash leaves behind has a row
//! that is not ready, by which it is found. Several rows may share an object. It is deleted once no
//! pending or ready row refers to it, and from then on none can: only ready objects are shared.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, MediaId, MediaKind, MediaState, MemberId, ProjectId, ProjectState,
    SearchKind, TwinSpaceId, TwinSpaceRole, account, media, media_pictured, member, project,
};
use policy::{MediaAct, TwinSpaceAct, TwinSpaceFacts, TwinSpacePermission};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{Expr, Query},
};

use crate::{
    Actor, Error, Permit, Reason, Result,
    access::Access,
    db::Tx,
    events::{Event, MediaNews},
    inside::search,
    outcome::{self, Once},
    text,
};

pub mod copy;
mod found;
mod object;
mod pictured;
mod row;
mod usage;

pub use found::FoundMedia;
pub use object::{THUMBNAIL, UNDER_WAY, abandon, forget, stored, unsettled, unshared};
pub use pictured::pictured;
pub(crate) use pictured::tell_of;
use pictured::{added, changes, consenting, members, pictured_query, places, show, tagged};
use row::hidden;
pub use row::{Filter, MediaRow};
pub use usage::{Usage, usage};

/// What it takes to add media.
pub const ADD: TwinSpaceAct = TwinSpaceAct::May(TwinSpacePermission::AddMedia);

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

/// What is to be done with an object.
#[derive(Clone, Debug)]
pub enum Reserved {
    /// It is to be stored here.
    Place(Place),
    /// Nothing: the same request has added it before; and how the actor stands to the TwinSpace.
    Added(MediaId, Access),
}

/// Reserves a place for an object that is about to be stored, within the quota (T-03), if everyone
/// shown consents to it (M-14).
pub async fn reserve(
    actor: Actor<'_>,
    id: TwinSpaceId,
    words: Words,
    facts: Facts,
    pictured: &[MemberId],
    quota: u64,
    once: Option<&Once>,
) -> Result<Reserved> {
    let Permit { tx, by, .. } = actor.permit::<TwinSpaceFacts>(ADD, id).await?;
    if let Some(made) = outcome::made(&*tx, actor.account()?, once).await? {
        return Ok(Reserved::Added(made, by));
    }
    let pictured = consenting(&tx, by.project_id, pictured).await?;
    if room(&tx, by.project_id).await?.saturating_add(facts.bytes) > quota {
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
        ..blank(id, &by, words, actor.now)?
    };
    insert(&tx, row, id, &pictured).await?;
    tx.commit().await?;
    Ok(Reserved::Place(Place { id, object, thumbnail }))
}

/// The number of bytes stored already, if there is room for another object.
async fn room(tx: &Tx, project: ProjectId) -> Result<u64> {
    let used = usage(&**tx, &[project.0], true).await?.remove(&project.0).unwrap_or_default();
    match used.count < MOST {
        true => Ok(used.bytes),
        false => Err(Error::Conflict(Reason::TooManyMedia)),
    }
}

/// Makes what was stored visible, if it may still be added and everyone shown still consents. Returns
/// it, or what the same request has added meanwhile, and how the actor stands to the TwinSpace.
pub async fn finish(
    actor: Actor<'_>,
    space: TwinSpaceId,
    id: MediaId,
    once: Option<&Once>,
) -> Result<(MediaId, Access)> {
    let Permit { tx, by, .. } = actor.permit::<TwinSpaceFacts>(ADD, space).await?;
    let (project, uploader) = (by.project_id, actor.account()?);
    if let Some(made) = outcome::made(&*tx, uploader, once).await? {
        return Ok((made, by));
    }
    let lacking = pictured_query(&[id]).filter(row::lacks_consent()).all(&*tx).await?;
    if !lacking.is_empty() {
        let accounts: Vec<_> = lacking.iter().map(|row| row.account_id).collect();
        return Err(Error::NoConsent(members(&*tx, project, &accounts).await?));
    }
    let finished = media::Entity::update_many()
        .col_expr(media::Column::State, value(MediaState::Ready))
        .col_expr(media::Column::CreatedAt, Expr::val(actor.now))
        .filter(media::Column::Id.eq(id))
        .filter(media::Column::State.eq(MediaState::Pending))
        .exec(&*tx)
        .await?;
    if finished.rows_affected == 0 {
        return Err(Error::Conflict(Reason::Overtaken));
    }
    let shown = pictured_query(&[id]).all(&*tx).await?;
    let shown = shown.into_iter().map(|row| row.account_id).collect();
    tagged(&tx, &by, id, &added(shown), actor.now).await?;
    outcome::keep(&tx, uploader, once, id.0, actor.now).await?;
    tx.tell(Event::Media { project, media: id, news: MediaNews::Added }).await?;
    tx.commit().await?;
    Ok((id, by))
}

/// Adds a link to a video. Returns it, and how the actor stands to the TwinSpace.
pub async fn link(
    actor: Actor<'_>,
    id: TwinSpaceId,
    words: Words,
    video: String,
    pictured: &[MemberId],
    once: Option<&Once>,
) -> Result<(MediaId, Access)> {
    let Permit { tx, by, .. } = actor.permit::<TwinSpaceFacts>(ADD, id).await?;
    let (project, uploader) = (by.project_id, actor.account()?);
    if let Some(made) = outcome::made(&*tx, uploader, once).await? {
        return Ok((made, by));
    }
    room(&tx, project).await?;
    let pictured = consenting(&tx, project, pictured).await?;
    let id = MediaId::new();
    let row = media::ActiveModel {
        kind: Set(MediaKind::Video),
        state: Set(MediaState::Ready),
        video_url: Set(Some(video)),
        ..blank(id, &by, words, actor.now)?
    };
    insert(&tx, row, id, &pictured).await?;
    tagged(&tx, &by, id, &added(pictured), actor.now).await?;
    outcome::keep(&tx, uploader, once, id.0, actor.now).await?;
    tx.tell(Event::Media { project, media: id, news: MediaNews::Added }).await?;
    tx.commit().await?;
    Ok((id, by))
}

/// Changes the description of media, and whom it shows; `None` keeps the current value.
///
/// A pupil without consent may be tagged: that hides the picture immediately, whereas refusing
/// would not. Someone who is no longer a member cannot be tagged, and existing tags remain. Returns
/// how the actor stands to the TwinSpace.
pub async fn edit(
    actor: Actor<'_>,
    id: MediaId,
    title: Option<String>,
    description: Option<String>,
    pictured: Option<&[MemberId]>,
) -> Result<Access> {
    let Permit { tx, by, on: FoundMedia { row: media, .. }, .. } =
        actor.permit::<FoundMedia>(MediaAct::Edit, id).await?;
    let mut row = media::ActiveModel::from(media);
    if let Some(title) = title {
        row.title_key = Set(text::key(&title));
        row.title = Set(title);
    }
    if let Some(description) = description {
        row.description = Set(description);
    }
    index(&tx, &row.update(&*tx).await?).await?;
    let (project, mut news) = (by.project_id, MediaNews::Edited);
    if let Some(pictured) = pictured {
        let pictured = places(&tx, project, pictured).await?;
        let changed = changes(&tx, &by, id, &pictured).await?;
        let mut here = Query::select();
        here.column(member::Column::AccountId)
            .from(member::Entity)
            .and_where(member::Column::ProjectId.eq(project.0));
        media_pictured::Entity::delete_many()
            .filter(media_pictured::Column::MediaId.eq(id))
            .filter(media_pictured::Column::AccountId.in_subquery(here))
            .exec(&*tx)
            .await?;
        let pictured: Vec<_> = pictured.into_iter().map(|(_, account)| account).collect();
        show(&tx, id, &pictured).await?;
        tagged(&tx, &by, id, &changed, actor.now).await?;
        // Its visibility has changed.
        news = MediaNews::Consent;
    }
    tx.tell(Event::Media { project, media: id, news }).await?;
    tx.commit().await?;
    Ok(by)
}

/// Deletes media for everyone, even in a closed TwinSpace. Its object must then be
/// [cleared](unshared). Returns how the actor stands to the TwinSpace.
pub async fn delete(actor: Actor<'_>, id: MediaId) -> Result<Access> {
    let Permit { tx, by, on: FoundMedia { row: media, .. }, .. } =
        actor.permit::<FoundMedia>(MediaAct::Delete, id).await?;
    take_away(&tx, media).await?;
    tx.commit().await?;
    Ok(by)
}

/// The same, as a part of a transaction that has locked the project.
pub(crate) async fn take_away(tx: &Tx, media: media::Model) -> Result<()> {
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
pub(crate) async fn forget_all(tx: &Tx, project: ProjectId) -> Result<()> {
    media::Entity::update_many()
        .col_expr(media::Column::State, value(MediaState::Deleted))
        .filter(media::Column::ProjectId.eq(project))
        .exec(&**tx)
        .await?;
    Ok(())
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
        .expr_as(project::Column::State.into_expr(), "project_state")
        .expr_as(member::Column::Role.into_expr(), "member_role")
        .expr_as(account::Column::Kind.into_expr(), "account_kind")
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

fn blank(id: MediaId, by: &Access, words: Words, now: DateTime<Utc>) -> Result<media::ActiveModel> {
    Ok(media::ActiveModel {
        id: Set(id),
        project_id: Set(by.project_id),
        uploader_id: Set(by.person.account.ok_or(Error::Unauthenticated)?),
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

fn value(state: MediaState) -> Expr {
    Expr::val(sea_orm::ActiveEnum::to_value(&state))
}
