use entity::{ProjectRole, ProjectState, TwinSpaceRole};

use super::ProjectAct::{self, *};
use crate::{
    Access, Founding, Past, ProjectPermission,
    Reason::{
        AlreadyDone, FounderNotLeft, LabelsMissing, NotAContact, NotYours, ProjectNotActive,
        RoleTooLow, SameCountry, WrongState,
    },
    Refusal::{Conflict, Forbidden, Hidden},
    Subject,
    sample::access,
};

/// Somebody who is not in the TwinSpace of a project in this state.
fn outside(state: ProjectState) -> Access {
    Access { state, member: None, ..access(TwinSpaceRole::Teacher) }
}

const FITTING: Founding = Founding { cofounder: true, teachers: 2, countries: 2, contacts: true };

fn past() -> Past {
    Past { founding: FITTING, ..Past::default() }
}

const STEPS: [ProjectAct; 4] = [Send, Accept, Decline, Withdraw];

#[test]
fn each_founder_takes_their_own_steps_in_their_time() {
    use ProjectState::{Draft, PendingApproval, PendingPartner};
    let steps = |by: &Access| STEPS.map(|act| past().decide(act, by));
    let (no, late) = (Err(Forbidden(NotYours)), Err(Conflict(WrongState)));
    for (state, proposers, cofounders) in [
        (Draft, [Ok(()), no, no, late], [Err(Hidden); 4]),
        (PendingPartner, [late, no, no, Ok(())], [no, Ok(()), Ok(()), no]),
        (PendingApproval, [late, no, no, Ok(())], [no, late, late, no]),
    ] {
        assert_eq!(steps(&Access { proposer: true, ..outside(state) }), proposers, "{state:?}");
        assert_eq!(steps(&Access { cofounder: true, ..outside(state) }), cofounders, "{state:?}");
        assert_eq!(steps(&outside(state)), [Err(Hidden); 4], "{state:?}");
    }
}

#[test]
fn founders_who_do_not_fit_found_nothing() {
    let proposer = Access { proposer: true, ..outside(ProjectState::Draft) };
    let send = |founding| Past { founding, ..past() }.decide(Send, &proposer);
    assert_eq!(send(Founding { countries: 1, ..FITTING }), Err(Conflict(SameCountry)));
    assert_eq!(send(Founding { contacts: false, ..FITTING }), Err(Conflict(NotAContact)));
    // A project without a co-founder is incomplete: that is a matter of its fields.
    assert_eq!(send(Founding::default()), Ok(()));
    let cofounder = Access { cofounder: true, ..outside(ProjectState::PendingPartner) };
    let moved = Past { founding: Founding { countries: 1, ..FITTING }, ..past() };
    assert_eq!(moved.decide(Accept, &cofounder), Err(Conflict(SameCountry)));
    assert_eq!(moved.decide(Decline, &cofounder), Ok(()));
}

#[test]
fn a_service_decides_while_a_decision_waits_for_it() {
    let officer = Access { officer: true, ..outside(ProjectState::PendingApproval) };
    let waits = Past { waits_for_me: true, ..past() };
    for act in [Approve, Reject] {
        assert_eq!(waits.decide(act, &officer), Ok(()));
        assert_eq!(past().decide(act, &officer), Err(Conflict(AlreadyDone)));
        let active = Access { state: ProjectState::Active, ..officer.clone() };
        assert_eq!(waits.decide(act, &active), Err(Conflict(WrongState)));
    }
    let active = Access { state: ProjectState::Active, ..officer };
    assert_eq!(past().decide(Nominate, &active), Err(Conflict(LabelsMissing)));
    let held = Past { label_countries: 2, ..past() };
    assert_eq!(held.decide(Nominate, &active), Ok(()));
    let nominated = Past { nominated: true, ..held };
    assert_eq!(nominated.decide(Nominate, &active), Err(Conflict(AlreadyDone)));
}

#[test]
fn a_founder_closes_reopens_and_has_the_other_succeeded() {
    let founder = |state| Access { partner: Some((ProjectRole::Manager, true)), ..outside(state) };
    let (active, closed) = (founder(ProjectState::Active), founder(ProjectState::Closed));
    let close = May(ProjectPermission::CloseProject);
    let reopen = May(ProjectPermission::ReopenProject);
    assert_eq!(past().decide(close, &active), Ok(()));
    assert_eq!(past().decide(close, &closed), Err(Forbidden(ProjectNotActive)));
    assert_eq!(past().decide(reopen, &active), Err(Conflict(WrongState)));
    assert_eq!(past().decide(reopen, &closed), Ok(()));
    assert_eq!(past().decide(ProposeSuccession, &active), Err(Conflict(FounderNotLeft)));
    let left = Past { founder_left: true, ..past() };
    assert_eq!(left.decide(ProposeSuccession, &active), Ok(()));
    let proposed = Past { succession_waits: true, ..left };
    assert_eq!(proposed.decide(ProposeSuccession, &active), Err(Conflict(AlreadyDone)));
    let apply = May(ProjectPermission::ApplyForLabel);
    let applied = Past { applied: true, ..past() };
    assert_eq!(applied.decide(apply, &active), Err(Conflict(AlreadyDone)));
    let stranger = outside(ProjectState::Active);
    assert_eq!(past().decide(close, &stranger), Err(Forbidden(RoleTooLow)));
    let add = AddPartner(TwinSpaceRole::TeacherAdmin);
    assert_eq!(past().decide(add, &active), Ok(()));
    assert_eq!(past().decide(add, &stranger), Err(Forbidden(RoleTooLow)));
}
