use entity::{AccountKind, InvitationKind, InvitationState, ProjectRole, TwinSpaceRole};

use super::{InvitationAct, InvitationFacts, ReceivedInvitation, Reply};
use crate::{
    Access, Person,
    Reason::{
        AddressDiffers, CannotJoin, InvitationEnded, ProjectNotActive, RoleAboveOwn, RoleTooLow,
    },
    Refusal::{Conflict, Forbidden, Hidden},
    Subject,
    sample::access,
};

const PENDING: InvitationFacts = InvitationFacts {
    kind: InvitationKind::Collaborator,
    state: InvitationState::Pending,
    in_time: true,
    theirs: false,
};

#[test]
fn those_who_may_not_invite_know_only_of_their_own_invitations() {
    let teacher = access(TwinSpaceRole::Teacher);
    assert_eq!(PENDING.decide(InvitationAct::Revoke, &teacher), Err(Hidden));
    let own = InvitationFacts { theirs: true, ..PENDING };
    assert_eq!(own.decide(InvitationAct::Revoke, &teacher), Err(Forbidden(RoleTooLow)));
    assert_eq!(PENDING.decide(InvitationAct::Revoke, &access(TwinSpaceRole::TeacherAdmin)), Ok(()));
}

#[test]
fn an_expired_invitation_is_resent_and_nothing_else() {
    let admin = access(TwinSpaceRole::TeacherAdmin);
    let expired = InvitationFacts { in_time: false, ..PENDING };
    assert_eq!(expired.decide(InvitationAct::Resend, &admin), Ok(()));
    assert_eq!(expired.decide(InvitationAct::Revoke, &admin), Err(Conflict(InvitationEnded)));
    let answered = InvitationFacts { state: InvitationState::Declined, ..PENDING };
    assert_eq!(answered.decide(InvitationAct::Resend, &admin), Err(Conflict(InvitationEnded)));
}

#[test]
fn partners_who_are_no_founders_offer_no_more_than_their_own_role() {
    let offer = InvitationFacts { kind: InvitationKind::Partner, ..PENDING };
    let teacher = access(TwinSpaceRole::Teacher);
    let manager = Access { partner: Some((ProjectRole::Manager, false)), ..teacher.clone() };
    let give = |role, by: &Access| offer.decide(InvitationAct::ChangeRole(Some(role)), by);
    assert_eq!(give(TwinSpaceRole::Teacher, &manager), Ok(()));
    assert_eq!(give(TwinSpaceRole::TeacherAdmin, &manager), Err(Forbidden(RoleAboveOwn)));
    let founder = Access { partner: Some((ProjectRole::Manager, true)), ..teacher };
    assert_eq!(give(TwinSpaceRole::TeacherAdmin, &founder), Ok(()));
}

const RECEIVED: ReceivedInvitation = ReceivedInvitation {
    state: InvitationState::Pending,
    in_time: true,
    theirs: true,
    linked: false,
    active: true,
    stands: true,
};

fn person(kind: AccountKind) -> Person {
    Person { kind: Some(kind), ..Person::default() }
}

#[test]
fn an_invitation_is_answered_by_whom_it_is_for_and_declined_by_whoever_has_the_link() {
    let teacher = person(AccountKind::Teacher);
    let ask = |facts: ReceivedInvitation| {
        [Reply::Accept, Reply::Decline].map(|act| facts.decide(act, &teacher))
    };
    assert_eq!(ask(RECEIVED), [Ok(()); 2]);
    let others = ReceivedInvitation { theirs: false, ..RECEIVED };
    assert_eq!(ask(others), [Err(Hidden); 2]);
    let linked = ReceivedInvitation { linked: true, ..others };
    assert_eq!(ask(linked), [Err(Forbidden(AddressDiffers)), Ok(())]);
    let late = ReceivedInvitation { in_time: false, ..RECEIVED };
    assert_eq!(ask(late), [Err(Conflict(InvitationEnded)); 2]);
}

#[test]
fn adults_join_an_active_project_while_the_inviter_could_still_invite_them() {
    let accept = |facts: ReceivedInvitation, kind| facts.decide(Reply::Accept, &person(kind));
    let (guest, officer) = (AccountKind::Guest, AccountKind::Officer);
    assert_eq!(accept(RECEIVED, officer), Err(Forbidden(CannotJoin)));
    let closed = ReceivedInvitation { active: false, ..RECEIVED };
    assert_eq!(accept(closed, guest), Err(Forbidden(ProjectNotActive)));
    let fallen = ReceivedInvitation { stands: false, ..RECEIVED };
    assert_eq!(accept(fallen, guest), Err(Conflict(InvitationEnded)));
    assert_eq!(fallen.decide(Reply::Decline, &person(guest)), Ok(()));
}
