//! What the viewer may do with a project in its current state.

use async_graphql::SimpleObject;
use domain::{
    access::Access,
    projects::project::{Past, Step},
};
use policy::{Allowance, ProjectGrants};

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
        let step = |step| access.may_step_now(step, past).into();
        Self {
            table: ProjectGrants::of(|permission| access.may_now(permission, past)),
            send: step(Step::Send),
            withdraw: step(Step::Withdraw),
            accept: step(Step::Accept),
            decline: step(Step::Decline),
            approve: access.may_approve(past).into(),
            reject: access.may_reject(past).into(),
            nominate_for_european_label: access.may_nominate(past).into(),
            propose_succession: access.may_propose_succession_now(past).into(),
        }
    }
}
