//! Who can see which pages, and what they may do with them (T-01, T-02, M-20).

use entity::{AccountId, AccountKind, MemberId, PageId, PageVisibility, TwinSpaceRole};

use crate::{Access, Reason, Refusal, Subject, Tie, TwinSpacePermission, counts_as_pupil};

impl Access {
    /// The viewer's relation to a page: that they created it, or were given permission.
    fn tie_to_page(&self, page: &PageFacts) -> Tie {
        Tie { own: self.person.account == Some(page.author), given: page.given }
    }

    /// Whether the table grants this for that page, regardless of the project's state.
    pub fn grants_with_page(
        &self,
        permission: TwinSpacePermission,
        page: &PageFacts,
    ) -> Result<(), Reason> {
        self.grants(permission, self.tie_to_page(page), unless(permission))
    }

    /// Whether the viewer may know that the page exists. [`pages`](Self::pages) is the same
    /// rule for lists.
    pub fn sees_page(&self, page: &PageFacts) -> bool {
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
    pub fn pages(&self, archived: bool) -> Result<PageScope, Reason> {
        let granted = |permission, own, given| {
            self.grants(permission, Tie { own, given }, unless(permission))
        };
        let author = self.person.account.ok_or(Reason::RoleTooLow)?;
        if archived {
            granted(TwinSpacePermission::ArchivePage, true, false)?;
            let all = granted(TwinSpacePermission::ArchivePage, false, false).is_ok();
            return Ok(PageScope { archived, author: (!all).then_some(author), drafts: None });
        }
        let all = granted(TwinSpacePermission::EditPage, false, false).is_ok();
        let given = granted(TwinSpacePermission::EditPage, false, true).is_ok();
        let drafts = DraftsOf { author, given: self.member.filter(|_| given) };
        Ok(PageScope { archived, author: None, drafts: (!all).then_some(drafts) })
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
        !pupil || self.sees_pupils()
    }
}

/// The reason for those who may do this only with some pages.
const fn unless(permission: TwinSpacePermission) -> Reason {
    match permission {
        TwinSpacePermission::EditPage => Reason::NotGiven,
        _ => Reason::NotYours,
    }
}

/// What must be known about a page to decide who may see it and what they may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageFacts {
    /// The page.
    pub id: PageId,
    /// The author.
    pub author: AccountId,
    /// Who can see the page.
    pub visibility: PageVisibility,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether the person in question was given permission to edit it.
    pub given: bool,
}

/// What can be done with a page (T-01, T-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAct {
    /// Edit it, or restore an earlier version.
    Edit,
    /// Set who can see and edit it.
    Share,
    /// Archive it.
    Archive,
    /// Move it.
    Move,
    /// Restore it from the archive.
    Restore,
    /// Delete it permanently, once it is archived.
    Delete,
}

impl Subject for PageFacts {
    type Act = PageAct;

    fn decide(&self, act: PageAct, by: &Access) -> Result<(), Refusal> {
        if !by.sees_page(self) {
            return Err(Refusal::Hidden);
        }
        let permission = match act {
            PageAct::Edit => TwinSpacePermission::EditPage,
            PageAct::Share => TwinSpacePermission::SharePage,
            PageAct::Archive => TwinSpacePermission::ArchivePage,
            PageAct::Move | PageAct::Restore | PageAct::Delete => TwinSpacePermission::ArrangePages,
        };
        let allowed = by.may_inside(permission, by.tie_to_page(self), unless(permission));
        allowed.map_err(Refusal::Forbidden)?;
        // Some acts are on archived pages, the others on those in use.
        match (self.archived, matches!(act, PageAct::Restore | PageAct::Delete)) {
            (true, false) => Err(Refusal::Conflict(Reason::PageArchived)),
            (false, true) => Err(Refusal::Conflict(Reason::PageNotArchived)),
            _ => Ok(()),
        }
    }
}

/// Which pages of a TwinSpace somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageScope {
    /// Those in the archive, or the others.
    pub archived: bool,
    /// Only those created by this person.
    pub author: Option<AccountId>,
    /// Of the drafts, only those that this person sees; none for all.
    pub drafts: Option<DraftsOf>,
}

/// Someone who cannot see all drafts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DraftsOf {
    /// The person, who can see the drafts that they created.
    pub author: AccountId,
    /// The membership with which they can see the drafts that they were given permission to edit.
    pub given: Option<(MemberId, TwinSpaceRole)>,
}

#[cfg(test)]
mod tests;
