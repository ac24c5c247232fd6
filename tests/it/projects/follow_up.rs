//! Follow-up projects (P-17).

use domain::projects::project;
use serde_json::{Value, json};

use crate::{
    policy::scene::{Cast, Scene, State},
    support::{TestApp, cast::Person, on_both_databases},
};

/// Follows a project up; returns the new project's ID.
async fn follow(app: &TestApp, founder: &Person, project: &str) -> String {
    let input = json!({ "projectId": project });
    let payload = app.does(founder, "followUpProject", input, "project { id }").await;
    payload["project"]["id"].as_str().unwrap().to_owned()
}

async fn follow_ups(app: &TestApp, viewer: Option<&Person>, project: &str) -> Vec<String> {
    let query = format!(
        "{{ project(id: \"{project}\") {{ followUps {{ totalCount nodes {{ id title }} }} }} }}"
    );
    let data = app.sees(viewer, &query).await;
    let list = &data["project"]["followUps"];
    let nodes = list["nodes"].as_array().unwrap();
    // The count reveals no more than the list.
    assert_eq!(list["totalCount"], nodes.len());
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

const FIELDS: &str = "title shortDescription aims workProcess expectedResults languages subjects
    ageFrom ageTo pupilCount tools";

on_both_databases! {
    // P-17
    async fn a_founder_begins_a_draft_with_all_the_fields(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let project = space.project.to_string();
        let input = json!({ "projectId": project });
        assert_eq!(app.tries(other, "closeProject", input).await, "OK");
        let follow_up = follow(&app, founder, &project).await;
        let query = |id: &str| {
            format!(
                "{{ project(id: \"{id}\") {{ {FIELDS} state proposer {{ name }}
                    cofounder {{ name }} followsUp {{ id title }} }} }}"
            )
        };
        let mut old = app.sees(founder, &query(&project)).await["project"].take();
        let mut new = app.sees(founder, &query(&follow_up)).await["project"].take();
        // The same title is allowed; the founders are proposed again.
        assert_eq!(old["state"].take(), "CLOSED");
        assert_eq!(new["state"].take(), "DRAFT");
        assert_eq!(old["followsUp"], Value::Null);
        assert_eq!(new["followsUp"].take(), json!({ "id": project, "title": old["title"] }));
        assert_eq!(new, old);

        let input = json!({ "projectId": project, "title": "Bees once more" });
        let fields = "project { title proposer { name } cofounder { name } }";
        let payload = app.does(other, "followUpProject", input, fields).await;
        assert_eq!(
            payload["project"],
            json!({ "title": "Bees once more", "proposer": { "name": "Fabien Fondateur" },
                "cofounder": { "name": "Frida Founder" } })
        );
        let friend = app.teacher("Fritz", "AT").await;
        let chosen =
            json!({ "projectId": project, "cofounderId": friend.id.to_string() });
        let outcome = app.tries(founder, "followUpProject", chosen.clone()).await;
        assert_eq!(outcome, "CONFLICT NOT_A_CONTACT");
        app.befriend(founder, &friend).await;
        let payload = app.does(founder, "followUpProject", chosen, "project { cofounder { name } }").await;
        assert_eq!(payload["project"]["cofounder"]["name"], "Fritz");
        for title in ["", "a\u{0}b", &"x".repeat(201)] {
            let input = json!({ "projectId": project, "title": title });
            let outcome = app.tries(founder, "followUpProject", input).await;
            assert_eq!(outcome, "BAD_USER_INPUT title");
        }
        // A follow-up is a project: it is sent, accepted and approved like any other.
        assert_eq!(app.tries(founder, "sendProject", json!({ "projectId": follow_up })).await, "OK");
    }

    // P-17, R-01
    async fn what_follows_is_seen_by_the_usual_rules(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let stranger = app.teacher("Stan", "SE").await;
        let project = space.project.to_string();
        let id = follow(&app, founder, &project).await;
        let seen = async |expected: [bool; 4]| {
            let viewers = [Some(founder), Some(other), Some(&stranger), None];
            for (viewer, expected) in viewers.into_iter().zip(expected) {
                let ids = follow_ups(&app, viewer, &project).await;
                assert_eq!(ids.contains(&id), expected);
            }
        };
        seen([true, false, false, false]).await;
        let input = json!({ "projectId": id });
        assert_eq!(app.tries(founder, "sendProject", input.clone()).await, "OK");
        seen([true, true, false, false]).await;
        assert_eq!(app.tries(other, "acceptProject", input.clone()).await, "OK");
        let administrator = app.administrator().await;
        assert_eq!(follow_ups(&app, Some(&administrator), &project).await, std::slice::from_ref(&id));
        assert_eq!(app.tries(&administrator, "approveProject", input.clone()).await, "OK");
        seen([true, true, true, true]).await;
        assert_eq!(app.tries(other, "closeProject", input).await, "OK");
        seen([true, true, true, false]).await;

        // The previous project may be hidden from those who can see the follow-up.
        let third = follow(&app, founder, &id).await;
        let input = json!({ "projectId": third });
        assert_eq!(app.tries(founder, "sendProject", input.clone()).await, "OK");
        assert_eq!(app.tries(other, "acceptProject", input.clone()).await, "OK");
        assert_eq!(app.tries(&administrator, "approveProject", input).await, "OK");
        let query = format!("{{ project(id: \"{third}\") {{ title followsUp {{ id }} }} }}");
        assert_eq!(app.sees(None, &query).await["project"]["followsUp"], Value::Null);
        assert_eq!(app.sees(&stranger, &query).await["project"]["followsUp"]["id"], json!(id));
    }

    //
    async fn a_list_holds_the_projects_that_each_sees_one_by_one(app: TestApp) {
        let cast = Cast::new(&app).await;
        let founder = cast.founder();
        let old = Scene::new(&app, &cast, State::Active).await.project;
        let states = [
            State::Draft,
            State::PendingPartner,
            State::PendingApproval,
            State::Active,
            State::Closed,
        ];
        let mut later = vec![];
        for state in states {
            let scene = Scene::new(&app, &cast, state).await;
            app.follows(scene.project, old).await;
            later.push(scene.project);
        }
        // One that came back.
        let scene = Scene::new(&app, &cast, State::PendingApproval).await;
        project::withdraw(app.actor(founder), scene.project).await.unwrap();
        app.follows(scene.project, old).await;
        later.push(scene.project);
        for someone in &cast.all {
            let listed = follow_ups(&app, someone.person.as_ref(), &old.to_string()).await;
            let mut seen = vec![];
            for project in &later {
                let query = format!("{{ node(id: \"{project}\") {{ id }} }}");
                let data = app.sees(someone.person.as_ref(), &query).await;
                if data["node"]["id"].is_string() {
                    seen.push(project.to_string());
                }
            }
            assert_eq!(listed, seen, "{}", someone.name);
        }
    }

    async fn follow_ups_take_as_many_statements_for_two_as_for_ten(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        for _ in 0..10 {
            follow(&app, founder, &space.project.to_string()).await;
        }
        let cost = async |first: usize| {
            let query = format!(
                "{{ project(id: \"{}\") {{ followUps(first: {first}) {{ nodes {{ title aims
                    proposer {{ name }} followsUp {{ title followUps(first: 2) {{ totalCount }} }}
                    followUps {{ totalCount }} }} }} }} }}",
                space.project
            );
            app.statements(app.sees(founder, &query)).await.1
        };
        cost(1).await;
        assert_eq!(cost(2).await, cost(10).await);
    }
}
