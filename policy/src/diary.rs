//! Who may read and edit entries of a project's diary (T-05).

use entity::{AccountId, DiaryVisibility};

use crate::{Access, ProjectPermission, Reason, Refusal, Subject, Tie};

/// What decides what may be done with a diary entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiaryFacts {
    /// The author.
    pub author: AccountId,
    /// Who can read it.
    pub visibility: DiaryVisibility,
}

/// What can be done with a diary entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiaryAct {
    /// Edit it.
    Edit,
    /// Delete it.
    Delete,
}

impl DiaryFacts {
    /// Whether somebody can read it.
    pub fn seen_by(&self, by: &Access) -> bool {
        by.sees_project() && by.diary_reach().covers(self.visibility, self.author)
    }
}

impl Subject for DiaryFacts {
    type Act = DiaryAct;

    fn decide(&self, act: DiaryAct, by: &Access) -> Result<(), Refusal> {
        if !self.seen_by(by) {
            return Err(Refusal::Hidden);
        }
        // Only those who write the diary change it, and only what is their own.
        let granted = by.project_grants(ProjectPermission::WriteDiary, Tie::default());
        let allowed = match act {
            DiaryAct::Edit | DiaryAct::Delete if by.person.account != Some(self.author) => {
                granted.and(Err(Reason::NotYours))
            }
            DiaryAct::Edit | DiaryAct::Delete => by.may(ProjectPermission::WriteDiary, Tie::OWN),
        };
        allowed.map_err(Refusal::Forbidden)
    }
}

impl Access {
    /// The entries that the viewer may read in a project that they can see, both individually and
    /// in lists.
    pub fn diary_reach(&self) -> Reach {
        use ProjectPermission::{ReadDiary, ReadPrivateDiary};
        Reach {
            teachers: self.project_grants(ReadDiary, Tie::default()).is_ok(),
            private: self.project_grants(ReadPrivateDiary, Tie::default()).is_ok(),
            own: match self.project_grants(ReadPrivateDiary, Tie::OWN) {
                Ok(()) => self.person.account,
                Err(_) => None,
            },
        }
    }
}

/// Which entries someone may read in the diary of a project that they can see. Public entries are
/// always included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reach {
    /// Entries for registered teachers.
    pub teachers: bool,
    /// Everyone's private entries.
    pub private: bool,
    /// This author's private entries.
    pub own: Option<AccountId>,
}

impl Reach {
    /// Whether this includes an entry by this author.
    pub fn covers(self, visibility: DiaryVisibility, author: AccountId) -> bool {
        match visibility {
            DiaryVisibility::Public => true,
            DiaryVisibility::Teachers => self.teachers,
            DiaryVisibility::Private => self.private || self.own == Some(author),
        }
    }
}
