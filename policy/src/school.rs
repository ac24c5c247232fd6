//! Who confirms the school that a teacher names, and who merges schools that were entered twice.

use entity::AccountKind;

use crate::{Person, Reason, Refusal, ServerPermission, Subject};

/// What decides what may be done with the school that somebody names, by one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchoolClaim {
    /// Whether they know who names it.
    pub known: bool,
    /// Whether it is a registered teacher with a verified address who does.
    pub teacher: bool,
    /// Whether it is themselves.
    pub own: bool,
    /// Whether the school is still the one that they saw.
    pub as_seen: bool,
    /// Whether the teacher's account is blocked.
    pub blocked: bool,
    /// Whether the school is confirmed.
    pub confirmed: bool,
    /// Whether they confirmed it.
    pub by_them: bool,
    /// Whether it is in the country or region that their support service serves.
    pub in_place: bool,
    /// Whether they name the same school.
    pub same_school: bool,
    /// Whether their own school is confirmed.
    pub own_confirmed: bool,
    /// Whether they and the teacher are contacts.
    pub contacts: bool,
}

/// What can be done with the school that a teacher names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchoolAct {
    /// Confirm that it is theirs.
    Confirm,
    /// Withdraw a confirmation.
    Withdraw,
}

impl SchoolClaim {
    /// Whether it is for this person to do: an officer of the place, an administrator, or a colleague.
    fn is_for(&self, act: SchoolAct, by: Person) -> Result<(), Reason> {
        match (by.kind, act) {
            (Some(AccountKind::Administrator), _) => Ok(()),
            (Some(AccountKind::Officer), _) if self.in_place => Ok(()),
            (Some(AccountKind::Officer), _) => Err(Reason::SchoolElsewhere),
            (_, SchoolAct::Withdraw) if self.confirmed && !self.by_them => {
                Err(Reason::ConfirmedByOther)
            }
            (_, SchoolAct::Confirm) if !self.same_school => Err(Reason::AnotherSchool),
            (_, SchoolAct::Confirm) if !self.contacts => Err(Reason::NotAContact),
            (_, SchoolAct::Confirm) if !self.own_confirmed => Err(Reason::SchoolNotConfirmed),
            (_, SchoolAct::Confirm | SchoolAct::Withdraw) => Ok(()),
        }
    }
}

impl Subject<Person> for SchoolClaim {
    type Act = SchoolAct;

    fn decide(&self, act: SchoolAct, by: &Person) -> Result<(), Refusal> {
        if !self.known {
            return Err(Refusal::Hidden);
        }
        by.may_on_server(ServerPermission::ConfirmSchools).map_err(Refusal::Forbidden)?;
        // Everyone who knows the teacher sees that the school is confirmed, and need not be told anything
        // else.
        let done = act == SchoolAct::Confirm && self.confirmed;
        if done && self.teacher && self.as_seen {
            return Err(Refusal::Conflict(Reason::AlreadyDone));
        }
        if self.own {
            return Err(Refusal::Forbidden(Reason::Yourself));
        }
        if !self.teacher {
            return Err(Refusal::Conflict(Reason::NoTeacher));
        }
        if !self.as_seen {
            return Err(Refusal::Conflict(Reason::SchoolChanged));
        }
        self.is_for(act, *by).map_err(Refusal::Forbidden)?;
        match act {
            SchoolAct::Withdraw if !self.confirmed => Err(Refusal::Conflict(Reason::AlreadyDone)),
            // That the account is blocked is not for everyone to know.
            SchoolAct::Confirm if self.blocked => Err(Refusal::Conflict(Reason::RequestEnded)),
            SchoolAct::Confirm | SchoolAct::Withdraw => Ok(()),
        }
    }
}

/// What decides whether one school may be merged into another, by one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchoolPair {
    /// Whether both are in the country or region that their support service serves.
    pub in_place: bool,
    /// Whether they are one and the same.
    pub same: bool,
    /// Whether they are in the same country.
    pub one_country: bool,
}

impl SchoolPair {
    /// Whether this person may merge them.
    pub fn may_merge(self, by: Person) -> Result<(), Refusal> {
        by.may_on_server(ServerPermission::MergeSchools).map_err(Refusal::Forbidden)?;
        match self {
            Self { in_place: false, .. } if by.kind != Some(AccountKind::Administrator) => {
                Err(Refusal::Forbidden(Reason::SchoolElsewhere))
            }
            Self { same: true, .. } => Err(Refusal::Conflict(Reason::SameSchool)),
            Self { one_country: false, .. } => Err(Refusal::Conflict(Reason::DifferentCountries)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
