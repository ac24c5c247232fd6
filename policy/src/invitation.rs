//! Who invites whom, and who manages invitations (M-04, M-05, M-12, P-11).

use entity::{AccountKind, InvitationKind, InvitationState, TwinSpaceRole};

use crate::{
    Access, Person, ProjectPermission, Reason, Refusal, Subject, Tie, TwinSpacePermission,
    has_as_much,
};

/// What decides what may be done with an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvitationFacts {
    /// What it offers.
    pub kind: InvitationKind,
    /// Its state.
    pub state: InvitationState,
    /// Whether it can still be answered in time.
    pub in_time: bool,
    /// Whether it was sent to the person in question.
    pub theirs: bool,
}

/// What those who manage invitations do with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationAct {
    /// Resend it, even if it has expired.
    Resend,
    /// Have it offer this role; whatever role if none is given.
    ChangeRole(Option<TwinSpaceRole>),
    /// Withdraw it.
    Revoke,
}

impl Subject for InvitationFacts {
    type Act = InvitationAct;

    fn decide(&self, act: InvitationAct, by: &Access) -> Result<(), Refusal> {
        if !self.theirs && !by.knows_invitations(self.kind) {
            return Err(Refusal::Hidden);
        }
        let may = match act {
            InvitationAct::ChangeRole(Some(role)) => by.may_offer(self.kind, role),
            InvitationAct::ChangeRole(None) | InvitationAct::Resend | InvitationAct::Revoke => {
                by.may_invite(self.kind)
            }
        };
        may.map_err(Refusal::Forbidden)?;
        match self.state {
            InvitationState::Pending if self.in_time || act == InvitationAct::Resend => Ok(()),
            _ => Err(Refusal::Conflict(Reason::InvitationEnded)),
        }
    }
}

/// What decides how an invitation is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivedInvitation {
    /// Its state.
    pub state: InvitationState,
    /// Whether it can still be answered in time.
    pub in_time: bool,
    /// Whether it was sent to the account or the address of whoever answers.
    pub theirs: bool,
    /// Whether they have the mailed link.
    pub linked: bool,
    /// Whether the project is active.
    pub active: bool,
    /// Whether the inviter could still send it.
    pub stands: bool,
}

/// How an invitation is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is accepted.
    Accept,
    /// It is declined, for which the link is enough.
    Decline,
}

impl Subject<Person> for ReceivedInvitation {
    type Act = Reply;

    fn decide(&self, act: Reply, by: &Person) -> Result<(), Refusal> {
        let accepts = act == Reply::Accept;
        match self.linked {
            _ if self.theirs => {}
            // Whoever has the link knows that there is an invitation.
            true if accepts => return Err(Refusal::Forbidden(Reason::AddressDiffers)),
            true => {}
            false => return Err(Refusal::Hidden),
        }
        if self.state != InvitationState::Pending || !self.in_time {
            return Err(Refusal::Conflict(Reason::InvitationEnded));
        }
        let adult = matches!(by.kind, Some(AccountKind::Teacher | AccountKind::Guest));
        match accepts {
            true if !adult => Err(Refusal::Forbidden(Reason::CannotJoin)),
            true if !self.active => Err(Refusal::Forbidden(Reason::ProjectNotActive)),
            // Losing the right to invite revokes the invitation; it is checked again nevertheless.
            true if !self.stands => Err(Refusal::Conflict(Reason::InvitationEnded)),
            _ => Ok(()),
        }
    }
}

impl Access {
    /// Whether the viewer knows of the invitations of this kind that others have sent or got, in a
    /// project of any state: those who manage them do.
    pub fn knows_invitations(&self, kind: InvitationKind) -> bool {
        if kind == InvitationKind::Partner {
            return self.project_grants(ProjectPermission::ManagePartners, Tie::default()).is_ok();
        }
        let permission = TwinSpacePermission::InviteAdults;
        let granted = self.grants(permission, Tie::default(), Reason::NotYours).is_ok();
        granted && self.sees_twinspace()
    }

    /// Whether the viewer manages invitations of this kind: for partners, those who manage the
    /// partners; for others, those who may invite to the TwinSpace.
    fn may_invite(&self, kind: InvitationKind) -> Result<(), Reason> {
        if kind == InvitationKind::Partner {
            return self.may(ProjectPermission::ManagePartners, Tie::default());
        }
        self.may_inside(TwinSpacePermission::InviteAdults, Tie::default(), Reason::NotYours)
    }

    /// Whether the viewer may offer this role: at most their own, except that founders choose a
    /// partner's role (M-12, P-11).
    pub fn may_offer(&self, kind: InvitationKind, role: TwinSpaceRole) -> Result<(), Reason> {
        self.may_invite(kind)?;
        if kind == InvitationKind::Partner && self.partner.is_some_and(|(_, founder)| founder) {
            return Ok(());
        }
        match self.member {
            Some((_, own)) if has_as_much(own, role) => Ok(()),
            _ => Err(Reason::RoleAboveOwn),
        }
    }
}

#[cfg(test)]
mod tests;
