//! Who may read and edit entries of a project's diary (T-05).

use entity::{AccountId, DiaryVisibility};

use crate::{Access, ProjectPermission, Reason, Tie};

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

    /// Whether the viewer may edit or delete an entry by this author: only their own.
    pub fn may_edit_diary(&self, author: AccountId) -> Result<(), Reason> {
        self.project_grants(ProjectPermission::WriteDiary, Tie::default())?;
        if self.person.account != Some(author) {
            return Err(Reason::NotYours);
        }
        self.may(ProjectPermission::WriteDiary, Tie::OWN)
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
