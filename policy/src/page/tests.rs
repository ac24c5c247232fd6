use entity::{AccountId, PageId, PageVisibility, ProjectState, TwinSpaceRole};

use super::{PageAct, PageFacts};
use crate::{
    Access,
    Reason::{NotGiven, NotYours, PageArchived, PageNotArchived, ProjectNotActive, RoleTooLow},
    Refusal::{Conflict, Forbidden, Hidden},
    Subject,
    sample::access,
};

fn page_of(author: &Access) -> PageFacts {
    PageFacts {
        id: PageId::new(),
        author: author.person.account.expect("they are signed in"),
        visibility: PageVisibility::Members,
        archived: false,
        given: false,
    }
}

#[test]
fn teachers_edit_their_own_pages_and_those_they_were_given() {
    let teacher = access(TwinSpaceRole::Teacher);
    let own = page_of(&teacher);
    let other = PageFacts { author: AccountId::new(), ..own };
    let given = PageFacts { given: true, ..other };
    let edit = |page: &PageFacts| page.decide(PageAct::Edit, &teacher);
    assert_eq!([edit(&own), edit(&given)], [Ok(()); 2]);
    assert_eq!(edit(&other), Err(Forbidden(NotGiven)));
    assert_eq!(given.decide(PageAct::Share, &teacher), Err(Forbidden(NotYours)));
    assert_eq!(own.decide(PageAct::Move, &teacher), Err(Forbidden(RoleTooLow)));
    let draft = PageFacts { visibility: PageVisibility::Draft, ..other };
    assert_eq!(edit(&draft), Err(Hidden));
}

#[test]
fn an_archived_page_is_restored_or_deleted_and_nothing_else() {
    let admin = access(TwinSpaceRole::TeacherAdmin);
    let used = page_of(&admin);
    let archived = PageFacts { archived: true, ..used };
    for act in [PageAct::Edit, PageAct::Share, PageAct::Archive, PageAct::Move] {
        assert_eq!(used.decide(act, &admin), Ok(()), "{act:?}");
        assert_eq!(archived.decide(act, &admin), Err(Conflict(PageArchived)), "{act:?}");
    }
    for act in [PageAct::Restore, PageAct::Delete] {
        assert_eq!(archived.decide(act, &admin), Ok(()), "{act:?}");
        assert_eq!(used.decide(act, &admin), Err(Conflict(PageNotArchived)), "{act:?}");
    }
    // What should not be seen can be hidden in a closed project, too.
    let closed = Access { state: ProjectState::Closed, ..admin };
    assert_eq!(used.decide(PageAct::Archive, &closed), Ok(()));
    assert_eq!(used.decide(PageAct::Edit, &closed), Err(Forbidden(ProjectNotActive)));
}
