//! The answer of the partner who is invited to found a project.

use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases};

use super::Founding;

on_both_databases! {
    // P-01, P-05
    async fn a_partner_who_moved_to_the_proposers_country_cannot_accept_and_can_decline(
        app: TestApp,
    ) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_PARTNER").await;
        let school = json!({ "name": "New", "town": "Bonn", "country": "DE" });
        app.does(&founding.cofounder, "editProfile", json!({ "school": school }), "__typename")
            .await;
        let told = ("Project", project.as_str());
        let accept = ("acceptProject", json!({ "projectId": project }));
        let one_country = "CONFLICT SAME_COUNTRY";
        app.foretold(&founding.cofounder, told, "accept", accept, one_country).await;
        assert_eq!(founding.tries(&app, "declineProject", &project).await, "OK");
        assert_eq!(founding.state(&app, &project).await, "DECLINED");
    }

    // P-05
    async fn nobody_but_the_invited_partner_answers(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_PARTNER").await;
        let stranger = app.teacher("Sven", "SE").await;
        for act in ["acceptProject", "declineProject"] {
            let input = json!({ "projectId": project });
            assert_eq!(
                app.tries(&founding.proposer, act, input.clone()).await,
                "FORBIDDEN NOT_YOURS"
            );
            assert_eq!(app.tries(&stranger, act, input.clone()).await, "NOT_FOUND");
            assert_eq!(app.tries(None, act, input).await, "UNAUTHENTICATED");
        }
        let input = json!({ "projectId": project });
        for act in ["sendProject", "withdrawProject"] {
            let outcome = app.tries(&founding.cofounder, act, input.clone()).await;
            assert_eq!(outcome, "FORBIDDEN NOT_YOURS");
        }
        assert_eq!(app.outbox().await.len(), 1, "the partner is told by mail");
    }

    // P-05
    async fn a_word_with_which_a_project_is_declined_has_a_limit(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_PARTNER").await;
        for reason in ["x".repeat(2001), "a\u{0}b".to_owned()] {
            let input = json!({ "projectId": project, "reason": reason });
            let outcome = app.tries(&founding.cofounder, "declineProject", input).await;
            assert_eq!(outcome, "BAD_USER_INPUT reason");
        }
        let input = json!({ "projectId": project, "reason": "No time." });
        app.does(&founding.cofounder, "declineProject", input, "project { state }").await;
        let query = format!("{{ project(id: \"{project}\") {{ refusal }} }}");
        let data = app.sees(&founding.proposer, &query).await;
        assert_eq!(data["project"]["refusal"], "No time.");
    }

    // P-07
    async fn a_sent_project_shows_for_whom_it_waits(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_PARTNER").await;
        for fields in ["waitsForPartner { id }", "waitsForPartner { name }"] {
            let query = format!("{{ project(id: \"{project}\") {{ {fields} }} }}");
            app.sees(&founding.proposer, &query).await;
        }
        let query = format!(
            "{{ project(id: \"{project}\") {{ waitsForPartner {{ name school {{ country }} }} }} }}"
        );
        let data = app.sees(&founding.proposer, &query).await;
        let expected = json!({ "name": "Carla Cofounder", "school": { "country": "FR" } });
        assert_eq!(data["project"]["waitsForPartner"], expected);
        assert_eq!(founding.tries(&app, "acceptProject", &project).await, "OK");
        let data = app.sees(&founding.proposer, &query).await;
        assert_eq!(data["project"]["waitsForPartner"], Value::Null);
    }
}
