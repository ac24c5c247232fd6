//! What may be done with a project in its current state: what the tables say, and what the action
//! would find.

use crate::{
    Access, Past, ProjectPermission, Reason, Step, Tie,
    founding::{decidable, has_begun, nominable},
};

impl Access {
    /// Whether the viewer is the one who may send and withdraw the project (P-03, P-04).
    pub fn is_proposer(&self) -> Result<(), Reason> {
        if self.proposer { Ok(()) } else { Err(Reason::NotYours) }
    }

    /// Whether the viewer is the one who may accept or decline the project (P-05).
    pub fn is_invited_cofounder(&self) -> Result<(), Reason> {
        if self.cofounder { Ok(()) } else { Err(Reason::NotYours) }
    }

    /// Whether the viewer may currently take this step.
    pub fn may_step(&self, step: Step) -> Result<(), Reason> {
        match step {
            Step::Send | Step::Withdraw => self.is_proposer(),
            Step::Accept | Step::Decline => self.is_invited_cofounder(),
            Step::Close => self.may(ProjectPermission::CloseProject, Tie::default()),
            Step::Reopen => self.may(ProjectPermission::ReopenProject, Tie::default()),
        }?;
        step.begins_at(self.state)
    }

    /// The same, if the relation between the founders is known.
    pub fn may_step_now(&self, step: Step, past: &Past) -> Result<(), Reason> {
        self.may_step(step)?;
        match step {
            Step::Send => past.founding.begins(),
            Step::Accept => past.founding.fits(),
            _ => Ok(()),
        }
    }

    /// Whether the viewer may currently do this, assuming the best case if it depends on ownership.
    pub fn may_now(&self, permission: ProjectPermission, past: &Past) -> Result<(), Reason> {
        self.may(permission, Tie::BOTH)?;
        match permission {
            ProjectPermission::ReopenProject => Step::Reopen.begins_at(self.state),
            ProjectPermission::ApplyForLabel if past.applied => Err(Reason::AlreadyDone),
            _ => Ok(()),
        }
    }

    /// Whether the viewer may currently approve the project (P-06).
    pub fn may_approve(&self, past: &Past) -> Result<(), Reason> {
        self.may_reject(past)?;
        past.founding.fits()
    }

    /// Whether the viewer may currently reject the project (P-06).
    pub fn may_reject(&self, past: &Past) -> Result<(), Reason> {
        self.may(ProjectPermission::Decide, Tie::default())?;
        decidable(self.state, past.waits_for_me)
    }

    /// Whether the viewer may currently nominate the project (L-01).
    pub fn may_nominate(&self, past: &Past) -> Result<(), Reason> {
        self.may(ProjectPermission::Decide, Tie::default())?;
        nominable(self.state, past.label_countries)?;
        if past.nominated { Err(Reason::AlreadyDone) } else { Ok(()) }
    }

    /// Whether the viewer may currently propose a succession of the other founder (P-15).
    pub fn may_propose_succession_now(&self, past: &Past) -> Result<(), Reason> {
        self.may_propose_succession()?;
        has_begun(past.founder_left)?;
        if past.succession_waits { Err(Reason::AlreadyDone) } else { Ok(()) }
    }
}
