//! What is done in a TwinSpace as a whole, rather than to something in it.

use entity::{InvitationKind, PageVisibility, TwinSpaceRole};

use crate::{Access, ProjectPermission, Reason, Refusal, Subject, Tie, TwinSpacePermission};

/// A TwinSpace in which something is done: nothing but how somebody stands to it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwinSpaceFacts;

/// What can be done in a TwinSpace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwinSpaceAct {
    /// What a row of the table lists, with what is one's own.
    May(TwinSpacePermission),
    /// Create a page that is visible to these people (T-02).
    CreatePage(PageVisibility),
    /// Offer somebody this role (M-04).
    Invite(TwinSpaceRole),
    /// Export it: as a member, or as a founder who has left it (P-18).
    Export,
}

impl Subject for TwinSpaceFacts {
    type Act = TwinSpaceAct;

    fn decide(&self, act: TwinSpaceAct, by: &Access) -> Result<(), Refusal> {
        use TwinSpacePermission::{CreatePage, SharePage};
        let leaves_with_it = || by.may(ProjectPermission::ExportTwinSpace, Tie::default()).is_ok();
        if act == TwinSpaceAct::Export && leaves_with_it() {
            return Ok(());
        }
        if !by.sees_twinspace() {
            return Err(Refusal::Hidden);
        }
        let may = |permission| by.may_inside(permission, Tie::BOTH, Reason::NotYours);
        let allowed = match act {
            TwinSpaceAct::May(permission) => may(permission),
            TwinSpaceAct::CreatePage(PageVisibility::Draft) => may(CreatePage),
            // Only those who could then share it create a page that others see.
            TwinSpaceAct::CreatePage(_) => may(CreatePage).and_then(|()| may(SharePage)),
            TwinSpaceAct::Export => may(TwinSpacePermission::Export),
            TwinSpaceAct::Invite(role) => by.may_offer(InvitationKind::Collaborator, role),
        };
        allowed.map_err(Refusal::Forbidden)
    }
}

#[cfg(test)]
mod tests;
