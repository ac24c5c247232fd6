//! How invitations end: by an answer, when they are revoked, and with the accounts of those concerned.

use chrono::{DateTime, Utc};
use entity::{AccountId, Act, InvitationState, Purpose, account, invitation};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Cond, Expr, Query, SelectStatement},
};
use uuid::Uuid;

use super::{log_all, power};
use crate::{Result, db::Tx, mail, token};

pub(super) async fn end(
    tx: &Tx,
    invitation: invitation::Model,
    state: InvitationState,
    now: DateTime<Utc>,
) -> Result<invitation::Model> {
    end_links(tx, &[invitation.id.0]).await?;
    let mut row = invitation.into_active_model();
    row.state = Set(state);
    row.ended_at = Set(Some(now));
    Ok(row.update(&**tx).await?)
}

/// Ends several pending invitations, and logs that.
pub(super) async fn end_all(
    tx: &Tx,
    mut invitations: Vec<invitation::Model>,
    (state, act): (InvitationState, Act),
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    if invitations.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = invitations.iter().map(|invitation| invitation.id.0).collect();
    end_links(tx, &ids).await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::State, Expr::val(state))
        .col_expr(invitation::Column::EndedAt, Expr::val(now))
        .filter(invitation::Column::Id.is_in(ids))
        .exec(&**tx)
        .await?;
    for invitation in &mut invitations {
        invitation.state = state;
        invitation.ended_at = Some(now);
    }
    log_all(tx, act, actor, &invitations, now).await
}

/// The pending invitations from or to someone, whether or not they have expired.
pub(crate) async fn waiting(tx: &Tx, account: AccountId) -> Result<Vec<invitation::Model>> {
    let mine = Cond::any()
        .add(invitation::Column::InviterId.eq(account))
        .add(invitation::Column::AccountId.eq(account))
        .add(invitation::Column::Email.in_subquery(address_of(account)));
    let waiting = invitation::Entity::find()
        .filter(mine)
        .filter(invitation::Column::State.eq(InvitationState::Pending));
    Ok(waiting.all(&**tx).await?)
}

fn address_of(account: AccountId) -> SelectStatement {
    let mut address = Query::select();
    address
        .column(account::Column::Email)
        .from(account::Entity)
        .and_where(account::Column::Id.eq(account));
    address
}

/// Revokes the invitations sent by someone whose account is erased, declines those sent to them,
/// and removes their address from all invitations.
pub(crate) async fn forget(
    tx: &Tx,
    account: &account::Model,
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    power::revoke_all(tx, account.id, actor, now).await?;
    let offered = waiting(tx, account.id).await?;
    let declined = (InvitationState::Declined, Act::InvitationDeclined);
    end_all(tx, offered, declined, actor, now).await?;
    let theirs = Cond::any()
        .add(invitation::Column::AccountId.eq(account.id))
        .add(invitation::Column::Email.in_subquery(address_of(account.id)));
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Email, Expr::val(""))
        .filter(theirs)
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Mailed links stop working, and mails still in the outbox are not sent.
pub(super) async fn end_links(tx: &Tx, ids: &[Uuid]) -> Result<()> {
    token::end_all(tx, Purpose::AcceptInvitation, ids).await?;
    mail::withdraw_all(tx, ids).await
}
