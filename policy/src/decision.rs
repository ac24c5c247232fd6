//! Who makes a decision that waits for the services of one country (L-01, P-15).

use entity::ServiceId;

use crate::{Access, ProjectPermission, Reason, Tie};

impl Access {
    /// Whether the viewer may propose a founder's succession: who has a founder's powers, and so
    /// may close the project (P-15).
    pub fn may_propose_succession(&self) -> Result<(), Reason> {
        self.may(ProjectPermission::CloseProject, Tie::default())
    }

    /// Whether the viewer decides for these services, the country's and the region's; where there
    /// is neither, for the administrators.
    pub fn may_decide(&self, services: [Option<ServiceId>; 2]) -> Result<(), Reason> {
        self.may(ProjectPermission::Decide, Tie::default())?;
        match self.person.decides(services) {
            true => Ok(()),
            false => Err(Reason::NotYours),
        }
    }
}
