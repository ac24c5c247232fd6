//! What is asked about pupils, answered by several at once: whatever comes first, a pupil has one
//! place in a TwinSpace and one custodian, who is there, and the log tells what became of it
//! (M-11, M-16, R-03).

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{Error, accounts::erasure, clock::now, members::custody_transfer as transfers};
use entity::{
    AccountId, CustodyTransferState, PupilRequestState, TwinSpaceRole, account, custody_transfer,
    member, pupil_request,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::{ROUNDS, at_once, call, fine, instances};
use crate::{
    members::{custody::asks_for, pupil::invite},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

/// A pupil of a teacher who is no founder, in the teacher's TwinSpace.
struct Child {
    home: Space,
    custodian: Person,
    /// The custodian's place.
    at: String,
    username: String,
    member: String,
    id: AccountId,
}

impl Child {
    async fn of(app: &TestApp) -> Self {
        let home = app.space().await;
        let custodian = app.teacher("Tina Teacher", "PL").await;
        let at = app.seat(&home, &custodian, TwinSpaceRole::Teacher).await.to_string();
        let row = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
        let made = invite(app, &custodian, &home, row).await;
        let text = |field: &str| made[0][field].as_str().unwrap().to_owned();
        let username = text("username");
        let row = account::Entity::find().filter(account::Column::Username.eq(&username));
        let id = row.one(app.db.read()).await.unwrap().unwrap().id;
        Self { home, custodian, at, username, member: text("memberId"), id }
    }

    /// Who answers for the pupil, of whom there is always one with an account.
    async fn custodian(&self, app: &TestApp) -> AccountId {
        let pupil = account::Entity::find_by_id(self.id).one(app.db.read()).await.unwrap();
        let custodian = pupil.unwrap().custodian_id.expect("nobody answers for the pupil");
        let owner = account::Entity::find_by_id(custodian).one(app.db.read()).await.unwrap();
        assert!(owner.unwrap().email.is_some(), "who answers for the pupil is gone");
        custodian
    }

    async fn places(&self, app: &TestApp, space: &Space) -> u64 {
        let places = member::Entity::of(space.project);
        let places = places.filter(member::Column::AccountId.eq(self.id));
        places.count(app.db.read()).await.unwrap()
    }

    /// Asks for the pupil in another TwinSpace; the request.
    async fn asked(&self, app: &TestApp, away: &Space) -> Value {
        asks_for(app, &away.founders[0], away, &self.username).await["id"].take()
    }

    /// Offers the custody to a founder; the transfer.
    async fn offered(&self, app: &TestApp) -> Value {
        let to = app.access(&self.home.founders[1], self.home.project).await.member.unwrap().0;
        let offer = json!({ "memberId": self.member, "toMemberId": to.to_string() });
        let made = app.does(&self.custodian, "offerCustody", offer, "custodyTransfer { id }").await;
        json!({ "custodyTransferId": made["custodyTransfer"]["id"] })
    }

    /// Has a founder ask to take over from the custodian, who leaves; the transfer.
    async fn wanted(&self, app: &TestApp) -> Value {
        let gone = json!({ "memberId": self.at });
        assert_eq!(app.tries(&self.home.founders[0], "removeMember", gone).await, "OK");
        let input = json!({ "memberId": self.member });
        let fields = "custodyTransfer { id }";
        let made = app.does(&self.home.founders[0], "requestCustody", input, fields).await;
        json!({ "custodyTransferId": made["custodyTransfer"]["id"] })
    }

    async fn transfer(&self, app: &TestApp) -> custody_transfer::Model {
        let theirs = custody_transfer::Column::PupilId.eq(self.id);
        let mut all =
            custody_transfer::Entity::find().filter(theirs).all(app.db.read()).await.unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    async fn request(&self, app: &TestApp) -> pupil_request::Model {
        let theirs = pupil_request::Column::PupilId.eq(self.id);
        let mut all =
            pupil_request::Entity::find().filter(theirs).all(app.db.read()).await.unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

fn accepts(request: &Value) -> Value {
    json!({ "pupilRequestId": request, "consentGivenBy": "GUARDIAN" })
}

/// How often each of these stands in the log of a TwinSpace.
async fn logged(app: &TestApp, space: &Space, acts: &[&str]) -> Vec<usize> {
    let log = app.acts(&space.founders[0], &space.project.to_string()).await;
    acts.iter().map(|act| log.iter().filter(|line| line == act).count()).collect()
}

const REQUEST: &[&str] =
    &["PUPIL_REQUEST_ACCEPTED", "PUPIL_REQUEST_DECLINED", "PUPIL_REQUEST_ENDED"];
const TRANSFER: &[&str] = &["CUSTODY_TRANSFERRED", "CUSTODY_DECLINED", "CUSTODY_TRANSFER_ENDED"];

on_both_databases! {
    // M-11
    async fn of_two_teachers_who_ask_for_one_pupil_at_once_one_asks(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let (child, away) = (Child::of(&apps[0]).await, apps[0].space().await);
            let rows = json!({ "twinSpaceId": away.id.to_string(), "consentGivenBy": "GUARDIAN",
                "rows": [{ "username": child.username }] });
            let calls = (0..6).map(|n| call(&away.founders[n % 2], "invitePupils", rows.clone()));
            let outcomes = at_once(&apps, calls.collect()).await;
            assert!(fine(&outcomes) >= 1, "{outcomes:?}");
            assert_eq!(child.request(&apps[0]).await.state, PupilRequestState::Pending);
            assert_eq!(logged(&apps[0], &away, &["PUPIL_REQUESTED"]).await, [1]);
        }
    }

    // M-11
    async fn a_custodian_who_accepts_for_several_twinspaces_at_once_does_so_once_for_each(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let child = Child::of(&apps[0]).await;
            let spaces = [apps[0].space().await, apps[0].space().await];
            let mut calls = vec![];
            for away in &spaces {
                let request = child.asked(&apps[0], away).await;
                for _ in 0..3 {
                    calls.push(call(&child.custodian, "acceptPupilRequest", accepts(&request)));
                }
            }
            let outcomes = at_once(&apps, calls).await;
            assert_eq!(fine(&outcomes), 2, "{outcomes:?}");
            for away in &spaces {
                assert_eq!(child.places(&apps[0], away).await, 1);
                let acts = ["PUPIL_REQUEST_ACCEPTED", "CONSENT_RECORDED"];
                assert_eq!(logged(&apps[0], away, &acts).await, [1, 1]);
            }
            assert_eq!(child.custodian(&apps[0]).await, child.custodian.id);
        }
    }

    // M-11
    async fn of_those_who_accept_decline_and_take_back_a_request_at_once_one_does(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS * 2 {
            let (child, away) = (Child::of(&apps[0]).await, apps[0].space().await);
            let request = child.asked(&apps[0], &away).await;
            let this = json!({ "pupilRequestId": request });
            let mut calls = vec![
                call(&child.custodian, "acceptPupilRequest", accepts(&request)),
                call(&child.custodian, "declinePupilRequest", this.clone()),
                call(&away.founders[0], "withdrawPupilRequest", this),
            ];
            calls.rotate_left(round % 3);
            let outcomes = at_once(&apps, calls).await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            let state = child.request(&apps[0]).await.state;
            let accepted = usize::from(state == PupilRequestState::Accepted);
            let declined = usize::from(state == PupilRequestState::Declined);
            let withdrawn = usize::from(state == PupilRequestState::Withdrawn);
            assert_eq!(accepted + declined + withdrawn, 1, "{state:?}");
            assert_eq!(child.places(&apps[0], &away).await, accepted as u64);
            assert_eq!(logged(&apps[0], &away, REQUEST).await, [accepted, declined, withdrawn]);
        }
    }

    // M-11, M-14
    async fn a_pupil_who_is_let_in_and_taken_out_at_once_is_in_or_out(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS * 2 {
            let (child, away) = (Child::of(&apps[0]).await, apps[0].space().await);
            let request = child.asked(&apps[0], &away).await;
            let pupils = apps[0].sees(&child.custodian, "{ viewer { pupils { nodes { id } } } }").await;
            let out = json!({ "pupilId": pupils["viewer"]["pupils"]["nodes"][0]["id"], "twinSpaceId": away.id.to_string() });
            let mut calls = vec![
                call(&child.custodian, "acceptPupilRequest", accepts(&request)),
                call(&child.custodian, "takeOutPupil", out.clone()),
                call(&child.custodian, "takeOutPupil", out),
            ];
            calls.rotate_left(round % 3);
            let outcomes = at_once(&apps, calls).await;
            let taken_out = fine(&outcomes) - 1;
            assert!(taken_out <= 1, "{outcomes:?}");
            assert_eq!(child.request(&apps[0]).await.state, PupilRequestState::Accepted);
            assert_eq!(child.places(&apps[0], &away).await, 1 - taken_out as u64);
            let acts = ["PUPIL_REQUEST_ACCEPTED", "MEMBER_REMOVED", "CONSENT_WITHDRAWN"];
            assert_eq!(logged(&apps[0], &away, &acts).await, [1, taken_out, taken_out]);
        }
    }

    // M-11, R-04
    async fn a_pupil_who_is_let_in_and_erased_at_once_is_nowhere(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS {
            let (child, away) = (Child::of(&apps[0]).await, apps[0].space().await);
            let request = child.asked(&apps[0], &away).await;
            child.offered(&apps[0]).await;
            let erase = json!({ "pupil": { "memberId": child.member }, "acknowledge": true });
            let mut calls = vec![
                call(&child.custodian, "acceptPupilRequest", accepts(&request)),
                call(&child.custodian, "erasePupil", erase),
            ];
            calls.rotate_left(round % 2);
            let outcomes = at_once(&apps, calls).await;
            let erased = &outcomes[1 - round % 2];
            assert_eq!(erased, "OK", "{outcomes:?}");
            for space in [&child.home, &away] {
                assert_eq!(child.places(&apps[0], space).await, 0);
            }
            let ended: usize = logged(&apps[0], &away, REQUEST).await.into_iter().sum();
            assert_eq!(ended, 1, "{outcomes:?}");
            assert_eq!(logged(&apps[0], &child.home, TRANSFER).await, [0, 0, 1]);
        }
    }

    // M-16
    async fn of_those_who_accept_decline_and_take_back_an_offer_at_once_one_does(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS * 2 {
            let child = Child::of(&apps[0]).await;
            let offer = child.offered(&apps[0]).await;
            let heir = &child.home.founders[1];
            let mut calls = vec![
                call(heir, "acceptCustody", offer.clone()),
                call(heir, "declineCustody", offer.clone()),
                call(&child.custodian, "withdrawCustody", offer),
            ];
            calls.rotate_left(round % 3);
            let outcomes = at_once(&apps, calls).await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            let state = child.transfer(&apps[0]).await.state;
            let is = |one: CustodyTransferState| usize::from(state == one);
            let accepted = is(CustodyTransferState::Accepted);
            let told = [accepted, is(CustodyTransferState::Declined), is(CustodyTransferState::Withdrawn)];
            assert_eq!(told.iter().sum::<usize>(), 1, "{state:?}");
            assert_eq!(logged(&apps[0], &child.home, TRANSFER).await, told);
            let custodian = if accepted == 1 { heir.id } else { child.custodian.id };
            assert_eq!(child.custodian(&apps[0]).await, custodian);
        }
    }

    // M-16
    async fn a_custodian_who_goes_while_the_offer_is_accepted_leaves_no_pupil_behind(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS * 2 {
            let child = Child::of(&apps[0]).await;
            let offer = child.offered(&apps[0]).await;
            let heir = child.home.founders[1].clone();
            let start = Arc::new(Barrier::new(2));
            let (app, email) = (Arc::clone(&apps[round % apps.len()]), child.custodian.email.clone());
            let begin = Arc::clone(&start);
            let erasing = tokio::spawn(async move {
                begin.wait().await;
                erasure::erase_of(&app.db, &email, now()).await
            });
            let app = Arc::clone(&apps[(round + 1) % apps.len()]);
            let accepting = tokio::spawn(async move {
                start.wait().await;
                app.tries(&heir, "acceptCustody", offer).await
            });
            let (erased, accepted) = (erasing.await.unwrap(), accepting.await.unwrap());
            assert!(matches!(erased, Ok(_) | Err(Error::Forbidden(_))), "{erased:?}");
            assert_eq!(accepted, "OK");
            assert_eq!(child.custodian(&apps[0]).await, child.home.founders[1].id);
            assert_eq!(logged(&apps[0], &child.home, TRANSFER).await, [1, 0, 0]);
        }
    }

    // M-16
    async fn a_takeover_that_falls_due_while_the_custodian_objects_takes_effect_or_waits(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS * 2 {
            let child = Child::of(&apps[0]).await;
            let takeover = child.wanted(&apps[0]).await;
            let tx = apps[0].db.begin().await.unwrap();
            custody_transfer::Entity::update_many()
                .col_expr(custody_transfer::Column::DueAt, Expr::val(now() - TimeDelta::seconds(1)))
                .filter(custody_transfer::Column::PupilId.eq(child.id))
                .exec(&*tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let start = Arc::new(Barrier::new(3));
            let settling: Vec<_> = (0..2)
                .map(|n| {
                    let app = Arc::clone(&apps[(round + n) % apps.len()]);
                    let start = Arc::clone(&start);
                    tokio::spawn(async move {
                        start.wait().await;
                        transfers::settle(&app.db, now()).await
                    })
                })
                .collect();
            start.wait().await;
            let objected = apps[0].tries(&child.custodian, "declineCustody", takeover).await;
            for settled in settling {
                settled.await.unwrap().unwrap();
            }
            let state = child.transfer(&apps[0]).await.state;
            let custodian = child.custodian(&apps[0]).await;
            let (objections, handed) = match state {
                CustodyTransferState::Objected => {
                    assert_eq!((objected.as_str(), custodian), ("OK", child.custodian.id));
                    (1, 0)
                }
                CustodyTransferState::Accepted => {
                    assert!(objected.starts_with("CONFLICT"), "{objected}");
                    assert_eq!(custodian, child.home.founders[0].id);
                    (0, 1)
                }
                other => panic!("{other:?}"),
            };
            let acts = ["CUSTODY_OBJECTED", "CUSTODY_TRANSFERRED"];
            assert_eq!(logged(&apps[0], &child.home, &acts).await, [objections, handed]);
        }
    }

    // M-16
    async fn an_officer_and_a_custodian_who_answer_a_takeover_at_once_agree_with_the_log(app: TestApp) {
        let apps = instances(app).await;
        let officer = apps[0].officer("PL", "").await;
        for round in 0..ROUNDS * 2 {
            let granted = round % 2 == 0;
            let child = Child::of(&apps[0]).await;
            let takeover = child.wanted(&apps[0]).await;
            let decide = json!({ "custodyTransferId": takeover["custodyTransferId"], "granted": granted });
            // The custodian objects to what would be granted, and agrees to what would not be.
            let answer = if granted { "declineCustody" } else { "acceptCustody" };
            let mut calls = vec![
                call(&officer, "decideCustody", decide),
                call(&child.custodian, answer, takeover),
            ];
            calls.rotate_left(round / 2 % 2);
            let outcomes = at_once(&apps, calls).await;
            let state = child.transfer(&apps[0]).await.state;
            let custodian = child.custodian(&apps[0]).await;
            let told = logged(&apps[0], &child.home, TRANSFER).await;
            if granted || state == CustodyTransferState::Accepted {
                assert_eq!((state, custodian), (CustodyTransferState::Accepted, child.home.founders[0].id));
                assert_eq!(told, [1, 0, 0], "{outcomes:?}");
            } else {
                assert_eq!((state, custodian), (CustodyTransferState::Declined, child.custodian.id));
                assert_eq!(told, [0, 1, 0], "{outcomes:?}");
            }
            let most = if granted { 1..=2 } else { 1..=1 };
            assert!(most.contains(&fine(&outcomes)), "{outcomes:?}");
        }
    }

    // M-16
    async fn of_two_who_ask_to_take_over_at_once_one_asks(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let child = Child::of(&apps[0]).await;
            let gone = json!({ "memberId": child.at });
            assert_eq!(apps[0].tries(&child.home.founders[0], "removeMember", gone).await, "OK");
            let calls = (0..6).map(|n| {
                call(&child.home.founders[n % 2], "requestCustody", json!({ "memberId": child.member }))
            });
            let outcomes = at_once(&apps, calls.collect()).await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            assert_eq!(child.transfer(&apps[0]).await.state, CustodyTransferState::Pending);
            assert_eq!(logged(&apps[0], &child.home, &["CUSTODY_REQUESTED"]).await, [1]);
            assert_eq!(child.custodian(&apps[0]).await, child.custodian.id);
        }
    }
}
