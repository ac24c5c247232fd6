//! A person's standing in relation to a project, and what the tables grant them.

use async_graphql::Enum;
use entity::{AccountKind, ProjectRole, ProjectState, TwinSpaceId, TwinSpaceRole};

use crate::{Access, Grant, ProjectPermission, Reason, Tie, TwinSpacePermission, sees_media};

/// A person's standing in relation to a project: the columns of the second table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum Standing {
    /// One of the two founders, or a partner to whom a founder's powers were transferred (P-15).
    Founder,
    /// A partner with the role `MANAGER`.
    Manager,
    /// A partner with the role `MEMBER`.
    Member,
    /// A teacher who is a member of the TwinSpace only.
    Collaborator,
    /// A registered teacher with a verified address.
    Teacher,
    /// An officer of a support service that decides on the project, on a partner's label or on the
    /// succession of a founder; or an administrator acting in place of such a service.
    Officer,
    /// Anyone else, signed in or not.
    Anyone,
}

impl Access {
    /// The columns of the second table that apply.
    pub fn standings(&self) -> impl Iterator<Item = Standing> {
        let teacher = self.person.kind == Some(AccountKind::Teacher);
        // Before the project is active, its founders are not yet partners.
        let founder = match self.partner {
            Some((_, founder)) => founder,
            None => !self.state.is_open() && (self.proposer || self.cofounder),
        };
        let partner = self.partner.filter(|_| !founder).map(|(role, _)| match role {
            ProjectRole::Manager => Standing::Manager,
            ProjectRole::Member => Standing::Member,
        });
        let in_twinspace = self.member.is_some_and(|(_, role)| role.is_teacher());
        [
            founder.then_some(Standing::Founder),
            partner,
            (in_twinspace && self.partner.is_none()).then_some(Standing::Collaborator),
            teacher.then_some(Standing::Teacher),
            self.officer.then_some(Standing::Officer),
            Some(Standing::Anyone),
        ]
        .into_iter()
        .flatten()
    }

    /// Whether the viewer may know that the project exists.
    pub fn sees_project(&self) -> bool {
        match self.state {
            ProjectState::Active => true,
            ProjectState::Closed => {
                self.member.is_some() || self.standings().any(|s| s != Standing::Anyone)
            }
            ProjectState::Draft => self.proposer,
            _ => self.proposer || self.cofounder || self.officer,
        }
    }

    /// Whether the viewer may know that the TwinSpace exists: only its members.
    pub fn sees_twinspace(&self) -> bool {
        self.state.is_open() && self.member.is_some()
    }

    /// Why somebody has no role that allows something: an anonymous viewer may be anybody.
    fn no_role(&self) -> Reason {
        match self.person.account {
            Some(_) => Reason::RoleTooLow,
            None => Reason::SignInFirst,
        }
    }

    /// Whether the project's table grants this, regardless of the project's state.
    pub fn project_grants(&self, permission: ProjectPermission, tie: Tie) -> Result<(), Reason> {
        if self.standings().any(|standing| permission.granted_to(standing).covers(tie)) {
            return Ok(());
        }
        let owned = self.standings().any(|s| permission.granted_to(s) > Grant::No);
        Err(if owned { Reason::NotYours } else { self.no_role() })
    }

    /// Whether the viewer may do this in the project.
    pub fn may(&self, permission: ProjectPermission, tie: Tie) -> Result<(), Reason> {
        self.project_grants(permission, tie)?;
        let timely = match permission {
            // A draft belongs to the proposer until it is sent (P-03).
            ProjectPermission::EditProject if self.state.is_draft() => self.proposer,
            // A project that was never open cannot be reopened or followed up (P-04), nor has it a
            // TwinSpace.
            ProjectPermission::ReopenProject
            | ProjectPermission::FollowUpProject
            | ProjectPermission::ExportTwinSpace => self.state.is_open(),
            _ => !permission.needs_active() || self.state == ProjectState::Active,
        };
        match timely {
            true => Ok(()),
            false => Err(Reason::ProjectNotActive),
        }
    }

    /// The role in the TwinSpace, for those who may know that it exists.
    pub fn role(&self) -> Option<TwinSpaceRole> {
        self.member.filter(|_| self.state.is_open()).map(|(_, role)| role)
    }

    /// Whether the TwinSpace's table grants this, regardless of the project's state. `unless` is
    /// the reason for those who may do it only with their own.
    pub fn grants(
        &self,
        permission: TwinSpacePermission,
        tie: Tie,
        unless: Reason,
    ) -> Result<(), Reason> {
        let Some((_, role)) = self.member else { return Err(self.no_role()) };
        let grant = permission.granted_to(role);
        // Anyone may delete their own messages at any time (T-04).
        let chat = permission == TwinSpacePermission::Chat;
        match grant.covers(tie) {
            true if chat && self.is_pupil() && !self.chat_open => Err(Reason::ChatClosed),
            // Nobody who is a pupil answers for others, whatever the role (M-12).
            true if answers_for_pupils(permission) && self.has_pupils_account() => {
                Err(Reason::PupilsAccount)
            }
            true => Ok(()),
            false if grant == Grant::No => Err(Reason::RoleTooLow),
            false => Err(unless),
        }
    }

    /// Whether the viewer may do this in the TwinSpace.
    pub fn may_inside(
        &self,
        permission: TwinSpacePermission,
        tie: Tie,
        unless: Reason,
    ) -> Result<(), Reason> {
        self.grants(permission, tie, unless)?;
        match permission.needs_active() {
            true => self.is_active(),
            false => Ok(()),
        }
    }

    /// Whether the viewer can see media of the TwinSpace, which may be hidden (M-14).
    pub fn sees_media(&self, hidden: bool) -> bool {
        self.role().is_some_and(|role| sees_media(self.state, role, self.person.kind, hidden))
    }

    /// Whether the project is active.
    pub fn is_active(&self) -> Result<(), Reason> {
        match self.state {
            ProjectState::Active => Ok(()),
            _ => Err(Reason::ProjectNotActive),
        }
    }

    /// The ID of the TwinSpace.
    pub fn twin_space_id(&self) -> TwinSpaceId {
        self.project_id.into()
    }
}

/// Whether it belongs to those who answer for pupils: their accounts, consents and custody.
const fn answers_for_pupils(permission: TwinSpacePermission) -> bool {
    matches!(
        permission,
        TwinSpacePermission::InvitePupils
            | TwinSpacePermission::EditDetails
            | TwinSpacePermission::ResetPassword
            | TwinSpacePermission::TransferCustody
            | TwinSpacePermission::ExportPupils
    )
}
