//! How a pupil's custodian stands to a TwinSpace in which the pupil is, and what follows for who
//! may take over (M-16).

/// The standing of a pupil's custodian in a TwinSpace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Custodian {
    /// Whether they are a teacher there.
    pub teaches: bool,
    /// Whether they are or ever were a teacher there.
    pub taught: bool,
    /// Whether they brought the pupil in, or accepted custody there.
    pub brought: bool,
    /// Whether nobody could respond: the account is erased, blocked, or a pupil's (M-12).
    pub gone: bool,
}

/// How custody is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// Immediately: nobody could object.
    AtOnce,
    /// Unless the custodian objects in time.
    UnlessObjected,
    /// Only if the support service decides so: the custodian is gone and was not the one who
    /// brought the pupil in.
    AsDecided,
}

impl Custodian {
    /// How a teacher administrator takes over, if they may: if someone else brought the pupil in,
    /// nobody replaces a custodian who can still respond.
    pub const fn takeover(self) -> Option<Takeover> {
        match self {
            Self { gone: true, brought: true, .. } => Some(Takeover::AtOnce),
            Self { gone: true, .. } => Some(Takeover::AsDecided),
            Self { brought: true, teaches: false, .. } => Some(Takeover::UnlessObjected),
            _ => None,
        }
    }
}
