//! An invitation that somebody manages, as a decision finds it.

use entity::{InvitationId, ProjectId, account, invitation};
use policy::{InvitationAct, InvitationFacts};
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, QuerySelect, QueryTrait,
    sea_query::{Cond, Expr, ExprTrait, Query},
};

use crate::{
    Result, access,
    db::Tx,
    permit::{Actor, Found, Held},
};

/// An invitation that somebody manages.
#[derive(Debug)]
pub struct FoundInvitation {
    /// The invitation.
    pub invitation: invitation::Model,
    facts: InvitationFacts,
}

impl Found for FoundInvitation {
    type Facts = InvitationFacts;
    type Id = InvitationId;

    const NAME: &'static str = "invitation";

    async fn lock(tx: &Tx, _: InvitationAct, id: &InvitationId) -> Result<Held> {
        let invitation = invitation::Entity::find_by_id(*id).select_only();
        access::hold(tx, invitation.column(invitation::Column::ProjectId).into_query()).await
    }

    async fn find(
        db: &impl ConnectionTrait,
        actor: &Actor<'_>,
        id: &InvitationId,
    ) -> Result<Option<(ProjectId, Self)>> {
        let query = invitation::Entity::find_by_id(*id).expr_as(sent_to(actor), "is_theirs");
        let Some(row) = db.query_one(&query.into_query()).await? else { return Ok(None) };
        let invitation = invitation::Model::from_query_result(&row, "")?;
        let facts = InvitationFacts {
            kind: invitation.kind,
            state: invitation.state,
            in_time: invitation.expires_at > actor.now,
            theirs: row.try_get("", "is_theirs")?,
        };
        Ok(Some((invitation.project_id, Self { invitation, facts })))
    }

    fn facts(&self) -> &InvitationFacts {
        &self.facts
    }
}

/// Whether an invitation was sent to whoever acts, for rows with its table.
fn sent_to(actor: &Actor<'_>) -> Expr {
    let Some(account) = actor.person.account else { return Expr::val(false) };
    let owner = |column| Expr::col((account::Entity, column));
    let to = |column| (invitation::Entity, column);
    let theirs = Cond::any()
        .add(owner(account::Column::Id).equals(to(invitation::Column::AccountId)))
        .add(owner(account::Column::Email).equals(to(invitation::Column::Email)));
    let mut owners = Query::select();
    owners
        .expr(Expr::val(1))
        .from(account::Entity)
        .and_where(owner(account::Column::Id).eq(account.0))
        .cond_where(theirs);
    Expr::exists(owners)
}
