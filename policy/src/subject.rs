//! The form that decisions share: acts are asked of the thing that they are done to.

use crate::{Access, Allowance, Reason};

/// Why an act is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The viewer may not know that the thing exists: it is as if there were none.
    Hidden,
    /// The viewer can see the object but may not do this.
    Forbidden(Reason),
    /// The current state does not allow this.
    Conflict(Reason),
}

/// Something to which things are done, by somebody who stands to its project in some way, or by a
/// [`Person`](crate::Person) alone. `permissions` and the act ask the same decision.
pub trait Subject<By = Access> {
    /// What can be done to it.
    type Act: Copy;

    /// Whether somebody may do this to it: what the table says of their role, then what binds this
    /// very thing.
    fn decide(&self, act: Self::Act, by: &By) -> Result<(), Refusal>;
}

impl From<Result<(), Refusal>> for Allowance {
    fn from(decision: Result<(), Refusal>) -> Self {
        let reason = match decision {
            Ok(()) => None,
            Err(Refusal::Forbidden(reason) | Refusal::Conflict(reason)) => Some(reason),
            Err(Refusal::Hidden) => Some(Reason::NotAMember),
        };
        Self { allowed: decision.is_ok(), reason }
    }
}
