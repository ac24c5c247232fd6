//! What was done with a project before, as far as that decides what may be done next (P-01 to P-06,
//! P-15, L-01).

use crate::Reason;

/// The history of a project, with regard to one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Whether they hold the label, or have a pending application for it.
    pub applied: bool,
    /// The number of countries in which partners hold the label.
    pub label_countries: usize,
    /// Whether it was nominated for the European label.
    pub nominated: bool,
    /// Whether another founder is not a member of the TwinSpace.
    pub founder_left: bool,
    /// Whether a founder's succession is pending.
    pub succession_waits: bool,
    /// Whether a decision on the project itself is pending with them.
    pub waits_for_me: bool,
    /// The relation between the two founders.
    pub founding: Founding,
}

/// The relation between the two founders of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Founding {
    /// Whether a co-founder is chosen.
    pub cofounder: bool,
    /// How many of them are registered teachers with a school.
    pub teachers: usize,
    /// The number of countries of their schools.
    pub countries: usize,
    /// Whether they are contacts.
    pub contacts: bool,
}

impl Founding {
    /// Whether they can found it (P-01).
    pub fn fits(self) -> Result<(), Reason> {
        match self {
            Self { teachers: 0 | 1, .. } => Err(Reason::NotATeacher),
            Self { countries: 0 | 1, .. } => Err(Reason::SameCountry),
            _ => Ok(()),
        }
    }

    /// Whether one can send it to the other (P-02). Until one is chosen, the project is incomplete,
    /// and whoever sends it is told all that is missing (P-03).
    pub fn begins(self) -> Result<(), Reason> {
        if !self.cofounder {
            return Ok(());
        }
        self.fits()?;
        if self.contacts { Ok(()) } else { Err(Reason::NotAContact) }
    }
}
