//! The support services' decisions (P-06 to P-08).

use serde_json::{Value, json};

use crate::{
    projects::project::Founding,
    support::{TestApp, cast::Person, on_both_databases},
};

async fn decisions(app: &TestApp, viewer: &Person, project: &str) -> Value {
    let query = format!(
        "{{ project(id: \"{project}\") {{ approvals {{
            country state reason service {{ name region }} decidedBy {{ name }} }} }} }}"
    );
    app.sees(viewer, &query).await["project"]["approvals"].take()
}

async fn waiting(app: &TestApp, officer: &Person) -> Value {
    let query = "{ viewer { approvals { totalCount nodes { project { id } country since } } } }";
    app.sees(officer, query).await["viewer"]["approvals"].take()
}

on_both_databases! {
    // P-06
    async fn the_services_of_both_countries_and_of_the_region_all_decide(app: TestApp) {
        let founding = Founding::of(&app).await;
        let school = json!({ "name": "A", "town": "Brest", "region": "Brétagne", "country": "FR" });
        app.does(&founding.cofounder, "editProfile", json!({ "school": school }), "__typename")
            .await;
        let german = app.officer("DE", "").await;
        let bavarian = app.officer("DE", "Bayern").await;
        let french = app.officer("FR", "").await;
        let breton = app.officer("FR", "BRETAGNE").await;
        let polish = app.officer("PL", "").await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;

        for (officer, waits) in [
            (&german, 1),
            (&bavarian, 0),
            (&french, 1),
            (&breton, 1),
            (&polish, 0),
            (&founding.administrator, 0),
            (&founding.proposer, 0),
        ] {
            assert_eq!(waiting(&app, officer).await["totalCount"], waits);
        }
        let input = json!({ "projectId": project });
        for stranger in [&bavarian, &polish, &founding.administrator] {
            assert_eq!(app.tries(stranger, "approveProject", input.clone()).await, "NOT_FOUND");
        }
        for founder in [&founding.proposer, &founding.cofounder] {
            let outcome = app.tries(founder, "approveProject", input.clone()).await;
            assert_eq!(outcome, "FORBIDDEN ROLE_TOO_LOW");
        }
        for officer in [&german, &breton] {
            assert_eq!(app.tries(officer, "approveProject", input.clone()).await, "OK");
            assert_eq!(founding.state(&app, &project).await, "PENDING_APPROVAL");
            let outcome = app.tries(officer, "approveProject", input.clone()).await;
            assert_eq!(outcome, "CONFLICT ALREADY_DONE");
            assert_eq!(waiting(&app, officer).await["totalCount"], 0);
        }
        // The second officer's approval is the last.
        assert_eq!(app.tries(&french, "approveProject", input).await, "OK");
        assert_eq!(founding.state(&app, &project).await, "ACTIVE");
    }

    // P-06
    async fn the_services_are_told_by_mail(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        founding.reach(&app, "PENDING_APPROVAL").await;
        let outbox = app.outbox().await;
        let mails = |person: &Person| outbox.iter().filter(|m| m.recipient == person.email).count();
        assert_eq!(mails(&german), 1);
        // France has no support service: the administrators are asked.
        assert_eq!(mails(&founding.administrator), 1);
    }

    // P-07
    async fn a_project_shows_who_decides_and_what_was_decided(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        let input = json!({ "projectId": project, "reason": "Well thought." });
        app.does(&german, "approveProject", input, "project { state }").await;
        let mut seen = decisions(&app, &founding.cofounder, &project).await;
        seen.as_array_mut().unwrap().sort_by_key(|row| row["country"].to_string());
        assert_eq!(
            seen,
            json!([
                { "country": "DE", "state": "APPROVED", "reason": "Well thought.",
                  "service": { "name": "Service of DE ", "region": null },
                  "decidedBy": { "name": "Olga Officer" } },
                { "country": "FR", "state": "PENDING", "reason": null, "service": null,
                  "decidedBy": null },
            ])
        );
        let first = &waiting(&app, &founding.administrator).await["nodes"][0];
        assert_eq!(first["project"]["id"], json!(project));
        // The administrators decide for both countries if neither has a support service.
        assert_eq!(first["country"], "FR");
    }

    // P-04, P-07
    async fn a_rejected_project_is_revised_and_decided_in_a_new_round(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        let french = app.officer("FR", "").await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        let approve = json!({ "projectId": project });
        let reject = json!({ "projectId": project, "reason": "Which pupils?" });
        assert_eq!(app.tries(&german, "approveProject", approve.clone()).await, "OK");
        assert_eq!(app.tries(&french, "rejectProject", reject).await, "OK");
        let query = format!("{{ project(id: \"{project}\") {{ state refusal }} }}");
        let data = app.sees(&founding.proposer, &query).await;
        assert_eq!(data["project"], json!({ "state": "REJECTED", "refusal": "Which pupils?" }));

        let edit = json!({ "projectId": project, "fields": { "aims": "Class 4b." } });
        let payload =
            app.does(&founding.proposer, "editProject", edit, "project { aims title }").await;
        assert_eq!(payload["project"], json!({ "aims": "Class 4b.", "title": "Rivers" }));
        let input = json!({ "projectId": project });
        assert_eq!(app.tries(&founding.proposer, "sendProject", input.clone()).await, "OK");
        assert_eq!(app.tries(&founding.cofounder, "acceptProject", input).await, "OK");
        assert_eq!(app.sees(&founding.proposer, &query).await["project"]["refusal"], Value::Null);
        // Those who approved before decide again.
        assert_eq!(app.tries(&french, "approveProject", approve.clone()).await, "OK");
        assert_eq!(founding.state(&app, &project).await, "PENDING_APPROVAL");
        assert_eq!(app.tries(&german, "approveProject", approve).await, "OK");
        assert_eq!(founding.state(&app, &project).await, "ACTIVE");
        let rows = decisions(&app, &founding.proposer, &project).await;
        let made: Vec<_> = rows.as_array().unwrap().iter().map(|row| &row["state"]).collect();
        assert_eq!(made.len(), 4);
        assert_eq!(made.iter().filter(|decision| **decision == "REJECTED").count(), 1);
    }

    // P-04
    async fn a_rejection_needs_a_reason(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        for reason in ["", "  ", "\u{0}", &"x".repeat(2001)] {
            let input = json!({ "projectId": project, "reason": reason });
            let outcome = app.tries(&founding.administrator, "rejectProject", input).await;
            assert_eq!(outcome, "BAD_USER_INPUT reason", "{reason:?}");
        }
        let input = json!({ "projectId": project, "reason": "a\u{0}b" });
        let outcome = app.tries(&founding.administrator, "approveProject", input).await;
        assert_eq!(outcome, "BAD_USER_INPUT reason");
    }

    // P-04, P-06
    async fn a_withdrawn_project_waits_for_no_decision(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        let input = json!({ "projectId": project });
        assert_eq!(app.tries(&founding.proposer, "withdrawProject", input.clone()).await, "OK");
        assert_eq!(waiting(&app, &german).await["totalCount"], 0);
        assert_eq!(app.tries(&german, "approveProject", input).await, "NOT_FOUND");
    }
}
