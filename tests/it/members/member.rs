//! Members of a TwinSpace: their roles, and how they leave (M-01, M-02, M-12, M-13, M-20, P-14).

use std::process::Command;

use domain::members::member::stale;
use entity::{ProjectRole, TwinSpaceRole};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

fn change(member: &impl ToString, role: &str) -> Value {
    json!({ "memberId": member.to_string(), "role": role })
}

async fn place(app: &TestApp, person: &Person, space: &Space) -> String {
    let query = format!("{{ twinSpace(id: \"{}\") {{ viewerMember {{ id }} }} }}", space.id);
    let data = app.sees(person, &query).await;
    data["twinSpace"]["viewerMember"]["id"].as_str().unwrap().to_owned()
}

on_both_databases! {
    // M-12
    async fn a_teacher_administrator_gives_a_teacher_any_role(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        for role in ["TEACHER_ADMIN", "PUPIL_ADMIN", "PUPIL", "VISITOR", "TEACHER", "TEACHER"] {
            let payload = app
                .does(&space.founders[0], "changeMemberRole", change(&id, role), "member { role }")
                .await;
            assert_eq!(payload["member"]["role"], role);
        }
        let acts = app.acts(&space.founders[0], &space.project.to_string()).await;
        // The last one changed nothing.
        assert_eq!(acts.iter().filter(|act| *act == "MEMBER_ROLE_CHANGED").count(), 5);
    }

    async fn a_role_is_changed_in_few_statements_whatever_else_there_is(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let founder = &space.founders[0];
        for n in 0..5 {
            let other = app.teacher(&format!("Otto {n}"), "IT").await;
            app.seat(&space, &other, TwinSpaceRole::TeacherAdmin).await;
        }
        for role in ["TEACHER_ADMIN", "TEACHER", "VISITOR", "TEACHER"] {
            let act = app.does(founder, "changeMemberRole", change(&id, role), "member { id role }");
            let (_, statements) = app.statements(act).await;
            let most = if app.is_postgresql() { 3 } else { 6 };
            assert!(statements <= most, "{role} takes {statements} statements");
        }
    }

    // M-01
    async fn numbers_of_members_that_were_changed_by_hand_are_counted_again(app: TestApp) {
        let space = app.space().await;
        app.seat(&space, &app.pupil("Pia", &space.founders[0]).await, TwinSpaceRole::Pupil).await;
        let url = app.database_url();
        let run = |command: &str| {
            let output = Command::new(env!("CARGO_BIN_EXE_twinspace"))
                .args([command, "--database-url", &url])
                .env("TWINSPACE_DATA_DIR", &app.config.data_dir)
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].concat();
            (output.status.code(), String::from_utf8(said).unwrap())
        };
        let tx = app.db.begin().await.unwrap();
        tx.execute_unprepared("update member_count set members = 7, pupils = 3").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(stale(&app.db).await.unwrap(), 1);
        let (code, said) = run("check");
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("twinspace recount"), "{said}");
        let (code, said) = run("recount");
        assert_eq!((code, said.contains("were wrong for TwinSpaces: 1.")), (Some(0), true), "{said}");
        assert_eq!(run("check").0, Some(0));
        let query = format!("{{ twinSpace(id: \"{}\") {{ memberCounts {{ teachers pupils total }} members {{ totalCount }} }} }}", space.id);
        let space = app.sees(&space.founders[0], &query).await["twinSpace"].take();
        assert_eq!(space, json!({ "memberCounts": { "teachers": 2, "pupils": 1, "total": 3 }, "members": { "totalCount": 3 } }));
    }

    // M-12
    async fn a_pupil_is_raised_to_a_teachers_role_only_when_that_is_acknowledged(app: TestApp) {
        let space = app.space().await;
        let [founder, _] = &space.founders;
        let pupil = app.pupil("Pia", founder).await;
        let id = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        assert_eq!(app.tries(founder, "changeMemberRole", change(&id, "PUPIL_ADMIN")).await, "OK");
        for role in ["TEACHER", "TEACHER_ADMIN", "VISITOR"] {
            let outcome = app.tries(founder, "changeMemberRole", change(&id, role)).await;
            assert_eq!(outcome, "CONFLICT ACKNOWLEDGEMENT_NEEDED");
        }
        let mut input = change(&id, "TEACHER");
        input["acknowledgePupil"] = json!(true);
        assert_eq!(app.tries(founder, "changeMemberRole", input).await, "OK");
        let query = format!(
            "{{ twinSpace(id: \"{}\") {{ auditLog(first: 1) {{ nodes {{
            act actor {{ name }} person {{ name }} details {{ roleBefore role acknowledged }} }} }} }} }}",
            space.id
        );
        let data = app.sees(founder, &query).await;
        assert_eq!(
            data["twinSpace"]["auditLog"]["nodes"][0],
            json!({
                "act": "MEMBER_ROLE_CHANGED", "actor": { "name": "Frida Founder" }, "person": { "name": "Pia" },
                "details": { "roleBefore": "PUPIL_ADMIN", "role": "TEACHER", "acknowledged": true },
            })
        );
    }

    // M-12, M-13
    async fn a_teacher_changes_the_roles_of_their_own_pupils_within_the_pupils_roles(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let own_place = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let own = app.pupil("Own", &teacher).await;
        let own = app.seat(&space, &own, TwinSpaceRole::Pupil).await;
        let other = app.pupil("Other", &space.founders[0]).await;
        let other = app.seat(&space, &other, TwinSpaceRole::Pupil).await;
        for (member, role, outcome) in [
            (own, "PUPIL_ADMIN", "OK"),
            (own, "PUPIL", "OK"),
            (own, "TEACHER", "FORBIDDEN ROLE_TOO_LOW"),
            (own, "VISITOR", "FORBIDDEN ROLE_TOO_LOW"),
            (own, "TEACHER_ADMIN", "FORBIDDEN ROLE_ABOVE_OWN"),
            (other, "PUPIL_ADMIN", "FORBIDDEN NOT_YOUR_PUPIL"),
            (own_place, "TEACHER_ADMIN", "FORBIDDEN NOT_YOUR_PUPIL"),
        ] {
            let outcome_now = app.tries(&teacher, "changeMemberRole", change(&member, role)).await;
            assert_eq!(outcome_now, outcome, "{role}");
        }
        // The custodian cannot demote a pupil promoted by an administrator.
        let mut raise = change(&own, "TEACHER_ADMIN");
        raise["acknowledgePupil"] = json!(true);
        assert_eq!(app.tries(&space.founders[0], "changeMemberRole", raise).await, "OK");
        let outcome = app.tries(&teacher, "changeMemberRole", change(&own, "PUPIL")).await;
        assert_eq!(outcome, "FORBIDDEN ROLE_TOO_LOW");
    }

    // M-12, R-01
    async fn those_without_the_permission_change_no_role(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        for (role, outcome) in [
            (TwinSpaceRole::PupilAdmin, "FORBIDDEN ROLE_TOO_LOW"),
            (TwinSpaceRole::Pupil, "FORBIDDEN ROLE_TOO_LOW"),
            (TwinSpaceRole::Visitor, "FORBIDDEN ROLE_TOO_LOW"),
        ] {
            let person = app.guest("Gus").await;
            app.seat(&space, &person, role).await;
            assert_eq!(app.tries(&person, "changeMemberRole", change(&id, "PUPIL")).await, outcome);
            assert_eq!(
                app.tries(&person, "removeMember", json!({ "memberId": id.to_string() })).await,
                outcome
            );
        }
        let stranger = app.teacher("Sven", "SE").await;
        assert_eq!(
            app.tries(&stranger, "changeMemberRole", change(&id, "PUPIL")).await,
            "NOT_FOUND"
        );
        assert_eq!(
            app.tries(None, "changeMemberRole", change(&id, "PUPIL")).await,
            "UNAUTHENTICATED"
        );
    }

    // M-13, M-19
    async fn a_teacher_removes_their_own_pupils_and_nobody_else(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let own = app.pupil("Own", &teacher).await;
        let own = app.seat(&space, &own, TwinSpaceRole::Pupil).await.to_string();
        let other = app.pupil("Other", &space.founders[0]).await;
        let other = app.seat(&space, &other, TwinSpaceRole::Pupil).await.to_string();
        assert_eq!(
            app.tries(&teacher, "removeMember", json!({ "memberId": other })).await,
            "FORBIDDEN NOT_YOUR_PUPIL"
        );
        assert_eq!(app.tries(&teacher, "removeMember", json!({ "memberId": own })).await, "OK");
        assert_eq!(
            app.tries(&teacher, "removeMember", json!({ "memberId": own })).await,
            "NOT_FOUND"
        );
        assert_eq!(
            app.tries(&space.founders[0], "removeMember", json!({ "memberId": other })).await,
            "OK"
        );
    }

    // P-10, P-14
    async fn a_founder_keeps_the_role_and_is_removed_only_by_a_manager_who_is_teacher_administrator(
        app: TestApp,
    ) {
        let space = app.space().await;
        let collaborator = app.teacher("Cora", "IT").await;
        app.seat(&space, &collaborator, TwinSpaceRole::TeacherAdmin).await;
        let manager = app.teacher("Mona", "IT").await;
        app.seat(&space, &manager, TwinSpaceRole::TeacherAdmin).await;
        app.partner(&space, &manager, ProjectRole::Manager).await;
        let founder = place(&app, &space.founders[0], &space).await;
        for person in [&collaborator, &manager, &space.founders[1], &space.founders[0]] {
            let outcome = app.tries(person, "changeMemberRole", change(&founder, "TEACHER")).await;
            assert_eq!(outcome, "FORBIDDEN FOUNDER_PROTECTED");
        }
        let input = json!({ "memberId": founder });
        assert_eq!(
            app.tries(&collaborator, "removeMember", input.clone()).await,
            "FORBIDDEN FOUNDER_PROTECTED"
        );
        assert_eq!(app.tries(&manager, "removeMember", input).await, "OK");
        // The founder returns with a founder's role.
        let invite = json!({ "twinSpaceId": space.id.to_string(), "email": space.founders[0].email, "role": "VISITOR" });
        assert_eq!(app.tries(&collaborator, "inviteMember", invite).await, "OK");
        let token = app.link(&space.founders[0].email).await;
        let back = app
            .does(
                &space.founders[0],
                "acceptInvitation",
                json!({ "token": token }),
                "member { role isFounder }",
            )
            .await;
        assert_eq!(back["member"], json!({ "role": "TEACHER_ADMIN", "isFounder": true }));
    }

    // P-14
    async fn the_last_teacher_administrator_stays(app: TestApp) {
        let space = app.space().await;
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        let admin = app.teacher("Anna", "IT").await;
        let id = app.seat(&space, &admin, TwinSpaceRole::TeacherAdmin).await;
        for founder in &space.founders {
            assert_eq!(app.tries(founder, "leaveTwinSpace", leave.clone()).await, "OK");
        }
        let query = format!(
            "{{ twinSpace(id: \"{}\") {{ viewerMember {{ permissions {{
            changeRole {{ reason }} remove {{ reason }} leave {{ reason }} }} }} }} }}",
            space.id
        );
        let data = app.sees(&admin, &query).await;
        let reason = json!({ "reason": "LAST_TEACHER_ADMIN" });
        assert_eq!(
            data["twinSpace"]["viewerMember"]["permissions"],
            json!({ "changeRole": reason, "remove": reason, "leave": reason })
        );
        for (act, input) in [
            ("leaveTwinSpace", leave.clone()),
            ("changeMemberRole", change(&id, "TEACHER")),
            ("removeMember", json!({ "memberId": id.to_string() })),
        ] {
            assert_eq!(
                app.tries(&admin, act, input).await,
                "FORBIDDEN LAST_TEACHER_ADMIN",
                "{act}"
            );
        }
        let acts = app.acts(&space.founders[0], &space.project.to_string()).await;
        assert_eq!(acts.iter().filter(|act| *act == "MEMBER_LEFT").count(), 2);
    }

    // P-14, M-13
    async fn adults_leave_and_pupils_are_taken_out(app: TestApp) {
        let space = app.space().await;
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        let visitor = app.guest("Gus").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let pupil = app.pupil("Pia", &space.founders[0]).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        assert_eq!(
            app.tries(&pupil, "leaveTwinSpace", leave.clone()).await,
            "FORBIDDEN ROLE_TOO_LOW"
        );
        assert_eq!(app.tries(&visitor, "leaveTwinSpace", leave.clone()).await, "OK");
        assert_eq!(app.tries(&visitor, "leaveTwinSpace", leave).await, "NOT_FOUND");
    }

    // M-01
    async fn counts_are_right_at_once_after_a_change(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let id = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let fields = "member { twinSpace { memberCounts { teachers pupils visitors total } } }";
        let payload =
            app.does(&space.founders[0], "changeMemberRole", change(&id, "VISITOR"), fields).await;
        assert_eq!(
            payload["member"]["twinSpace"]["memberCounts"],
            json!({ "teachers": 2, "pupils": 0, "visitors": 1, "total": 3 })
        );
    }

    // M-20, M-02
    async fn a_visitor_sees_no_pupils_and_no_last_access(app: TestApp) {
        let space = app.space().await;
        let visitor = app.guest("Gus").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let pupil = app.pupil("Pia", &space.founders[0]).await;
        let id = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let query = format!("{{ twinSpace(id: \"{}\") {{ memberCounts {{ pupils }} members {{ totalCount nodes {{ name }} }} }}
            node(id: \"{id}\") {{ id }} }}", space.id);
        let data = app.sees(&visitor, &query).await;
        assert_eq!(data["twinSpace"]["memberCounts"]["pupils"], 1);
        assert_eq!(data["twinSpace"]["members"]["totalCount"], 3);
        assert!(!data.to_string().contains("Pia"));
        assert_eq!(data["node"], Value::Null);
        let query = format!(
            "{{ twinSpace(id: \"{}\") {{ members(orderBy: {{ field: LAST_ACCESS }}) {{ totalCount }} }} }}",
            space.id
        );
        for person in [&visitor, &pupil] {
            assert_eq!(app.asks(person, &query).await, "FORBIDDEN ROLE_TOO_LOW");
        }
    }

    //
    async fn only_teacher_administrators_read_the_audit_log_of_the_twinspace(app: TestApp) {
        let space = app.space().await;
        let query =
            format!("{{ twinSpace(id: \"{}\") {{ auditLog {{ totalCount }} }} }}", space.id);
        assert_eq!(app.asks(&space.founders[0], &query).await, "OK");
        for role in [TwinSpaceRole::Teacher, TwinSpaceRole::PupilAdmin, TwinSpaceRole::Visitor] {
            let person = app.teacher("Tina", "IT").await;
            app.seat(&space, &person, role).await;
            assert_eq!(app.asks(&person, &query).await, "FORBIDDEN ROLE_TOO_LOW", "{role:?}");
        }
    }
}
