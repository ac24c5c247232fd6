//! What may be done to a member, and the reasons for refusing it.

use entity::{AccountId, AccountKind, ProjectRole, TwinSpaceRole};

use super::{Grant, Tie, TwinSpacePermission};
use crate::{
    Reason,
    domain::{access::Access, custody::custodian::Custodian, pupil::rule::counts_as_pupil},
};

/// A member who is the subject of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The account.
    pub account: AccountId,
    /// Their role.
    pub role: TwinSpaceRole,
    /// The kind of account they have.
    pub kind: AccountKind,
    /// The custodian, if they are a pupil.
    pub custodian: Option<AccountId>,
    /// The custodian's standing in the TwinSpace (M-16).
    pub custodian_stands: Custodian,
    /// Whether they have a founder's powers.
    pub founder: bool,
}

impl Subject {
    /// The viewer's relation to them: custody.
    fn tie(&self, access: &Access) -> Tie {
        let own = self.custodian.is_some() && self.custodian == access.person.account;
        Tie { own, given: false }
    }
}

impl Access {
    /// Whether the viewer may do this to that member (M-13, P-10, P-14).
    pub fn may_with(
        &self,
        permission: TwinSpacePermission,
        subject: &Subject,
    ) -> Result<(), Reason> {
        use TwinSpacePermission::{
            ChangeRole, ContactMember, EditDetails, RemoveMember, ResetPassword, TransferCustody,
        };
        self.may_inside(permission, subject.tie(self), Reason::NotYourPupil)?;
        if permission == ContactMember {
            if self.person.account == Some(subject.account) {
                return Err(Reason::Yourself);
            }
            // A pupil's message reveals the pupil (M-20).
            let sees_pupils = TwinSpacePermission::SeePupils.granted_to(subject.role);
            if self.is_pupil() && sees_pupils == Grant::No {
                return Err(Reason::RoleTooLow);
            }
        }
        if matches!(permission, EditDetails | ResetPassword | TransferCustody)
            && subject.kind != AccountKind::Pupil
        {
            return Err(Reason::NotYourPupil);
        }
        // Only one's own custody can be offered (M-16).
        if permission == TransferCustody && !subject.tie(self).own {
            return Err(Reason::NotYourPupil);
        }
        // Those who can change and remove only their own pupils must not touch pupils promoted by
        // others (M-13).
        if matches!(permission, ChangeRole | RemoveMember) && !subject.role.is_pupil() {
            self.may_inside(permission, Tie::default(), Reason::RoleTooLow)?;
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

    /// Whether the viewer may ask to take over custody of that pupil: a teacher administrator may,
    /// if the custodian brought the pupil in and no longer teaches there or cannot respond (M-16).
    pub fn may_take_over(&self, subject: &Subject) -> Result<(), Reason> {
        let permission = TwinSpacePermission::TransferCustody;
        self.may_inside(permission, Tie::default(), Reason::RoleTooLow)?;
        if self.has_pupils_account() {
            return Err(Reason::PupilsAccount);
        }
        if subject.kind != AccountKind::Pupil {
            return Err(Reason::NotYourPupil);
        }
        if subject.tie(self).own {
            return Err(Reason::Yourself);
        }
        match subject.custodian_stands.takeover() {
            Some(_) => Ok(()),
            None => Err(Reason::NotYourPupil),
        }
    }

    /// Whether the viewer's account is a pupil's, regardless of the role here (M-12).
    pub fn has_pupils_account(&self) -> bool {
        self.person.kind == Some(AccountKind::Pupil)
    }

    /// Whether the viewer may rename that pupil. Because the name is the same in all TwinSpaces,
    /// only the custodian may, and those who can edit pupils where the custodian is or was a
    /// teacher.
    pub fn may_rename(&self, subject: &Subject) -> Result<(), Reason> {
        self.may_with(TwinSpacePermission::EditDetails, subject)?;
        match subject.tie(self).own || subject.custodian_stands.taught {
            true => Ok(()),
            false => Err(Reason::NotYourPupil),
        }
    }

    /// Whether the viewer may leave: pupils must be removed by their teachers.
    pub fn may_leave(&self) -> Result<(), Reason> {
        self.may_inside(TwinSpacePermission::Enter, Tie::default(), Reason::NotYours)?;
        if self.is_pupil() { Err(Reason::RoleTooLow) } else { Ok(()) }
    }

    /// Whether the viewer is a pupil, or has a pupil's account with another role.
    fn is_pupil(&self) -> bool {
        let role = self.member.map(|(_, role)| role);
        self.person.kind.is_some_and(|kind| counts_as_pupil(kind, role))
    }

    /// Whether the viewer is a founder or a manager partner.
    fn manages_project(&self) -> bool {
        self.partner.is_some_and(|(role, founder)| founder || role == ProjectRole::Manager)
    }
}
