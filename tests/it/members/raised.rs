//! A promoted pupil still counts as a pupil (M-20).

use std::sync::Arc;

use entity::TwinSpaceRole;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    inside::media::{add, encoded, picture},
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

const NAME: &str = "Raisa Raised";

/// A TwinSpace with a pupil who is a teacher administrator, and a visitor.
async fn raised(app: &TestApp) -> (Space, Person, Person) {
    let space = app.space().await;
    let pupil = app.pupil(NAME, &space.founders[0]).await;
    app.seat(&space, &pupil, TwinSpaceRole::TeacherAdmin).await;
    let visitor = app.guest("Vic Visitor").await;
    app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
    (space, pupil, visitor)
}

async fn invites(app: &TestApp, space: &Space, pupil: &Person, email: &str) -> Value {
    let input = json!({ "twinSpaceId": space.id.to_string(), "email": email, "role": "TEACHER" });
    app.does(pupil, "inviteMember", input, "invitation { id inviter { name } }").await
}

on_both_databases! {
    async fn outsiders_whom_a_raised_pupil_invites_do_not_hear_the_name(app: TestApp) {
        let (space, pupil, _) = raised(&app).await;
        let teacher = app.teacher("Tina", "IT").await;
        let sent = invites(&app, &space, &pupil, &teacher.email).await;
        assert_eq!(sent["invitation"]["inviter"]["name"], NAME, "who sees pupils reads it");
        let mails = app.mails().await;
        let mail = format!("{:?}", mails.last().unwrap());
        assert!(mail.contains("You have been invited to"), "{mail}");
        assert!(!mail.contains("Raisa"), "{mail}");
        let token = app.link(&teacher.email).await;
        let preview = format!("{{ invitation(token: \"{token}\") {{ inviterName projectTitle }} }}");
        assert_eq!(app.sees(None, &preview).await["invitation"]["inviterName"], Value::Null);
        let mine = "{ viewer { invitations { nodes { inviter { name } } } } }";
        let mine = app.sees(&teacher, mine).await;
        assert_eq!(mine["viewer"]["invitations"]["nodes"][0]["inviter"], Value::Null);
    }

    async fn visitors_do_not_read_a_raised_pupils_name(app: TestApp) {
        let app = Arc::new(app);
        let (space, pupil, visitor) = raised(&app).await;
        let teacher = app.teacher("Tina", "IT").await;
        invites(&app, &space, &pupil, &teacher.email).await;
        let token = app.link(&teacher.email).await;
        assert_eq!(app.tries(&teacher, "acceptInvitation", json!({ "token": token })).await, "OK");
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        add(&wire, &pupil, &space, "a.png", &png, &[]).await;
        let all = format!(
            "{{ twinSpace(id: \"{}\") {{
                members {{ totalCount nodes {{ name inviter {{ name }} }} }}
                media {{ nodes {{ uploader {{ name }} uploaderMember {{ name }} }} }} }} }}",
            space.id
        );
        let seen = app.sees(&visitor, &all).await.to_string();
        assert!(seen.contains("Tina") && seen.contains("Frida"), "{seen}");
        assert!(!seen.contains("Raisa"), "{seen}");
        let seen = app.sees(&space.founders[0], &all).await.to_string();
        assert_eq!(seen.matches(NAME).count(), 4, "{seen}");
    }

    // M-01, M-20
    async fn a_raised_pupil_is_counted_among_the_pupils(app: TestApp) {
        let (space, _, visitor) = raised(&app).await;
        let pupil = app.pupil("Viola Visiting", &space.founders[0]).await;
        app.seat(&space, &pupil, TwinSpaceRole::Visitor).await;
        let pupil = app.pupil("Paula Pupil", &space.founders[0]).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let counts = |more: &str| format!("{{ twinSpace(id: \"{}\") {{ memberCounts {{ teachers pupils visitors total {more} }} }} }}", space.id);
        for who in [&visitor, &pupil, &space.founders[0]] {
            let seen = app.sees(who, &counts("")).await["twinSpace"]["memberCounts"].take();
            assert_eq!(seen, json!({ "teachers": 2, "pupils": 3, "visitors": 1, "total": 6 }));
        }
        let seen = app.sees(&space.founders[0], &counts("online byRole { role count }")).await["twinSpace"]["memberCounts"].take();
        assert_eq!((&seen["pupils"], &seen["total"]), (&json!(3), &json!(6)));
        assert!(seen["online"].as_u64().unwrap() >= 1, "{seen}");
        let admins = seen["byRole"].as_array().unwrap().iter().find(|one| one["role"] == "TEACHER_ADMIN");
        assert_eq!(admins.unwrap()["count"], 3);
    }

    async fn who_reads_the_log_from_outside_does_not_read_a_pupils_name(app: TestApp) {
        let (space, pupil, _) = raised(&app).await;
        invites(&app, &space, &pupil, "new@example.org").await;
        let log = format!("{{ project(id: \"{}\") {{ auditLog {{ nodes {{ act actor {{ name }} person {{ name }} }} }} }} }}", space.project);
        let sees = app.sees(&space.founders[0], &log).await.to_string();
        assert!(sees.contains(NAME), "{sees}");
        // A founder who has left the TwinSpace can read the project's log, but not see pupils.
        let founder = &space.founders[1];
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        assert_eq!(app.tries(founder, "leaveTwinSpace", leave).await, "OK");
        let sees = app.sees(founder, &log).await.to_string();
        assert!(sees.contains("INVITATION_SENT"), "{sees}");
        assert!(!sees.contains("Raisa"), "{sees}");
    }

    // M-14, M-20
    async fn how_much_media_there_is_does_not_count_what_is_hidden_from_the_viewer(app: TestApp) {
        let app = Arc::new(app);
        let (space, _, visitor) = raised(&app).await;
        let teacher = &space.founders[0];
        let pupil = app.pupil("Paula Pupil", teacher).await;
        let member = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await.to_string();
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        add(&wire, teacher, &space, "a.png", &png, &[]).await;
        let usage = format!("{{ twinSpace(id: \"{}\") {{ mediaUsage {{ count bytes }} }} }}", space.id);
        let one = app.sees(&visitor, &usage).await;
        assert_eq!(one["twinSpace"]["mediaUsage"]["count"], 1);
        let added = add(&wire, teacher, &space, "b.png", &png, &[]).await;
        let media = &added["data"]["addMedia"]["media"]["id"];
        let shown = json!({ "mediaId": media, "picturedIds": [member] });
        assert_eq!(app.tries(teacher, "editMedia", shown).await, "OK");
        for nosy in [&visitor, &pupil] {
            assert_eq!(app.sees(nosy, &usage).await, one);
        }
        assert_eq!(app.sees(teacher, &usage).await["twinSpace"]["mediaUsage"]["count"], 2);
    }
}
