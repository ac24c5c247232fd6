//! Who can see which media, and what they may do with it (T-03, M-14).

use entity::{AccountId, AccountKind, ProjectState, TwinSpaceRole};

use crate::{Access, Reason, Refusal, Subject, Tie, TwinSpacePermission};

/// What decides what may be done with media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaFacts {
    /// The person who added it.
    pub uploader: AccountId,
    /// Whether a consent is missing.
    pub hidden: bool,
}

/// What can be done with media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaAct {
    /// Change its description, and say whom it shows.
    Edit,
    /// Delete it.
    Delete,
}

impl Subject for MediaFacts {
    type Act = MediaAct;

    fn decide(&self, act: MediaAct, by: &Access) -> Result<(), Refusal> {
        if !by.sees_media(self.hidden) {
            return Err(Refusal::Hidden);
        }
        let tie = Tie { own: by.person.account == Some(self.uploader), given: false };
        let may = by.may_inside(TwinSpacePermission::DeleteMedia, tie, Reason::NotYours);
        let may = match act {
            // Those who may delete it may also describe it, while the project is active.
            MediaAct::Edit => may.and_then(|()| by.is_active()),
            MediaAct::Delete => may,
        };
        may.map_err(Refusal::Forbidden)
    }
}

/// Whether someone with this role and kind of account can see media. Media with a missing consent
/// is hidden from everyone but teachers, who see the consents and can fix it (M-14). A pupil's
/// account is none of them, whatever its role (M-20).
pub fn sees_media(
    state: ProjectState,
    role: TwinSpaceRole,
    kind: Option<AccountKind>,
    hidden: bool,
) -> bool {
    let permission = match hidden {
        true if kind == Some(AccountKind::Pupil) => return false,
        true => TwinSpacePermission::InvitePupils,
        false => TwinSpacePermission::Enter,
    };
    state.is_open() && permission.granted_to(role).covers(Tie::default())
}

#[cfg(test)]
mod tests;
