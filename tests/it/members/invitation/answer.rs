//! Invitations that are accepted or declined (M-05).

use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

use super::{PASSWORD, invite, state};

async fn joined(app: &TestApp, person: &Person, space: &Space) -> bool {
    let query = format!("{{ twinSpace(id: \"{}\") {{ id }} }}", space.id);
    app.asks(person, &query).await == "OK"
}

on_both_databases! {
    // M-04
    async fn a_registered_teacher_accepts_by_the_mailed_link(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = invite(&app, &space, &teacher.email.to_uppercase(), "TEACHER").await;
        let token = app.link(&teacher.email).await;
        let preview = app
            .sees(
                None,
                &format!(
                    "{{ invitation(token: \"{token}\") {{ projectTitle inviterName role email }} }}"
                ),
            )
            .await;
        assert_eq!(
            preview["invitation"],
            json!({ "projectTitle": "Bees across borders",
            "inviterName": "Frida Founder", "role": "TEACHER", "email": teacher.email })
        );
        let payload = app
            .does(
                &teacher,
                "acceptInvitation",
                json!({ "token": token }),
                "member { role isFounder inviter { name } twinSpace { members { totalCount } } }",
            )
            .await;
        assert_eq!(
            payload["member"],
            json!({ "role": "TEACHER", "isFounder": false,
            "inviter": { "name": "Frida Founder" }, "twinSpace": { "members": { "totalCount": 3 } } })
        );
        let seen = state(&app, &space, &id).await;
        assert_eq!((&seen["state"], &seen["kind"]), (&json!("ACCEPTED"), &json!("COLLABORATOR")));
        // It works only once.
        assert_eq!(
            app.tries(&teacher, "acceptInvitation", json!({ "token": token })).await,
            "NOT_FOUND"
        );
        let again = json!({ "invitationId": id });
        assert_eq!(
            app.tries(&teacher, "acceptInvitation", again).await,
            "CONFLICT INVITATION_ENDED"
        );
    }

    // M-04
    async fn an_invitation_is_accepted_by_its_id_on_the_desktop(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = invite(&app, &space, &teacher.email, "VISITOR").await;
        let data = app
            .sees(&teacher, "{ viewer { invitations { totalCount nodes { id email state } } } }")
            .await;
        assert_eq!(
            data["viewer"]["invitations"]["nodes"],
            json!([{ "id": id, "email": teacher.email, "state": "PENDING" }])
        );
        assert_eq!(
            app.tries(&teacher, "acceptInvitation", json!({ "invitationId": id })).await,
            "OK"
        );
        assert!(joined(&app, &teacher, &space).await);
        let data = app
            .sees(
                &teacher,
                "{ viewer { invitations { totalCount } memberships { nodes { role } } } }",
            )
            .await;
        assert_eq!(
            data["viewer"],
            json!({ "invitations": { "totalCount": 0 },
            "memberships": { "nodes": [{ "role": "VISITOR" }] } })
        );
    }

    // M-05
    async fn an_invitation_is_for_the_invited_address_alone(app: TestApp) {
        let space = app.space().await;
        let other = app.teacher("Olaf", "NO").await;
        let id = invite(&app, &space, "tina@example.org", "TEACHER").await;
        let token = app.link("tina@example.org").await;
        assert_eq!(
            app.tries(&other, "acceptInvitation", json!({ "token": token })).await,
            "FORBIDDEN ADDRESS_DIFFERS"
        );
        assert_eq!(
            app.tries(&other, "acceptInvitation", json!({ "invitationId": id })).await,
            "NOT_FOUND"
        );
        assert_eq!(
            app.tries(&other, "declineInvitation", json!({ "invitationId": id })).await,
            "NOT_FOUND"
        );
        assert_eq!(
            app.tries(None, "declineInvitation", json!({ "invitationId": id })).await,
            "UNAUTHENTICATED"
        );
        assert_eq!(
            app.tries(None, "acceptInvitation", json!({ "token": token })).await,
            "UNAUTHENTICATED"
        );
        for input in [json!({}), json!({ "token": token, "invitationId": id })] {
            for answer in ["acceptInvitation", "declineInvitation"] {
                assert_eq!(app.tries(&other, answer, input.clone()).await, "GRAPHQL_VALIDATION_FAILED");
            }
        }
        let query = format!("{{ node(id: \"{id}\") {{ id }} }}");
        assert_eq!(app.sees(&other, &query).await["node"], Value::Null);
        assert_eq!(state(&app, &space, &id).await["state"], "PENDING");
    }

    // M-04
    async fn somebody_without_an_account_becomes_a_guest_and_is_signed_in(app: TestApp) {
        let space = app.space().await;
        invite(&app, &space, "gus@example.org", "VISITOR").await;
        let token = app.link("gus@example.org").await;
        let weak = json!({ "token": token, "name": " ", "password": "short" });
        assert_eq!(app.tries(None, "acceptInvitationAsGuest", weak).await, "BAD_USER_INPUT name");
        let input = json!({ "token": token, "name": "Gus  Gast", "password": PASSWORD });
        let payload = app.does(None, "acceptInvitationAsGuest", input.clone(),
            "token viewer { kind name email emailVerified } member { role name school { name } }").await;
        assert_eq!(
            payload["viewer"],
            json!({ "kind": "GUEST", "name": "Gus Gast",
            "email": "gus@example.org", "emailVerified": true })
        );
        assert_eq!(
            payload["member"],
            json!({ "role": "VISITOR", "name": "Gus Gast", "school": null })
        );
        let session = payload["token"].as_str().unwrap();
        let query = format!("{{ twinSpace(id: \"{}\") {{ viewerMember {{ role }} }} }}", space.id);
        assert_eq!(app.outcome(Some(session), &query, json!({})).await, "OK");
        assert_eq!(app.tries(None, "acceptInvitationAsGuest", input).await, "NOT_FOUND");
        // A guest has no desktop.
        assert_eq!(
            app.outcome(Some(session), "{ teachers { totalCount } }", json!({})).await,
            "FORBIDDEN"
        );
        let sign_in = json!({ "email": "gus@example.org", "password": PASSWORD });
        assert_eq!(app.tries(None, "signIn", sign_in).await, "OK");
    }

    // M-04
    async fn who_has_an_account_signs_in_to_accept(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        invite(&app, &space, &teacher.email, "TEACHER").await;
        let token = app.link(&teacher.email).await;
        let input = json!({ "token": token, "name": "Not Tina", "password": PASSWORD });
        assert_eq!(
            app.tries(None, "acceptInvitationAsGuest", input).await,
            "CONFLICT ACCOUNT_EXISTS"
        );
        assert_eq!(app.tries(&teacher, "acceptInvitation", json!({ "token": token })).await, "OK");
    }

    // M-05
    async fn a_reader_of_the_mail_declines_without_an_account(app: TestApp) {
        let space = app.space().await;
        let id = invite(&app, &space, "tina@example.org", "TEACHER").await;
        let token = app.link("tina@example.org").await;
        assert_eq!(app.tries(None, "declineInvitation", json!({ "token": token })).await, "OK");
        assert_eq!(state(&app, &space, &id).await["state"], "DECLINED");
        assert_eq!(
            app.tries(None, "declineInvitation", json!({ "token": token })).await,
            "NOT_FOUND"
        );
        // After some days, another is allowed.
        app.days_pass().await;
        invite(&app, &space, "tina@example.org", "VISITOR").await;
    }

    // P-17
    async fn nobody_joins_a_closed_project(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = invite(&app, &space, &teacher.email, "TEACHER").await;
        let close = json!({ "projectId": space.project.to_string() });
        assert_eq!(app.tries(&space.founders[0], "closeProject", close).await, "OK");
        let outcome = app.tries(&teacher, "acceptInvitation", json!({ "invitationId": id })).await;
        assert_eq!(outcome, "FORBIDDEN PROJECT_NOT_ACTIVE");
        assert_eq!(
            app.tries(&teacher, "declineInvitation", json!({ "invitationId": id })).await,
            "OK"
        );
    }
}
