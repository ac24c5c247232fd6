//! How someone stands to a project: the facts that decisions are based on.

use entity::{
    AccountId, AccountKind, MemberId, ProjectId, ProjectRole, ProjectState, ServiceId,
    TwinSpaceRole,
};

/// The properties of a person that matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Person {
    /// The account; `None` if the person is anonymous.
    pub account: Option<AccountId>,
    /// The kind of account, once its address is verified.
    pub kind: Option<AccountKind>,
    /// The support service to which an officer belongs.
    pub service: Option<ServiceId>,
}

impl Person {
    /// The owner of an account who is signed in.
    pub fn signed_in(
        account: AccountId,
        kind: AccountKind,
        verified: bool,
        service: Option<ServiceId>,
    ) -> Self {
        Self { account: Some(account), kind: verified.then_some(kind), service }
    }
}

/// The facts about one person and one project: everything that a decision needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The project.
    pub project_id: ProjectId,
    /// Its title.
    pub title: String,
    /// The state.
    pub state: ProjectState,
    /// Who asks.
    pub person: Person,
    /// Their membership in the TwinSpace.
    pub member: Option<(MemberId, TwinSpaceRole)>,
    /// Their role as a partner, and whether they are a founder.
    pub partner: Option<(ProjectRole, bool)>,
    /// Whether they proposed it.
    pub proposer: bool,
    /// Whether they are the teacher invited to co-found it.
    pub cofounder: bool,
    /// Whether they decide, or have decided, on it, on a partner's label or on the succession of a
    /// founder.
    pub officer: bool,
    /// Whether the chat of its TwinSpace is open to pupils (T-04).
    pub chat_open: bool,
}

impl Person {
    /// Whether they make the decisions of these support services, of the country and of the region;
    /// with neither, administrators do.
    pub fn decides(self, services: [Option<ServiceId>; 2]) -> bool {
        match self.kind {
            Some(AccountKind::Officer) => {
                self.service.is_some_and(|service| services.contains(&Some(service)))
            }
            Some(AccountKind::Administrator) => services == [None, None],
            _ => false,
        }
    }
}
