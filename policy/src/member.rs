//! What may be done to a member, and the reasons for refusing it.

use entity::{AccountId, AccountKind, MemberId, ProjectRole, TwinSpaceRole};

use crate::{
    Access, Custodian, Grant, Reason, Refusal, Subject, Takeover, Tie, TwinSpacePermission,
    counts_as_pupil, has_as_much, may_give, sees_member,
};

/// What decides what may be done to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberFacts {
    /// The membership.
    pub id: MemberId,
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
    /// Whether they are a teacher administrator, and no other is one who can act (P-14).
    pub last_admin: bool,
}

/// What is done to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberAct {
    /// Write them a message.
    Contact,
    /// Give them another role (M-12).
    ChangeRole {
        /// The new role.
        to: TwinSpaceRole,
        /// Whether whoever asks knows that a pupil's account gets a role that is not a pupil's.
        acknowledged: bool,
    },
    /// Record a pupil's consent (M-14).
    RecordConsent,
    /// Withdraw a pupil's consent (M-14).
    WithdrawConsent,
    /// Correct a pupil's name.
    Rename,
    /// Remove them (M-13).
    Remove,
    /// Set a pupil's password.
    ResetPassword,
    /// Erase a pupil's account.
    Erase,
    /// Offer a pupil's custody to another teacher (M-16).
    OfferCustody,
    /// Ask to take over a pupil's custody (M-16).
    TakeOverCustody,
    /// Leave, of oneself (P-14).
    Leave,
}

impl Subject for MemberFacts {
    type Act = MemberAct;

    fn decide(&self, act: MemberAct, by: &Access) -> Result<(), Refusal> {
        use TwinSpacePermission as P;
        if !by.sees_member(self) {
            return Err(Refusal::Hidden);
        }
        let may = |permission| by.may_with(permission, self);
        let details = || may(P::EditDetails);
        let allowed = match act {
            MemberAct::Contact => may(P::ContactMember),
            MemberAct::ChangeRole { to, .. } => {
                may(P::ChangeRole).and_then(|()| by.may_give(to)).and_then(|()| self.may_become(to))
            }
            MemberAct::RecordConsent | MemberAct::WithdrawConsent => details(),
            MemberAct::Rename => details().and_then(|()| by.may_name(self)),
            MemberAct::ResetPassword | MemberAct::Erase => {
                details().and_then(|()| may(P::ResetPassword))
            }
            MemberAct::Remove => may(P::RemoveMember)
                .and_then(|()| if self.is(by) { by.may_leave() } else { Ok(()) })
                .and_then(|()| self.may_go()),
            MemberAct::OfferCustody => may(P::TransferCustody),
            MemberAct::TakeOverCustody => by.may_take_over(self),
            MemberAct::Leave if !self.is(by) => Err(Reason::NotYours),
            MemberAct::Leave => by.may_leave().and_then(|()| self.may_go()),
        };
        allowed.map_err(Refusal::Forbidden)?;
        match act {
            MemberAct::ChangeRole { to, acknowledged: false }
                if self.kind == AccountKind::Pupil && !to.is_pupil() =>
            {
                Err(Refusal::Conflict(Reason::AcknowledgementNeeded))
            }
            _ => Ok(()),
        }
    }
}

/// Several members to whom the same is done: it is done to all of them or to none, and what is
/// hidden of one is hidden of all.
impl Subject for [MemberFacts] {
    type Act = MemberAct;

    fn decide(&self, act: MemberAct, by: &Access) -> Result<(), Refusal> {
        let refusals = self.iter().filter_map(|member| member.decide(act, by).err());
        let refusals: Vec<_> = refusals.collect();
        let hidden = refusals.iter().find(|refusal| **refusal == Refusal::Hidden);
        hidden.or(refusals.first()).map_or(Ok(()), |refusal| Err(*refusal))
    }
}

impl MemberFacts {
    /// How custody of them is taken over, if it can be (M-16).
    pub const fn takeover(&self) -> Option<Takeover> {
        self.custodian_stands.takeover()
    }

    /// The viewer's relation to them: custody.
    fn tie(&self, access: &Access) -> Tie {
        let own = self.custodian.is_some() && self.custodian == access.person.account;
        Tie { own, given: false }
    }

    /// Whether this is the viewer.
    fn is(&self, by: &Access) -> bool {
        by.person.account == Some(self.account)
    }

    /// A TwinSpace keeps a teacher administrator (P-14). A pupil's account is none, whatever its role:
    /// its custodian takes it out at any time.
    fn may_go(&self) -> Result<(), Reason> {
        match self.last_admin && self.kind != AccountKind::Pupil {
            true => Err(Reason::LastTeacherAdmin),
            false => Ok(()),
        }
    }

    fn may_become(&self, role: TwinSpaceRole) -> Result<(), Reason> {
        if role == self.role { Ok(()) } else { self.may_go() }
    }
}

impl Access {
    /// Whether the viewer gets to see that member (M-02, M-20).
    fn sees_member(&self, member: &MemberFacts) -> bool {
        let pupil = counts_as_pupil(member.kind, Some(member.role));
        let own = self.member.is_some_and(|(id, _)| id == member.id);
        self.role().is_some_and(|role| own || sees_member(self.state, role, pupil))
    }

    /// Whether the viewer gets to see pupils: visitors see the counts, but not who they are (M-20). Lists
    /// filter by the same rule.
    pub fn sees_pupils(&self) -> bool {
        self.grants(TwinSpacePermission::SeePupils, Tie::default(), Reason::NotYours).is_ok()
    }

    /// Whether the viewer may give somebody that role.
    fn may_give(&self, role: TwinSpaceRole) -> Result<(), Reason> {
        match self.member {
            Some((_, own)) if may_give(own, role) => Ok(()),
            // Those who change only pupils' roles keep them within the pupil roles (M-13).
            Some((_, own)) if has_as_much(own, role) => Err(Reason::RoleTooLow),
            _ => Err(Reason::RoleAboveOwn),
        }
    }

    /// Whether the tables allow the viewer this with that member (M-13, P-10).
    fn may_with(
        &self,
        permission: TwinSpacePermission,
        subject: &MemberFacts,
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
        // Those who can change only their own pupils' roles must not touch pupils promoted by others
        // (M-13). They remove any of their own, as custodians may everywhere (M-11).
        if permission == ChangeRole && !subject.role.is_pupil() {
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
    fn may_take_over(&self, subject: &MemberFacts) -> Result<(), Reason> {
        let permission = TwinSpacePermission::TransferCustody;
        self.may_inside(permission, Tie::default(), Reason::RoleTooLow)?;
        if subject.kind != AccountKind::Pupil {
            return Err(Reason::NotYourPupil);
        }
        if subject.tie(self).own {
            return Err(Reason::Yourself);
        }
        subject.takeover().map(drop).ok_or(Reason::NotYourPupil)
    }

    /// Whether it is a pupil who acts, whatever their role here.
    pub(crate) fn has_pupils_account(&self) -> bool {
        self.person.kind == Some(AccountKind::Pupil)
    }

    /// Whether the viewer, who may edit that pupil here, may also rename them. Because the name is
    /// the same in all TwinSpaces, only the custodian may, and others where the custodian is or was
    /// a teacher.
    fn may_name(&self, subject: &MemberFacts) -> Result<(), Reason> {
        match subject.tie(self).own || subject.custodian_stands.taught {
            true => Ok(()),
            false => Err(Reason::NotYourPupil),
        }
    }

    /// Whether the viewer may leave: pupils must be removed by their teachers.
    fn may_leave(&self) -> Result<(), Reason> {
        self.may_inside(TwinSpacePermission::Enter, Tie::default(), Reason::NotYours)?;
        if self.has_pupils_account() { Err(Reason::RoleTooLow) } else { Ok(()) }
    }

    /// Whether the viewer is a pupil, or has a pupil's account with another role.
    pub(crate) fn is_pupil(&self) -> bool {
        let role = self.member.map(|(_, role)| role);
        self.person.kind.is_some_and(|kind| counts_as_pupil(kind, role))
    }

    /// Whether the viewer is a founder or a manager partner.
    fn manages_project(&self) -> bool {
        self.partner.is_some_and(|(role, founder)| founder || role == ProjectRole::Manager)
    }
}

#[cfg(test)]
mod tests;
