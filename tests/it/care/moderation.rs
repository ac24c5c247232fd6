//! Moderation by server administrators, who cannot see anything else in a TwinSpace.

use std::sync::Arc;

use domain::{care::block, clock::now};
use entity::TwinSpaceRole;
use serde_json::{Value, json};

use crate::{
    inside::{
        chat::say,
        media::{add, here, photo},
        message::write,
        page::make,
    },
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        ear::Ear,
        on_both_databases,
    },
};

const HEAR: &str = "subscription { notificationsChanged { total byKind { kind count } } }";

async fn report(app: &TestApp, who: &Person, id: &str) -> Value {
    let input = json!({ "messageId": id, "reason": "It hurts." });
    app.does(who, "reportMessage", input, "reportId").await["reportId"].take()
}

async fn reports(app: &TestApp, who: &Person, filter: &str) -> Vec<Value> {
    let query = format!(
        "{{ reports({filter}) {{ totalCount nodes {{ id text messageId projectTitle author {{ name }}
            reporter {{ name }} permissions {{ settle {{ allowed reason }} }} }} }} }}"
    );
    let page = app.sees(who, &query).await["reports"].take();
    let nodes = page["nodes"].as_array().unwrap().clone();
    assert_eq!(page["totalCount"], nodes.len());
    nodes
}

async fn pupil(app: &TestApp, space: &Space) -> Person {
    let pupil = app.pupil("Pia", &space.founders[0]).await;
    app.seat(space, &pupil, TwinSpaceRole::Pupil).await;
    pupil
}

on_both_databases! {
    async fn a_report_on_the_only_teacher_administrator_waits_for_the_administrators(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let ada = app.administrator().await;
        let pia = pupil(&app, &space).await;
        let mut ear = Ear::of(&app, &ada, HEAR, json!({})).await;
        // Another teacher administrator handles this one.
        let first = say(&app, frida, &space, "Rude").await;
        let settled = report(&app, &pia, &first).await;
        ear.hears_nothing().await;
        assert_eq!(reports(&app, &ada, "stranded: true").await, Vec::<Value>::new());
        let all = reports(&app, &ada, "settled: false").await;
        assert_eq!(all.len(), 1);
        assert_eq!(app.tries(fabien, "settleReport", json!({ "reportId": settled })).await, "OK");

        let leave = json!({ "twinSpaceId": space.id.to_string() });
        assert_eq!(app.tries(fabien, "leaveTwinSpace", leave).await, "OK");
        assert_eq!(ear.hears().await["total"], 0);
        let second = say(&app, frida, &space, "Ruder").await;
        let id = report(&app, &pia, &second).await;
        assert_eq!(ear.hears().await, json!({ "total": 1, "byKind": [{ "kind": "REPORT", "count": 1 }] }));
        let waits = app.sees(&ada, "{ viewer { notifications { nodes { subject { ... on Report { text } } } } } }").await;
        assert_eq!(waits["viewer"]["notifications"]["nodes"], json!([{ "subject": { "text": "Ruder" } }]));
        assert_eq!(reports(&app, &ada, "settled: false, stranded: true").await, [json!({ "id": id,
            "text": "Ruder", "messageId": second, "projectTitle": "Bees across borders",
            "author": { "name": "Frida Founder" }, "reporter": { "name": "Pia" },
            "permissions": { "settle": { "allowed": true, "reason": null } } })]);
        // Its author still cannot see it.
        let settle = json!({ "reportId": id });
        assert_eq!(app.tries(frida, "settleReport", settle.clone()).await, "NOT_FOUND");
        let told = ("Report", id.as_str().unwrap());
        app.foretold(&ada, told, "settle", ("settleReport", settle.clone()), "OK").await;
        app.foretold(&ada, told, "settle", ("settleReport", settle), "CONFLICT ALREADY_DONE").await;
        assert_eq!(ear.hears().await["total"], 0);
        assert_eq!(reports(&app, &ada, "settled: false").await, Vec::<Value>::new());
        assert_eq!(reports(&app, &ada, "settled: true").await.len(), 2);
        let log = "auditLog(filter: { acts: [REPORT_SETTLED] }) { nodes { act actor { name } } }";
        let line = json!({ "act": "REPORT_SETTLED", "actor": { "name": "Ada Admin" } });
        let seen = app.sees(&ada, &format!("{{ administration {{ {log} }} }}")).await;
        assert_eq!(seen["administration"]["auditLog"]["nodes"][0], line);
        let seen = app.sees(frida, &format!("{{ project(id: \"{}\") {{ {log} }} }}", space.project)).await;
        assert_eq!(seen["project"]["auditLog"]["nodes"], json!([]));
    }

    // T-07
    async fn a_report_is_stranded_when_all_who_might_settle_it_leave_or_are_blocked(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let ada = app.administrator().await;
        let pia = pupil(&app, &space).await;
        let olga = app.teacher("Olga", "IT").await;
        let olgas = app.seat(&space, &olga, TwinSpaceRole::TeacherAdmin).await.to_string();
        let said = say(&app, frida, &space, "Rude").await;
        report(&app, &pia, &said).await;
        let mut ear = Ear::of(&app, &ada, HEAR, json!({})).await;
        let block = async |blocked: bool| {
            let tx = app.db.begin().await.unwrap();
            match blocked {
                true => block::block(&tx, &fabien.email, None, now()).await,
                false => block::unblock(&tx, &fabien.email, now()).await,
            }
            .unwrap();
            tx.commit().await.unwrap();
        };
        block(true).await;
        assert_eq!(ear.hears().await["total"], 0);
        assert_eq!(reports(&app, &ada, "stranded: true").await, Vec::<Value>::new());
        let lower = json!({ "memberId": olgas, "role": "TEACHER" });
        assert_eq!(app.tries(frida, "changeMemberRole", lower).await, "OK");
        assert_eq!(ear.hears().await["total"], 1);
        assert_eq!(reports(&app, &ada, "stranded: true").await.len(), 1);
        // Another one while there is nobody.
        let again = say(&app, frida, &space, "Ruder").await;
        report(&app, &pia, &again).await;
        assert_eq!(ear.hears().await["total"], 2);
        block(false).await;
        assert_eq!(ear.hears().await["total"], 0);
    }

    // T-01, T-05
    async fn a_page_in_the_archive_and_an_entry_of_the_diary_are_taken_down_too(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let ada = app.administrator().await;
        let page = make(&app, founder, &space, "Rude", "PUBLIC").await;
        assert_eq!(app.tries(founder, "archivePage", json!({ "pageId": page })).await, "OK");
        let entry = async |visibility: &str| {
            let input = json!({ "projectId": space.project.to_string(), "title": "Rude",
                "text": "Ruder", "visibility": visibility });
            let written = app.does(founder, "writeDiaryEntry", input, "diaryEntry { id }").await;
            written["diaryEntry"]["id"].as_str().unwrap().to_owned()
        };
        let (public, private) = (entry("PUBLIC").await, entry("PRIVATE").await);
        for id in [&page, &public] {
            assert_eq!(app.tries(&ada, "takeDownContent", json!({ "contentId": id })).await, "OK");
            let seen = app.sees(founder, &format!("{{ node(id: \"{id}\") {{ id }} }}")).await;
            assert!(seen["node"].is_null(), "{seen}");
        }
        assert_eq!(app.tries(founder, "restorePage", json!({ "pageId": page })).await, "NOT_FOUND");
        // What nobody can read cannot be known to be harmful.
        assert_eq!(app.tries(&ada, "takeDownContent", json!({ "contentId": private })).await, "NOT_FOUND");
    }

    async fn what_harms_is_taken_down_by_the_administrators_and_it_is_noted(app: TestApp) {
        let wire = Wire::of(Arc::clone(&app)).await;
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let ada = app.administrator().await;
        let pia = pupil(&app, &space).await;
        let (place, _) = app.access(&pia, space.project).await.member.unwrap();
        let said = say(&app, frida, &space, "Rude").await;
        let sent = write(&app, frida, place, "Ruder").await;
        let unreported = write(&app, frida, place, "Between us").await;
        let page = make(&app, frida, &space, "Rudest", "PUBLIC").await;
        let media = add(&wire, frida, &space, "rude.jpg", &photo(), &[]).await;
        let media = media["data"]["addMedia"]["media"]["id"].as_str().unwrap().to_owned();
        let query = format!("{{ node(id: \"{media}\") {{ ... on Media {{ url }} }} }}");
        let url = here(&wire, &app.sees(fabien, &query).await["node"]["url"]);
        report(&app, &pia, &sent).await;

        let down = |id: &str| json!({ "contentId": id });
        for who in [frida, &pia] {
            assert_eq!(app.tries(who, "takeDownContent", down(&said)).await, "FORBIDDEN NOT_AN_ADMINISTRATOR");
        }
        // They cannot see anything else inside.
        for id in [&said, &sent, &page, &media] {
            let seen = app.sees(&ada, &format!("{{ node(id: \"{id}\") {{ id __typename }} }}")).await;
            assert!(seen["node"].is_null() || *id == page, "{seen}");
        }
        let inside = format!("{{ twinSpace(id: \"{}\") {{ id }} }}", space.id);
        assert_eq!(app.asks(&ada, &inside).await, "NOT_FOUND");
        // Only the two know about a message that was not reported.
        assert_eq!(app.tries(&ada, "takeDownContent", down(&unreported)).await, "NOT_FOUND");
        for (nothing, refused) in [
            ("nonsense", "BAD_USER_INPUT contentId"),
            (&space.id.to_string(), "BAD_USER_INPUT contentId"),
            (&entity::PageId::new().to_string(), "NOT_FOUND"),
        ] {
            assert_eq!(app.tries(&ada, "takeDownContent", down(nothing)).await, refused);
        }

        let mut ear = Ear::of(&app, &pia, "subscription($id: ID!) { chatChanged(twinSpaceId: $id) {
            ... on ChatMessageDeleted { messageId } } }", json!({ "id": space.id.to_string() })).await;
        for id in [&said, &sent, &page, &media] {
            let done = app.does(&ada, "takeDownContent", down(id), "contentId projectId").await;
            assert_eq!(done, json!({ "contentId": id, "projectId": space.project.to_string() }));
            for who in [&pia, fabien] {
                let seen = app.sees(who, &format!("{{ node(id: \"{id}\") {{ id }} }}")).await;
                assert!(seen["node"].is_null(), "{seen}");
            }
        }
        assert_eq!(ear.hears().await["messageId"], json!(said));
        let boxes = "{ viewer { inbox { nodes { text } } sentMessages { nodes { text } } } }";
        assert_eq!(app.sees(&pia, boxes).await["viewer"]["inbox"]["nodes"], json!([{ "text": "Between us" }]));
        assert_eq!(app.sees(frida, boxes).await["viewer"]["sentMessages"]["nodes"], json!([{ "text": "Between us" }]));
        assert_eq!(wire.client.get(url).send().await.unwrap().status(), 404);
        assert_eq!(app.asks(None, &format!("{{ page(id: \"{page}\") {{ id }} }}")).await, "NOT_FOUND");
        for id in [&said, &sent, &page, &media] {
            assert_eq!(app.tries(&ada, "takeDownContent", down(id)).await, "NOT_FOUND");
        }

        // by whom, about whom; only the report says who sent a message to whom.
        let log = format!("{{ project(id: \"{}\") {{ auditLog(first: 4) {{ nodes {{ act actor {{ name }}
            person {{ name }} details {{ contentKind }} }} }} }} }}", space.project);
        let lines = app.sees(frida, &log).await["project"]["auditLog"]["nodes"].take();
        let line = |kind: &str, person: Value| json!({ "act": "CONTENT_TAKEN_DOWN", "actor": { "name": "Ada Admin" },
            "person": person, "details": { "contentKind": kind } });
        let frida = json!({ "name": "Frida Founder" });
        assert_eq!(lines, json!([line("MEDIA", frida.clone()), line("PAGE", frida.clone()),
            line("MESSAGE", Value::Null), line("CHAT_MESSAGE", frida)]));
    }

    async fn reports_cost_the_same_however_many_and_from_wherever(app: TestApp) {
        let ada = app.administrator().await;
        let cost = async || app.statements(reports(&app, &ada, "first: 50")).await.1;
        let mut costs = vec![];
        for _ in 0..3 {
            let space = app.space().await;
            let pia = pupil(&app, &space).await;
            for text in ["Rude", "Ruder"] {
                let id = say(&app, &space.founders[0], &space, text).await;
                report(&app, &pia, &id).await;
            }
            costs.push(cost().await);
        }
        assert_eq!(costs[0], costs[2], "{costs:?}");
    }
}
