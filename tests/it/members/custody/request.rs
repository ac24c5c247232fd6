//! Requests to bring pupils in: who is asked, who lets them in, and their limits (M-11, M-16).

use chrono::TimeDelta;
use domain::{
    care::block,
    clock::now,
    members::{custody_transfer as transfers, pupil_request},
};
use entity::TwinSpaceRole;
use serde_json::{Value, json};
use twinspace::config::Config;

use crate::{
    members::pupil::invite,
    support::{TestApp, on_both_databases},
};

use super::{
    ana, asks, asks_for, brings, hand_over, leave, log_of, lower, mine, place, takes, username,
    waits,
};

on_both_databases! {
    // M-11, R-03
    async fn a_pupil_of_somebody_else_is_asked_for_and_let_in_or_not(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, _] = &home.founders;
        let [asker, helper] = &away.founders;
        ana(&app, custodian, &home).await;
        let request = asks_for(&app, asker, &away, "ana.silva.1").await;
        assert_eq!(request["state"], "PENDING");
        // Nothing is revealed about the child but what was typed.
        assert_eq!((&request["username"], &request["pupil"]), (&json!("ana.silva.1"), &Value::Null));
        let row = json!([{ "username": "ana.silva.1" }]);
        let again = invite(&app, helper, &away, row.clone()).await;
        assert_eq!(again[0]["problems"], json!(["ALREADY_REQUESTED"]));
        assert_eq!(waits(&app, custodian).await, json!([{ "kind": "PUPIL_REQUEST", "count": 1 }]));
        let mail = app.mails().await.into_iter().rfind(|mail| mail.to == custodian.email).unwrap();
        assert!(mail.text.contains("Frida Founder asks to bring one of your pupils"), "{}", mail.text);
        assert!(!mail.text.contains("Ana"), "{}", mail.text);
        let input = json!({ "pupilRequestId": request["id"] });
        let accept = json!({ "pupilRequestId": request["id"], "consentGivenBy": "PUPIL" });
        assert_eq!(app.tries(helper, "acceptPupilRequest", accept.clone()).await, "NOT_FOUND");
        assert_eq!(app.tries(asker, "acceptPupilRequest", accept.clone()).await, "FORBIDDEN NOT_YOURS");
        assert_eq!(app.tries(custodian, "withdrawPupilRequest", input.clone()).await, "FORBIDDEN NOT_YOURS");
        let seen = app.sees(custodian, "{ viewer { pupilRequests { nodes { projectTitle role askedBy { name }
            pupil { name } permissions { accept { allowed } withdraw { reason } } } } } }").await;
        assert_eq!(seen["viewer"]["pupilRequests"]["nodes"], json!([{ "projectTitle": "Bees across borders",
            "role": "PUPIL", "askedBy": { "name": "Frida Founder" }, "pupil": { "name": "Ana Silva" },
            "permissions": { "accept": { "allowed": true }, "withdraw": { "reason": "NOT_YOURS" } } }]));
        assert_eq!(app.tries(custodian, "declinePupilRequest", input).await, "OK");
        assert_eq!(app.tries(custodian, "acceptPupilRequest", accept).await, "CONFLICT REQUEST_ENDED");
        let again = invite(&app, helper, &away, row).await;
        assert_eq!(again[0]["problems"], json!(["ASKED_LATELY"]));
        assert_eq!(mine(&app, custodian).await["nodes"][0]["memberships"].as_array().unwrap().len(), 1);
    }

    // M-05, M-11: a request does not outlast the right to make it.
    async fn a_request_ends_with_the_power_of_who_asked(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, heir] = &home.founders;
        let member = ana(&app, custodian, &home).await;
        for ended in ["lowered", "removed", "blocked", "handed on"] {
            let asker = app.teacher("Alma Asker", "IT").await;
            let at = app.seat(&away, &asker, TwinSpaceRole::Teacher).await;
            let request = asks_for(&app, &asker, &away, "ana.silva.1").await;
            let accept = json!({ "pupilRequestId": request["id"], "consentGivenBy": "PUPIL" });
            let gone = json!({ "memberId": at.to_string() });
            match ended {
                "lowered" => lower(&app, &away.founders[0], &at, "VISITOR").await,
                "removed" => assert_eq!(app.tries(&away.founders[0], "removeMember", gone).await, "OK"),
                "blocked" => {
                    let tx = app.db.begin().await.unwrap();
                    block::block(&tx, &asker.email, None, now()).await.unwrap();
                    tx.commit().await.unwrap();
                }
                _ => {
                    let to = place(&app, heir, &home).await;
                    hand_over(&app, custodian, heir, &member, &to).await;
                    assert_eq!(app.tries(custodian, "acceptPupilRequest", accept.clone()).await, "NOT_FOUND");
                    assert_eq!(app.tries(heir, "acceptPupilRequest", accept).await, "OK");
                    continue;
                }
            }
            assert_eq!(waits(&app, custodian).await, json!([]), "{ended}");
            assert_eq!(app.tries(custodian, "acceptPupilRequest", accept).await, "CONFLICT REQUEST_ENDED", "{ended}");
        }
    }

    // nor do many teachers of one TwinSpace together.
    async fn look_ups_by_username_are_limited_for_a_twinspace_too(app: TestApp) {
        let few = |config: &mut Config| config.accounts.pupil_usernames = 10.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        let space = app.space().await;
        let row = |n: usize| json!({ "username": format!("ana.silva.{n}") });
        let rows: Vec<_> = (1..=10).map(row).collect();
        let input = json!({ "twinSpaceId": space.id.to_string(), "rows": rows });
        let mut outcomes = vec![];
        for n in 0..5 {
            let teacher = app.teacher(&format!("Teacher {n}"), "IT").await;
            app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
            outcomes.push(app.tries(&teacher, "verifyPupils", input.clone()).await);
        }
        assert_eq!(outcomes, ["OK", "OK", "OK", "OK", "RATE_LIMITED"]);
    }

    // A-05, M-16
    async fn who_is_asked_about_many_pupils_gets_a_few_mails_a_day_and_all_notifications(app: TestApp) {
        let space = app.space().await;
        let [custodian, colleague] = &space.founders;
        let to = place(&app, colleague, &space).await;
        let rows: Vec<_> = (0..14).map(|_| json!({ "givenName": "Ana", "familyName": "Silva" })).collect();
        let made = invite(&app, custodian, &space, json!(rows)).await;
        for row in &made {
            let offer = json!({ "memberId": row["memberId"], "toMemberId": to });
            assert_eq!(app.tries(custodian, "offerCustody", offer).await, "OK");
        }
        assert_eq!(waits(&app, colleague).await, json!([{ "kind": "CUSTODY_TRANSFER", "count": 14 }]));
        let mails = app.mails().await;
        let asking = mails.iter().filter(|mail| mail.text.contains("asks you to take over custody of a pupil"));
        assert_eq!(asking.count(), 10);
        // A teacher who offers very many is told when to go on.
        let few = |config: &mut Config| config.talk.invitations = 3.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        app.forget_limits().await;
        let again = json!({ "memberId": made[0]["memberId"], "toMemberId": to });
        for _ in 0..3 {
            assert_eq!(app.tries(custodian, "offerCustody", again.clone()).await, "CONFLICT ALREADY_DONE");
        }
        assert_eq!(app.tries(custodian, "offerCustody", again).await, "RATE_LIMITED");
    }

    // whatever ends is in the log of its TwinSpace, as what is asked and answered is.
    async fn requests_and_transfers_that_end_by_themselves_are_logged(app: TestApp) {
        for ended in ["blocked", "erased", "expired", "attached", "erased pupil"] {
            let (home, away) = (app.space().await, app.space().await);
            let [custodian, _] = &home.founders;
            let asker = app.teacher("Alma Asker", "IT").await;
            for space in [&home, &away] {
                app.seat(space, &asker, TwinSpaceRole::Teacher).await;
            }
            let pupil = app.pupil("Pia Pupil", custodian).await;
            let member = app.seat(&home, &pupil, TwinSpaceRole::Pupil).await.to_string();
            let request = asks_for(&app, &asker, &away, &username(&app, &pupil).await).await;
            let to = place(&app, &asker, &home).await;
            let offer = json!({ "memberId": member, "toMemberId": to });
            let offer = app.does(custodian, "offerCustody", offer, "custodyTransfer { id }").await;
            match ended {
                "blocked" => {
                    let tx = app.db.begin().await.unwrap();
                    block::block(&tx, &asker.email, None, now()).await.unwrap();
                    tx.commit().await.unwrap();
                }
                "erased" => {
                    domain::accounts::erasure::erase_of(&app.db, &asker.email, now()).await.unwrap();
                }
                "expired" => {
                    let later = now() + TimeDelta::days(15);
                    assert_eq!(pupil_request::expire(&app.db, later).await.unwrap(), 1);
                    assert_eq!(transfers::settle(&app.db, later).await.unwrap(), 1);
                }
                "attached" => {
                    app.seat(&away, custodian, TwinSpaceRole::Teacher).await;
                    let row = json!([{ "username": username(&app, &pupil).await }]);
                    assert_eq!(invite(&app, custodian, &away, row).await[0]["status"], "ATTACHED");
                    let removed = json!({ "memberId": member });
                    assert_eq!(app.tries(custodian, "removeMember", removed).await, "OK");
                }
                _ => {
                    let erase = json!({ "pupil": { "memberId": member }, "acknowledge": true });
                    assert_eq!(app.tries(custodian, "erasePupil", erase).await, "OK");
                }
            }
            let state = if ended == "expired" { "EXPIRED" } else { "ENDED" };
            for (space, act, field, id) in [
                (&away, "PUPIL_REQUEST_ENDED", "pupilRequestState", &request["id"]),
                (&home, "CUSTODY_TRANSFER_ENDED", "custodyTransferState", &offer["custodyTransfer"]["id"]),
            ] {
                let log = log_of(&app, space).await;
                let lines: Vec<_> = log.iter().filter(|line| line["act"] == act).collect();
                assert_eq!(lines.len(), 1, "{ended}: {log:?}");
                assert_eq!(lines[0]["details"][field], state, "{ended}: {lines:?}");
                // What ended with the pupil's account is not there any more.
                let subject = &lines[0]["subject"]["id"];
                assert!(subject == id || subject.is_null(), "{ended}: {subject} {id}");
            }
        }
    }

    // M-11, M-16, R-01
    async fn those_who_see_a_request_or_a_transfer_find_it_by_its_id(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, colleague] = &home.founders;
        let [asker, helper] = &away.founders;
        let member = ana(&app, custodian, &home).await;
        let request = asks_for(&app, asker, &away, "ana.silva.1").await["id"].take();
        let offer = json!({ "memberId": member, "toMemberId": place(&app, colleague, &home).await });
        let mut offer = app.does(custodian, "offerCustody", offer, "custodyTransfer { id }").await;
        let transfer = offer["custodyTransfer"]["id"].take();
        let query = format!("{{ nodes(ids: [{request}, {transfer}]) {{ id
            ... on PupilRequest {{ request: state asked: pupil {{ name }} }}
            ... on CustodyTransfer {{ transfer: state offered: pupil {{ name }} }} }} }}");
        let name = json!({ "name": "Ana Silva" });
        let asked = |pupil: Value| json!({ "id": request, "request": "PENDING", "asked": pupil });
        let offered = json!({ "id": transfer, "transfer": "PENDING", "offered": name });
        for (who, sees) in [
            (Some(custodian), json!([asked(name.clone()), offered])),
            (Some(colleague), json!([null, offered])),
            (Some(asker), json!([asked(Value::Null), null])),
            (Some(helper), json!([null, null])),
            (None, json!([null, null])),
        ] {
            let answer = app.execute(who.map(|who| who.token.as_str()), &query, json!({})).await;
            assert_eq!(answer["data"]["nodes"], sees, "{answer}");
            assert!(answer["errors"].is_null(), "{answer}");
        }
    }

    // M-16: who brings a pupil back takes nothing from the custodian who brought the pupil in.
    async fn a_custodian_who_brought_a_pupil_in_still_did_when_a_colleague_brings_them_back(app: TestApp) {
        for back in ["attached", "let in again"] {
            let space = app.space().await;
            let [admin, _] = &space.founders;
            let custodian = app.teacher("Tina Teacher", "PL").await;
            app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
            let row = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
            let made = invite(&app, &custodian, &space, row).await;
            let username = made[0]["username"].as_str().unwrap();
            let member = made[0]["memberId"].clone();
            let member = if back == "attached" {
                assert_eq!(app.tries(admin, "removeMember", json!({ "memberId": member })).await, "OK");
                let again = invite(&app, admin, &space, json!([{ "username": username }])).await;
                assert_eq!(again[0]["status"], "ATTACHED", "{again:?}");
                again[0]["memberId"].as_str().unwrap().to_owned()
            } else {
                let pupil = mine(&app, &custodian).await["nodes"][0]["id"].take();
                let out = json!({ "pupilId": pupil, "twinSpaceId": space.id.to_string() });
                assert_eq!(app.tries(&custodian, "takeOutPupil", out).await, "OK");
                brings(&app, admin, &custodian, &space, username).await
            };
            assert_eq!(takes(&app, admin, &member).await, "FORBIDDEN NOT_YOUR_PUPIL");
            leave(&app, &custodian, &space).await;
            let (_, state) = asks(&app, admin, &member).await;
            assert_eq!(state, "PENDING", "{back}");
            // It waits for the custodian as ever.
            let waiting = waits(&app, &custodian).await;
            assert_eq!(waiting[0], json!({ "kind": "CUSTODY_TRANSFER", "count": 1 }), "{waiting}");
        }
    }

    // A-05, M-11
    async fn look_ups_by_username_are_limited_and_logged(app: TestApp) {
        let space = app.space().await;
        let [teacher, _] = &space.founders;
        let row = |n: usize| format!("{{ username: \"ana.silva.{n}\" }}");
        let rows: Vec<_> = (1..=100).map(row).collect();
        let one = |n: usize| format!("v{n}: verifyPupils(input: {{ twinSpaceId: \"{}\", rows: [{}] }}) {{ rows {{ status }} }} ", space.id, rows.join(" "));
        let all: String = (1..=5).map(one).collect();
        let answer = app.execute(Some(&teacher.token), &format!("mutation {{ {all} }}"), json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!((&error["extensions"]["code"], &error["path"]), (&json!("RATE_LIMITED"), &json!(["v4"])), "{answer}");
        assert!(error["extensions"]["retryAfter"].as_u64().unwrap() > 60, "{answer}");
        let log = format!("{{ twinSpace(id: \"{}\") {{ auditLog(first: 10) {{ nodes {{ act }} }} }} }}", space.id);
        let log = app.sees(teacher, &log).await["twinSpace"]["auditLog"]["nodes"].take();
        let looked = log.as_array().unwrap().iter().filter(|line| line["act"] == "PUPILS_LOOKED_UP").count();
        assert_eq!(looked, 3, "{log}");
        // Nor by inviting.
        let rows: Vec<_> = (1..=100).map(|n| json!({ "username": format!("ana.silva.{n}") })).collect();
        let input = json!({ "twinSpaceId": space.id.to_string(), "consentGivenBy": "PUPIL", "rows": rows });
        assert_eq!(app.tries(teacher, "invitePupils", input).await, "RATE_LIMITED");
    }
}
