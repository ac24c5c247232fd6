//! Who reads and edits which entries of a project's diary (T-05).

use entity::{AccountId, DiaryVisibility};

use crate::{Access, ProjectPermission, Reason, Tie};

impl Access {
    /// The entries that the viewer reads, of a project that they see: for one and for lists alike.
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

    /// Whether the viewer may edit or delete an entry of this author: what others wrote is theirs.
    pub fn may_edit_diary(&self, author: AccountId) -> Result<(), Reason> {
        self.project_grants(ProjectPermission::WriteDiary, Tie::default())?;
        if self.person.account != Some(author) {
            return Err(Reason::NotYours);
        }
        self.may(ProjectPermission::WriteDiary, Tie::OWN)
    }
}

/// How far somebody reads in the diary of a project that they see. Public entries always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reach {
    /// Those for registered teachers.
    pub teachers: bool,
    /// Everybody's private ones.
    pub private: bool,
    /// The private ones of this author.
    pub own: Option<AccountId>,
}

impl Reach {
    /// Whether it covers an entry of this author.
    pub fn covers(self, visibility: DiaryVisibility, author: AccountId) -> bool {
        match visibility {
            DiaryVisibility::Public => true,
            DiaryVisibility::Teachers => self.teachers,
            DiaryVisibility::Private => self.private || self.own == Some(author),
        }
    }
}
