//! What others did to a pupil, shown to the custodian until they have read it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, AccountKind, Act, ProjectId, PupilNewsId, account,
    pupil_news::{self, Column as Col},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Cond, Condition, Expr, JoinType, Query, SelectStatement},
};

use crate::{
    Result, column,
    db::{Db, Tx},
    events::{Event, Whom},
    list::{Cell, Column, KeyKind, Listed},
    sql::{ColumnExt, join_account},
};

/// How long unread news is kept.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Notifies the custodians of these pupils of what someone else did. Adults among them, and actions
/// of the custodians themselves, are skipped.
pub(crate) async fn tell(
    tx: &Tx,
    pupils: &[AccountId],
    act: Act,
    actor: Option<AccountId>,
    project: Option<ProjectId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let pupils = account::Entity::find()
        .filter(account::Column::Id.is_in(pupils.iter().copied()))
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .all(&**tx)
        .await?;
    let mut custodians = BTreeSet::new();
    let mut rows = Vec::new();
    for pupil in pupils {
        let Some(custodian) = pupil.custodian_id.filter(|_| pupil.custodian_id != actor) else {
            continue;
        };
        custodians.insert(custodian);
        rows.push(one((pupil.id, custodian), act, actor, project, now));
    }
    if rows.is_empty() {
        return Ok(());
    }
    pupil_news::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    let waiting = |custodian| Event::Waiting(Whom::Account(custodian));
    Ok(tx.tell_all(custodians.into_iter().map(waiting).collect()).await?)
}

/// What was done to a pupil, for their custodian.
pub(crate) fn one(
    (pupil, custodian): (AccountId, AccountId),
    act: Act,
    actor: Option<AccountId>,
    project: Option<ProjectId>,
    now: DateTime<Utc>,
) -> pupil_news::ActiveModel {
    pupil_news::ActiveModel {
        id: Set(PupilNewsId::new()),
        custodian_id: Set(custodian),
        pupil_id: Set(pupil),
        project_id: Set(project),
        act: Set(act),
        actor_id: Set(actor),
        at: Set(now),
    }
}

/// Deletes these, because the custodian has read them. Returns their number.
pub async fn read(db: &Db, custodian: AccountId, ids: &[PupilNewsId]) -> Result<u64> {
    let tx = db.begin().await?;
    let read = pupil_news::Entity::delete_many()
        .filter(Col::CustodianId.eq(custodian))
        .filter(Col::Id.is_in(ids.iter().copied()))
        .exec(&*tx)
        .await?;
    tx.tell(Event::Waiting(Whom::Account(custodian))).await?;
    tx.commit().await?;
    Ok(read.rows_affected)
}

/// Deletes news about a pupil who has a new custodian or whose account is erased.
pub(crate) async fn forget_pupil(tx: &Tx, pupil: AccountId) -> Result<()> {
    pupil_news::Entity::delete_many().filter(Col::PupilId.eq(pupil)).exec(&**tx).await?;
    Ok(())
}

/// Deletes the news of someone whose account is erased.
pub(crate) async fn forget(tx: &Tx, custodian: AccountId) -> Result<()> {
    pupil_news::Entity::delete_many().filter(Col::CustodianId.eq(custodian)).exec(&**tx).await?;
    Ok(())
}

/// Deletes what has been unread for long; returns the number.
pub async fn expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    let old = pupil_news::Entity::delete_many().filter(Col::At.lte(now - KEPT));
    Ok(old.exec(db).await?.rows_affected)
}

/// A news item, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::pupil_news`")]
pub struct PupilNewsRow {
    pub id: Cell<PupilNewsId>,
    pub custodian_id: Cell<AccountId>,
    pub pupil_id: Cell<AccountId>,
    pub pupil_name: Cell<Option<String>>,
    pub project_id: Cell<Option<ProjectId>>,
    pub act: Cell<Act>,
    pub actor_id: Cell<Option<AccountId>>,
    pub at: Cell<DateTime<Utc>>,
}

const PUPIL: u8 = 0;

impl Listed for PupilNewsRow {
    type Filter = ();
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = Col::Id, for []),
        column!(custodian_id = Col::CustodianId, for []),
        column!(pupil_id = Col::PupilId, for ["pupil"]),
        column!(pupil_name = account::Column::Name.of("pupil"), for ["pupil"], join PUPIL),
        column!(project_id = Col::ProjectId, for ["twinSpaceId", "twinSpace", "projectTitle"]),
        column!(act = Col::Act, for ["act"]),
        column!(actor_id = Col::ActorId, for ["actor"]),
        column!(at = Col::At, for ["at"]),
    ];

    fn from((): &(), needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(pupil_news::Entity);
        if needs(PUPIL) {
            join_account(&mut query, JoinType::LeftJoin, "pupil", Col::PupilId);
        }
        query
    }

    fn id() -> Expr {
        Col::Id.into_expr()
    }

    fn condition((): &()) -> Condition {
        Cond::all()
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
