//! The projects of the country or region.

use domain::clock::now;
use serde_json::{Value, json};

use crate::{
    care::staff::run,
    projects::project::Founding,
    support::{TestApp, cast::Person, on_both_databases},
};

use super::{moves, names, office};

async fn titles(app: &TestApp, officer: &Person, filter: &str) -> Vec<Value> {
    let list = format!("projects{filter} {{ totalCount nodes {{ title state }} }}");
    let projects = office(app, officer, &list).await["projects"].take();
    let nodes = projects["nodes"].as_array().unwrap().clone();
    assert_eq!(projects["totalCount"], nodes.len());
    nodes
}

on_both_databases! {
    // P-03, P-04
    async fn projects_are_listed_in_every_state_and_drafts_without_their_content(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        let polish = app.officer("PL", "").await;
        founding.draft(&app).await;
        founding.reach(&app, "PENDING_PARTNER").await;
        founding.reach(&app, "WITHDRAWN").await;
        founding.reach(&app, "PENDING_APPROVAL").await;
        let all = titles(&app, &german, "").await;
        let states: Vec<_> = all.iter().map(|node| node["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["PENDING_APPROVAL", "WITHDRAWN", "PENDING_PARTNER", "DRAFT"]);
        assert_eq!(all[3]["title"], Value::Null);
        assert_eq!(all[2]["title"], "Rivers");
        // It was withdrawn before the service was asked.
        assert_eq!(all[1]["title"], Value::Null);
        assert_eq!(titles(&app, &polish, "").await, [] as [Value; 0]);

        assert_eq!(titles(&app, &german, "(filter: { states: [DRAFT] })").await.len(), 1);
        // Nobody finds a draft by what is in it.
        assert_eq!(titles(&app, &german, "(filter: { search: \"RIVER\" })").await.len(), 2);
        assert_eq!(titles(&app, &german, "(filter: { search: \"lakes\" })").await.len(), 0);
        let since = (now() + chrono::TimeDelta::hours(1)).to_rfc3339();
        let later = format!("(filter: {{ since: \"{since}\" }})");
        assert_eq!(titles(&app, &german, &later).await.len(), 0);

        let details = "projects { nodes { state shortDescription proposer { name } cofounder { name } pupilCount
            createdAt stateSince project { title } } }";
        let seen = office(&app, &german, details).await["projects"]["nodes"].take();
        assert_eq!(seen[0]["project"], json!({ "title": "Rivers" }));
        assert_eq!(seen[0]["cofounder"], json!({ "name": "Carla Cofounder" }));
        // Not theirs to decide on, and so no more than the list says.
        assert_eq!(seen[2]["project"], Value::Null);
        assert_eq!(seen[2]["pupilCount"], 40);
        for hidden in ["shortDescription", "cofounder", "pupilCount", "project"] {
            assert_eq!(seen[3][hidden], Value::Null, "{hidden}");
        }
        assert_eq!(seen[3]["proposer"], json!({ "name": "Petra Proposer" }));
    }

    // P-03, P-04, R-01: what may be revised is a draft, but a service knows what it was asked to decide on.
    async fn what_is_revised_is_shown_and_found_only_where_it_was_to_be_decided_on(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        for (state, shown) in [("DRAFT", false), ("DECLINED", false), ("WITHDRAWN", false), ("REJECTED", true)] {
            let project = match state {
                "REJECTED" => {
                    let project = founding.reach(&app, "PENDING_APPROVAL").await;
                    let reject = json!({ "projectId": project, "reason": "Too wet." });
                    app.does(&german, "rejectProject", reject, "__typename").await;
                    project
                }
                state => founding.reach(&app, state).await,
            };
            let one = "projects(first: 1) { nodes { projectId state title shortDescription cofounder { name } pupilCount project { title } } }";
            let seen = office(&app, &german, one).await["projects"]["nodes"][0].take();
            assert_eq!((&seen["projectId"], &seen["state"]), (&json!(project), &json!(state)));
            for field in ["title", "shortDescription", "cofounder", "pupilCount", "project"] {
                assert_eq!(seen[field] != Value::Null, shown, "{field} in {state}");
            }
            let found = titles(&app, &german, &format!("(filter: {{ search: \"rivers\", states: [{state}] }})")).await;
            assert_eq!(found.len(), usize::from(shown), "{state}");
        }
    }

    // A draft that names somebody is not told to their country's service.
    async fn a_draft_is_listed_only_in_the_country_of_its_proposer(app: TestApp) {
        let founding = Founding::of(&app).await;
        let french = app.officer("FR", "").await;
        let project = founding.draft(&app).await;
        assert_eq!(titles(&app, &french, "").await.len(), 0);
        app.does(&founding.proposer, "sendProject", json!({ "projectId": project }), "__typename").await;
        assert_eq!(titles(&app, &french, "").await.len(), 1);
    }

    // P-06
    async fn the_service_of_a_region_sees_that_region_however_it_is_spelled(app: TestApp) {
        let [here, there] = [app.teacher("Ana Aquí", "ES").await, app.teacher("Berta Lejos", "ES").await];
        let other = app.teacher("Sven", "SE").await;
        // Before there is a service, a school is written as its teacher writes it.
        moves(&app, &here, "Cádiz", "Andalusia", "ES").await;
        moves(&app, &there, "Burgos", "Castilla", "ES").await;
        let southern = app.officer("ES", "Andalucía").await;
        let spanish = app.officer("ES", "").await;
        assert_eq!(names(&app, &southern, "").await, [] as [String; 0]);
        run(&app, &["service", "spell", "--country", "ES", "--region", "Andalucía", "--spelling", "Andalusia"]).await.unwrap();
        app.draft(&here, &other).await;
        app.draft(&there, &other).await;
        assert_eq!(names(&app, &southern, "").await, ["Ana Aquí"]);
        assert_eq!(names(&app, &spanish, "").await, ["Ana Aquí", "Berta Lejos"]);
        assert_eq!(titles(&app, &southern, "").await.len(), 1);
        assert_eq!(titles(&app, &spanish, "").await.len(), 2);
        let towns = "schools { nodes { school { town } teacherCount } }";
        let southern = office(&app, &southern, towns).await["schools"]["nodes"].take();
        assert_eq!(southern, json!([{ "school": { "town": "Cádiz" }, "teacherCount": 1 }]));
    }
}
