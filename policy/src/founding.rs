//! The steps of a project's life, and what was done with it before, as far as that decides what may
//! be done next (P-01 to P-06, P-15, L-01).

use entity::ProjectState;

use crate::Reason;

/// A step in the life of a project (P-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The proposer sends it to the co-founder.
    Send,
    /// The co-founder accepts.
    Accept,
    /// The co-founder declines.
    Decline,
    /// The proposer withdraws it.
    Withdraw,
    /// A founder closes it.
    Close,
    /// A founder reopens it.
    Reopen,
}

impl Step {
    /// Whether the step is possible in this state.
    pub fn begins_at(self, state: ProjectState) -> Result<(), Reason> {
        use ProjectState::{Active, Closed, PendingApproval, PendingPartner};
        let begins = match self {
            Self::Send => state.is_draft(),
            Self::Accept | Self::Decline => state == PendingPartner,
            Self::Withdraw => matches!(state, PendingPartner | PendingApproval),
            Self::Close => state == Active,
            Self::Reopen => state == Closed,
        };
        if begins { Ok(()) } else { Err(Reason::WrongState) }
    }
}

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
            Self { cofounder: false, .. } => Err(Reason::NotAContact),
            Self { teachers: 0 | 1, .. } => Err(Reason::NotATeacher),
            Self { countries: 0 | 1, .. } => Err(Reason::SameCountry),
            _ => Ok(()),
        }
    }

    /// Whether one can send it to the other (P-02).
    pub fn begins(self) -> Result<(), Reason> {
        self.fits()?;
        if self.contacts { Ok(()) } else { Err(Reason::NotAContact) }
    }
}

/// Whether a project in this state can be decided on, given whether a decision is pending with the
/// person.
pub fn decidable(state: ProjectState, waits: bool) -> Result<(), Reason> {
    match state {
        ProjectState::PendingApproval if waits => Ok(()),
        ProjectState::PendingApproval => Err(Reason::AlreadyDone),
        _ => Err(Reason::WrongState),
    }
}

/// Whether a project in this state can be nominated, if partners from that many countries hold
/// labels.
pub fn nominable(state: ProjectState, countries: usize) -> Result<(), Reason> {
    match countries {
        _ if !state.is_open() => Err(Reason::WrongState),
        0 | 1 => Err(Reason::LabelsMissing),
        _ => Ok(()),
    }
}

/// Whether a founder can be succeeded, given whether they have left the TwinSpace.
pub fn has_begun(left: bool) -> Result<(), Reason> {
    if left { Ok(()) } else { Err(Reason::FounderNotLeft) }
}
