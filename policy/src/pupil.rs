//! Who counts as a pupil (M-20): whoever has a pupil's account, whatever the role, and whoever has a
//! pupil's role, whatever the account.

use entity::{AccountKind, TwinSpaceRole};

/// Whether someone with this kind of account and this role in the TwinSpace counts as a pupil; no
/// role if they are not, or no longer, a member.
pub fn counts_as_pupil(kind: AccountKind, role: Option<TwinSpaceRole>) -> bool {
    kind == AccountKind::Pupil || role.is_some_and(TwinSpaceRole::is_pupil)
}
