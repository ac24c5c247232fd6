//! The diary of a project (T-05).

use std::collections::BTreeSet;

use domain::projects::{diary, project};
use entity::{DiaryVisibility, ProjectRole, TwinSpaceRole};
use policy::{ProjectPermission, Standing, Tie};
use serde_json::{Value, json};

use crate::{
    policy::scene::{Cast, Scene, Someone, State},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

/// Adds an entry; returns its ID.
async fn write(app: &TestApp, author: &Person, space: &Space, title: &str, to: &str) -> String {
    let input = json!({ "projectId": space.project.to_string(), "title": title,
        "text": "We **went** out.", "visibility": to });
    let payload = app.does(author, "writeDiaryEntry", input, "diaryEntry { id }").await;
    payload["diaryEntry"]["id"].as_str().unwrap().to_owned()
}

/// The titles that a viewer can read.
async fn titles(app: &TestApp, viewer: Option<&Person>, space: &Space) -> Vec<String> {
    let query = format!(
        "{{ project(id: \"{}\") {{ diary {{ totalCount nodes {{ title }} }} }} }}",
        space.project
    );
    let data = app.sees(viewer, &query).await;
    let diary = &data["project"]["diary"];
    let nodes = diary["nodes"].as_array().unwrap();
    assert_eq!(diary["totalCount"], nodes.len());
    nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

on_both_databases! {
    // T-05
    async fn a_partner_writes_edits_and_deletes_an_entry(app: TestApp) {
        let space = app.space().await;
        let member = app.teacher("Mia Member", "IT").await;
        app.partner(&space, &member, ProjectRole::Member).await;
        let id = write(&app, &member, &space, "  The   first day ", "TEACHERS").await;
        let query = format!(
            "{{ node(id: \"{id}\") {{ ... on DiaryEntry {{ title text html visibility createdAt editedAt
                author {{ name }} project {{ id }}
                permissions {{ edit {{ allowed }} delete {{ allowed }} }} }} }} }}"
        );
        let mut seen = app.sees(&member, &query).await["node"].take();
        let [html, written, edited] = ["html", "createdAt", "editedAt"]
            .map(|field| seen.as_object_mut().unwrap().remove(field).unwrap());
        assert_eq!(written, edited);
        assert_eq!(html.as_str().unwrap().trim(), "<p>We <strong>went</strong> out.</p>");
        let expected = json!({
            "title": "The first day", "text": "We **went** out.", "visibility": "TEACHERS",
            "author": { "name": "Mia Member" },
            "project": { "id": space.project.to_string() },
            "permissions": { "edit": { "allowed": true }, "delete": { "allowed": true } },
        });
        assert_eq!(seen, expected);

        // Omitted fields do not change.
        let edit = json!({ "diaryEntryId": id, "text": "# Rain\n\n- all day" });
        let edited = app
            .does(&member, "editDiaryEntry", edit, "diaryEntry { title html visibility editedAt }")
            .await;
        assert_eq!(edited["diaryEntry"]["title"], "The first day");
        assert_eq!(edited["diaryEntry"]["visibility"], "TEACHERS");
        let html = edited["diaryEntry"]["html"].as_str().unwrap();
        assert!(html.contains("<h1>Rain</h1>") && html.contains("<li>all day</li>"), "{html}");
        assert!(edited["diaryEntry"]["editedAt"].as_str() > written.as_str());

        // Nobody can edit other people's entries, not even a founder.
        let input = json!({ "diaryEntryId": id });
        for act in ["editDiaryEntry", "deleteDiaryEntry"] {
            let outcome = app.tries(&space.founders[0], act, input.clone()).await;
            assert_eq!(outcome, "FORBIDDEN NOT_YOURS");
        }
        assert_eq!(app.tries(&member, "deleteDiaryEntry", input.clone()).await, "OK");
        assert_eq!(app.tries(&member, "deleteDiaryEntry", input).await, "NOT_FOUND");
        assert_eq!(app.sees(&member, &query).await["node"], Value::Null);
    }

    // T-05, R-01
    async fn everyone_reads_the_entries_that_the_table_gives_them(app: TestApp) {
        let cast = Cast::new(&app).await;
        for state in [State::Active, State::Closed] {
            let scene = Scene::new(&app, &cast, State::Active).await;
            let mut written = vec![(scene.entry.to_string(), "PUBLIC", "founder")];
            for author in ["founder", "member"] {
                let actor = app.actor(cast.person(author));
                for (name, visibility) in [
                    ("PUBLIC", DiaryVisibility::Public),
                    ("TEACHERS", DiaryVisibility::Teachers),
                    ("PRIVATE", DiaryVisibility::Private),
                ] {
                    let words = [name.to_owned(), author.to_owned()];
                    let id = diary::write(actor, scene.project, words, visibility, None).await.unwrap();
                    written.push((id.to_string(), name, author));
                }
            }
            if state == State::Closed {
                project::close(app.actor(cast.founder()), scene.project).await.unwrap();
            }
            for someone in &cast.all {
                let grants = |permission: ProjectPermission, own| {
                    let mut standings = someone.standings.iter();
                    let tie = Tie { own, given: false };
                    standings.any(|&standing| permission.granted_to(standing).covers(tie))
                };
                let sees = state == State::Active
                    || someone.role.is_some()
                    || someone.standings != [Standing::Anyone];
                let expected: BTreeSet<_> = written
                    .iter()
                    .filter(|(_, visibility, author)| {
                        sees && match *visibility {
                            "PUBLIC" => true,
                            "TEACHERS" => grants(ProjectPermission::ReadDiary, false),
                            _ => {
                                let own = someone.name == *author;
                                grants(ProjectPermission::ReadPrivateDiary, own)
                            }
                        }
                    })
                    .map(|(id, ..)| id.clone())
                    .collect();
                assert_eq!(listed(&app, someone, &scene).await, expected, "{}", someone.name);
                // The list and the node follow the same rule.
                let ids: Vec<_> = written.iter().map(|(id, ..)| format!("\"{id}\"")).collect();
                let query = format!("{{ nodes(ids: [{}]) {{ id }} }}", ids.join(", "));
                let answer = app.execute(someone.token(), &query, json!({})).await;
                let nodes = answer["data"]["nodes"].as_array().unwrap().iter();
                let nodes: BTreeSet<_> =
                    nodes.filter_map(|node| node["id"].as_str().map(str::to_owned)).collect();
                assert_eq!(nodes, expected, "{}", someone.name);
            }
        }
    }

    // T-05
    async fn the_author_of_a_public_entry_is_named_to_those_who_know_the_partners(app: TestApp) {
        let space = app.space().await;
        let pupil = app.pupil("Paula", &space.founders[0]).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        write(&app, &space.founders[0], &space, "Open day", "PUBLIC").await;
        let query = format!(
            "{{ project(id: \"{}\") {{ diary {{ nodes {{ title author {{ name }} }} }} }} }}",
            space.project
        );
        let named = async |viewer: Option<&Person>| {
            let data = app.sees(viewer, &query).await;
            let entry = &data["project"]["diary"]["nodes"][0];
            assert_eq!(entry["title"], "Open day");
            entry["author"]["name"].is_string()
        };
        assert!(!named(None).await);
        assert!(!named(Some(&app.guest("Gus").await)).await);
        assert!(named(Some(&pupil)).await);
        assert!(named(Some(&app.teacher("Stan", "SE").await)).await);
    }

    // T-05, P-13
    async fn who_is_no_partner_any_more_writes_no_diary_and_reads_as_any_teacher(app: TestApp) {
        let space = app.space().await;
        let member = app.teacher("Mia Member", "IT").await;
        let place = app.partner(&space, &member, ProjectRole::Member).await.to_string();
        let shared = write(&app, &member, &space, "Shared", "TEACHERS").await;
        let private = write(&app, &member, &space, "Private", "PRIVATE").await;
        assert_eq!(titles(&app, Some(&member), &space).await, ["Private", "Shared"]);
        let input = json!({ "partnerId": place });
        assert_eq!(app.tries(&space.founders[0], "removePartner", input).await, "OK");
        assert_eq!(titles(&app, Some(&member), &space).await, ["Shared"]);
        let edit = |id: &str| json!({ "diaryEntryId": id, "title": "Mine" });
        let outcome = app.tries(&member, "editDiaryEntry", edit(&shared)).await;
        assert_eq!(outcome, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(app.tries(&member, "editDiaryEntry", edit(&private)).await, "NOT_FOUND");
        // Founders cannot read private entries.
        assert_eq!(titles(&app, Some(&space.founders[0]), &space).await, ["Shared"]);
    }

    // T-05, P-17
    async fn the_diary_of_a_closed_project_is_read_and_not_written(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let id = write(&app, founder, &space, "Last day", "TEACHERS").await;
        let project = json!({ "projectId": space.project.to_string() });
        assert_eq!(app.tries(founder, "closeProject", project).await, "OK");
        assert_eq!(titles(&app, Some(other), &space).await, ["Last day"]);
        let written = json!({ "projectId": space.project.to_string(), "title": "After",
            "text": "All.", "visibility": "PUBLIC" });
        for (act, input) in [
            ("writeDiaryEntry", written),
            ("editDiaryEntry", json!({ "diaryEntryId": id, "title": "After" })),
            ("deleteDiaryEntry", json!({ "diaryEntryId": id })),
        ] {
            let outcome = app.tries(founder, act, input).await;
            assert_eq!(outcome, "FORBIDDEN PROJECT_NOT_ACTIVE", "{act}");
        }
    }

    // T-05
    async fn words_that_do_not_fit_are_told_by_field(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let id = write(&app, founder, &space, "A day", "PUBLIC").await;
        let (long, longer) = ("x".repeat(201), "x".repeat(50_001));
        for (field, value) in [
            ("title", ""),
            ("title", " \n "),
            ("title", "a\u{0}b"),
            ("title", "a\u{202e}b"),
            ("title", &long),
            ("text", ""),
            ("text", "a\u{0}b"),
            ("text", &longer),
        ] {
            let mut input = json!({ "projectId": space.project.to_string(), "title": "A day",
                "text": "Rain.", "visibility": "PUBLIC" });
            input[field] = json!(value);
            let outcome = app.tries(founder, "writeDiaryEntry", input).await;
            assert_eq!(outcome, format!("BAD_USER_INPUT {field}"), "{value:.20}");
            let input = json!({ "diaryEntryId": id, field: value });
            let outcome = app.tries(founder, "editDiaryEntry", input).await;
            assert_eq!(outcome, format!("BAD_USER_INPUT {field}"), "{value:.20}");
        }
        let input = json!({ "projectId": space.project.to_string(), "title": "長".repeat(200),
            "text": "😀".repeat(50_000), "visibility": "PRIVATE" });
        assert_eq!(app.tries(founder, "writeDiaryEntry", input).await, "OK");
        assert_eq!(titles(&app, Some(founder), &space).await.len(), 2);
    }

    // T-05
    async fn the_diary_is_paged_newest_first_with_as_many_statements_for_two_as_for_twenty(
        app: TestApp,
    ) {
        let space = app.space().await;
        let founder = &space.founders[0];
        for n in 0..21 {
            write(&app, founder, &space, &n.to_string(), "TEACHERS").await;
        }
        let page = async |arguments: &str| {
            let query = format!(
                "{{ project(id: \"{}\") {{ diary({arguments}) {{ totalCount
                    pageInfo {{ hasNextPage endCursor }}
                    nodes {{ title html author {{ name }} project {{ title }} }} }} }} }}",
                space.project
            );
            let (data, cost) = app.statements(app.sees(founder, &query)).await;
            (data["project"]["diary"].clone(), cost)
        };
        page("first: 1").await;
        let ((two, few), (twenty, many)) = (page("first: 2").await, page("first: 20").await);
        assert_eq!(few, many);
        assert_eq!((&two["nodes"][0]["title"], &two["nodes"][1]["title"]), (&json!("20"), &json!("19")));
        assert_eq!(twenty["totalCount"], 21);
        let cursor = twenty["pageInfo"]["endCursor"].as_str().unwrap();
        let (rest, _) = page(&format!("first: 20, after: \"{cursor}\"")).await;
        assert_eq!(rest["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(rest["nodes"][0]["title"], "0");
        assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    }
}

async fn listed(app: &TestApp, someone: &Someone, scene: &Scene) -> BTreeSet<String> {
    let query = format!(
        "{{ project(id: \"{}\") {{ diary(first: 100) {{ totalCount nodes {{ id }} }} }} }}",
        scene.project
    );
    let answer = app.execute(someone.token(), &query, json!({})).await;
    let Some(nodes) = answer.pointer("/data/project/diary/nodes").and_then(Value::as_array) else {
        return BTreeSet::new();
    };
    assert_eq!(answer["data"]["project"]["diary"]["totalCount"], nodes.len());
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}
