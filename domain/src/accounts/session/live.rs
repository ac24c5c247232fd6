//! The session of a token, which every request needs, and what is found with it.

use chrono::{DateTime, Utc};
use entity::{AccountId, AccountKind, ProjectId, ServiceId, SessionId, account, session};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QuerySelect, QueryTrait,
    prelude::DateTimeUtc,
    sea_query::{Expr, SelectStatement},
};

use super::Lifetime;
use crate::{
    Result,
    access::{self, Access, Person},
    db::{Db, Position},
    token,
};

/// An active session, and its owner.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Live {
    /// The session.
    pub id: SessionId,
    /// The owner.
    pub account_id: AccountId,
    /// When it was last used, to the minute.
    pub last_used_at: DateTimeUtc,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// The support service to which an officer belongs.
    pub service_id: Option<ServiceId>,
    /// When the address was verified.
    pub verified_at: Option<DateTimeUtc>,
    /// The owner's name.
    pub name: String,
}

impl Live {
    /// The properties of the owner that matter for permissions.
    pub fn person(&self) -> Person {
        let verified = self.verified_at.is_some();
        Person::signed_in(self.account_id, self.kind, verified, self.service_id)
    }
}

/// The session of a token, and what is found with it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The session.
    pub live: Live,
    /// The owner's access to the project that the request is about, if it is at hand.
    pub access: Option<Access>,
    /// How far a replica must be to answer the request, if there is one.
    pub position: Option<Position>,
}

/// The session of a token, if it has not ended: one statement, on every request. With it comes the
/// owner's access to the project that the request is `about`, unless the owner decides on projects,
/// which takes more to find out.
pub async fn find(
    db: &Db,
    secret: &str,
    about: Option<ProjectId>,
    lifetime: Lifetime,
    now: DateTime<Utc>,
) -> Result<Option<Found>> {
    let known = session::Column::TokenHash.eq(token::hash(secret));
    let live = live(known, lifetime, now);
    let mut query = match about {
        Some(project) => access::beside(live, project),
        None => live,
    };
    let asked = db.position().map(|position| query.expr_as(position, "position")).is_some();
    let Some(row) = db.read().query_one(&query).await? else { return Ok(None) };
    let live = Live::from_query_result(&row, "")?;
    let access = about.map(|_| access::read_beside(&row, WIDTH, live.person())).transpose()?;
    let position: Option<String> = if asked { row.try_get("", "position")? } else { None };
    let position = position.and_then(|position| position.parse().ok());
    Ok(Some(Found { live, access: access.flatten(), position }))
}

/// Those of these sessions that have not ended, with one statement.
pub async fn by_ids(
    db: &impl ConnectionTrait,
    ids: &[SessionId],
    lifetime: Lifetime,
    now: DateTime<Utc>,
) -> Result<Vec<Live>> {
    let live = live(session::Column::Id.is_in(ids.iter().copied()), lifetime, now);
    let rows = db.query_all(&live).await?;
    Ok(rows.iter().map(|row| Live::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// The number of columns of [`live`].
const WIDTH: usize = 7;

fn live(which: Expr, lifetime: Lifetime, now: DateTime<Utc>) -> SelectStatement {
    let owner = session::Entity::belongs_to(account::Entity)
        .from(session::Column::AccountId)
        .to(account::Column::Id)
        .into();
    session::Entity::find()
        .select_only()
        .columns([session::Column::Id, session::Column::AccountId, session::Column::LastUsedAt])
        .columns([account::Column::Kind, account::Column::ServiceId, account::Column::VerifiedAt])
        .column(account::Column::Name)
        .join(JoinType::InnerJoin, owner)
        .filter(which)
        .filter(account::Column::BlockedAt.is_null())
        .filter(going_on(lifetime, now))
        .into_query()
}

/// Whether a session has not ended.
pub(super) fn going_on(lifetime: Lifetime, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(session::Column::ExpiresAt.gt(now))
        .add(session::Column::LastUsedAt.gt(now - lifetime.idle))
}
