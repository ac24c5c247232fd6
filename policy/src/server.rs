//! What a person may do on the server outside projects, by kind of account.

use async_graphql::SimpleObject;
use entity::{AccountKind, ServiceId};

use crate::{Allowance, Grant, Person, Reason};

policy! {
    /// What a person may do on the server, outside projects, by kind of account.
    ServerPermission, ServerPermissions by AccountKind
                                                      [ Administrator  Officer  Teacher  Guest  Pupil ]

    /// See the work of one's support service: its decisions, and the projects, teachers and schools of its country or region.
    anytime SeeOffice          see_office              [ -              own      -        -      -     ]
    /// Export the numbers of the country or region, by month.
    anytime ExportNumbers      export_numbers          [ -              own      -        -      -     ]
    /// Admit people who registered as teachers, where the server requires it.
    anytime AdmitTeachers      admit_teachers          [ own            own      -        -      -     ]
    /// Confirm the schools of teachers, or withdraw that: officers those in their country or region, teachers those of contacts at their own school.
    anytime ConfirmSchools     confirm_schools         [ yes            own      own      -      -     ]
    /// Find schools that were entered more than once, and merge them.
    anytime MergeSchools       merge_schools           [ yes            own      -        -      -     ]
    /// Find, block and unblock accounts; see and end their sessions.
    anytime ManageAccounts     manage_accounts         [ yes            -        -        -      -     ]
    /// Set up and remove support services; appoint and remove their officers.
    anytime ManageServices     manage_services         [ yes            -        -        -      -     ]
    /// Read and export the audit log of the server.
    anytime ReadServerLog      read_server_log         [ yes            -        -        -      -     ]
    /// See pending mails and try them again.
    anytime ManageMail         manage_mail             [ yes            -        -        -      -     ]
    /// See how much TwinSpaces store, and the settings in force.
    anytime SeeServer          see_server              [ yes            -        -        -      -     ]
    /// Read and settle reports; take content down.
    anytime Moderate           moderate                [ yes            -        -        -      -     ]
}

impl Person {
    /// Whether the table of the server grants this.
    pub fn may_on_server(self, permission: ServerPermission) -> Result<(), Reason> {
        let granted = |kind| permission.granted_to(kind) > Grant::No;
        match self.kind {
            Some(kind) if granted(kind) => Ok(()),
            _ if granted(AccountKind::Teacher) => Err(Reason::NotATeacher),
            _ if granted(AccountKind::Administrator) && !granted(AccountKind::Officer) => {
                Err(Reason::NotAnAdministrator)
            }
            _ => Err(Reason::NotAnOfficer),
        }
    }

    /// The support service for which the person may do this.
    pub fn service_for(self, permission: ServerPermission) -> Result<ServiceId, Reason> {
        self.may_on_server(permission)?;
        self.service.ok_or(Reason::NotAnOfficer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_officer_works_for_the_service_that_they_belong_to_and_administrators_for_none() {
        let service = Some(ServiceId::new());
        let of = |kind, service| Person { account: None, kind: Some(kind), service };
        let office = |person: Person| person.service_for(ServerPermission::SeeOffice).ok();
        assert_eq!(office(of(AccountKind::Officer, service)), service);
        assert_eq!(office(of(AccountKind::Officer, None)), None);
        assert_eq!(office(of(AccountKind::Administrator, None)), None);
        assert_eq!(office(Person::default()), None);
        let teacher = of(AccountKind::Teacher, None);
        assert_eq!(teacher.may_on_server(ServerPermission::SeeOffice), Err(Reason::NotAnOfficer));
        let moderates = teacher.may_on_server(ServerPermission::Moderate);
        assert_eq!(moderates, Err(Reason::NotAnAdministrator));
    }
}
