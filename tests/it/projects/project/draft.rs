//! Drafts: who sees and edits them, and what is missing before they can be sent.

use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases};

use super::{Founding, fields};

on_both_databases! {
    // P-01
    async fn founders_of_one_country_cannot_send_their_project(app: TestApp) {
        let proposer = app.teacher("Petra", "DE").await;
        let cofounder = app.teacher("Dora", "DE").await;
        let project = app.draft(&proposer, &cofounder).await.to_string();
        let told = ("Project", project.as_str());
        let send = ("sendProject", json!({ "projectId": project }));
        app.foretold(&proposer, told, "send", send, "CONFLICT SAME_COUNTRY").await;
    }

    // P-02
    async fn a_cofounder_must_be_a_contact_when_chosen_and_when_it_is_sent(app: TestApp) {
        let proposer = app.teacher("Petra", "DE").await;
        let stranger = app.teacher("Sven", "SE").await;
        let friend = app.teacher("Fritz", "AT").await;
        let asked = json!({ "personId": stranger.id.to_string() });
        app.does(&proposer, "requestContact", asked, "contact { state }").await;
        let input = json!({ "cofounderId": stranger.id.to_string(), "fields": fields() });
        assert_eq!(app.tries(&proposer, "createProject", input).await, "CONFLICT NOT_A_CONTACT");
        let itself = json!({ "cofounderId": proposer.id.to_string(), "fields": fields() });
        assert_eq!(app.tries(&proposer, "createProject", itself).await, "CONFLICT NOT_A_CONTACT");

        let project = app.draft(&proposer, &friend).await.to_string();
        let contacts =
            app.sees(&proposer, "{ viewer { contacts(state: ACCEPTED) { nodes { id } } } }").await;
        let contact = contacts["viewer"]["contacts"]["nodes"][0]["id"].clone();
        app.does(&friend, "removeContact", json!({ "contactId": contact }), "contactId").await;
        let told = ("Project", project.as_str());
        let send = ("sendProject", json!({ "projectId": project }));
        app.foretold(&proposer, told, "send", send, "CONFLICT NOT_A_CONTACT").await;
    }

    // P-03
    async fn an_incomplete_project_is_told_all_that_is_missing(app: TestApp) {
        let proposer = app.teacher("Petra", "DE").await;
        let payload = app.does(&proposer, "createProject", json!({}), "project { id state }").await;
        let project = payload["project"]["id"].as_str().unwrap();
        let operation = crate::support::play::mutation("sendProject", "__typename");
        let input = json!({ "input": { "projectId": project } });
        let answer = app.execute(Some(&proposer.token), &operation, input).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "BAD_USER_INPUT");
        let problems = extensions["problems"].as_array().unwrap();
        let missing: Vec<_> = problems.iter().map(|p| p["field"].as_str().unwrap()).collect();
        assert_eq!(
            missing,
            [
                "title",
                "shortDescription",
                "aims",
                "workProcess",
                "expectedResults",
                "languages",
                "subjects",
                "ageFrom",
                "ageTo",
                "pupilCount",
                "tools",
                "cofounderId",
            ]
        );
    }

    // P-03
    async fn what_does_not_fit_is_told_field_by_field(app: TestApp) {
        let proposer = app.teacher("Petra", "DE").await;
        for (field, value) in [
            ("title", json!("x".repeat(201))),
            ("title", json!("a\u{0}b")),
            ("title", json!(" ")),
            ("shortDescription", json!("x".repeat(1001))),
            ("aims", json!("a\u{0}")),
            ("languages", json!(["xx"])),
            ("subjects", json!([""])),
            ("ageFrom", json!(1)),
            ("ageTo", json!(26)),
            ("pupilCount", json!(0)),
            ("tools", json!("x".repeat(1001))),
        ] {
            let value_is_list = value.is_array();
            let outcome =
                app.tries(&proposer, "createProject", json!({ "fields": { field: value } })).await;
            let item = if value_is_list { ".0" } else { "" };
            assert_eq!(outcome, format!("BAD_USER_INPUT fields.{field}{item}"));
        }
        let crossed = json!({ "input": { "fields": { "ageFrom": 12, "ageTo": 9 } } });
        let create = crate::support::play::mutation("createProject", "__typename");
        let answer = app.execute(Some(&proposer.token), &create, crossed).await;
        assert_eq!(answer["errors"][0]["extensions"]["problems"], json!([{ "field": "fields.ageTo",
            "code": "OUT_OF_RANGE", "message": "must be between 12 and 25", "max": 25, "min": 12 }]));
    }

    // P-03: titles need not be unique.
    async fn two_projects_may_have_the_same_title(app: TestApp) {
        let founding = Founding::of(&app).await;
        let one = founding.reach(&app, "ACTIVE").await;
        let other = founding.reach(&app, "ACTIVE").await;
        assert_ne!(one, other);
        let data = app.sees(None, "{ projects { totalCount nodes { title } } }").await;
        assert_eq!(
            data["projects"]["nodes"],
            json!([{ "title": "Rivers" }, { "title": "Rivers" }])
        );
    }

    // P-03
    async fn a_draft_is_seen_and_edited_by_the_proposer_alone(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.draft(&app).await;
        let stranger = app.teacher("Sven", "SE").await;
        let edit = json!({ "projectId": project, "fields": { "title": "Lakes" } });
        for other in [&founding.cofounder, &stranger, &founding.administrator] {
            assert_eq!(app.tries(other, "editProject", edit.clone()).await, "NOT_FOUND");
        }
        assert_eq!(app.tries(None, "editProject", edit.clone()).await, "UNAUTHENTICATED");
        let payload =
            app.does(&founding.proposer, "editProject", edit, "project { title aims }").await;
        assert_eq!(payload["project"], json!({ "title": "Lakes", "aims": "To know rivers." }));
        let mine = app.sees(&founding.cofounder, "{ viewer { projects { totalCount } } }").await;
        assert_eq!(mine["viewer"]["projects"]["totalCount"], 0);
    }

    // P-03, P-04, R-01
    async fn who_is_chosen_for_a_project_that_came_back_sees_it_once_it_is_sent(app: TestApp) {
        let founding = Founding::of(&app).await;
        let next = app.teacher("Nora Next", "SE").await;
        app.befriend(&founding.proposer, &next).await;
        for state in ["DECLINED", "REJECTED", "WITHDRAWN"] {
            let project = founding.reach(&app, state).await;
            let query = format!("{{ project(id: \"{project}\") {{ state }} }}");
            let edit = json!({ "projectId": project, "cofounderId": founding.cofounder.id.to_string() });
            assert_eq!(app.tries(&founding.proposer, "editProject", edit).await, "OK");
            // The same person was asked before, and can see what happened to it.
            assert_eq!(app.asks(&founding.cofounder, &query).await, "OK");
            let edit = json!({ "projectId": project, "cofounderId": next.id.to_string() });
            assert_eq!(app.tries(&founding.proposer, "editProject", edit).await, "OK");
            assert_eq!(founding.state(&app, &project).await, "DRAFT");
            let mine = "{ viewer { projects { totalCount } } }";
            let count = |data: Value| data["viewer"]["projects"]["totalCount"].clone();
            let before = count(app.sees(&next, mine).await).as_i64().unwrap();
            for other in [&next, &founding.cofounder] {
                assert_eq!(app.asks(other, &query).await, "NOT_FOUND");
            }
            let input = json!({ "projectId": project });
            assert_eq!(app.tries(&founding.proposer, "sendProject", input).await, "OK");
            assert_eq!(app.asks(&next, &query).await, "OK");
            assert_eq!(count(app.sees(&next, mine).await), before + 1);
        }
    }
}
