use entity::{
    AccountId, AccountKind, CustodyTransferKind, CustodyTransferState, PupilRequestState, ServiceId,
};

use super::{PupilRequest, PupilRequestAct as Answer, Transfer, TransferAct, TransferAct::*};
use crate::{
    Person,
    Reason::{AlreadyDone, NotYours, ProjectNotActive, RequestEnded},
    Refusal::{Conflict, Forbidden, Hidden},
    Subject,
};

fn teacher() -> Person {
    let kind = Some(AccountKind::Teacher);
    Person { account: Some(AccountId::new()), kind, service: None }
}

fn transfer(kind: CustodyTransferKind, from: Person, to: Person) -> Transfer {
    Transfer {
        kind,
        from: from.account.expect("it is somebody's"),
        to: to.account.expect("it is for somebody"),
        services: [None, None],
        state: CustodyTransferState::Pending,
    }
}

const ALL: [TransferAct; 4] = [Accept, Decline, Withdraw, Decide];

#[test]
fn an_offer_is_answered_by_its_recipient_and_withdrawn_by_the_custodian() {
    let (from, to) = (teacher(), teacher());
    let offer = transfer(CustodyTransferKind::Offer, from, to);
    let may = |by: Person| ALL.map(|act| offer.decide(act, &by));
    let no = Err(Forbidden(NotYours));
    assert_eq!(may(to), [Ok(()), Ok(()), no, no]);
    assert_eq!(may(from), [no, no, Ok(()), no]);
    for other in [teacher(), Person::default()] {
        assert_eq!(may(other), [Err(Hidden); 4]);
    }
}

#[test]
fn a_takeover_is_answered_by_the_custodian_and_decided_on_by_the_service() {
    let (from, to, service) = (teacher(), teacher(), ServiceId::new());
    let officer = Person { kind: Some(AccountKind::Officer), service: Some(service), ..teacher() };
    let mut takeover = transfer(CustodyTransferKind::Takeover, from, to);
    takeover.services = [None, Some(service)];
    let no = Err(Forbidden(NotYours));
    assert_eq!(ALL.map(|act| takeover.decide(act, &from)), [Ok(()), Ok(()), no, no]);
    assert_eq!(ALL.map(|act| takeover.decide(act, &to)), [no, no, Ok(()), no]);
    assert_eq!(ALL.map(|act| takeover.decide(act, &officer)), [no, no, no, Ok(())]);
    // An offer concerns no support service.
    takeover.kind = CustodyTransferKind::Offer;
    assert_eq!(takeover.decide(Decide, &officer), Err(Hidden));
}

#[test]
fn nobody_objects_twice_and_what_has_ended_stays_so() {
    let (from, to) = (teacher(), teacher());
    let mut takeover = transfer(CustodyTransferKind::Takeover, from, to);
    takeover.state = CustodyTransferState::Objected;
    assert_eq!(takeover.decide(Decline, &from), Err(Conflict(AlreadyDone)));
    assert_eq!(takeover.decide(Accept, &from), Ok(()));
    takeover.state = CustodyTransferState::Expired;
    assert_eq!(takeover.decide(Accept, &from), Err(Conflict(RequestEnded)));
    assert_eq!(takeover.decide(Withdraw, &from), Err(Forbidden(NotYours)));
}

const ANSWERS: [Answer; 5] =
    [Answer::Accept, Answer::Decline, Answer::Withdraw, Answer::Grant, Answer::Refuse];

#[test]
fn a_request_is_answered_by_the_custodian_or_in_their_place_by_the_service() {
    let (custodian, asker, service) = (teacher(), teacher(), ServiceId::new());
    let officer = Person { kind: Some(AccountKind::Officer), service: Some(service), ..teacher() };
    let request = PupilRequest {
        custodian: custodian.account,
        asker: asker.account.expect("they are signed in"),
        for_services: false,
        services: [Some(service), None],
        state: PupilRequestState::Pending,
        active: true,
    };
    let ask = |request: PupilRequest, by: Person| ANSWERS.map(|act| request.decide(act, &by));
    let no = Err(Forbidden(NotYours));
    assert_eq!(ask(request, custodian), [Ok(()), Ok(()), no, no, no]);
    assert_eq!(ask(request, asker), [no, no, Ok(()), no, no]);
    assert_eq!(ask(request, officer), [Err(Hidden); 5]);
    let passed_on = PupilRequest { for_services: true, ..request };
    assert_eq!(ask(passed_on, officer), [no, no, no, Ok(()), Ok(())]);
    // Nobody comes into a closed project, and what has ended stays so.
    let closed = PupilRequest { active: false, ..passed_on };
    let late = Err(Forbidden(ProjectNotActive));
    assert_eq!(ask(closed, custodian), [late, Ok(()), no, no, no]);
    assert_eq!(ask(closed, officer), [no, no, no, late, Ok(())]);
    let over = PupilRequest { state: PupilRequestState::Expired, ..closed };
    assert_eq!(over.decide(Answer::Accept, &custodian), Err(Conflict(RequestEnded)));
}
