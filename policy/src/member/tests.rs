use entity::{AccountId, AccountKind, MemberId, ProjectRole, ProjectState, TwinSpaceRole};

use super::{MemberAct, MemberFacts};
use crate::{
    Access, Custodian,
    Reason::{self, *},
    Refusal::{self, Forbidden, Hidden},
    Subject, Tie, TwinSpacePermission,
    sample::access,
};

/// A member with this role, whom nobody answers for.
fn member(role: TwinSpaceRole) -> MemberFacts {
    MemberFacts {
        id: MemberId::new(),
        account: AccountId::new(),
        role,
        kind: if role.is_pupil() { AccountKind::Pupil } else { AccountKind::Teacher },
        custodian: None,
        custodian_stands: Custodian::default(),
        founder: false,
        last_admin: false,
    }
}

/// A pupil in somebody's custody.
fn charge_of(teacher: &Access) -> MemberFacts {
    MemberFacts { custodian: teacher.person.account, ..member(TwinSpaceRole::Pupil) }
}

/// The person themselves, as a member.
fn self_of(who: &Access) -> MemberFacts {
    let (id, role) = who.member.expect("they are a member");
    let account = who.person.account.expect("they are signed in");
    MemberFacts { id, account, ..member(role) }
}

const fn to(role: TwinSpaceRole) -> MemberAct {
    MemberAct::ChangeRole { to: role, acknowledged: false }
}

fn refused(decision: Result<(), Refusal>) -> Option<Reason> {
    match decision {
        Ok(()) => None,
        Err(Forbidden(reason) | Refusal::Conflict(reason)) => Some(reason),
        Err(Hidden) => panic!("it is hidden"),
    }
}

#[test]
fn a_visitor_sees_teachers_and_no_pupil() {
    let visitor = access(TwinSpaceRole::Visitor);
    assert_eq!(member(TwinSpaceRole::Pupil).decide(MemberAct::Remove, &visitor), Err(Hidden));
    let raised = MemberFacts { kind: AccountKind::Pupil, ..member(TwinSpaceRole::Teacher) };
    assert_eq!(raised.decide(MemberAct::Remove, &visitor), Err(Hidden));
    let teacher = member(TwinSpaceRole::Teacher);
    assert_eq!(teacher.decide(MemberAct::Remove, &visitor), Err(Forbidden(RoleTooLow)));
}

#[test]
fn to_those_outside_there_are_no_members() {
    let mut outside = access(TwinSpaceRole::TeacherAdmin);
    outside.member = None;
    let teacher = member(TwinSpaceRole::Teacher);
    for act in [MemberAct::Remove, MemberAct::Contact, to(TwinSpaceRole::Visitor)] {
        assert_eq!(teacher.decide(act, &outside), Err(Hidden));
    }
}

#[test]
fn a_teacher_keeps_to_the_pupils_in_their_custody() {
    let teacher = access(TwinSpaceRole::Teacher);
    let (own, other) = (charge_of(&teacher), member(TwinSpaceRole::Pupil));
    assert_eq!(own.decide(to(TwinSpaceRole::PupilAdmin), &teacher), Ok(()));
    assert_eq!(refused(own.decide(to(TwinSpaceRole::Teacher), &teacher)), Some(RoleTooLow));
    assert_eq!(refused(own.decide(to(TwinSpaceRole::Visitor), &teacher)), Some(RoleTooLow));
    assert_eq!(refused(own.decide(to(TwinSpaceRole::TeacherAdmin), &teacher)), Some(RoleAboveOwn));
    assert_eq!(refused(other.decide(to(TwinSpaceRole::PupilAdmin), &teacher)), Some(NotYourPupil));
    assert_eq!(refused(other.decide(MemberAct::Remove, &teacher)), Some(NotYourPupil));
    // Whom others raised is a pupil's account, and not theirs to change.
    let raised = MemberFacts { role: TwinSpaceRole::TeacherAdmin, ..own };
    assert_eq!(refused(raised.decide(to(TwinSpaceRole::Pupil), &teacher)), Some(RoleTooLow));
}

#[test]
fn a_pupil_is_raised_only_when_that_is_acknowledged() {
    let admin = access(TwinSpaceRole::TeacherAdmin);
    let pupil = member(TwinSpaceRole::Pupil);
    let raise = |acknowledged| MemberAct::ChangeRole { to: TwinSpaceRole::Teacher, acknowledged };
    let needed = Err(Refusal::Conflict(AcknowledgementNeeded));
    assert_eq!(pupil.decide(raise(false), &admin), needed);
    assert_eq!(pupil.decide(raise(true), &admin), Ok(()));
    assert_eq!(member(TwinSpaceRole::Visitor).decide(raise(false), &admin), Ok(()));
}

#[test]
fn the_last_teacher_administrator_stays() {
    let admin = access(TwinSpaceRole::TeacherAdmin);
    let last = MemberFacts { last_admin: true, ..self_of(&admin) };
    for act in [to(TwinSpaceRole::Teacher), MemberAct::Remove, MemberAct::Leave] {
        assert_eq!(refused(last.decide(act, &admin)), Some(LastTeacherAdmin));
    }
    assert_eq!(last.decide(to(TwinSpaceRole::TeacherAdmin), &admin), Ok(()));
    assert_eq!(self_of(&admin).decide(MemberAct::Leave, &admin), Ok(()));
}

#[test]
fn founders_are_protected() {
    let mut admin = access(TwinSpaceRole::TeacherAdmin);
    let founder = MemberFacts { founder: true, ..member(TwinSpaceRole::TeacherAdmin) };
    assert_eq!(refused(founder.decide(to(TwinSpaceRole::Teacher), &admin)), Some(FounderProtected));
    assert_eq!(refused(founder.decide(MemberAct::Remove, &admin)), Some(FounderProtected));
    admin.partner = Some((ProjectRole::Manager, false));
    assert_eq!(founder.decide(MemberAct::Remove, &admin), Ok(()));
}

#[test]
fn in_a_closed_project_roles_stay_and_people_can_be_removed() {
    let mut admin = access(TwinSpaceRole::TeacherAdmin);
    admin.state = ProjectState::Closed;
    let teacher = member(TwinSpaceRole::Teacher);
    assert_eq!(refused(teacher.decide(to(TwinSpaceRole::Visitor), &admin)), Some(ProjectNotActive));
    assert_eq!(teacher.decide(MemberAct::Remove, &admin), Ok(()));
}

#[test]
fn what_is_done_to_a_class_is_done_to_all_or_to_none() {
    let teacher = access(TwinSpaceRole::Teacher);
    let (own, other) = (charge_of(&teacher), member(TwinSpaceRole::Pupil));
    let record = |class: &[MemberFacts], by| class.decide(MemberAct::RecordConsent, by);
    assert_eq!(record(&[own, own], &teacher), Ok(()));
    assert_eq!(record(&[own, other], &teacher), Err(Forbidden(NotYourPupil)));
    // Nobody learns of a pupil by asking about others.
    let visitor = access(TwinSpaceRole::Visitor);
    assert_eq!(record(&[member(TwinSpaceRole::Teacher), own], &visitor), Err(Hidden));
}

#[test]
fn a_pupils_account_answers_for_nobody_whatever_its_role() {
    let mut raised = access(TwinSpaceRole::TeacherAdmin);
    raised.person.kind = Some(AccountKind::Pupil);
    let pupil = member(TwinSpaceRole::Pupil);
    for act in [
        MemberAct::RecordConsent,
        MemberAct::WithdrawConsent,
        MemberAct::Rename,
        MemberAct::ResetPassword,
        MemberAct::Erase,
        MemberAct::TakeOverCustody,
    ] {
        assert_eq!(pupil.decide(act, &raised), Err(Forbidden(PupilsAccount)), "{act:?}");
    }
    assert_eq!(
        raised.may_inside(TwinSpacePermission::InvitePupils, Tie::default(), NotYours),
        Err(PupilsAccount)
    );
}
