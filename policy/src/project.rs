//! What may be done with a project: what the tables say, whose it is, and what its state and its
//! history allow.

use entity::{InvitationKind, ProjectState, TwinSpaceRole};

use crate::{Access, Past, ProjectPermission, Reason, Refusal, Subject, Tie};

/// What can be done with a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectAct {
    /// What a row of the table lists, with what is one's own.
    May(ProjectPermission),
    /// Send it to the co-founder (P-03).
    Send,
    /// Accept the invitation to found it (P-05).
    Accept,
    /// Decline the invitation to found it (P-05).
    Decline,
    /// Withdraw it before a decision is made (P-04).
    Withdraw,
    /// Approve it, for a support service (P-06).
    Approve,
    /// Reject it, for a support service (P-06).
    Reject,
    /// Nominate it for the European label, for a support service (L-01).
    Nominate,
    /// Propose a succession of the other founder (P-15).
    ProposeSuccession,
    /// Invite somebody to become a partner, with this role in the TwinSpace (P-11).
    AddPartner(TwinSpaceRole),
}

impl Subject for Past {
    type Act = ProjectAct;

    fn decide(&self, act: ProjectAct, by: &Access) -> Result<(), Refusal> {
        if !by.sees_project() {
            return Err(Refusal::Hidden);
        }
        by.may_do(act).map_err(Refusal::Forbidden)?;
        self.allows(act, by.state).map_err(Refusal::Conflict)
    }
}

impl Access {
    /// Whether it is for the viewer to do this with the project.
    fn may_do(&self, act: ProjectAct) -> Result<(), Reason> {
        let may = |permission| self.may(permission, Tie::BOTH);
        let theirs = |is: bool| if is { Ok(()) } else { Err(Reason::NotYours) };
        match act {
            ProjectAct::May(permission) => may(permission),
            ProjectAct::Send | ProjectAct::Withdraw => theirs(self.proposer),
            ProjectAct::Accept | ProjectAct::Decline => theirs(self.cofounder),
            ProjectAct::Approve | ProjectAct::Reject | ProjectAct::Nominate => {
                may(ProjectPermission::Decide)
            }
            // Those with a founder's powers, who may also close it.
            ProjectAct::ProposeSuccession => may(ProjectPermission::CloseProject),
            ProjectAct::AddPartner(role) => self.may_offer(InvitationKind::Partner, role),
        }
    }
}

impl Past {
    /// Whether a project in this state, with this history, allows it.
    fn allows(&self, act: ProjectAct, state: ProjectState) -> Result<(), Reason> {
        use ProjectState::{Closed, PendingApproval, PendingPartner};
        let begins = match act {
            ProjectAct::Send => state.is_draft(),
            ProjectAct::Accept | ProjectAct::Decline => state == PendingPartner,
            ProjectAct::Withdraw => matches!(state, PendingPartner | PendingApproval),
            ProjectAct::Approve | ProjectAct::Reject => state == PendingApproval,
            ProjectAct::Nominate => state.is_open(),
            ProjectAct::May(ProjectPermission::ReopenProject) => state == Closed,
            _ => true,
        };
        match act {
            _ if !begins => Err(Reason::WrongState),
            ProjectAct::Send => self.founding.begins(),
            ProjectAct::Approve | ProjectAct::Reject if !self.waits_for_me => {
                Err(Reason::AlreadyDone)
            }
            ProjectAct::Accept | ProjectAct::Approve => self.founding.fits(),
            ProjectAct::Nominate if self.label_countries < 2 => Err(Reason::LabelsMissing),
            ProjectAct::Nominate if self.nominated => Err(Reason::AlreadyDone),
            ProjectAct::ProposeSuccession if !self.founder_left => Err(Reason::FounderNotLeft),
            ProjectAct::ProposeSuccession if self.succession_waits => Err(Reason::AlreadyDone),
            ProjectAct::May(ProjectPermission::ApplyForLabel) if self.applied => {
                Err(Reason::AlreadyDone)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
