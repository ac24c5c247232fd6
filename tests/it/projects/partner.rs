//! The partners of a project (P-10 to P-16).

use entity::{ProjectRole, TwinSpaceRole};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

async fn partners(app: &TestApp, viewer: &Person, space: &Space) -> Value {
    let query = format!(
        "{{ project(id: \"{}\") {{ partners {{ nodes {{ id role isFounder person {{ name }} }} }} }} }}",
        space.project
    );
    app.sees(viewer, &query).await["project"]["partners"]["nodes"].take()
}

on_both_databases! {
    // P-11
    async fn a_contact_who_accepts_is_a_partner_and_a_member_at_once(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let friend = app.teacher("Fritz", "AT").await;
        app.befriend(founder, &friend).await;
        let input =
            json!({ "projectId": space.project.to_string(), "personId": friend.id.to_string() });
        let payload =
            app.does(founder, "addPartner", input, "invitation { id kind role state email }").await;
        let id = payload["invitation"]["id"].as_str().unwrap();
        assert_eq!(
            payload["invitation"],
            json!({ "id": id, "kind": "PARTNER", "role": "TEACHER_ADMIN",
            "state": "PENDING", "email": friend.email })
        );

        let seen = app
            .sees(
                &friend,
                "{ viewer { invitations { nodes { id kind projectTitle inviter { name } } } } }",
            )
            .await;
        assert_eq!(
            seen["viewer"]["invitations"]["nodes"][0]["projectTitle"],
            "Bees across borders"
        );
        let accepted = app
            .does(
                &friend,
                "acceptInvitation",
                json!({ "invitationId": id }),
                "member { role name }",
            )
            .await;
        assert_eq!(accepted["member"], json!({ "role": "TEACHER_ADMIN", "name": "Fritz" }));
        let rows = partners(&app, &friend, &space).await;
        assert_eq!(rows.as_array().unwrap().len(), 3);
        assert_eq!((&rows[2]["role"], &rows[2]["isFounder"]), (&json!("MANAGER"), &json!(false)));
    }

    // P-11, R-03
    async fn a_member_who_accepts_a_higher_role_has_it_and_the_log_says_from_what(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let log = format!("{{ project(id: \"{}\") {{ auditLog(first: 2) {{ nodes {{ act details {{ roleBefore role }}
            actor {{ name }} person {{ name }} }} }} }} }}", space.project);
        for (before, offered, after) in [
            (TwinSpaceRole::Teacher, "TEACHER_ADMIN", "TEACHER_ADMIN"),
            (TwinSpaceRole::Visitor, "TEACHER", "TEACHER"),
            (TwinSpaceRole::Pupil, "TEACHER", "TEACHER"),
            (TwinSpaceRole::TeacherAdmin, "TEACHER", "TEACHER_ADMIN"),
        ] {
            let friend = app.teacher("Fritz", "AT").await;
            app.befriend(founder, &friend).await;
            app.seat(&space, &friend, before).await;
            let input = json!({ "projectId": space.project.to_string(),
                "personId": friend.id.to_string(), "role": offered });
            let sent = app.does(founder, "addPartner", input, "invitation { id }").await;
            let answer = json!({ "invitationId": sent["invitation"]["id"] });
            let accepted = app.does(&friend, "acceptInvitation", answer, "member { role }").await;
            assert_eq!(accepted["member"]["role"], after, "{before:?}");
            let lines = app.sees(founder, &log).await["project"]["auditLog"]["nodes"].take();
            let upper = |role: TwinSpaceRole| sea_orm::ActiveEnum::to_value(&role).to_uppercase();
            let raised = json!({ "act": "MEMBER_ROLE_CHANGED", "actor": { "name": "Fritz" },
                "person": { "name": "Fritz" },
                "details": { "roleBefore": upper(before), "role": after } });
            assert_eq!(lines[0]["act"], "INVITATION_ACCEPTED");
            assert_eq!(lines[1] == raised, before != TwinSpaceRole::TeacherAdmin, "{lines}");
        }
    }

    // P-12, P-13, P-14, R-02
    async fn what_becomes_of_a_partner_is_told_beforehand(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let member = app.teacher("Mia", "IT").await;
        let place = app.partner(&space, &member, ProjectRole::Member).await.to_string();
        app.seat(&space, &member, TwinSpaceRole::TeacherAdmin).await;
        let rows = partners(&app, founder, &space).await;
        let founders = rows[1]["id"].as_str().unwrap().to_owned();
        let change = |id: &str| ("changePartnerRole", json!({ "partnerId": id, "role": "MANAGER" }));
        let remove = |id: &str| ("removePartner", json!({ "partnerId": id }));
        let protected = "FORBIDDEN FOUNDER_PROTECTED";
        app.foretold(founder, ("Partner", &founders), "changeRole", change(&founders), protected).await;
        app.foretold(founder, ("Partner", &founders), "remove", remove(&founders), protected).await;
        let low = "FORBIDDEN ROLE_TOO_LOW";
        app.foretold(&member, ("Partner", &place), "changeRole", change(&place), low).await;
        app.foretold(&member, ("Partner", &place), "remove", remove(&place), low).await;
        app.foretold(founder, ("Partner", &place), "changeRole", change(&place), "OK").await;
        // The last administrator of the TwinSpace must stay, and so must the partner.
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        for founder in [founder, other] {
            assert_eq!(app.tries(founder, "leaveTwinSpace", leave.clone()).await, "OK");
        }
        let last = "FORBIDDEN LAST_TEACHER_ADMIN";
        app.foretold(founder, ("Partner", &place), "remove", remove(&place), last).await;
        app.foretold(founder, ("Partner", &place), "changeRole", change(&place), "OK").await;
        // As many statements for all partners as for one.
        let ask = |first: usize| format!("{{ project(id: \"{}\") {{ partners(first: {first}) {{ nodes {{
            permissions {{ changeRole {{ allowed }} remove {{ reason }} }} }} }} }} }}", space.project);
        let one = app.statements(app.sees(founder, &ask(1))).await.1;
        for name in ["Max", "Mona", "Mats"] {
            let teacher = app.teacher(name, "IT").await;
            app.partner(&space, &teacher, ProjectRole::Member).await;
        }
        let many = app.statements(app.sees(founder, &ask(9))).await.1;
        // One more if an administrator is among them: the number of administrators.
        assert!((one..=one + 1).contains(&many), "{one} {many}");
        app.seat(&space, founder, TwinSpaceRole::TeacherAdmin).await;
        app.foretold(founder, ("Partner", &place), "remove", remove(&place), "OK").await;
        let close = json!({ "projectId": space.project.to_string() });
        assert_eq!(app.tries(founder, "closeProject", close).await, "OK");
        let closed = "FORBIDDEN PROJECT_NOT_ACTIVE";
        app.foretold(founder, ("Partner", &founders), "remove", remove(&founders), closed).await;
    }

    // P-11
    async fn the_inviter_chooses_among_the_teachers_roles(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let friend = app.teacher("Fritz", "AT").await;
        app.befriend(founder, &friend).await;
        for (role, outcome) in [
            ("PUPIL", "BAD_USER_INPUT role"),
            ("VISITOR", "BAD_USER_INPUT role"),
            ("TEACHER", "OK"),
            ("TEACHER", "CONFLICT ALREADY_INVITED"),
        ] {
            let input = json!({ "projectId": space.project.to_string(),
                "personId": friend.id.to_string(), "role": role });
            assert_eq!(app.tries(founder, "addPartner", input).await, outcome, "{role}");
        }
        let token = app.link(&friend.email).await;
        let member = app
            .does(&friend, "acceptInvitation", json!({ "token": token }), "member { role }")
            .await;
        assert_eq!(member["member"]["role"], "TEACHER");
    }

    // P-02, P-11, P-16
    async fn partners_are_added_from_the_own_contacts_by_those_who_manage(app: TestApp) {
        let space = app.space().await;
        let stranger = app.teacher("Sven", "SE").await;
        let manager = app.teacher("Mona", "IT").await;
        app.partner(&space, &manager, ProjectRole::Manager).await;
        app.seat(&space, &manager, TwinSpaceRole::TeacherAdmin).await;
        let member = app.teacher("Mia", "IT").await;
        app.partner(&space, &member, ProjectRole::Member).await;
        let collaborator = app.teacher("Cora", "IT").await;
        app.seat(&space, &collaborator, TwinSpaceRole::TeacherAdmin).await;
        for person in [&manager, &member, &collaborator] {
            app.befriend(person, &stranger).await;
        }
        let input =
            json!({ "projectId": space.project.to_string(), "personId": stranger.id.to_string() });
        for (person, outcome) in [
            (&space.founders[0], "CONFLICT NOT_A_CONTACT"),
            (&member, "FORBIDDEN ROLE_TOO_LOW"),
            (&collaborator, "FORBIDDEN ROLE_TOO_LOW"),
            (&stranger, "FORBIDDEN ROLE_TOO_LOW"),
            (&manager, "OK"),
        ] {
            assert_eq!(app.tries(person, "addPartner", input.clone()).await, outcome);
        }
        let input =
            json!({ "projectId": space.project.to_string(), "personId": member.id.to_string() });
        app.befriend(&manager, &member).await;
        assert_eq!(app.tries(&manager, "addPartner", input).await, "CONFLICT ALREADY_MEMBER");
    }

    // P-11
    async fn partners_are_added_only_to_an_active_project(app: TestApp) {
        let proposer = app.teacher("Petra", "DE").await;
        let cofounder = app.teacher("Carla", "FR").await;
        let friend = app.teacher("Fritz", "AT").await;
        app.befriend(&proposer, &friend).await;
        let project = app.draft(&proposer, &cofounder).await.to_string();
        let input = json!({ "projectId": project, "personId": friend.id.to_string() });
        let outcome = app.tries(&proposer, "addPartner", input).await;
        assert_eq!(outcome, "FORBIDDEN PROJECT_NOT_ACTIVE");
    }

    // P-10, P-12, P-13
    async fn founders_are_not_changed_or_removed_by_anybody(app: TestApp) {
        let space = app.space().await;
        let manager = app.teacher("Mona", "IT").await;
        app.partner(&space, &manager, ProjectRole::Manager).await;
        let rows = partners(&app, &manager, &space).await;
        for person in [&space.founders[0], &manager] {
            for row in rows.as_array().unwrap().iter().filter(|row| row["isFounder"] == true) {
                let change = json!({ "partnerId": row["id"], "role": "MEMBER" });
                let outcome = app.tries(person, "changePartnerRole", change).await;
                assert_eq!(outcome, "FORBIDDEN FOUNDER_PROTECTED");
                let outcome =
                    app.tries(person, "removePartner", json!({ "partnerId": row["id"] })).await;
                assert_eq!(outcome, "FORBIDDEN FOUNDER_PROTECTED");
            }
        }
    }

    // P-12: the two roles are independent.
    async fn a_partners_project_role_changes_without_the_one_in_the_twinspace(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let partner = app.teacher("Paul", "IT").await;
        let id = app.partner(&space, &partner, ProjectRole::Manager).await.to_string();
        app.seat(&space, &partner, TwinSpaceRole::TeacherAdmin).await;
        let change = json!({ "partnerId": id, "role": "MEMBER" });
        let payload =
            app.does(founder, "changePartnerRole", change.clone(), "partner { role }").await;
        assert_eq!(payload["partner"]["role"], "MEMBER");
        let data = app
            .sees(
                &partner,
                &format!("{{ twinSpace(id: \"{}\") {{ viewerMember {{ role }} }} }}", space.id),
            )
            .await;
        assert_eq!(data["twinSpace"]["viewerMember"]["role"], "TEACHER_ADMIN");
        // A member no longer manages partners.
        let back = json!({ "partnerId": id, "role": "MANAGER" });
        assert_eq!(app.tries(&partner, "changePartnerRole", back).await, "FORBIDDEN ROLE_TOO_LOW");
    }

    // P-13
    async fn a_removed_partner_is_gone_from_the_project_and_its_twinspace(app: TestApp) {
        let space = app.space().await;
        let partner = app.teacher("Paul", "IT").await;
        let id = app.partner(&space, &partner, ProjectRole::Manager).await.to_string();
        app.seat(&space, &partner, TwinSpaceRole::TeacherAdmin).await;
        let input = json!({ "partnerId": id });
        assert_eq!(app.tries(&space.founders[1], "removePartner", input.clone()).await, "OK");
        assert_eq!(app.tries(&space.founders[1], "removePartner", input).await, "NOT_FOUND");
        assert_eq!(partners(&app, &space.founders[0], &space).await.as_array().unwrap().len(), 2);
        let query = format!("{{ twinSpace(id: \"{}\") {{ title }} }}", space.id);
        assert_eq!(app.asks(&partner, &query).await, "NOT_FOUND");
        let acts = app.acts(&space.founders[0], &space.project.to_string()).await;
        assert!(acts.ends_with(&["MEMBER_REMOVED".into(), "PARTNER_REMOVED".into()]), "{acts:?}");
    }

    // P-13, P-14
    async fn a_partner_who_is_the_last_teacher_administrator_cannot_be_removed(app: TestApp) {
        let space = app.space().await;
        let partner = app.teacher("Paul", "IT").await;
        let id = app.partner(&space, &partner, ProjectRole::Manager).await.to_string();
        app.seat(&space, &partner, TwinSpaceRole::TeacherAdmin).await;
        for founder in &space.founders {
            let input = json!({ "twinSpaceId": space.id.to_string() });
            assert_eq!(app.tries(founder, "leaveTwinSpace", input).await, "OK");
        }
        // A founder who left keeps their powers in the project.
        let outcome =
            app.tries(&space.founders[0], "removePartner", json!({ "partnerId": id })).await;
        assert_eq!(outcome, "FORBIDDEN LAST_TEACHER_ADMIN");
        assert_eq!(partners(&app, &space.founders[0], &space).await.as_array().unwrap().len(), 3);
    }
}
