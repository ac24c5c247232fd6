use entity::{AccountId, AccountKind, CustodyTransferKind, CustodyTransferState, ServiceId};

use super::{Transfer, TransferAct, TransferAct::*};
use crate::{
    Person,
    Reason::{AlreadyDone, NotYours, RequestEnded},
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
