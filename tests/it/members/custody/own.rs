//! What custodians do for their own pupils, wherever these are (M-12 to M-19).

use std::sync::Arc;

use entity::{MemberId, TwinSpaceRole};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    inside::media::{add, encoded, picture, status},
    members::pupil::{invite, sign_in},
    server::wire::Wire,
    support::{TestApp, cast::Space, ear::Ear, on_both_databases},
};

use super::{ana, attach, hand_over, leave, mine, place, renames, takes, waits};

on_both_databases! {
    // M-11, M-14: the custodian removes the pupil, and only they can let the pupil in again.
    async fn the_custodian_takes_a_pupil_out_of_any_twinspace(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, _] = &home.founders;
        let member = ana(&app, custodian, &home).await;
        let there = attach(&app, &away.founders[0], custodian, &away).await;
        let pupil = mine(&app, custodian).await["nodes"][0]["id"].take();
        let out = json!({ "pupilId": pupil, "twinSpaceId": away.id.to_string() });
        assert_eq!(app.tries(&away.founders[0], "takeOutPupil", out.clone()).await, "NOT_FOUND");
        let left = app.does(custodian, "takeOutPupil", out.clone(), "pupil { memberships { memberId } }").await;
        assert_eq!(left["pupil"]["memberships"], json!([{ "memberId": member }]));
        assert_eq!(app.tries(custodian, "takeOutPupil", out).await, "CONFLICT NOT_A_MEMBER");
        assert_eq!(app.tries(&away.founders[0], "removeMember", json!({ "memberId": there })).await, "NOT_FOUND");
        // Withdrawing the consent has the same effect, whoever withdraws it.
        let withdrawn = json!({ "pupil": { "memberId": member }, "scope": "PARTICIPATION" });
        let done = app.does(&home.founders[1], "withdrawConsent", withdrawn, "member { id }").await;
        assert_eq!(done["member"], Value::Null);
        assert_eq!(mine(&app, custodian).await["nodes"][0]["memberships"], json!([]));
        let news = app.sees(custodian, "{ viewer { notifications { nodes { kind subject {
            ... on PupilNews { id act projectTitle actor { name } pupil { name } } } } } } }").await;
        let news = news["viewer"]["notifications"]["nodes"].as_array().unwrap().clone();
        let acts: Vec<_> = news.iter().map(|one| one["subject"]["act"].as_str().unwrap()).collect();
        assert!(acts.contains(&"CONSENT_WITHDRAWN") && acts.contains(&"MEMBER_REMOVED"), "{acts:?}");
        let ids: Vec<_> = news.iter().map(|one| one["subject"]["id"].clone()).collect();
        let read = app.does(custodian, "markPupilNewsRead", json!({ "pupilNewsIds": ids }), "readCount").await;
        assert_eq!(read["readCount"], 2);
        assert_eq!(waits(&app, custodian).await, json!([]));
        // The custodian teaches in the home TwinSpace, where a colleague withdrew it: immediately
        // back.
        let row = json!([{ "username": "ana.silva.1" }]);
        let back = invite(&app, &home.founders[1], &home, row.clone()).await;
        assert_eq!(back[0]["status"], "ATTACHED", "{back:?}");
        // What the custodian withdrew, only the custodian can give again.
        let out = json!({ "pupilId": pupil, "twinSpaceId": home.id.to_string() });
        assert_eq!(app.tries(custodian, "takeOutPupil", out).await, "OK");
        let back = invite(&app, &home.founders[1], &home, row).await;
        assert_eq!(back[0]["status"], "REQUESTED", "{back:?}");
    }

    // M-14: the consent of a removed pupil remains valid, and suffices for their return.
    async fn a_pupil_who_was_removed_is_attached_again(app: TestApp) {
        let space = app.space().await;
        let [custodian, colleague] = &space.founders;
        let member = ana(&app, custodian, &space).await;
        for teacher in [custodian, colleague] {
            let at = mine(&app, custodian).await["nodes"][0]["memberships"][0]["member"]["id"].take();
            assert!(at == json!(member) || teacher.id == colleague.id);
            assert_eq!(app.tries(colleague, "removeMember", json!({ "memberId": at })).await, "OK");
            let back = invite(&app, teacher, &space, json!([{ "username": "ana.silva.1" }])).await;
            assert_eq!(back[0]["status"], "ATTACHED", "{back:?}");
        }
        assert_eq!(mine(&app, custodian).await["nodes"][0]["consents"].as_array().unwrap().len(), 1);
    }

    // M-11, M-13: the name is the same everywhere.
    async fn whoever_attached_a_pupil_does_not_rename_them(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, colleague] = &home.founders;
        let at_home = ana(&app, custodian, &home).await;
        let attacker = &away.founders[0];
        let member = attach(&app, attacker, custodian, &away).await;
        assert_eq!(renames(&app, attacker, &member, "Rude").await, "FORBIDDEN NOT_YOUR_PUPIL");
        assert_eq!(renames(&app, custodian, &at_home, "Anna").await, "OK");
        // A teacher administrator may, where the custodian is or was a teacher.
        assert_eq!(renames(&app, colleague, &at_home, "Anne").await, "OK");
        leave(&app, custodian, &home).await;
        assert_eq!(renames(&app, colleague, &at_home, "Ann").await, "OK");
        // Each TwinSpace has its own consents.
        let consent = json!({ "pupils": { "memberIds": [member] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        assert_eq!(app.tries(attacker, "recordConsent", consent).await, "OK");
        app.seat(&away, custodian, TwinSpaceRole::Teacher).await;
        assert_eq!(renames(&app, attacker, &member, "Ana").await, "OK");
    }

    // M-14, P-17: a closed project does not affect children's rights.
    async fn in_a_closed_project_what_protects_people_works(app: TestApp) {
        let space = app.space().await;
        let [teacher, other] = &space.founders;
        let member = ana(&app, teacher, &space).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let consent = json!({ "pupils": { "memberIds": [member] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(teacher, "recordConsent", consent.clone(), "__typename").await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let mut media = Vec::new();
        for _ in 0..2 {
            let added = add(&wire, teacher, &space, "a.png", &png, std::slice::from_ref(&member)).await;
            media.push(added["data"]["addMedia"]["media"].clone());
        }
        let said = json!({ "twinSpaceId": space.id.to_string(), "text": "Ana lives at …" });
        let said = app.does(teacher, "sendChatMessage", said, "message { id }").await;
        let page = json!({ "twinSpaceId": space.id.to_string(), "title": "Ana", "visibility": "PUBLIC" });
        let page = app.does(teacher, "createPage", page, "page { id }").await["page"]["id"].take();
        let close = json!({ "projectId": space.project.to_string() });
        app.does(teacher, "closeProject", close, "__typename").await;

        let query = format!("{{ page(id: {page}) {{ title }} }}");
        assert_eq!(app.asks(None, &query).await, "OK");
        assert_eq!(app.tries(teacher, "archivePage", json!({ "pageId": page })).await, "OK");
        assert_eq!(app.asks(None, &query).await, "NOT_FOUND");
        let visitor = app.guest("Vera Visitor").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let query = format!("{{ node(id: {}) {{ id ... on Media {{ url hidden permissions {{
            edit {{ reason }} delete {{ allowed }} }} }} }} }}", media[0]["id"]);
        let seen = app.sees(&visitor, &query).await["node"].take();
        assert_eq!(status(&wire, &seen["url"]).await, 200);
        let withdrawn = json!({ "pupil": { "memberId": member }, "scope": "PICTURES" });
        assert_eq!(app.tries(teacher, "withdrawConsent", withdrawn).await, "OK");
        assert_eq!(app.sees(&visitor, &query).await["node"], Value::Null);
        assert_eq!(status(&wire, &seen["url"]).await, 404);
        let seen = app.sees(teacher, &query).await["node"].take();
        assert_eq!(seen["permissions"], json!({ "edit": { "reason": "PROJECT_NOT_ACTIVE" }, "delete": { "allowed": true } }));
        let edit = json!({ "mediaId": media[0]["id"], "title": "Wasps" });
        assert_eq!(app.tries(teacher, "editMedia", edit).await, "FORBIDDEN PROJECT_NOT_ACTIVE");
        assert_eq!(app.tries(teacher, "deleteMedia", json!({ "mediaId": media[0]["id"] })).await, "OK");
        let message = json!({ "messageId": said["message"]["id"] });
        assert_eq!(app.tries(teacher, "deleteChatMessage", message).await, "OK");
        assert_eq!(app.tries(teacher, "recordConsent", consent).await, "OK");
        assert_eq!(renames(&app, teacher, &member, "Anna").await, "OK");
        assert_eq!(app.tries(teacher, "resetPupilPassword", json!({ "pupil": { "memberId": member } })).await, "OK");
        assert_eq!(takes(&app, other, &member).await, "FORBIDDEN NOT_YOUR_PUPIL");
        let to = place(&app, other, &space).await;
        hand_over(&app, teacher, other, &member, &to).await;
        let erase = json!({ "pupil": { "memberId": member }, "acknowledge": true });
        assert_eq!(app.tries(other, "erasePupil", erase).await, "OK");
        let gone = json!({ "memberId": place(&app, &visitor, &space).await });
        assert_eq!(app.tries(teacher, "removeMember", gone).await, "OK");
    }

    // M-14, M-15, M-19: a custodian remains responsible whether or not the child is a member.
    async fn custodians_keep_their_pupils_when_these_are_removed(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, admin] = &home.founders;
        let member = ana(&app, custodian, &home).await;
        let there = attach(&app, &away.founders[0], custodian, &away).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let consent = json!({ "pupils": { "memberIds": [member] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(custodian, "recordConsent", consent, "__typename").await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let added = add(&wire, admin, &home, "a.png", &png, std::slice::from_ref(&member)).await;
        let link = added["data"]["addMedia"]["media"]["url"].clone();
        let place = |member: Value| json!({ "projectTitle": "Bees across borders", "role": "PUPIL", "member": member });

        let pupils = mine(&app, custodian).await;
        assert_eq!(pupils["totalCount"], 1);
        let pupil = &pupils["nodes"][0];
        assert_eq!(pupil["username"], "ana.silva.1");
        assert_eq!(pupil["lastAccess"], Value::Null);
        // The card is visible only to members, and the custodian is not one there.
        assert_eq!(pupil["memberships"], json!([place(json!({ "id": member })), place(Value::Null)]));
        assert_eq!(pupil["consents"].as_array().unwrap().len(), 3, "{pupil}");
        assert_eq!(mine(&app, admin).await["totalCount"], 0);

        assert_eq!(app.tries(admin, "removeMember", json!({ "memberId": member })).await, "OK");
        let pupil = mine(&app, custodian).await["nodes"][0].take();
        assert_eq!(pupil["memberships"], json!([place(Value::Null)]));
        // A consent is valid until it is withdrawn, and what was shown remains (M-19).
        assert_eq!(status(&wire, &link).await, 200);
        let listen = "subscription($id: ID!) { mediaChanged(twinSpaceId: $id) {
            ... on MediaEdited { media { hidden } } } }";
        let mut ear = Ear::of(&app, admin, listen, json!({ "id": home.id.to_string() })).await;
        let id = pupil["id"].as_str().unwrap();
        let withdraw = |space: &Space| json!({ "pupil": { "ownPupil": { "pupilId": id, "twinSpaceId": space.id.to_string() } }, "scope": "PICTURES" });
        for stranger in [admin, &away.founders[0]] {
            assert_eq!(app.tries(stranger, "withdrawConsent", withdraw(&home)).await, "NOT_FOUND");
            assert_eq!(app.tries(stranger, "resetPupilPassword", json!({ "pupil": { "pupilId": id } })).await, "NOT_FOUND");
            let erase = json!({ "pupil": { "pupilId": id }, "acknowledge": true });
            assert_eq!(app.tries(stranger, "erasePupil", erase).await, "NOT_FOUND");
        }
        assert_eq!(app.tries(None, "erasePupil", json!({ "pupil": { "pupilId": id }, "acknowledge": true })).await, "UNAUTHENTICATED");
        for wrong in [
            json!({ "scope": "PICTURES" }),
            json!({ "pupil": { "ownPupil": { "pupilId": id, "twinSpaceId": home.id.to_string() }, "memberId": there }, "scope": "PICTURES" }),
            json!({ "pupil": {}, "scope": "PICTURES" }),
            json!({ "pupil": { "ownPupil": { "pupilId": id } }, "scope": "PICTURES" }),
        ] {
            let ended = app.tries(custodian, "withdrawConsent", wrong).await;
            assert_eq!(ended, "GRAPHQL_VALIDATION_FAILED");
        }
        let nowhere = entity::TwinSpaceId::from(entity::ProjectId::new()).to_string();
        let nowhere = json!({ "pupil": { "ownPupil": { "pupilId": id, "twinSpaceId": nowhere } }, "scope": "PICTURES" });
        assert_eq!(app.tries(custodian, "withdrawConsent", nowhere).await, "CONFLICT ALREADY_DONE");
        assert_eq!(app.tries(custodian, "withdrawConsent", withdraw(&away)).await, "CONFLICT ALREADY_DONE");
        let done = app.does(custodian, "withdrawConsent", withdraw(&home), "member { id } pupil { consents { scope withdrawnAt } }").await;
        assert_eq!(done["member"], Value::Null);
        let consents = done["pupil"]["consents"].as_array().unwrap();
        assert!(consents.iter().any(|given| given["scope"] == "PICTURES" && given["withdrawnAt"].is_string()));
        assert_eq!(app.tries(custodian, "withdrawConsent", withdraw(&home)).await, "CONFLICT ALREADY_DONE");
        let heard = ear.hears().await;
        assert_eq!(heard["media"]["hidden"], true, "{heard}");
        let acts = app.acts(admin, &home.project.to_string()).await;
        assert_eq!(acts.last().unwrap(), "CONSENT_WITHDRAWN");

        let reset = app.does(custodian, "resetPupilPassword", json!({ "pupil": { "pupilId": id } }),
            "password member { id } pupil { name } credentialSheet").await;
        assert_eq!((&reset["member"], &reset["pupil"]["name"]), (&Value::Null, &json!("Ana Silva")));
        let password = reset["password"].as_str().unwrap();
        assert!(sign_in(&app, "ana.silva.1", password).await["errors"].is_null());
        // Even if the pupil is in no TwinSpace, the custodian can still erase the account.
        assert_eq!(app.tries(&away.founders[0], "removeMember", json!({ "memberId": there })).await, "OK");
        let pupil = mine(&app, custodian).await["nodes"][0].take();
        assert_eq!(pupil["memberships"], json!([]));
        let erase = json!({ "pupil": { "pupilId": id }, "acknowledge": true });
        let erased = app.does(custodian, "erasePupil", erase.clone(), "memberId pupilId").await;
        assert_eq!(erased, json!({ "memberId": null, "pupilId": id }));
        assert_eq!(mine(&app, custodian).await["totalCount"], 0);
        assert_eq!(app.tries(custodian, "erasePupil", erase).await, "NOT_FOUND");
        assert!(sign_in(&app, "ana.silva.1", password).await["errors"].is_array());
    }

    // M-14: an erased pupil is hidden even where they are no longer a member.
    async fn pictures_of_an_erased_pupil_are_hidden_wherever_they_were(app: TestApp) {
        let space = app.space().await;
        let [custodian, admin] = &space.founders;
        let member = ana(&app, custodian, &space).await;
        let visitor = app.guest("Vera Visitor").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let consent = json!({ "pupils": { "memberIds": [member] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(custodian, "recordConsent", consent, "__typename").await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let added = add(&wire, admin, &space, "a.png", &png, std::slice::from_ref(&member)).await;
        let id = added["data"]["addMedia"]["media"]["id"].clone();
        assert_eq!(app.tries(admin, "removeMember", json!({ "memberId": member })).await, "OK");
        let query = format!("{{ node(id: {id}) {{ id }} }}");
        assert_eq!(app.sees(&visitor, &query).await["node"]["id"], id);
        let pupil = mine(&app, custodian).await["nodes"][0]["id"].take();
        let erase = json!({ "pupil": { "pupilId": pupil }, "acknowledge": true });
        assert_eq!(app.tries(custodian, "erasePupil", erase).await, "OK");
        assert_eq!(app.sees(&visitor, &query).await["node"], Value::Null);
    }

    async fn a_custodian_pages_through_their_pupils_by_name(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let names = ["Émile", "Ana", "Zoë", "Dora", "Ben"];
        let rows: Vec<_> = names.iter().map(|name| json!({ "givenName": name, "familyName": "X" })).collect();
        invite(&app, teacher, &space, json!(rows)).await;
        let (mut after, mut read) = (Value::Null, Vec::new());
        loop {
            let query = "query($after: String) { viewer { pupils(first: 2, after: $after) {
                nodes { name consents { projectTitle } memberships { projectTitle } } pageInfo { hasNextPage endCursor } } } }";
            let input = json!({ "after": after });
            let (mut answer, statements) = app.statements(app.execute(Some(&teacher.token), query, input)).await;
            assert!(statements < 10, "{statements}");
            let page = answer["data"]["viewer"]["pupils"].take();
            read.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(read, ["Ana X", "Ben X", "Dora X", "Émile X", "Zoë X"]);
    }

    // M-14
    async fn a_consent_is_recorded_for_a_class_at_once(app: TestApp) {
        let space = app.space().await;
        let [teacher, other] = &space.founders;
        let rows: Vec<_> = (0..5).map(|_| json!({ "givenName": "Ana", "familyName": "Silva" })).collect();
        let made = invite(&app, teacher, &space, json!(rows)).await;
        let ids: Vec<_> = made.iter().map(|row| row["memberId"].clone()).collect();
        let record = |ids: &[Value]| json!({ "pupils": { "memberIds": ids }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        let visitor = app.guest("Vera Visitor").await;
        let adult = app.seat(&space, &visitor, TwinSpaceRole::Visitor).await.to_string();

        let with_adult = [&ids[..], &[json!(adult)]].concat();
        assert_eq!(app.tries(teacher, "recordConsent", record(&with_adult)).await, "FORBIDDEN NOT_YOUR_PUPIL");
        assert_eq!(app.tries(&visitor, "recordConsent", record(&ids)).await, "NOT_FOUND");
        assert_eq!(app.tries(None, "recordConsent", record(&[])).await, "UNAUTHENTICATED");
        assert_eq!(app.tries(teacher, "recordConsent", record(&[])).await, "BAD_USER_INPUT pupils.memberIds");
        let many: Vec<_> = (0..101).map(|_| ids[0].clone()).collect();
        assert_eq!(app.tries(teacher, "recordConsent", record(&many)).await, "BAD_USER_INPUT pupils.memberIds");
        let mut both = record(&ids);
        both["pupils"]["ownPupil"] = json!({ "pupilId": ids[0], "twinSpaceId": space.id.to_string() });
        assert_eq!(app.tries(teacher, "recordConsent", both).await, "GRAPHQL_VALIDATION_FAILED");

        let list = |which: bool| format!("{{ twinSpace(id: \"{}\") {{ members(filter: {{ mayBePictured: {which} }}) {{
            totalCount nodes {{ mayBePictured }} }} }} }}", space.id);
        let count = async |which: bool| app.sees(other, &list(which)).await["twinSpace"]["members"]["totalCount"].clone();
        assert_eq!((count(true).await, count(false).await), (json!(0), json!(5)));
        assert_eq!(app.asks(&visitor, &list(true)).await, "FORBIDDEN ROLE_TOO_LOW");
        let single = json!({ "pupils": { "memberIds": [ids[0]] }, "scope": "PICTURES", "givenBy": "PUPIL" });
        let done = app.does(teacher, "recordConsent", single.clone(), "member { id mayBePictured } members { id }").await;
        assert_eq!(done["member"], json!({ "id": ids[0], "mayBePictured": true }));
        assert_eq!(app.tries(teacher, "recordConsent", single).await, "CONFLICT ALREADY_DONE");
        let ((), statements) = app.statements(async {
            let done = app.does(teacher, "recordConsent", record(&ids), "member { id } members { mayBePictured }").await;
            assert_eq!(done["members"], json!(vec![json!({ "mayBePictured": true }); 5]));
            assert_eq!(done["member"], Value::Null);
        }).await;
        assert!(statements < 30, "{statements}");
        assert_eq!((count(true).await, count(false).await), (json!(5), json!(0)));
        // Repeating it changes nothing.
        assert_eq!(app.tries(teacher, "recordConsent", record(&ids)).await, "OK");
        let acts = app.acts(teacher, &space.project.to_string()).await;
        assert_eq!(acts.iter().filter(|act| *act == "CONSENT_RECORDED").count(), 10);
        let query = format!("{{ node(id: \"{adult}\") {{ ... on Member {{ mayBePictured }} }} }}");
        assert_eq!(app.sees(teacher, &query).await["node"]["mayBePictured"], Value::Null);
    }

    // M-14
    async fn who_is_on_a_picture_is_corrected_and_hides_it_without_consent(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let pupil = app.pupil("Paul Pupil", teacher).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let member = ana(&app, teacher, &space).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let added = add(&wire, &pupil, &space, "a.png", &png, &[]).await;
        let id = added["data"]["addMedia"]["media"]["id"].clone();
        let edit = |shown: Value| json!({ "mediaId": id, "picturedIds": shown });
        let adult = place(&app, teacher, &space).await;
        assert_eq!(app.tries(&pupil, "editMedia", edit(json!([adult]))).await, "BAD_USER_INPUT picturedIds.0");
        assert_eq!(app.tries(&pupil, "editMedia", edit(json!(vec![&member; 101]))).await, "BAD_USER_INPUT picturedIds");
        let fields = "media { title hidden pictured { id } }";
        // Nobody consented: it is hidden from now on, even from the person who added it.
        let done = app.does(&pupil, "editMedia", edit(json!([member])), fields).await;
        assert_eq!(done["media"], Value::Null);
        let seen = format!("{{ node(id: {id}) {{ ... on Media {{ hidden title pictured {{ id }} }} }} }}");
        assert_eq!(app.sees(&pupil, &seen).await["node"], Value::Null);
        let shown = json!({ "hidden": true, "title": "Our bees", "pictured": [{ "id": member }] });
        assert_eq!(app.sees(teacher, &seen).await["node"], shown);
        let consent = json!({ "pupils": { "memberIds": [member] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(teacher, "recordConsent", consent, "__typename").await;
        assert_eq!(app.sees(&pupil, &seen).await["node"]["hidden"], false);
        // Former members remain tagged.
        assert_eq!(app.tries(teacher, "removeMember", json!({ "memberId": member })).await, "OK");
        let done = app.does(&pupil, "editMedia", edit(json!([])), fields).await;
        assert_eq!(done["media"]["pictured"], json!([]));
        let own = mine(&app, teacher).await["nodes"].take();
        let own = own.as_array().unwrap().iter().find(|own| own["username"] == "ana.silva.1").unwrap()["id"].clone();
        let withdraw = json!({ "pupil": { "ownPupil": { "pupilId": own, "twinSpaceId": space.id.to_string() } }, "scope": "PICTURES" });
        assert_eq!(app.tries(teacher, "withdrawConsent", withdraw).await, "OK");
        assert_eq!(app.sees(&pupil, &seen).await["node"], Value::Null);
    }

    // A-08, M-02, M-20
    async fn what_members_say_of_themselves_stands_on_their_cards(app: TestApp) {
        let space = app.space().await;
        let pupil = app.pupil("Paul Pupil", &space.founders[0]).await;
        let at = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let guest = app.guest("Vera Visitor").await;
        let guest_at = app.seat(&space, &guest, TwinSpaceRole::Visitor).await;
        let listen = "subscription($id: ID!) { membersChanged(twinSpaceId: $id) {
            ... on MemberChanged { member { profile } } } }";
        let mut ear = Ear::of(&app, &space.founders[1], listen, json!({ "id": space.id.to_string() })).await;
        let card = |id: &MemberId| format!("{{ node(id: \"{id}\") {{ ... on Member {{ profile }} }} }}");
        assert_eq!(app.sees(&guest, &card(&guest_at)).await["node"]["profile"], "");
        for (who, says) in [(&pupil, "I like bees."), (&guest, "I keep bees.")] {
            assert_eq!(app.tries(who, "editProfile", json!({ "profile": says })).await, "OK");
        }
        let heard = ear.hears().await;
        assert_eq!(heard["member"]["profile"], "I like bees.", "{heard}");
        assert_eq!(app.sees(&space.founders[1], &card(&at)).await["node"]["profile"], "I like bees.");
        assert_eq!(app.sees(&pupil, &card(&guest_at)).await["node"]["profile"], "I keep bees.");
        assert_eq!(app.sees(&guest, &card(&at)).await["node"], Value::Null);
    }
}
