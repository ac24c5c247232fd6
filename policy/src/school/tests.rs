use entity::AccountKind::{Administrator, Guest, Officer, Pupil, Teacher};

use super::*;

fn person(kind: AccountKind) -> Person {
    Person { kind: Some(kind), ..Person::default() }
}

/// A teacher whom everybody knows.
const CLAIM: SchoolClaim = SchoolClaim {
    known: true,
    teacher: true,
    own: false,
    as_seen: true,
    blocked: false,
    confirmed: false,
    by_them: false,
    in_place: false,
    same_school: false,
    own_confirmed: false,
    contacts: false,
};

/// A confirmed colleague's contact.
const COLLEAGUE: SchoolClaim =
    SchoolClaim { same_school: true, own_confirmed: true, contacts: true, ..CLAIM };

fn confirms(claim: SchoolClaim, kind: AccountKind) -> Result<(), Refusal> {
    claim.decide(SchoolAct::Confirm, &person(kind))
}

fn withdraws(claim: SchoolClaim, kind: AccountKind) -> Result<(), Refusal> {
    claim.decide(SchoolAct::Withdraw, &person(kind))
}

//
#[test]
fn officers_of_the_place_administrators_and_confirmed_colleagues_confirm() {
    let forbidden = |reason| Err(Refusal::Forbidden(reason));
    assert_eq!(confirms(CLAIM, Administrator), Ok(()));
    assert_eq!(confirms(SchoolClaim { in_place: true, ..CLAIM }, Officer), Ok(()));
    assert_eq!(confirms(COLLEAGUE, Officer), forbidden(Reason::SchoolElsewhere));
    assert_eq!(confirms(COLLEAGUE, Teacher), Ok(()));
    for (claim, reason) in [
        (SchoolClaim { same_school: false, ..COLLEAGUE }, Reason::AnotherSchool),
        (SchoolClaim { contacts: false, ..COLLEAGUE }, Reason::NotAContact),
        (SchoolClaim { own_confirmed: false, ..COLLEAGUE }, Reason::SchoolNotConfirmed),
        (SchoolClaim { in_place: true, ..CLAIM }, Reason::AnotherSchool),
    ] {
        assert_eq!(confirms(claim, Teacher), forbidden(reason), "{claim:?}");
    }
    for kind in [Guest, Pupil] {
        assert_eq!(confirms(COLLEAGUE, kind), forbidden(Reason::NotATeacher));
        assert_eq!(withdraws(COLLEAGUE, kind), forbidden(Reason::NotATeacher));
    }
    let own = SchoolClaim { own: true, ..COLLEAGUE };
    assert_eq!(confirms(own, Teacher), forbidden(Reason::Yourself));
}

//
#[test]
fn a_colleague_withdraws_what_they_confirmed_and_the_service_everything() {
    let confirmed = SchoolClaim { confirmed: true, ..COLLEAGUE };
    assert_eq!(withdraws(confirmed, Teacher), Err(Refusal::Forbidden(Reason::ConfirmedByOther)));
    // Also if they are no contacts any more, or work elsewhere.
    let theirs = SchoolClaim { confirmed: true, by_them: true, ..CLAIM };
    assert_eq!(withdraws(theirs, Teacher), Ok(()));
    assert_eq!(withdraws(confirmed, Administrator), Ok(()));
    assert_eq!(withdraws(SchoolClaim { in_place: true, ..confirmed }, Officer), Ok(()));
    assert_eq!(withdraws(confirmed, Officer), Err(Refusal::Forbidden(Reason::SchoolElsewhere)));
}

//
#[test]
fn whoever_knows_a_teacher_whose_school_is_confirmed_is_told_only_that() {
    let done = Err(Refusal::Conflict(Reason::AlreadyDone));
    let confirmed = SchoolClaim { confirmed: true, ..CLAIM };
    for claim in [
        confirmed,
        SchoolClaim { own: true, ..confirmed },
        SchoolClaim { same_school: true, ..confirmed },
        SchoolClaim { by_them: true, ..confirmed },
    ] {
        for kind in [Administrator, Officer, Teacher] {
            assert_eq!(confirms(claim, kind), done, "{claim:?}");
        }
        let hidden = SchoolClaim { known: false, ..claim };
        assert_eq!(confirms(hidden, Teacher), Err(Refusal::Hidden));
        let moved = SchoolClaim { as_seen: false, own: false, ..claim };
        assert_eq!(confirms(moved, Teacher), Err(Refusal::Conflict(Reason::SchoolChanged)));
    }
}

//
#[test]
fn what_is_hidden_done_or_no_teachers_is_refused() {
    let done = Err(Refusal::Conflict(Reason::AlreadyDone));
    for kind in [Administrator, Teacher] {
        let hidden = SchoolClaim { known: false, ..COLLEAGUE };
        assert_eq!(confirms(hidden, kind), Err(Refusal::Hidden));
        let guest = SchoolClaim { teacher: false, ..COLLEAGUE };
        assert_eq!(confirms(guest, kind), Err(Refusal::Conflict(Reason::NoTeacher)));
        assert_eq!(confirms(SchoolClaim { confirmed: true, ..COLLEAGUE }, kind), done);
        assert_eq!(withdraws(COLLEAGUE, kind), done);
        let moved = SchoolClaim { as_seen: false, same_school: false, ..COLLEAGUE };
        assert_eq!(confirms(moved, kind), Err(Refusal::Conflict(Reason::SchoolChanged)));
        let blocked = SchoolClaim { blocked: true, ..COLLEAGUE };
        assert_eq!(confirms(blocked, kind), Err(Refusal::Conflict(Reason::RequestEnded)));
        let blocked = SchoolClaim { confirmed: true, by_them: true, ..blocked };
        assert_eq!(withdraws(blocked, kind), Ok(()));
    }
}

#[test]
fn schools_of_one_country_are_merged_by_its_service_and_by_administrators() {
    let two = SchoolPair { in_place: false, same: false, one_country: true };
    assert_eq!(two.may_merge(person(Administrator)), Ok(()));
    let elsewhere = Err(Refusal::Forbidden(Reason::SchoolElsewhere));
    assert_eq!(two.may_merge(person(Officer)), elsewhere);
    assert_eq!(SchoolPair { in_place: true, ..two }.may_merge(person(Officer)), Ok(()));
    let refused = Err(Refusal::Forbidden(Reason::NotAnOfficer));
    assert_eq!(SchoolPair { in_place: true, ..two }.may_merge(person(Teacher)), refused);
    let one = SchoolPair { same: true, ..two };
    assert_eq!(one.may_merge(person(Administrator)), Err(Refusal::Conflict(Reason::SameSchool)));
    let abroad = SchoolPair { one_country: false, ..two };
    let refused = Err(Refusal::Conflict(Reason::DifferentCountries));
    assert_eq!(abroad.may_merge(person(Administrator)), refused);
}
