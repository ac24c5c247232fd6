//! Who reads which log, and as what: that of a project, of its TwinSpace, or the file of the server.

use std::sync::Arc;

use entity::{AccountId, Kind, TwinSpaceRole};
use serde_json::{Map, Value, json};

use crate::{
    api::{node::one_of_each, sdl},
    inside::chat::say,
    policy::scene::{Cast, Scene, State},
    server::wire::Wire,
    support::{TestApp, cast::Person, on_both_databases},
};

on_both_databases! {
    // R-01: the table of the project refuses its log to collaborators, also those who administer the
    // TwinSpace.
    async fn the_log_of_a_twinspace_tells_nothing_of_what_is_done_to_the_project(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let collaborator = app.teacher("Carla Collaborator", "IT").await;
        let seat = app.seat(&space, &collaborator, TwinSpaceRole::TeacherAdmin).await;
        let hidden = app.teacher("Hilda Hidden", "AT").await;
        app.befriend(founder, &hidden).await;
        let (project, id) = (space.project.to_string(), space.id.to_string());
        let partner = json!({ "projectId": project, "personId": hidden.id.to_string(), "role": "TEACHER" });
        app.does(founder, "addPartner", partner, "__typename").await;
        let visitor = json!({ "twinSpaceId": id, "email": "vera@visitors.example", "role": "VISITOR" });
        app.does(founder, "inviteMember", visitor, "__typename").await;
        let edit = json!({ "projectId": project, "fields": { "aims": "Honey" } });
        app.does(founder, "editProject", edit, "__typename").await;
        let apply = json!({ "projectId": project, "statement": "We keep bees." });
        assert_eq!(app.tries(founder, "applyForLabel", apply).await, "OK");

        let nodes = "auditLog(first: 100) { totalCount nodes { id act details { invitationKind } person { name } } }";
        let inside = format!("{{ twinSpace(id: \"{id}\") {{ {nodes} }} }}");
        let whole = format!("{{ project(id: \"{project}\") {{ {nodes} }} }}");
        let acts = |log: &Value| -> Vec<String> {
            let nodes = log["nodes"].as_array().unwrap();
            assert_eq!(log["totalCount"], nodes.len());
            let mut acts: Vec<_> = nodes.iter().map(|node| node["act"].as_str().unwrap().to_owned()).collect();
            acts.sort();
            acts.dedup();
            acts
        };
        for who in [founder, &collaborator] {
            let log = app.sees(who, &inside).await["twinSpace"]["auditLog"].take();
            assert_eq!(acts(&log), ["INVITATION_SENT", "TWIN_SPACE_OPENED"], "{log}");
            assert!(!log.to_string().contains("Hilda"), "{log}");
            let invited = log["nodes"].as_array().unwrap().iter().find(|node| node["act"] == "INVITATION_SENT").unwrap();
            assert_eq!(invited["details"]["invitationKind"], "VISITOR");
        }
        assert_eq!(app.asks(&collaborator, &whole).await, "FORBIDDEN ROLE_TOO_LOW");
        let log = app.sees(founder, &whole).await["project"]["auditLog"].take();
        for act in ["INVITATION_SENT", "LABEL_APPLIED", "PROJECT_EDITED", "TWIN_SPACE_OPENED"] {
            assert!(acts(&log).contains(&act.to_owned()), "{act}: {log}");
        }
        // Nor by filter, nor by ID.
        let asked = format!(
            "{{ twinSpace(id: \"{id}\") {{ auditLog(filter: {{ personId: \"{}\" }}) {{ totalCount }} }} }}", hidden.id
        );
        assert_eq!(app.sees(&collaborator, &asked).await["twinSpace"]["auditLog"]["totalCount"], 0);
        for node in log["nodes"].as_array().unwrap() {
            let one = format!("{{ node(id: {}) {{ id }} }}", node["id"]);
            let is_inside = node["act"] == "TWIN_SPACE_OPENED" || node["details"]["invitationKind"] == "VISITOR";
            let seen = app.sees(&collaborator, &one).await["node"].take();
            assert_eq!(seen.is_object(), is_inside, "{node}");
            assert!(app.sees(founder, &one).await["node"].is_object(), "{node}");
        }
        // Once they are no administrator, nothing.
        let lower = json!({ "memberId": seat.to_string(), "role": "TEACHER" });
        app.does(founder, "changeMemberRole", lower, "__typename").await;
        assert_eq!(app.asks(&collaborator, &inside).await, "FORBIDDEN ROLE_TOO_LOW");
    }

    // Whoever wrote a reported message does not learn of it, nor when or by what it was settled.
    async fn the_log_does_not_tell_an_author_that_they_were_reported(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let said = say(&app, fabien, &space, "Rude").await;
        let report = json!({ "messageId": said, "reason": "It is rude." });
        let report = app.does(frida, "reportMessage", report, "reportId").await["reportId"].take();
        let log = async |who: &Person, of: &str| {
            let query = format!(
                "{{ {of} {{ auditLog(filter: {{ acts: [MESSAGE_REPORTED, REPORT_SETTLED] }}) {{ totalCount nodes {{ id act subjectId }} }} }} }}"
            );
            let mut answer = app.sees(who, &query).await;
            answer[of.split('(').next().unwrap()]["auditLog"].take()
        };
        let of = [format!("twinSpace(id: \"{}\")", space.id), format!("project(id: \"{}\")", space.project)];
        for (acts, settle) in [(1, true), (2, false)] {
            for of in &of {
                let seen = log(frida, of).await;
                assert_eq!(seen["totalCount"], acts, "{seen}");
                assert_eq!(seen["nodes"][0]["subjectId"], report, "{seen}");
                assert_eq!(log(fabien, of).await, json!({ "totalCount": 0, "nodes": [] }));
                let node = format!("{{ node(id: {}) {{ id }} }}", seen["nodes"][0]["id"]);
                assert!(app.sees(frida, &node).await["node"].is_object());
                assert!(app.sees(fabien, &node).await["node"].is_null());
            }
            if settle {
                app.does(frida, "settleReport", json!({ "reportId": report }), "__typename").await;
            }
        }
    }

    async fn several_entries_take_as_many_statements_as_one(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        for text in ["Rude", "Ruder", "Rudest"] {
            let said = say(&app, fabien, &space, text).await;
            let report = json!({ "messageId": said, "reason": "It is rude." });
            app.does(frida, "reportMessage", report, "reportId").await;
        }
        let log = format!("{{ twinSpace(id: \"{}\") {{ auditLog(filter: {{ acts: [MESSAGE_REPORTED] }}) {{ nodes {{ id }} }} }} }}", space.id);
        let log = app.sees(frida, &log).await["twinSpace"]["auditLog"]["nodes"].take();
        let ids: Vec<&str> = log.as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 3);
        let ask = async |ids: &[&str]| {
            let query = format!("{{ nodes(ids: {ids:?}) {{ ... on AuditEntry {{ act }} }} }}");
            let (seen, statements) = app.statements(app.sees(frida, &query)).await;
            assert!(seen["nodes"].as_array().unwrap().iter().all(|node| node["act"] == "MESSAGE_REPORTED"), "{seen}");
            statements
        };
        ask(&ids).await;
        assert_eq!(ask(&ids).await, ask(&ids[..1]).await);
    }

    // R-03: whoever compares the file with what the API shows finds the same.
    async fn the_file_of_the_log_has_the_names_and_ids_of_the_api(app: TestApp) {
        let wire = Wire::of(Arc::clone(&app)).await;
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        one_of_each(&app, &cast, &scene).await;
        let ada = cast.person("administrator");
        let id = |name: &str| scene.fill(name, scene.charge).trim_matches('"').to_owned();
        let pupil = json!({ "memberId": id("$pupil"), "role": "PUPIL_ADMIN" });
        app.does(cast.founder(), "changeMemberRole", pupil, "__typename").await;
        app.does(ada, "takeDownContent", json!({ "contentId": id("$chat") }), "__typename").await;

        let fields = &sdl::objects()["AuditDetails"];
        let fields = fields.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>().join(" ");
        let log = format!(
            "{{ administration {{ auditLog(first: 100) {{ nodes {{ id at act actor {{ id }} person {{ id }} projectId subjectId subject {{ id }}
                details {{ {fields} }} }} }} }} }}"
        );
        let entries = app.sees(ada, &log).await["administration"]["auditLog"]["nodes"].take();
        let export = app.does(ada, "exportAuditLog", json!({}), "url").await;
        let url = export["url"].as_str().unwrap();
        let url = wire.url(&url[url.find("/exports").unwrap()..]);
        let file = wire.client.get(url).bearer_auth(&ada.token).send().await.unwrap().text().await.unwrap();
        let mut file = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
        let rows: Vec<Vec<String>> = file.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        // The export itself came after.
        assert_eq!(rows[0][2], "AUDIT_LOG_EXPORTED");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for (entry, row) in entries.as_array().unwrap().iter().zip(&rows[1..]) {
            let shown = [&entry["id"], &entry["at"], &entry["act"], &entry["actor"]["id"], &entry["person"]["id"], &entry["projectId"], &entry["subjectId"]];
            assert_eq!(shown.map(text), row[..7], "{entry}");
            // It may be gone, or not to be seen.
            assert!(entry["subject"].is_null() || entry["subject"]["id"] == entry["subjectId"], "{entry}");
            let details: Map<String, Value> = match row[7].as_str() {
                "" => Map::new(),
                json => serde_json::from_str(json).unwrap(),
            };
            let mut told = entry["details"].as_object().cloned().unwrap_or_default();
            told.retain(|_, value| !value.is_null());
            assert_eq!(told, details, "{entry}");
        }
        let down = rows.iter().find(|row| row[2] == "CONTENT_TAKEN_DOWN").unwrap();
        assert_eq!((&down[6], down[7].as_str()), (&id("$chat"), r#"{"contentKind":"CHAT_MESSAGE"}"#));
        assert!(AccountId::read(&down[3]).is_some(), "{down:?}");
    }
}
