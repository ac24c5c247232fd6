//! The steps of a project's life, and what was done with it before, as far as that decides what may
//! be done next (P-01 to P-06, P-15, L-01).

use entity::ProjectState;

use crate::Reason;

/// A step that somebody takes with a project (P-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The proposer sends it to the co-founder.
    Send,
    /// The co-founder agrees.
    Accept,
    /// The co-founder does not.
    Decline,
    /// The proposer takes it back.
    Withdraw,
    /// A founder ends it.
    Close,
    /// A founder opens it again.
    Reopen,
}

impl Step {
    /// Whether it leads on from this state.
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

/// What was done before with a project, for one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Whether they hold the label, or have an application for it that waits.
    pub applied: bool,
    /// In how many countries partners hold the label.
    pub label_countries: usize,
    /// Whether it was nominated for the European label.
    pub nominated: bool,
    /// Whether another founder than they is no member of the TwinSpace.
    pub founder_left: bool,
    /// Whether a founder's succession waits for a decision.
    pub succession_waits: bool,
    /// Whether a decision on the project itself waits for them.
    pub waits_for_me: bool,
    /// How the two stand who found it.
    pub founding: Founding,
}

/// How the two stand who found a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Founding {
    /// Whether a co-founder is named.
    pub cofounder: bool,
    /// How many of them are registered teachers at a school.
    pub teachers: usize,
    /// In how many countries their schools are.
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

    /// Whether it can be sent by the one to the other (P-02).
    pub fn begins(self) -> Result<(), Reason> {
        self.fits()?;
        if self.contacts { Ok(()) } else { Err(Reason::NotAContact) }
    }
}

/// Whether a project in this state can be decided on by somebody, for whom that waits or not.
pub fn decidable(state: ProjectState, waits: bool) -> Result<(), Reason> {
    match state {
        ProjectState::PendingApproval if waits => Ok(()),
        ProjectState::PendingApproval => Err(Reason::AlreadyDone),
        _ => Err(Reason::WrongState),
    }
}

/// Whether a project can be nominated in this state, whose partners hold labels in that many
/// countries.
pub fn nominable(state: ProjectState, countries: usize) -> Result<(), Reason> {
    match countries {
        _ if !state.is_open() => Err(Reason::WrongState),
        0 | 1 => Err(Reason::LabelsMissing),
        _ => Ok(()),
    }
}

/// Whether a founder can be succeeded, who has left the TwinSpace or not.
pub fn has_begun(left: bool) -> Result<(), Reason> {
    if left { Ok(()) } else { Err(Reason::FounderNotLeft) }
}
