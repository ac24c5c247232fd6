//! Decisions made by the support services of one country (L-01, P-15).

use entity::ServiceId;

use crate::{Access, ProjectPermission, Reason, Tie};

impl Access {
    /// Whether the viewer may propose a founder's succession: those with a founder's powers, who
    /// may also close the project (P-15).
    pub fn may_propose_succession(&self) -> Result<(), Reason> {
        self.may(ProjectPermission::CloseProject, Tie::default())
    }

    /// Whether the viewer decides for these support services, of the country and of the region; if
    /// there are none, whether they are an administrator.
    pub fn may_decide(&self, services: [Option<ServiceId>; 2]) -> Result<(), Reason> {
        self.may(ProjectPermission::Decide, Tie::default())?;
        match self.person.decides(services) {
            true => Ok(()),
            false => Err(Reason::NotYours),
        }
    }
}
