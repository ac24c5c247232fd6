//! Whom media shows (M-14).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, ConsentScope, MediaId, MediaState, MemberId, ProjectId, account,
    consent, media, media_pictured, member,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Cond, Query},
};

use crate::{
    Error, Reason, Result,
    access::Access,
    care::audit,
    db::Tx,
    error::{Flaw, Problems},
    events::{Event, MediaNews},
    members::{consent as consents, pupil_news as news},
    sql::ColumnExt,
};

/// Whose tags are added to media (`true`) or removed from it, if these members are to be tagged.
/// Only the custodian can remove the tag of a pupil whose pictures the custodian has hidden (M-14).
pub(super) async fn changes(
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

/// New tags of all of these.
pub(super) fn added(accounts: Vec<AccountId>) -> Vec<(AccountId, bool)> {
    accounts.into_iter().map(|account| (account, true)).collect()
}

/// Records whose tags are added to media (`true`) or removed from it, and tells the custodians
///
pub(super) async fn tagged(
    tx: &Tx,
    by: &Access,
    id: MediaId,
    changed: &[(AccountId, bool)],
    now: DateTime<Utc>,
) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let (act, actor, project) = (Act::MediaPicturedChanged, by.person.account, by.project_id);
    let line = |(account, named): &(AccountId, bool)| {
        let line = audit::line(act, actor).project(project);
        line.account(*account).subject(id.0).detail(audit::Detail::Named, *named)
    };
    audit::write_all(tx, changed.iter().map(line).collect(), now).await?;
    let pupils: Vec<_> = changed.iter().map(|(account, _)| *account).collect();
    news::tell(tx, &pupils, act, actor, Some(project), now).await
}

/// The pupils shown in several media who are still members: one statement.
pub async fn pictured(
    db: &impl ConnectionTrait,
    media: &[MediaId],
) -> Result<HashMap<MediaId, Vec<MemberId>>> {
    let mut query = Query::select();
    query
        .expr(media_pictured::Column::MediaId.into_expr())
        .expr(member::Column::Id.into_expr())
        .from(media_pictured::Entity)
        .inner_join(media::Entity, media::Column::Id.equals(media_pictured::Column::MediaId))
        .inner_join(
            member::Entity,
            Cond::all()
                .add(member::Column::ProjectId.equals(media::Column::ProjectId))
                .add(member::Column::AccountId.equals(media_pictured::Column::AccountId)),
        )
        .and_where(media_pictured::Column::MediaId.is_in(media.iter().map(|id| id.0)))
        .order_by((member::Entity, member::Column::Id), sea_orm::Order::Asc);
    let mut found: HashMap<MediaId, Vec<MemberId>> = HashMap::new();
    for row in db.query_all(&query).await? {
        found.entry(row.try_get_by_index(0)?).or_default().push(row.try_get_by_index(1)?);
    }
    Ok(found)
}

/// Notifies subscribers that the visibility of media that shows one of these pupils has changed.
pub(crate) async fn tell_of(tx: &Tx, project: ProjectId, pupils: &[AccountId]) -> Result<()> {
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

/// Records whom media shows.
pub(super) async fn show(tx: &Tx, id: MediaId, pictured: &[AccountId]) -> Result<()> {
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
pub(super) async fn consenting(
    tx: &Tx,
    project: ProjectId,
    pictured: &[MemberId],
) -> Result<Vec<AccountId>> {
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
pub(super) async fn places(
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
    let mut problems = Problems::default();
    for (at, id) in pictured.iter().enumerate() {
        problems.require(
            places.iter().any(|(member, _)| member == id),
            &format!("picturedIds.{at}"),
            Flaw::NotAllowed("must be a pupil of this TwinSpace".into()),
        );
    }
    problems.finish()?;
    Ok(places)
}

pub(super) async fn members(
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

pub(super) fn pictured_query(media: &[MediaId]) -> sea_orm::Select<media_pictured::Entity> {
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
