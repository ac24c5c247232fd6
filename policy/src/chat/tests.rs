use entity::{
    AccountId,
    ProjectState::{Closed, Draft},
    TwinSpaceRole::{Pupil, Teacher, Visitor},
};

use super::{
    ChatAct::{Delete, Report},
    ChatFacts,
};
use crate::{
    Access,
    Reason::{AlreadyDone, NotYours, Yourself},
    Refusal::{Conflict, Forbidden, Hidden},
    Subject,
    sample::access,
};

fn by(author: &Access) -> ChatFacts {
    ChatFacts { author: author.person.account.expect("they are signed in"), reported: false }
}

#[test]
fn authors_delete_their_own_and_teachers_delete_any() {
    let (pupil, other) = (access(Pupil), access(Pupil));
    let message = by(&pupil);
    assert_eq!(message.decide(Delete, &pupil), Ok(()));
    assert_eq!(message.decide(Delete, &other), Err(Forbidden(NotYours)));
    assert_eq!(message.decide(Delete, &access(Teacher)), Ok(()));
    assert_eq!(message.decide(Delete, &access(Visitor)), Err(Hidden));
}

#[test]
fn what_was_written_is_deleted_and_reported_when_the_room_or_the_project_is_closed() {
    let pupil = Access { chat_open: false, state: Closed, ..access(Pupil) };
    assert_eq!(by(&pupil).decide(Delete, &pupil), Ok(()));
    let others = ChatFacts { author: AccountId::new(), reported: false };
    assert_eq!(others.decide(Report, &pupil), Ok(()));
    let draft = Access { state: Draft, ..pupil };
    assert_eq!(others.decide(Report, &draft), Err(Hidden));
}

#[test]
fn a_message_of_somebody_else_is_reported_once() {
    let pupil = access(Pupil);
    assert_eq!(by(&pupil).decide(Report, &pupil), Err(Forbidden(Yourself)));
    let reported = ChatFacts { author: AccountId::new(), reported: true };
    assert_eq!(reported.decide(Report, &pupil), Err(Conflict(AlreadyDone)));
}
