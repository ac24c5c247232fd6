//! Decisions made by the support services of one country: on labels (L-01), and on the succession
//! of a founder (P-15).

use entity::{AccountId, LabelState, ProjectState, ServiceId, SuccessionState};

use crate::{Access, Person, ProjectPermission, Reason, Refusal, Subject, Tie};

/// What decides what may be done with an application for the quality label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelFacts {
    /// The partner who applied.
    pub applicant: AccountId,
    /// The support services that may decide, of the country and of the region.
    pub services: [Option<ServiceId>; 2],
    /// The state.
    pub state: LabelState,
    /// Whether the applicant is still a partner: only partners hold labels, so an application of
    /// someone who was removed can only be refused.
    pub partner: bool,
}

/// What can be done with an application for the quality label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelAct {
    /// Grant the label.
    Grant,
    /// Refuse it.
    Refuse,
}

impl LabelFacts {
    /// Whether it is this person's own, or theirs to decide on.
    pub fn concerns(&self, person: Person) -> bool {
        person.account == Some(self.applicant) || person.decides(self.services)
    }

    /// Whether somebody knows of it: a granted label is visible to all who can see the project.
    pub fn seen_by(&self, by: &Access) -> bool {
        by.sees_project() && (self.state == LabelState::Granted || self.concerns(by.person))
    }
}

impl Subject for LabelFacts {
    type Act = LabelAct;

    fn decide(&self, act: LabelAct, by: &Access) -> Result<(), Refusal> {
        if !self.seen_by(by) {
            return Err(Refusal::Hidden);
        }
        by.may_decide(self.services).map_err(Refusal::Forbidden)?;
        let allowed = match act {
            _ if self.state != LabelState::Pending => Err(Reason::AlreadyDone),
            LabelAct::Grant if !self.partner => Err(Reason::NotAPartner),
            LabelAct::Grant | LabelAct::Refuse => Ok(()),
        };
        allowed.map_err(Refusal::Conflict)
    }
}

/// What decides what may be done with a proposed succession.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuccessionFacts {
    /// The support services that may decide, of the country and of the region.
    pub services: [Option<ServiceId>; 2],
    /// The state.
    pub state: SuccessionState,
    /// Whether the founder who left and the one who proposes are still founders.
    pub founders: bool,
    /// Whether the founder who left came back: then they are a founder as before.
    pub back: bool,
    /// Whether the successor is still a partner.
    pub partner: bool,
}

/// What can be done with a proposed succession.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuccessionAct {
    /// Transfer the powers.
    Approve,
    /// Reject the proposal.
    Reject,
}

impl SuccessionFacts {
    /// Whether somebody knows of it: those who may read the project's audit log do.
    pub fn seen_by(by: &Access) -> bool {
        let permission = ProjectPermission::ReadProjectAuditLog;
        by.sees_project() && by.project_grants(permission, Tie::default()).is_ok()
    }
}

impl Subject for SuccessionFacts {
    type Act = SuccessionAct;

    fn decide(&self, act: SuccessionAct, by: &Access) -> Result<(), Refusal> {
        if !Self::seen_by(by) {
            return Err(Refusal::Hidden);
        }
        by.may_decide(self.services).map_err(Refusal::Forbidden)?;
        let active = by.state == ProjectState::Active;
        let allowed = match act {
            _ if self.state != SuccessionState::Pending => Err(Reason::AlreadyDone),
            SuccessionAct::Approve if !active || !self.founders => Err(Reason::WrongState),
            SuccessionAct::Approve if self.back => Err(Reason::FounderNotLeft),
            SuccessionAct::Approve if !self.partner => Err(Reason::NotAPartner),
            SuccessionAct::Approve | SuccessionAct::Reject => Ok(()),
        };
        allowed.map_err(Refusal::Conflict)
    }
}

impl Access {
    /// Whether the viewer decides for these support services, of the country and of the region; if
    /// there are none, whether they are an administrator.
    fn may_decide(&self, services: [Option<ServiceId>; 2]) -> Result<(), Reason> {
        self.may(ProjectPermission::Decide, Tie::default())?;
        match self.person.decides(services) {
            true => Ok(()),
            false => Err(Reason::NotYours),
        }
    }
}

#[cfg(test)]
mod tests;
