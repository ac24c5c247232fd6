//! People for the tests of decisions.

use entity::{AccountId, AccountKind, MemberId, ProjectId, ProjectState, TwinSpaceRole};

use crate::{Access, Person};

/// Somebody with this role in the TwinSpace of an active project.
pub fn access(role: TwinSpaceRole) -> Access {
    let kind = if role.is_pupil() { AccountKind::Pupil } else { AccountKind::Teacher };
    Access {
        project_id: ProjectId::new(),
        title: "Rivers".to_owned(),
        state: ProjectState::Active,
        person: Person { account: Some(AccountId::new()), kind: Some(kind), service: None },
        member: Some((MemberId::new(), role)),
        partner: None,
        proposer: false,
        cofounder: false,
        officer: false,
        chat_open: true,
    }
}
