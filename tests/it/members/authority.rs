//! Who counts as an adult who can act, and what custodians and pupils' accounts may do whatever
//! their role (M-11, M-12, M-16, M-20, P-14).

use domain::care::block;
use entity::{MemberId, TwinSpaceRole};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

/// A pupil in the first founder's custody, with this role.
async fn pupil(app: &TestApp, space: &Space, role: TwinSpaceRole) -> (Person, MemberId) {
    let pupil = app.pupil("Raisa Raised", &space.founders[0]).await;
    let place = app.seat(space, &pupil, role).await;
    (pupil, place)
}

async fn leaves(app: &TestApp, who: &Person, space: &Space) -> String {
    app.tries(who, "leaveTwinSpace", json!({ "twinSpaceId": space.id.to_string() })).await
}

async fn changes(app: &TestApp, who: &Person, member: &MemberId, role: &str) -> String {
    let input = json!({ "memberId": member.to_string(), "role": role, "acknowledgePupil": true });
    app.tries(who, "changeMemberRole", input).await
}

/// What `permissions` say of a member.
async fn foretold(app: &TestApp, who: &Person, member: &MemberId, act: &str) -> Value {
    let query = format!(
        "{{ node(id: \"{member}\") {{ ... on Member {{ permissions {{ {act} {{ reason }} }} }} }} }}"
    );
    app.sees(who, &query).await["node"]["permissions"][act]["reason"].take()
}

on_both_databases! {
    // P-14, M-11
    async fn a_raised_pupil_is_no_administrator_who_remains_and_is_taken_out_at_any_time(app: TestApp) {
        for act in ["takeOutPupil", "erasePupil", "removeMember"] {
            let space = app.space().await;
            let [custodian, other] = &space.founders;
            let (pupil, place) = pupil(&app, &space, TwinSpaceRole::TeacherAdmin).await;
            assert_eq!(leaves(&app, other, &space).await, "OK");
            assert_eq!(leaves(&app, custodian, &space).await, "FORBIDDEN LAST_TEACHER_ADMIN");
            let own = app.access(custodian, space.project).await.member.unwrap().0;
            assert_eq!(foretold(&app, custodian, &own, "leave").await, "LAST_TEACHER_ADMIN");
            assert_eq!(foretold(&app, custodian, &place, "remove").await, Value::Null);
            let (id, space_id) = (pupil.id.to_string(), space.id.to_string());
            let input = match act {
                "takeOutPupil" => json!({ "pupilId": id, "twinSpaceId": space_id }),
                "erasePupil" => json!({ "pupil": { "pupilId": id }, "acknowledge": true }),
                _ => json!({ "memberId": place.to_string() }),
            };
            assert_eq!(app.tries(custodian, act, input).await, "OK", "{act}");
        }
    }

    // P-14
    async fn who_is_blocked_is_no_administrator_who_remains(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        let tx = app.db.begin().await.unwrap();
        block::block(&tx, &other.email, None, domain::clock::now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(leaves(&app, one, &space).await, "FORBIDDEN LAST_TEACHER_ADMIN");
        let erased = domain::accounts::erasure::erase_of(&app.db, &one.email, domain::clock::now()).await;
        assert!(erased.is_err(), "{erased:?}");
    }

    // M-16
    async fn a_takeover_ends_when_the_custodian_teaches_again(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let custodian = app.teacher("Tina Custodian", "IT").await;
        let place = app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "consentGivenBy": "GUARDIAN",
            "rows": [{ "givenName": "Ana", "familyName": "Silva" }] });
        let made = app.does(&custodian, "invitePupils", input, "rows { memberId }").await;
        let ask = json!({ "memberId": made["rows"][0]["memberId"] });
        assert_eq!(changes(&app, founder, &place, "VISITOR").await, "OK");
        let asked = app.does(founder, "requestCustody", ask, "custodyTransfer { id state }").await;
        assert_eq!(asked["custodyTransfer"]["state"], "PENDING");
        assert_eq!(changes(&app, founder, &place, "TEACHER").await, "OK");
        assert_eq!(changes(&app, founder, &place, "VISITOR").await, "OK");
        let id = asked["custodyTransfer"]["id"].as_str().unwrap();
        let query = format!("{{ node(id: \"{id}\") {{ ... on CustodyTransfer {{ state }} }} }}");
        assert_eq!(app.sees(founder, &query).await["node"]["state"], "ENDED");
    }

    // M-12, M-14
    async fn a_raised_pupil_answers_for_nobody(app: TestApp) {
        let space = app.space().await;
        let (raised, own) = pupil(&app, &space, TwinSpaceRole::TeacherAdmin).await;
        let classmate = app.pupil("Clara Classmate", &space.founders[0]).await;
        let place = app.seat(&space, &classmate, TwinSpaceRole::Pupil).await.to_string();
        let consent = json!({ "pupils": { "memberIds": [place] }, "scope": "PICTURES", "givenBy": "PUPIL" });
        assert_eq!(app.tries(&raised, "recordConsent", consent).await, "FORBIDDEN PUPILS_ACCOUNT");
        for member in [place, own.to_string()] {
            let name = json!({ "memberId": member, "givenName": "Bad", "familyName": "Word" });
            assert_eq!(app.tries(&raised, "editPupil", name).await, "FORBIDDEN PUPILS_ACCOUNT");
        }
        assert_eq!(foretold(&app, &raised, &own, "rename").await, "PUPILS_ACCOUNT");
        // Nor does one leave alone, by whatever name.
        assert_eq!(leaves(&app, &raised, &space).await, "FORBIDDEN ROLE_TOO_LOW");
        let myself = json!({ "memberId": own.to_string() });
        assert_eq!(app.tries(&raised, "removeMember", myself).await, "FORBIDDEN ROLE_TOO_LOW");
    }

    // M-20, T-04
    async fn a_chat_that_is_closed_to_pupils_is_closed_to_raised_ones(app: TestApp) {
        let space = app.space().await;
        let (raised, _) = pupil(&app, &space, TwinSpaceRole::Teacher).await;
        let say = json!({ "twinSpaceId": space.id.to_string(), "text": "Hello" });
        assert_eq!(app.tries(&raised, "sendChatMessage", say.clone()).await, "OK");
        let close = json!({ "twinSpaceId": space.id.to_string(), "chatOpenToPupils": false });
        assert_eq!(app.tries(&space.founders[0], "editTwinSpaceSettings", close).await, "OK");
        assert_eq!(app.tries(&raised, "sendChatMessage", say).await, "FORBIDDEN CHAT_CLOSED");
    }

    // P-14
    async fn an_adult_leaves_whatever_the_role(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let place = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        assert_eq!(changes(&app, &space.founders[0], &place, "PUPIL").await, "OK");
        assert_eq!(foretold(&app, &teacher, &place, "leave").await, Value::Null);
        assert_eq!(leaves(&app, &teacher, &space).await, "OK");
    }

    //
    async fn nobody_is_told_that_a_request_can_be_accepted_in_a_closed_project(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let custodian = &home.founders[0];
        let (pupil, _) = pupil(&app, &home, TwinSpaceRole::Pupil).await;
        let query = "{ viewer { pupils { nodes { username } } } }";
        let mine = app.sees(custodian, query).await;
        let username = &mine["viewer"]["pupils"]["nodes"][0]["username"];
        let input = json!({ "twinSpaceId": away.id.to_string(), "consentGivenBy": "GUARDIAN",
            "rows": [{ "username": username }] });
        let asked = app.does(&away.founders[0], "invitePupils", input, "rows { status }").await;
        assert_eq!(asked["rows"][0]["status"], "REQUESTED", "{}", pupil.id);
        let close = json!({ "projectId": away.project.to_string() });
        assert_eq!(app.tries(&away.founders[0], "closeProject", close).await, "OK");
        let query = "{ viewer { pupilRequests { nodes { id permissions { accept { reason } decline { allowed } } } } } }";
        let request = app.sees(custodian, query).await["viewer"]["pupilRequests"]["nodes"][0].take();
        assert_eq!(request["permissions"]["accept"]["reason"], "PROJECT_NOT_ACTIVE");
        assert_eq!(request["permissions"]["decline"]["allowed"], true);
        let accept = json!({ "pupilRequestId": request["id"], "consentGivenBy": "GUARDIAN" });
        assert_eq!(app.tries(custodian, "acceptPupilRequest", accept).await, "FORBIDDEN PROJECT_NOT_ACTIVE");
    }

    // M-11, M-13
    async fn a_custodian_removes_the_pupil_whatever_the_role(app: TestApp) {
        for role in [TwinSpaceRole::TeacherAdmin, TwinSpaceRole::Teacher, TwinSpaceRole::Visitor] {
            let space = app.space().await;
            let [custodian, colleague] = [app.teacher("Tina", "IT").await, app.teacher("Ugo", "IT").await];
            for teacher in [&custodian, &colleague] {
                app.seat(&space, teacher, TwinSpaceRole::Teacher).await;
            }
            let pupil = app.pupil("Raisa Raised", &custodian).await;
            let place = app.seat(&space, &pupil, role).await;
            // M-13: whom others raised, others lower.
            assert_eq!(changes(&app, &custodian, &place, "PUPIL").await, "FORBIDDEN ROLE_TOO_LOW");
            let remove = json!({ "memberId": place.to_string() });
            assert_eq!(app.tries(&colleague, "removeMember", remove.clone()).await, "FORBIDDEN NOT_YOUR_PUPIL");
            assert_eq!(foretold(&app, &custodian, &place, "remove").await, Value::Null);
            assert_eq!(app.tries(&custodian, "removeMember", remove).await, "OK", "{role:?}");
        }
    }

    // M-12, M-20
    async fn a_raised_pupil_reads_no_usernames_and_no_consents(app: TestApp) {
        let space = app.space().await;
        let (raised, _) = pupil(&app, &space, TwinSpaceRole::TeacherAdmin).await;
        let classmate = app.pupil("Clara Classmate", &space.founders[0]).await;
        let place = app.seat(&space, &classmate, TwinSpaceRole::Pupil).await;
        let before = app.sees(&space.founders[0], &format!("{{ node(id: \"{place}\") {{ ... on Member {{ username }} }} }}")).await;
        let username = before["node"]["username"].as_str().unwrap();
        for field in ["username", "custodian { name }", "consents { scope }"] {
            let query = format!("{{ node(id: \"{place}\") {{ ... on Member {{ name {field} }} }} }}");
            let read = app.execute(Some(&raised.token), &query, json!({})).await;
            assert_eq!(read["errors"][0]["extensions"]["reason"], "PUPILS_ACCOUNT", "{read}");
            assert_eq!(read["data"]["node"]["name"], "Clara Classmate");
        }
        let query = format!(
            "{{ twinSpace(id: \"{}\") {{ members(filter: {{ search: \"{username}\" }}) {{ totalCount }} }} }}",
            space.id
        );
        assert_eq!(app.sees(&raised, &query).await["twinSpace"]["members"]["totalCount"], 0);
        //
        for act in ["invitePupils", "exportPupils", "editDetails", "resetPassword", "transferCustody"] {
            let query = format!(
                "{{ twinSpace(id: \"{}\") {{ permissions {{ {act} {{ reason }} }} }} }}",
                space.id
            );
            let said = app.sees(&raised, &query).await;
            assert_eq!(said["twinSpace"]["permissions"][act]["reason"], "PUPILS_ACCOUNT", "{act}");
        }
    }

    //
    async fn who_answers_for_a_pupil_is_told_that_the_account_is_blocked(app: TestApp) {
        let [home, away] = [app.space().await, app.space().await];
        let custodian = &home.founders[0];
        let (pupil, _) = pupil(&app, &home, TwinSpaceRole::Pupil).await;
        app.seat(&away, &pupil, TwinSpaceRole::Pupil).await;
        let username = app.sees(custodian, "{ viewer { pupils { nodes { username } } } }").await;
        let username = username["viewer"]["pupils"]["nodes"][0]["username"].as_str().unwrap().to_owned();
        for (act, blocks) in [("ACCOUNT_BLOCKED", true), ("ACCOUNT_UNBLOCKED", false)] {
            // Twice changes nothing.
            for _ in 0..2 {
                let tx = app.db.begin().await.unwrap();
                let now = domain::clock::now();
                match blocks {
                    true => block::block(&tx, &username, None, now).await.unwrap(),
                    false => block::unblock(&tx, &username, now).await.unwrap(),
                };
                tx.commit().await.unwrap();
            }
            for space in [&home, &away] {
                let acts = app.acts(&space.founders[0], &space.project.to_string()).await;
                assert_eq!(acts.iter().filter(|done| *done == act).count(), 1, "{acts:?}");
            }
            let query = "{ viewer { notifications { nodes { subject { ... on PupilNews { act actor { name } } } } } } }";
            let told = app.sees(custodian, query).await["viewer"]["notifications"]["nodes"].take();
            let news = told.as_array().unwrap().iter().filter(|news| news["subject"]["act"] == act);
            assert_eq!(news.count(), 1, "{told}");
        }
    }

    //
    async fn taking_a_pupil_out_does_not_tell_what_exists(app: TestApp) {
        let space = app.space().await;
        let custodian = &space.founders[0];
        let (pupil, _) = pupil(&app, &space, TwinSpaceRole::Pupil).await;
        let stranger = app.space().await;
        let absent = entity::TwinSpaceId::from(entity::ProjectId::new());
        for somewhere in [stranger.id, absent] {
            let input = json!({ "pupilId": pupil.id.to_string(), "twinSpaceId": somewhere.to_string() });
            assert_eq!(app.tries(custodian, "takeOutPupil", input).await, "CONFLICT NOT_A_MEMBER");
        }
    }
}
