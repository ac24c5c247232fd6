//! An invitation does not outlast the right to send it (M-05, P-11).

use chrono::{DateTime, Utc};
use entity::{AccountId, Act, InvitationState, ProjectId, invitation};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement,
};

use super::end_all;
use crate::{
    Result,
    access::{self, Access, Person},
    accounts::account as accounts,
    db::Tx,
};

/// Whether the inviter could still send this invitation: the account may have been erased or
/// blocked, or have another role since.
pub(super) async fn stands(tx: &Tx, invitation: &invitation::Model) -> Result<bool> {
    let inviter = standing(tx, invitation.inviter_id, invitation.project_id).await?;
    Ok(covers(inviter.as_ref(), invitation))
}

fn covers(inviter: Option<&Access>, invitation: &invitation::Model) -> bool {
    inviter.is_some_and(|access| access.may_offer(invitation.kind, invitation.role).is_ok())
}

/// A person's current access to a project; `None` if nobody can sign in to the account.
async fn standing(tx: &Tx, id: AccountId, project: ProjectId) -> Result<Option<Access>> {
    let Some(account) = accounts::present(id).one(&**tx).await? else { return Ok(None) };
    let person = Person { account: Some(id), kind: Some(account.kind), service: None };
    access::find(&**tx, person, project).await
}

/// Revokes someone's invitations to a project that they could no longer send: to be called after
/// any change to their access, with the project locked.
pub(crate) async fn review(
    tx: &Tx,
    project: ProjectId,
    inviter: AccountId,
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut offered =
        offered_by(inviter).filter(invitation::Column::ProjectId.eq(project)).all(&**tx).await?;
    if offered.is_empty() {
        return Ok(());
    }
    let standing = standing(tx, inviter, project).await?;
    offered.retain(|invitation| !covers(standing.as_ref(), invitation));
    end_all(tx, offered, (InvitationState::Revoked, Act::InvitationRevoked), actor, now).await
}

/// Revokes all invitations of someone who can no longer send any.
pub(crate) async fn revoke_all(
    tx: &Tx,
    inviter: AccountId,
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let offered = offered_by(inviter).all(&**tx).await?;
    end_all(tx, offered, (InvitationState::Revoked, Act::InvitationRevoked), actor, now).await
}

/// The pending invitations that someone sent to a project, as a subquery.
pub(crate) fn offered_in(project: ProjectId, inviter: AccountId) -> SelectStatement {
    let here = offered_by(inviter).filter(invitation::Column::ProjectId.eq(project));
    here.select_only().column(invitation::Column::Id).into_query()
}

fn offered_by(inviter: AccountId) -> sea_orm::Select<invitation::Entity> {
    invitation::Entity::find()
        .filter(invitation::Column::InviterId.eq(inviter))
        .filter(invitation::Column::State.eq(InvitationState::Pending))
}
