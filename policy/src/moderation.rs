//! Moderation by the administrators of the server, who have no other rights inside a TwinSpace.

use entity::{AccountId, AccountKind};

use crate::{Access, Person, Reason, Tie, TwinSpacePermission};

impl Person {
    /// Whether somebody moderates, in whatever TwinSpace: reads and settles reports, takes down.
    pub fn may_moderate(self) -> Result<(), Reason> {
        match self.kind {
            Some(AccountKind::Administrator) => Ok(()),
            _ => Err(Reason::NotAnAdministrator),
        }
    }
}

impl Access {
    /// Whether the viewer reads and settles the reports on what this person wrote: who administers
    /// the TwinSpace, or the server. What is said of somebody is not theirs to settle.
    pub fn settles_reports_on(&self, author: AccountId) -> bool {
        let permission = TwinSpacePermission::ReadAuditLog;
        let administers = self.sees_twinspace()
            && self.grants(permission, Tie::default(), Reason::NotYours).is_ok();
        let moderates = self.person.may_moderate().is_ok();
        (administers || moderates) && self.person.account != Some(author)
    }
}
