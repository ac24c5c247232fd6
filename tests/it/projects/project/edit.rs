//! Editing projects that are no drafts any more.

use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases};

use super::Founding;

on_both_databases! {
    // P-09, P-16
    async fn founders_and_managers_edit_an_active_project_and_no_one_else(app: TestApp) {
        let space = app.space().await;
        let edit = |title: &str| json!({ "projectId": space.project.to_string(), "fields": { "title": title } });
        let manager = app.teacher("Mona", "IT").await;
        app.partner(&space, &manager, entity::ProjectRole::Manager).await;
        let member = app.teacher("Mia", "IT").await;
        app.partner(&space, &member, entity::ProjectRole::Member).await;
        let collaborator = app.teacher("Cora", "IT").await;
        app.seat(&space, &collaborator, entity::TwinSpaceRole::TeacherAdmin).await;
        for person in [&space.founders[0], &space.founders[1], &manager] {
            assert_eq!(app.tries(person, "editProject", edit("Wasps")).await, "OK");
        }
        for person in [&member, &collaborator] {
            let outcome = app.tries(person, "editProject", edit("Flies")).await;
            assert_eq!(outcome, "FORBIDDEN ROLE_TOO_LOW");
        }
        // It remains complete, and keeps its co-founder.
        let empty = json!({ "projectId": space.project.to_string(), "fields": { "aims": "" } });
        assert_eq!(app.tries(&manager, "editProject", empty).await, "BAD_USER_INPUT fields.aims");
        let other = json!({ "projectId": space.project.to_string(), "cofounderId": manager.id.to_string() });
        let outcome = app.tries(&space.founders[0], "editProject", other).await;
        assert_eq!(outcome, "CONFLICT WRONG_STATE");
    }

    // P-03, P-04
    async fn a_project_is_not_edited_while_others_decide_or_when_it_is_closed(app: TestApp) {
        let founding = Founding::of(&app).await;
        for state in ["PENDING_PARTNER", "PENDING_APPROVAL", "CLOSED"] {
            let project = founding.reach(&app, state).await;
            let edit = json!({ "projectId": project, "fields": { "title": "Lakes" } });
            let outcome = app.tries(&founding.proposer, "editProject", edit).await;
            assert_eq!(outcome, "FORBIDDEN PROJECT_NOT_ACTIVE", "{state}");
        }
    }

    // P-09
    async fn a_field_of_an_active_project_that_is_emptied_is_named_as_such(app: TestApp) {
        let founding = Founding::of(&app).await;
        for (state, words) in [("DRAFT", None), ("ACTIVE", Some("must not be empty"))] {
            let project = founding.reach(&app, state).await;
            let input = json!({ "input": { "projectId": project, "fields": { "languages": [] } } });
            let operation = "mutation($input: EditProjectInput!) { editProject(input: $input) { project { id } } }";
            let answer = app.execute(Some(&founding.proposer.token), operation, input).await;
            let told = &answer["errors"][0]["extensions"]["problems"][0];
            let expected = words.map_or(Value::Null, |words| json!({ "field": "fields.languages", "code": "MISSING", "message": words }));
            assert_eq!(*told, expected, "{state}");
        }
    }
}
