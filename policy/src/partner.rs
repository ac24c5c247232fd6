//! What may be done with the partners of a project (P-10 to P-14).

use crate::{Access, ProjectPermission, Reason, Refusal, Subject, Tie};

/// What decides what may be done with a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartnerFacts {
    /// Whether they are a founder.
    pub founder: bool,
    /// Whether they are a teacher administrator of the TwinSpace, and no other is one who can act.
    pub last_admin: bool,
}

/// What can be done with a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerAct {
    /// Give them another role in the project (P-12).
    ChangeRole,
    /// Remove them from the project and its TwinSpace (P-13).
    Remove,
}

impl Subject for PartnerFacts {
    type Act = PartnerAct;

    fn decide(&self, act: PartnerAct, by: &Access) -> Result<(), Refusal> {
        let sees = by.project_grants(ProjectPermission::SeeProject, Tie::default()).is_ok();
        if !by.sees_project() || !sees {
            return Err(Refusal::Hidden);
        }
        by.may(ProjectPermission::ManagePartners, Tie::default()).map_err(Refusal::Forbidden)?;
        match act {
            _ if self.founder => Err(Refusal::Forbidden(Reason::FounderProtected)),
            PartnerAct::Remove if self.last_admin => {
                Err(Refusal::Forbidden(Reason::LastTeacherAdmin))
            }
            PartnerAct::ChangeRole | PartnerAct::Remove => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
