//! Moderation by server administrators, who have no other rights inside a TwinSpace.

use entity::AccountId;

use crate::{Access, Person, Reason, ServerPermission, Tie, TwinSpacePermission};

impl Person {
    /// Whether a person moderates all TwinSpaces: reads and settles reports, and takes content
    /// down.
    pub fn may_moderate(self) -> Result<(), Reason> {
        self.may_on_server(ServerPermission::Moderate)
    }
}

impl Access {
    /// Whether the viewer reads and settles reports about this author: administrators of the
    /// TwinSpace or of the server, but not about themselves.
    pub fn settles_reports_on(&self, author: AccountId) -> bool {
        let permission = TwinSpacePermission::ReadAuditLog;
        let administers = self.sees_twinspace()
            && self.grants(permission, Tie::default(), Reason::NotYours).is_ok();
        let moderates = self.person.may_moderate().is_ok();
        (administers || moderates) && self.person.account != Some(author)
    }
}
