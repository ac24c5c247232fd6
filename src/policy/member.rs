//! What may be done with a member, and the reasons why not.

use entity::{AccountId, AccountKind, ProjectRole, TwinSpaceRole};

use super::{Tie, TwinSpacePermission};
use crate::{Reason, domain::access::Access};

/// A member of whom something is asked.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Their role.
    pub role: TwinSpaceRole,
    /// What kind of account they have.
    pub kind: AccountKind,
    /// Who answers for them, if they are a pupil.
    pub custodian: Option<AccountId>,
    /// Whether they have a founder's powers.
    pub founder: bool,
}

impl Subject {
    /// What ties the viewer to them: custody.
    fn tie(&self, access: &Access) -> Tie {
        let own = self.custodian.is_some() && self.custodian == access.person.account;
        Tie { own, given: false }
    }
}

impl Access {
    /// Whether the viewer may do this with that member (M-13, P-10, P-14).
    pub fn may_with(
        &self,
        permission: TwinSpacePermission,
        subject: &Subject,
    ) -> Result<(), Reason> {
        use TwinSpacePermission::{ChangeRole, RemoveMember, ResetPassword, TransferCustody};
        self.may_inside(permission, subject.tie(self), Reason::NotYourPupil)?;
        if matches!(permission, ResetPassword | TransferCustody)
            && subject.kind != AccountKind::Pupil
        {
            return Err(Reason::NotYourPupil);
        }
        // A custodian moves a pupil among the pupils' roles; whom a teacher administrator raised
        // above them, a teacher administrator lowers.
        let any = self.may_inside(permission, Tie::default(), Reason::NotYourPupil).is_ok();
        if permission == ChangeRole && !any && !subject.role.is_pupil() {
            return Err(Reason::RoleTooLow);
        }
        if !subject.founder {
            return Ok(());
        }
        match permission {
            ChangeRole => Err(Reason::FounderProtected),
            RemoveMember if !self.manages_project() => Err(Reason::FounderProtected),
            _ => Ok(()),
        }
    }

    /// Whether the viewer is a founder or a manager partner.
    fn manages_project(&self) -> bool {
        self.partner.is_some_and(|(role, founder)| founder || role == ProjectRole::Manager)
    }
}
