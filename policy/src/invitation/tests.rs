use entity::{InvitationKind, InvitationState, ProjectRole, TwinSpaceRole};

use super::{InvitationAct, InvitationFacts};
use crate::{
    Access,
    Reason::{InvitationEnded, RoleAboveOwn, RoleTooLow},
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
