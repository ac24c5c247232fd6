use entity::{
    AccountKind::Pupil,
    PageVisibility::{Draft, Members, Public},
    ProjectRole,
    ProjectState::{self, Closed},
    TwinSpaceRole::{PupilAdmin, Teacher, TeacherAdmin, Visitor},
};

use super::{TwinSpaceAct::*, TwinSpaceFacts};
use crate::{
    Access,
    Reason::{ChatClosed, ProjectNotActive, PupilsAccount, RoleTooLow},
    Refusal::{Forbidden, Hidden},
    Subject, TwinSpacePermission as P,
    sample::access,
};

#[test]
fn a_pupil_administrator_creates_drafts_and_nothing_that_others_see() {
    let (pupil, teacher) = (access(PupilAdmin), access(Teacher));
    for visibility in [Draft, Members, Public] {
        assert_eq!(TwinSpaceFacts.decide(CreatePage(visibility), &teacher), Ok(()));
    }
    assert_eq!(TwinSpaceFacts.decide(CreatePage(Draft), &pupil), Ok(()));
    let refused = Err(Forbidden(RoleTooLow));
    assert_eq!(TwinSpaceFacts.decide(CreatePage(Members), &pupil), refused);
    assert_eq!(TwinSpaceFacts.decide(CreatePage(Draft), &access(Visitor)), refused);
}

#[test]
fn a_twinspace_is_its_members_once_it_is_open() {
    let outside = Access { member: None, ..access(TeacherAdmin) };
    let draft = Access { state: ProjectState::Draft, ..access(TeacherAdmin) };
    for stranger in [outside, draft] {
        assert_eq!(TwinSpaceFacts.decide(May(P::Enter), &stranger), Err(Hidden));
        assert_eq!(TwinSpaceFacts.decide(Invite(Visitor), &stranger), Err(Hidden));
    }
    let closed = Access { state: Closed, ..access(TeacherAdmin) };
    assert_eq!(TwinSpaceFacts.decide(May(P::Enter), &closed), Ok(()));
    assert_eq!(TwinSpaceFacts.decide(May(P::Chat), &closed), Err(Forbidden(ProjectNotActive)));
}

// P-18
#[test]
fn a_founder_exports_a_twinspace_even_after_leaving_it_and_a_teacher_administrator_inside() {
    let founder = Access {
        member: None,
        partner: Some((ProjectRole::Manager, true)),
        ..access(TeacherAdmin)
    };
    assert_eq!(TwinSpaceFacts.decide(Export, &founder), Ok(()));
    assert_eq!(TwinSpaceFacts.decide(May(P::Enter), &founder), Err(Hidden));
    for state in [ProjectState::Active, Closed] {
        let admin = Access { state, ..access(TeacherAdmin) };
        assert_eq!(TwinSpaceFacts.decide(Export, &admin), Ok(()));
        assert_eq!(TwinSpaceFacts.decide(Export, &Access { state, ..founder.clone() }), Ok(()));
    }
    let draft = Access { state: ProjectState::Draft, proposer: true, ..founder.clone() };
    let manager = Access { partner: Some((ProjectRole::Manager, false)), ..founder };
    let outside = Access { member: None, ..access(TeacherAdmin) };
    for stranger in [draft, manager, outside] {
        assert_eq!(TwinSpaceFacts.decide(Export, &stranger), Err(Hidden));
    }
    for role in [Teacher, PupilAdmin, Visitor] {
        let refused = Err(Forbidden(RoleTooLow));
        assert_eq!(TwinSpaceFacts.decide(Export, &access(role)), refused);
    }
}

#[test]
fn pupils_do_not_write_where_the_chat_is_closed_to_them_and_invite_nobody() {
    let mut pupil = Access { chat_open: false, ..access(PupilAdmin) };
    assert_eq!(TwinSpaceFacts.decide(May(P::Chat), &pupil), Err(Forbidden(ChatClosed)));
    pupil.member = access(Teacher).member;
    assert_eq!(pupil.person.kind, Some(Pupil));
    let refused = Err(Forbidden(PupilsAccount));
    assert_eq!(TwinSpaceFacts.decide(May(P::InvitePupils), &pupil), refused);
    let teacher = access(Teacher);
    assert_eq!(TwinSpaceFacts.decide(Invite(Visitor), &teacher), Err(Forbidden(RoleTooLow)));
    let admin = access(TeacherAdmin);
    assert_eq!(TwinSpaceFacts.decide(Invite(TeacherAdmin), &admin), Ok(()));
}
