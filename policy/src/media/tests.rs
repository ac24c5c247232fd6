use entity::{AccountId, ProjectState, TwinSpaceRole};

use super::{MediaAct, MediaFacts};
use crate::{
    Access,
    Reason::{NotYours, ProjectNotActive},
    Refusal::{Forbidden, Hidden},
    Subject,
    sample::access,
};

#[test]
fn pupils_keep_to_what_they_added_and_may_see() {
    let pupil = access(TwinSpaceRole::Pupil);
    let uploader = pupil.person.account.expect("they are signed in");
    let own = MediaFacts { uploader, hidden: false };
    assert_eq!(own.decide(MediaAct::Delete, &pupil), Ok(()));
    let other = MediaFacts { uploader: AccountId::new(), ..own };
    assert_eq!(other.decide(MediaAct::Delete, &pupil), Err(Forbidden(NotYours)));
    // A consent is missing.
    let hidden = MediaFacts { hidden: true, ..own };
    assert_eq!(hidden.decide(MediaAct::Edit, &pupil), Err(Hidden));
    assert_eq!(hidden.decide(MediaAct::Edit, &access(TwinSpaceRole::TeacherAdmin)), Ok(()));
}

#[test]
fn media_of_a_closed_project_is_deleted_but_not_edited() {
    let admin = access(TwinSpaceRole::TeacherAdmin);
    let closed = Access { state: ProjectState::Closed, ..admin };
    let media = MediaFacts { uploader: AccountId::new(), hidden: false };
    assert_eq!(media.decide(MediaAct::Delete, &closed), Ok(()));
    assert_eq!(media.decide(MediaAct::Edit, &closed), Err(Forbidden(ProjectNotActive)));
}
