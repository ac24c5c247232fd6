//! Who can see a page, and who can edit it.

use entity::TwinSpaceRole;
use serde_json::{Value, json};

use super::{make, member, read, titles};
use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

async fn share(app: &TestApp, by: &Person, id: &str, more: Value) -> String {
    let mut input = json!({ "pageId": id, "visibility": "MEMBERS", "memberIds": [], "roles": [] });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.tries(by, "sharePage", input).await
}

async fn edits(app: &TestApp, who: &Person, id: &str) -> String {
    let page =
        format!("{{ page(id: {id:?}) {{ version permissions {{ edit {{ allowed reason }} }} }} }}");
    let told = app.execute(Some(&who.token), &page, json!({})).await;
    let version = told["data"]["page"]["version"].as_i64().unwrap_or(1);
    let text = format!("by {} on {version}", who.id);
    let input = json!({ "pageId": id, "expectedVersion": version, "text": text });
    let ended = app.tries(who, "editPage", input).await;
    // `permissions` predicts each refusal.
    let told = &told["data"]["page"]["permissions"]["edit"];
    match ended.strip_prefix("FORBIDDEN ") {
        Some(reason) => assert_eq!(told["reason"], reason),
        None => assert_eq!(told["allowed"] == true, ended == "OK"),
    }
    ended
}

async fn everyone(app: &TestApp, space: &Space) -> [(Person, String); 5] {
    use TwinSpaceRole::{Pupil, PupilAdmin, Teacher, Visitor};
    [
        member(app, space, "Tina", Teacher).await,
        member(app, space, "Paula", PupilAdmin).await,
        member(app, space, "Paul", Pupil).await,
        member(app, space, "Pia", Pupil).await,
        member(app, space, "Vera", Visitor).await,
    ]
}

on_both_databases! {
    async fn what_is_omitted_when_a_page_is_shared_stays_as_it_is(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let [(teacher, place), (admin, _), (paul, _), ..] = everyone(&app, &space).await;
        let id = make(&app, founder, &space, "Bees", "MEMBERS").await;
        let shares = async |more: Value| {
            let mut input = json!({ "pageId": id });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            app.tries(founder, "sharePage", input).await
        };
        assert_eq!(shares(json!({ "memberIds": [place], "roles": ["PUPIL"] })).await, "OK");
        assert_eq!(shares(json!({ "visibility": "PUBLIC" })).await, "OK");
        assert_eq!(shares(json!({})).await, "OK");
        for person in [&teacher, &paul] {
            assert_eq!(edits(&app, person, &id).await, "OK");
        }
        assert_eq!(shares(json!({ "roles": ["PUPIL_ADMIN"] })).await, "OK");
        for (person, outcome) in [(&teacher, "OK"), (&admin, "OK"), (&paul, "FORBIDDEN NOT_GIVEN")] {
            assert_eq!(edits(&app, person, &id).await, outcome);
        }
        assert_eq!(shares(json!({ "memberIds": [] })).await, "OK");
        for (person, outcome) in [(&teacher, "FORBIDDEN NOT_GIVEN"), (&admin, "OK")] {
            assert_eq!(edits(&app, person, &id).await, outcome);
        }
        let query = format!("{{ page(id: {id:?}) {{ visibility }} }}");
        assert_eq!(app.sees(founder, &query).await["page"]["visibility"], "PUBLIC");
    }

    // T-02
    async fn pupils_edit_only_what_was_given_to_them(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let [(teacher, _), (admin, _), (paul, paul_place), (pia, _), (visitor, visitor_place)] =
            everyone(&app, &space).await;
        let id = make(&app, founder, &space, "Bees", "MEMBERS").await;
        for person in [&teacher, &admin, &paul, &pia] {
            assert_eq!(edits(&app, person, &id).await, "FORBIDDEN NOT_GIVEN");
        }
        assert_eq!(edits(&app, &visitor, &id).await, "FORBIDDEN ROLE_TOO_LOW");

        assert_eq!(share(&app, founder, &id, json!({ "memberIds": [paul_place, visitor_place] })).await, "OK");
        assert_eq!(edits(&app, &paul, &id).await, "OK");
        assert_eq!(edits(&app, &pia, &id).await, "FORBIDDEN NOT_GIVEN");
        // T-08: visitors have read-only access, whatever they were given.
        assert_eq!(edits(&app, &visitor, &id).await, "FORBIDDEN ROLE_TOO_LOW");
        let given = read(&app, founder, &id, "givenTo { roles members { name } }").await;
        let mut names: Vec<_> = given["givenTo"]["members"].as_array().unwrap().iter().map(|m| m["name"].clone()).collect();
        names.sort_by_key(Value::to_string);
        assert_eq!(names, ["Paul", "Vera"]);
        let ask = format!("{{ page(id: {id:?}) {{ givenTo {{ roles }} }} }}");
        assert_eq!(app.asks(&paul, &ask).await, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(app.asks(&teacher, &ask).await, "FORBIDDEN NOT_YOURS");

        // New settings replace previous ones.
        assert_eq!(share(&app, founder, &id, json!({ "roles": ["PUPIL", "PUPIL"] })).await, "OK");
        assert_eq!(edits(&app, &pia, &id).await, "OK");
        assert_eq!(edits(&app, &admin, &id).await, "FORBIDDEN NOT_GIVEN");
        assert_eq!(share(&app, founder, &id, json!({})).await, "OK");
        assert_eq!(edits(&app, &paul, &id).await, "FORBIDDEN NOT_GIVEN");
        let looks = share(&app, founder, &id, json!({ "roles": ["VISITOR"] })).await;
        assert_eq!(looks, "BAD_USER_INPUT roles");
        assert_eq!(share(&app, &paul, &id, json!({})).await, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(share(&app, &teacher, &id, json!({})).await, "FORBIDDEN NOT_YOURS");
    }

    // T-02
    async fn pupil_administrators_make_drafts_of_their_own_and_publish_none(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let [(teacher, _), (admin, _), (paul, _), (pia, _), (visitor, _)] = everyone(&app, &space).await;
        for visibility in ["PUBLIC", "MEMBERS"] {
            let input = json!({ "twinSpaceId": space.id.to_string(), "title": "x", "visibility": visibility });
            assert_eq!(app.tries(&admin, "createPage", input.clone()).await, "FORBIDDEN ROLE_TOO_LOW");
            assert_eq!(app.tries(&teacher, "createPage", input).await, "OK");
        }
        let id = make(&app, &admin, &space, "Draft", "DRAFT").await;
        assert_eq!(edits(&app, &admin, &id).await, "OK");
        assert_eq!(share(&app, &admin, &id, json!({})).await, "FORBIDDEN ROLE_TOO_LOW");
        let archive = app.tries(&admin, "archivePage", json!({ "pageId": id })).await;
        assert_eq!(archive, "FORBIDDEN ROLE_TOO_LOW");
        // for everyone but teacher administrators, the page does not exist.
        for person in [&teacher, &paul, &pia, &visitor] {
            assert_eq!(edits(&app, person, &id).await, "NOT_FOUND");
            assert!(!titles(&app, person, &space, "").await.contains(&"Draft".to_owned()));
        }
        assert!(titles(&app, founder, &space, "").await.contains(&"Draft".to_owned()));
        assert!(titles(&app, &admin, &space, "").await.contains(&"Draft".to_owned()));
        assert_eq!(share(&app, founder, &id, json!({ "visibility": "PUBLIC" })).await, "OK");
        // It is still theirs.
        assert_eq!(edits(&app, &admin, &id).await, "OK");
    }

    async fn a_draft_is_seen_by_those_to_whom_it_was_given(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let [(teacher, _), (admin, admin_place), (paul, _), (_, _), (visitor, visitor_place)] =
            everyone(&app, &space).await;
        let id = make(&app, founder, &space, "Draft", "DRAFT").await;
        let given = json!({ "visibility": "DRAFT", "memberIds": [admin_place, visitor_place], "roles": ["PUPIL"] });
        assert_eq!(share(&app, founder, &id, given).await, "OK");
        for person in [&admin, &paul] {
            assert_eq!(titles(&app, person, &space, "").await, ["Draft"]);
            assert_eq!(edits(&app, person, &id).await, "OK");
        }
        for person in [&teacher, &visitor] {
            assert_eq!(titles(&app, person, &space, "").await, [] as [&str; 0]);
            assert_eq!(edits(&app, person, &id).await, "NOT_FOUND");
        }
    }

    async fn what_was_given_ends_with_the_membership(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let (pupil, place) = member(&app, &space, "Pia", TwinSpaceRole::Pupil).await;
        let id = make(&app, founder, &space, "Bees", "MEMBERS").await;
        assert_eq!(share(&app, founder, &id, json!({ "memberIds": [place] })).await, "OK");
        app.does(founder, "removeMember", json!({ "memberId": place }), "__typename").await;
        let given = read(&app, founder, &id, "givenTo { members { id } }").await;
        assert_eq!(given["givenTo"]["members"], json!([]));
        assert_eq!(share(&app, founder, &id, json!({ "memberIds": [place] })).await, "NOT_FOUND");
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        assert_eq!(edits(&app, &pupil, &id).await, "FORBIDDEN NOT_GIVEN");
        // Nor can a page be shared with a member of another TwinSpace.
        let other = app.space().await;
        let (_, elsewhere) = member(&app, &other, "Olga", TwinSpaceRole::Pupil).await;
        assert_eq!(share(&app, founder, &id, json!({ "memberIds": [elsewhere] })).await, "NOT_FOUND");
    }

    // T-01
    async fn anyone_reads_a_public_page_and_learns_of_no_child(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let (admin, _) = member(&app, &space, "Paula", TwinSpaceRole::PupilAdmin).await;
        let (raised, _) = {
            let pupil = app.pupil("Rosa", founder).await;
            let place = app.seat(&space, &pupil, TwinSpaceRole::Teacher).await;
            (pupil, place)
        };
        let (collaborator, _) = {
            let guest = app.guest("Gabi").await;
            let place = app.seat(&space, &guest, TwinSpaceRole::Teacher).await;
            (guest, place)
        };
        let by_pupil = make(&app, &admin, &space, "By a pupil", "DRAFT").await;
        share(&app, founder, &by_pupil, json!({ "visibility": "PUBLIC" })).await;
        let by_raised = make(&app, &raised, &space, "By one who was raised", "PUBLIC").await;
        let by_guest = make(&app, &collaborator, &space, "By a guest", "PUBLIC").await;
        let by_founder = make(&app, founder, &space, "By a founder", "PUBLIC").await;
        for title in ["MEMBERS", "DRAFT"] {
            let id = make(&app, founder, &space, title, title).await;
            assert_eq!(app.asks(None, &format!("{{ page(id: {id:?}) {{ id }} }}")).await, "NOT_FOUND");
            assert!(app.sees(None, &format!("{{ node(id: {id:?}) {{ id }} }}")).await["node"].is_null());
        }
        let stranger = app.teacher("Sven", "SE").await;
        let visitor = member(&app, &space, "Vera", TwinSpaceRole::Visitor).await.0;
        let fields = "title html text projectTitle createdAt editedAt author { name school { name } } editor { name }
            twinSpace { id } permissions { edit { reason } }";
        for outsider in [None, Some(&stranger)] {
            for (id, author) in [(&by_pupil, Value::Null), (&by_raised, Value::Null), (&by_guest, Value::Null),
                (&by_founder, json!({ "name": "Frida Founder", "school": null }))] {
                let page = read(&app, outsider, id, fields).await;
                assert_eq!(page["projectTitle"], "Bees across borders");
                assert_eq!((&page["author"], &page["editor"]), (&author, &Value::Null), "{page}");
                assert_eq!(page["twinSpace"], Value::Null);
                let reason = if outsider.is_some() { "ROLE_TOO_LOW" } else { "SIGN_IN_FIRST" };
                assert_eq!(page["permissions"]["edit"]["reason"], reason);
            }
            let versions = format!("{{ page(id: {by_founder:?}) {{ versions {{ totalCount }} }} }}");
            let refused = if outsider.is_some() { "FORBIDDEN ROLE_TOO_LOW" } else { "UNAUTHENTICATED" };
            assert_eq!(app.asks(outsider, &versions).await, refused);
            let project = format!("{{ project(id: \"{}\") {{ permissions {{ see {{ reason }} }} }} }}", space.project);
            let reason = app.sees(outsider, &project).await["project"]["permissions"]["see"]["reason"].take();
            assert_eq!(reason, if outsider.is_some() { Value::Null } else { json!("SIGN_IN_FIRST") });
            let query = format!("{{ project(id: \"{}\") {{ publicPages {{ totalCount nodes {{ title author {{ name }} }} }} }} }}", space.project);
            let data = app.sees(outsider, &query).await["project"]["publicPages"].take();
            assert_eq!(data["totalCount"], 4);
            assert_eq!(data["nodes"][0], json!({ "title": "By a pupil", "author": null }));
        }
        // M-20: visitors cannot see which pupil wrote it; authors can see themselves.
        for id in [&by_pupil, &by_raised] {
            assert_eq!(read(&app, &visitor, id, "author { name }").await["author"], Value::Null);
        }
        assert_eq!(read(&app, &visitor, &by_guest, "author { name }").await["author"]["name"], "Gabi");
        assert_eq!(read(&app, &admin, &by_pupil, "author { name } editor { name }").await["author"]["name"], "Paula");
        // The page is visible, so it is not hidden from someone who wants to change it.
        let input = json!({ "pageId": by_founder, "expectedVersion": 1, "text": "x" });
        assert_eq!(app.tries(&stranger, "editPage", input.clone()).await, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(app.tries(None, "editPage", input).await, "UNAUTHENTICATED");
    }
}
