use entity::{
    AccountId, AccountKind, LabelState, ProjectRole, ProjectState, ServiceId, SuccessionState,
    TwinSpaceRole,
};

use super::{LabelAct, LabelFacts, SuccessionAct, SuccessionFacts};
use crate::{
    Access, Person,
    Reason::{AlreadyDone, FounderNotLeft, NotAPartner, NotYours, RoleTooLow, WrongState},
    Refusal::{Conflict, Forbidden, Hidden},
    Subject,
    sample::access,
};

fn officer(service: ServiceId) -> Access {
    let kind = Some(AccountKind::Officer);
    let person = Person { account: Some(AccountId::new()), kind, service: Some(service) };
    Access { person, officer: true, member: None, ..access(TwinSpaceRole::Teacher) }
}

#[test]
fn a_label_is_decided_on_once_by_the_service_that_was_asked() {
    let service = ServiceId::new();
    let partner =
        Access { partner: Some((ProjectRole::Member, false)), ..access(TwinSpaceRole::Teacher) };
    let asked = LabelFacts {
        applicant: partner.person.account.expect("they are signed in"),
        services: [Some(service), None],
        state: LabelState::Pending,
        partner: true,
    };
    let ask = |facts: LabelFacts, by: &Access| {
        [LabelAct::Grant, LabelAct::Refuse].map(|act| facts.decide(act, by))
    };
    assert_eq!(ask(asked, &officer(service)), [Ok(()); 2]);
    assert_eq!(ask(asked, &officer(ServiceId::new())), [Err(Hidden); 2]);
    assert_eq!(ask(asked, &partner), [Err(Forbidden(RoleTooLow)); 2]);
    // Who was removed is refused.
    let removed = LabelFacts { partner: false, ..asked };
    assert_eq!(ask(removed, &officer(service)), [Err(Conflict(NotAPartner)), Ok(())]);
    let granted = LabelFacts { state: LabelState::Granted, ..asked };
    assert_eq!(ask(granted, &officer(service)), [Err(Conflict(AlreadyDone)); 2]);
    // What is granted is known to all who see the project.
    assert_eq!(ask(granted, &officer(ServiceId::new())), [Err(Forbidden(NotYours)); 2]);
}

#[test]
fn a_succession_is_approved_while_everybody_stands_where_they_stood() {
    let service = ServiceId::new();
    let officer = officer(service);
    let proposed = SuccessionFacts {
        services: [None, Some(service)],
        state: SuccessionState::Pending,
        founders: true,
        back: false,
        partner: true,
    };
    let ask = |facts: SuccessionFacts, by: &Access| {
        [SuccessionAct::Approve, SuccessionAct::Reject].map(|act| facts.decide(act, by))
    };
    assert_eq!(ask(proposed, &officer), [Ok(()); 2]);
    for (facts, reason) in [
        (SuccessionFacts { founders: false, ..proposed }, WrongState),
        (SuccessionFacts { back: true, ..proposed }, FounderNotLeft),
        (SuccessionFacts { partner: false, ..proposed }, NotAPartner),
    ] {
        assert_eq!(ask(facts, &officer), [Err(Conflict(reason)), Ok(())]);
    }
    let closed = Access { state: ProjectState::Closed, ..officer.clone() };
    assert_eq!(ask(proposed, &closed), [Err(Conflict(WrongState)), Ok(())]);
    let rejected = SuccessionFacts { state: SuccessionState::Rejected, ..proposed };
    assert_eq!(ask(rejected, &officer), [Err(Conflict(AlreadyDone)); 2]);
    let stranger = Access { member: None, ..access(TwinSpaceRole::Teacher) };
    assert_eq!(ask(proposed, &stranger), [Err(Hidden); 2]);
}
