//! An invitation that somebody manages, as a decision finds it.

use entity::{InvitationId, account, invitation};
use policy::InvitationFacts;
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Expr, Query},
};

use crate::{
    permit::{Actor, OfProject, Row},
    sql::ColumnExt,
};

/// An invitation that somebody manages.
pub type FoundInvitation = Row<invitation::Model>;

impl OfProject for invitation::Model {
    type Facts = InvitationFacts;
    type Id = InvitationId;

    const NAME: &'static str = "invitation";
    const PROJECT: invitation::Column = invitation::Column::ProjectId;

    fn questions(actor: &Actor<'_>) -> Vec<Expr> {
        vec![sent_to(actor)]
    }

    fn facts(&self, theirs: &[bool], actor: &Actor<'_>) -> InvitationFacts {
        InvitationFacts {
            kind: self.kind,
            state: self.state,
            in_time: self.expires_at > actor.now,
            theirs: theirs[0],
        }
    }
}

/// Whether an invitation was sent to whoever acts, for rows with its table.
fn sent_to(actor: &Actor<'_>) -> Expr {
    let Some(account) = actor.person.account else { return Expr::val(false) };
    let theirs = Cond::any()
        .add(account::Column::Id.equals(invitation::Column::AccountId))
        .add(account::Column::Email.equals(invitation::Column::Email));
    let mut owners = Query::select();
    owners
        .expr(Expr::val(1))
        .from(account::Entity)
        .and_where(account::Column::Id.eq(account.0))
        .cond_where(theirs);
    Expr::exists(owners)
}
