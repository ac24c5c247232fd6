//! How someone stands to a project: the facts that decisions are based on.

use entity::{
    AccountId, AccountKind, MemberId, ProjectId, ProjectRole, ProjectState, ServiceId,
    TwinSpaceRole,
};

/// Who asks, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Person {
    /// The account; none for those who are not signed in.
    pub account: Option<AccountId>,
    /// What kind of account it is, once its address is verified.
    pub kind: Option<AccountKind>,
    /// The service that an officer works for.
    pub service: Option<ServiceId>,
}

/// What is known of one viewer and one project: all that a decision needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The project.
    pub project_id: ProjectId,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: ProjectState,
    /// Who asks.
    pub person: Person,
    /// Their place in the TwinSpace.
    pub member: Option<(MemberId, TwinSpaceRole)>,
    /// Their role as a partner, and whether they are a founder.
    pub partner: Option<(ProjectRole, bool)>,
    /// Whether they proposed it.
    pub proposer: bool,
    /// Whether they are the teacher with whom it is to be founded.
    pub cofounder: bool,
    /// Whether they decide on it, on the label of a partner or on the succession of a founder, or
    /// have decided.
    pub officer: bool,
    /// Whether the chat of its TwinSpace is open to pupils (T-04).
    pub chat_open: bool,
}

impl Person {
    /// Whether a decision is theirs that waits for these services, the country's and the region's;
    /// with neither, it is the administrators'.
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
