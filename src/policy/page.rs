//! Who can see which pages, and what they may do with them (T-01, T-02, M-20).

use entity::{AccountId, AccountKind, PageVisibility, TwinSpaceRole};

use super::{Tie, TwinSpacePermission};
use crate::{
    Reason,
    domain::{
        access::Access,
        page::{DraftsOf, Facts, Filter},
        pupil::rule::counts_as_pupil,
    },
};

impl Access {
    /// The viewer's relation to a page: that they created it, or were given permission.
    fn tie_to_page(&self, page: &Facts) -> Tie {
        Tie { own: self.person.account == Some(page.author), given: page.given }
    }

    /// Whether the table grants this for that page, regardless of the project's state.
    pub fn grants_with_page(
        &self,
        permission: TwinSpacePermission,
        page: &Facts,
    ) -> Result<(), Reason> {
        self.grants(permission, self.tie_to_page(page), unless(permission))
    }

    /// Whether the viewer may do this with that page (T-02).
    pub fn may_with_page(
        &self,
        permission: TwinSpacePermission,
        page: &Facts,
    ) -> Result<(), Reason> {
        self.may_inside(permission, self.tie_to_page(page), unless(permission))
    }

    /// Whether the viewer may know that the page exists. [`pages`](Self::pages) is the same
    /// rule for lists.
    pub fn sees_page(&self, page: &Facts) -> bool {
        if !self.sees_twinspace() {
            let public = page.visibility == PageVisibility::Public && !page.archived;
            return public && self.state.is_open();
        }
        match page.visibility {
            // Archived pages are for those who may archive pages.
            _ if page.archived => {
                self.grants_with_page(TwinSpacePermission::ArchivePage, page).is_ok()
            }
            PageVisibility::Draft => {
                self.tie_to_page(page).own
                    || self.grants_with_page(TwinSpacePermission::EditPage, page).is_ok()
            }
            PageVisibility::Public | PageVisibility::Members => true,
        }
    }

    /// Which pages the viewer can see, archived or not.
    pub fn pages(&self, archived: bool) -> Result<Filter, Reason> {
        let granted = |permission, own, given| {
            self.grants(permission, Tie { own, given }, unless(permission))
        };
        let filter = Filter { archived: Some(archived), ..Filter::default() };
        let author = self.person.account.ok_or(Reason::RoleTooLow)?;
        if archived {
            granted(TwinSpacePermission::ArchivePage, true, false)?;
            let all = granted(TwinSpacePermission::ArchivePage, false, false).is_ok();
            return Ok(Filter { author: (!all).then_some(author), ..filter });
        }
        let all = granted(TwinSpacePermission::EditPage, false, false).is_ok();
        let given = granted(TwinSpacePermission::EditPage, false, true).is_ok();
        let drafts = DraftsOf { author, given: self.member.filter(|_| given) };
        Ok(Filter { drafts: (!all).then_some(drafts), ..filter })
    }

    /// Whether the viewer can see who wrote a page: outsiders see only teachers, visitors no pupils
    /// (M-20), and everyone sees themselves.
    pub fn sees_writer(
        &self,
        id: AccountId,
        kind: AccountKind,
        role: Option<TwinSpaceRole>,
    ) -> bool {
        let pupil = counts_as_pupil(kind, role);
        if self.person.account == Some(id) {
            return true;
        }
        if !self.sees_twinspace() {
            return kind == AccountKind::Teacher && !pupil;
        }
        let sees_pupils = TwinSpacePermission::SeePupils;
        !pupil || self.grants(sees_pupils, Tie::default(), Reason::NotYours).is_ok()
    }
}

/// The reason for those who may do this only with some pages.
const fn unless(permission: TwinSpacePermission) -> Reason {
    match permission {
        TwinSpacePermission::EditPage => Reason::NotGiven,
        _ => Reason::NotYours,
    }
}
