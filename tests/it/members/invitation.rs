//! Invitations (M-04, M-05).

use entity::TwinSpaceRole;
use serde_json::{Value, json};

use crate::support::{TestApp, cast::Space, on_both_databases};

mod answer;

const PASSWORD: &str = "a long story 1";

/// Invites this address; returns the ID of the invitation.
pub async fn invite(app: &TestApp, space: &Space, email: &str, role: &str) -> String {
    let input = json!({ "twinSpaceId": space.id.to_string(), "email": email, "role": role });
    let payload = app.does(&space.founders[0], "inviteMember", input, "invitation { id }").await;
    payload["invitation"]["id"].as_str().unwrap().to_owned()
}

async fn state(app: &TestApp, space: &Space, id: &str) -> Value {
    let query =
        format!("{{ node(id: \"{id}\") {{ ... on Invitation {{ state kind role endedAt }} }} }}");
    app.sees(&space.founders[0], &query).await["node"].take()
}

on_both_databases! {
    // M-05, R-02
    async fn what_becomes_of_an_invitation_is_told_beforehand(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let id = invite(&app, &space, "new@example.org", "TEACHER").await;
        let told = ("Invitation", id.as_str());
        let one = json!({ "invitationId": id });
        let role = json!({ "invitationId": id, "role": "VISITOR" });
        app.foretold(founder, told, "changeRole", ("changeInvitationRole", role.clone()), "OK").await;
        app.days_pass().await;
        app.foretold(founder, told, "resend", ("resendInvitation", one.clone()), "OK").await;
        // An expired invitation can be resent, and nothing else.
        app.run_out(&id).await;
        let ended = "CONFLICT INVITATION_ENDED";
        app.foretold(founder, told, "changeRole", ("changeInvitationRole", role.clone()), ended).await;
        app.foretold(founder, told, "revoke", ("revokeInvitation", one.clone()), ended).await;
        app.foretold(founder, told, "resend", ("resendInvitation", one.clone()), "OK").await;
        app.foretold(founder, told, "revoke", ("revokeInvitation", one.clone()), "OK").await;
        for (field, act, input) in [
            ("revoke", "revokeInvitation", &one),
            ("resend", "resendInvitation", &one),
            ("changeRole", "changeInvitationRole", &role),
        ] {
            app.foretold(founder, told, field, (act, input.clone()), ended).await;
        }
    }

    // M-05
    async fn sending_again_kills_the_old_link(app: TestApp) {
        let space = app.space().await;
        let id = invite(&app, &space, "tina@example.org", "TEACHER").await;
        let old = app.link("tina@example.org").await;
        let input = json!({ "invitationId": id });
        app.days_pass().await;
        let payload = app
            .does(&space.founders[1], "resendInvitation", input.clone(), "invitation { state }")
            .await;
        assert_eq!(payload["invitation"]["state"], "PENDING");
        assert_eq!(
            app.tries(None, "declineInvitation", json!({ "token": old })).await,
            "NOT_FOUND"
        );
        let new = app.link("tina@example.org").await;
        assert_ne!(old, new);
        assert_eq!(app.tries(None, "declineInvitation", json!({ "token": new })).await, "OK");
        let outcome = app.tries(&space.founders[1], "resendInvitation", input).await;
        assert_eq!(outcome, "CONFLICT INVITATION_ENDED");
    }

    // M-05
    async fn a_revoked_invitation_is_dead_and_its_mail_does_not_leave(app: TestApp) {
        let space = app.space().await;
        let id = invite(&app, &space, "tina@example.org", "TEACHER").await;
        let token = app.link("tina@example.org").await;
        let input = json!({ "invitationId": id });
        assert_eq!(app.tries(&space.founders[0], "revokeInvitation", input.clone()).await, "OK");
        let seen = state(&app, &space, &id).await;
        assert_eq!(seen["state"], "REVOKED");
        assert!(seen["endedAt"].is_string());
        assert_eq!(
            app.tries(None, "declineInvitation", json!({ "token": token })).await,
            "NOT_FOUND"
        );
        let change = json!({ "invitationId": id, "role": "VISITOR" });
        for (act, input) in [
            ("revokeInvitation", input.clone()),
            ("resendInvitation", input),
            ("changeInvitationRole", change),
        ] {
            let outcome = app.tries(&space.founders[0], act, input).await;
            assert_eq!(outcome, "CONFLICT INVITATION_ENDED", "{act}");
        }
        let before = app.mails().await.len();
        let id = invite(&app, &space, "bea@example.org", "TEACHER").await;
        assert_eq!(
            app.tries(&space.founders[0], "revokeInvitation", json!({ "invitationId": id })).await,
            "OK"
        );
        assert_eq!(app.mails().await.len(), before);
    }

    // M-05, M-12
    async fn what_a_pending_invitation_offers_can_be_changed(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = invite(&app, &space, &teacher.email, "TEACHER").await;
        let token = app.link(&teacher.email).await;
        for (role, outcome) in [("PUPIL", "BAD_USER_INPUT role"), ("VISITOR", "OK")] {
            let input = json!({ "invitationId": id, "role": role });
            assert_eq!(app.tries(&space.founders[0], "changeInvitationRole", input).await, outcome);
        }
        assert_eq!(state(&app, &space, &id).await["kind"], "VISITOR");
        // The link remains valid.
        let member = app
            .does(&teacher, "acceptInvitation", json!({ "token": token }), "member { role }")
            .await;
        assert_eq!(member["member"]["role"], "VISITOR");
    }

    async fn invitations_are_filtered_by_state_role_address_and_whose_they_are(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let nina = invite(&app, &space, "nina@example.org", "TEACHER").await;
        invite(&app, &space, "oskar@school.example", "VISITOR").await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "email": "pavel@school.example", "role": "TEACHER" });
        app.does(other, "inviteMember", input, "__typename").await;
        app.does(founder, "revokeInvitation", json!({ "invitationId": nina }), "__typename").await;
        for (filter, expected) in [
            ("states: [PENDING]", vec!["oskar", "pavel"]),
            ("states: [PENDING, REVOKED, REVOKED]", vec!["nina", "oskar", "pavel"]),
            ("states: [EXPIRED, DECLINED]", vec![]),
            ("roles: [TEACHER]", vec!["nina", "pavel"]),
            ("roles: [TEACHER], states: [PENDING]", vec!["pavel"]),
            ("invitedByViewer: true", vec!["nina", "oskar"]),
            ("invitedByViewer: false", vec!["pavel"]),
            ("invitedByViewer: null, states: null, roles: null, search: null", vec!["nina", "oskar", "pavel"]),
            ("search: \"SCHOOL\"", vec!["oskar", "pavel"]),
            ("search: \"osk@school\"", vec!["oskar"]),
            ("search: \"%\"", vec![]),
        ] {
            let query = format!("{{ twinSpace(id: \"{}\") {{ invitations(filter: {{ {filter} }}) {{ totalCount nodes {{ email }} }} }} }}", space.id);
            let list = app.sees(founder, &query).await["twinSpace"]["invitations"].take();
            let names: Vec<_> = list["nodes"].as_array().unwrap().iter()
                .map(|node| node["email"].as_str().unwrap().split('@').next().unwrap()).collect();
            assert_eq!((&list["totalCount"], &names), (&json!(expected.len()), &expected), "{filter}");
        }
        let long = format!("{{ twinSpace(id: \"{}\") {{ invitations(filter: {{ search: \"{}\" }}) {{ totalCount }} }} }}", space.id, "a".repeat(201));
        assert_eq!(app.asks(founder, &long).await, "BAD_USER_INPUT search");
    }

    // M-05
    async fn an_invitation_that_was_not_answered_in_time_makes_room_for_another(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = invite(&app, &space, &teacher.email, "TEACHER").await;
        let token = app.link(&teacher.email).await;
        app.run_out(&id).await;
        assert_eq!(state(&app, &space, &id).await["state"], "EXPIRED");
        for input in [json!({ "token": token }), json!({ "invitationId": id })] {
            let outcome = app.tries(&teacher, "acceptInvitation", input).await;
            assert_eq!(outcome, "CONFLICT INVITATION_ENDED");
        }
        let query = |state: &str| {
            format!(
                "{{ twinSpace(id: \"{}\") {{ invitations(filter: {{ states: [{state}] }}) {{ totalCount }} }} }}",
                space.id
            )
        };
        for (wanted, count) in [("PENDING", 0), ("EXPIRED", 1)] {
            let data = app.sees(&space.founders[0], &query(wanted)).await;
            assert_eq!(data["twinSpace"]["invitations"]["totalCount"], count);
        }
        let mine = app.sees(&teacher, "{ viewer { invitations { totalCount } } }").await;
        assert_eq!(mine["viewer"]["invitations"]["totalCount"], 0);
        let new = invite(&app, &space, &teacher.email, "VISITOR").await;
        assert_ne!(new, id);
        let outcome =
            app.tries(&space.founders[0], "resendInvitation", json!({ "invitationId": id })).await;
        assert_eq!(outcome, "CONFLICT INVITATION_ENDED");
        assert_eq!(
            app.tries(&teacher, "acceptInvitation", json!({ "invitationId": new })).await,
            "OK"
        );
    }

    // M-05
    async fn an_expired_invitation_lives_again_when_it_is_resent(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = invite(&app, &space, &teacher.email, "TEACHER").await;
        app.run_out(&id).await;
        assert_eq!(
            app.tries(&space.founders[0], "resendInvitation", json!({ "invitationId": id })).await,
            "OK"
        );
        let token = app.link(&teacher.email).await;
        assert_eq!(app.tries(&teacher, "acceptInvitation", json!({ "token": token })).await, "OK");
    }

    // M-05
    async fn an_address_has_one_pending_invitation_and_members_none(app: TestApp) {
        let space = app.space().await;
        let elsewhere = app.space().await;
        invite(&app, &space, "tina@example.org", "TEACHER").await;
        invite(&app, &elsewhere, "tina@example.org", "TEACHER").await;
        let input = |email: &str, role: &str| json!({ "twinSpaceId": space.id.to_string(), "email": email, "role": role });
        for (email, role, outcome) in [
            ("TINA@example.org", "VISITOR", "CONFLICT ALREADY_INVITED"),
            (space.founders[1].email.as_str(), "TEACHER", "CONFLICT ALREADY_MEMBER"),
            ("not an address", "TEACHER", "BAD_USER_INPUT email"),
            ("a\u{0}b@example.org", "TEACHER", "BAD_USER_INPUT email"),
            ("a@example.org", "PUPIL", "BAD_USER_INPUT role"),
        ] {
            assert_eq!(
                app.tries(&space.founders[0], "inviteMember", input(email, role)).await,
                outcome,
                "{email:?}"
            );
        }
    }

    // M-04, M-13, R-01
    async fn only_teacher_administrators_manage_invitations(app: TestApp) {
        let space = app.space().await;
        let id = invite(&app, &space, "tina@example.org", "TEACHER").await;
        let teacher = app.teacher("Tom", "IT").await;
        app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let stranger = app.teacher("Sven", "SE").await;
        let input = json!({ "invitationId": id });
        let invite = json!({ "twinSpaceId": space.id.to_string(), "email": "a@example.org", "role": "TEACHER" });
        let change = json!({ "invitationId": id, "role": "VISITOR" });
        for (act, input) in [
            ("inviteMember", invite),
            ("resendInvitation", input.clone()),
            ("revokeInvitation", input),
            ("changeInvitationRole", change),
        ] {
            // They receive nothing about what they cannot see.
            let refused = match act {
                "inviteMember" => "FORBIDDEN ROLE_TOO_LOW",
                _ => "NOT_FOUND",
            };
            assert_eq!(app.tries(&teacher, act, input.clone()).await, refused, "{act}");
            assert_eq!(app.tries(&stranger, act, input.clone()).await, "NOT_FOUND", "{act}");
            assert_eq!(app.tries(None, act, input).await, "UNAUTHENTICATED", "{act}");
        }
        let query =
            format!("{{ twinSpace(id: \"{}\") {{ invitations {{ totalCount }} }} }}", space.id);
        assert_eq!(app.asks(&teacher, &query).await, "FORBIDDEN ROLE_TOO_LOW");
    }

    //
    async fn every_act_on_an_invitation_is_in_the_audit_log(app: TestApp) {
        let space = app.space().await;
        let id = invite(&app, &space, "tina@example.org", "TEACHER").await;
        let input = json!({ "invitationId": id });
        let change = json!({ "invitationId": id, "role": "VISITOR" });
        for (act, input) in [
            ("resendInvitation", input.clone()),
            ("changeInvitationRole", change),
            ("revokeInvitation", input),
        ] {
            app.days_pass().await;
            assert_eq!(app.tries(&space.founders[0], act, input).await, "OK");
        }
        app.days_pass().await;
        invite(&app, &space, "tina@example.org", "TEACHER").await;
        let token = app.link("tina@example.org").await;
        assert_eq!(app.tries(None, "declineInvitation", json!({ "token": token })).await, "OK");
        app.days_pass().await;
        invite(&app, &space, "tina@example.org", "TEACHER").await;
        let token = app.link("tina@example.org").await;
        let input = json!({ "token": token, "name": "Tina", "password": PASSWORD });
        assert_eq!(app.tries(None, "acceptInvitationAsGuest", input).await, "OK");
        let acts = app.acts(&space.founders[0], &space.project.to_string()).await;
        let acts: Vec<_> = acts.iter().filter(|act| act.starts_with("INVITATION")).collect();
        assert_eq!(
            acts,
            [
                "INVITATION_SENT",
                "INVITATION_RESENT",
                "INVITATION_ROLE_CHANGED",
                "INVITATION_REVOKED",
                "INVITATION_SENT",
                "INVITATION_DECLINED",
                "INVITATION_SENT",
                "INVITATION_ACCEPTED"
            ]
        );
    }
}
