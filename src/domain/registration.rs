//! Registrations whose address was never verified: nobody's, and gone after a while.

use chrono::{DateTime, Utc};
use entity::{AccountId, Purpose, account, account_tag, mail, session, token};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, Query},
};

use crate::{
    Result,
    db::{Db, Tx},
};

/// The most that one round of housekeeping deletes.
const ROUND: u64 = 500;

/// Takes away what hangs on registrations, so that others can take their places or they can be
/// deleted. Their rows are locked.
pub(super) async fn strip(tx: &Tx, ids: &[AccountId]) -> Result<()> {
    let subjects = || ids.iter().map(|id| id.0);
    // In this order: a mail that is being sent meanwhile has its token before its row is let go.
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

/// Deletes registrations, whose rows are locked. Nothing refers to them: nobody signs in, is seen
/// or is named before the address is verified.
pub(super) async fn discard(tx: &Tx, ids: &[AccountId]) -> Result<()> {
    strip(tx, ids).await?;
    account::Entity::delete_many()
        .filter(account::Column::Id.is_in(ids.iter().copied()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Deletes registrations from before then, but those of which a link can still be followed, and
/// those that the operator blocked, so that they stay blocked; how many there were.
pub async fn expire(db: &Db, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64> {
    let old = || {
        let mut link = Query::select();
        let held = |column| Expr::col((token::Entity, column));
        link.expr(Expr::val(1))
            .from(token::Entity)
            .and_where(
                held(token::Column::SubjectId).equals((account::Entity, account::Column::Id)),
            )
            .and_where(token::Column::Purpose.eq(Purpose::VerifyEmail))
            .and_where(held(token::Column::ExpiresAt).gt(now));
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
    // Most often there is none, which needs no transaction.
    if old().into_tuple::<AccountId>().one(db.read()).await?.is_none() {
        return Ok(0);
    }
    let tx = db.begin().await?;
    // Who verifies one of them at this moment keeps it.
    let ids: Vec<AccountId> = old()
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(&*tx)
        .await?;
    discard(&tx, &ids).await?;
    tx.commit().await?;
    Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
}
