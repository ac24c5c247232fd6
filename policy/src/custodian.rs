//! How a pupil's custodian stands to a TwinSpace in which the pupil is, and what follows for who
//! may take over (M-16).

/// How a pupil's custodian stands to a TwinSpace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Custodian {
    /// Whether they are a teacher there.
    pub teaches: bool,
    /// Whether they are a teacher there or ever were.
    pub taught: bool,
    /// Whether the pupil is there by them: they brought the pupil in, or accepted the custody there.
    pub brought: bool,
    /// Whether nobody could answer: the account is erased, blocked, or a pupil's (M-12).
    pub gone: bool,
}

/// How a custody is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// At once: nobody could object.
    AtOnce,
    /// Unless the custodian objects in time.
    UnlessObjected,
    /// Only as the support service decides: the custodian is gone and was not the one who brought
    /// the pupil in.
    AsDecided,
}

impl Custodian {
    /// How a teacher administrator takes over, if they may: where somebody else brought the pupil
    /// in, nobody replaces a custodian who is there to answer.
    pub const fn takeover(self) -> Option<Takeover> {
        match self {
            Self { gone: true, brought: true, .. } => Some(Takeover::AtOnce),
            Self { gone: true, .. } => Some(Takeover::AsDecided),
            Self { brought: true, teaches: false, .. } => Some(Takeover::UnlessObjected),
            _ => None,
        }
    }
}
