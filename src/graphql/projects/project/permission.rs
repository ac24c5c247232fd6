//! What the viewer may do with a project in its current state.

use async_graphql::SimpleObject;
use domain::{access::Access, projects::project::Past};
use policy::{Allowance, ProjectAct, ProjectGrants, Subject};

/// The fields that depend on the history of the project.
pub const BY_PAST: &[&str] = &[
    "applyForLabel",
    "approve",
    "reject",
    "nominateForEuropeanLabel",
    "proposeSuccession",
    "send",
    "accept",
];

/// What the viewer may currently do with a project, with a reason for anything that is not allowed.
/// Based on the permission table and the state of the project.
#[derive(SimpleObject)]
pub struct ProjectPermissions {
    #[graphql(flatten)]
    table: ProjectGrants,
    /// Send it to the co-founder.
    send: Allowance,
    /// Withdraw it before a decision is made.
    withdraw: Allowance,
    /// Accept the invitation to found it.
    accept: Allowance,
    /// Decline the invitation to found it.
    decline: Allowance,
    /// Approve it on behalf of the viewer's support service.
    approve: Allowance,
    /// Reject it on behalf of the viewer's support service.
    reject: Allowance,
    /// Nominate it for the European label.
    nominate_for_european_label: Allowance,
    /// Propose transferring the powers of the other founder, who has left, to another partner.
    propose_succession: Allowance,
}

impl ProjectPermissions {
    /// The permissions of a viewer with this access, given the history of the project.
    pub fn of(access: &Access, past: &Past) -> Self {
        let ask = |act| past.decide(act, access).into();
        Self {
            table: ProjectGrants::of(|permission| past.decide(ProjectAct::May(permission), access)),
            send: ask(ProjectAct::Send),
            withdraw: ask(ProjectAct::Withdraw),
            accept: ask(ProjectAct::Accept),
            decline: ask(ProjectAct::Decline),
            approve: ask(ProjectAct::Approve),
            reject: ask(ProjectAct::Reject),
            nominate_for_european_label: ask(ProjectAct::Nominate),
            propose_succession: ask(ProjectAct::ProposeSuccession),
        }
    }
}
