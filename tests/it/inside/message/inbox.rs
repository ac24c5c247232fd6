//! The inbox: what is read, found and heard there, and what it costs.

use domain::events::Event;
use entity::TwinSpaceRole;
use serde_json::json;

use crate::support::{TestApp, ear::Ear, on_both_databases};

use super::{HEAR, Room, inbox, to, write};

on_both_databases! {
    // T-06
    async fn the_inbox_is_marked_as_read_up_to_what_was_shown(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { teacher, pupil, .. } = &room;
        let mut ids = vec![];
        for n in 0..4 {
            let sent = app.does(pupil, "sendMessage", to(room.teacher_at, &format!("Message {n}")), "message { id }").await;
            ids.push(sent["message"]["id"].clone());
        }
        app.does(teacher, "sendMessage", to(room.pupil_at, "Hello"), "__typename").await;
        let mails = async || app.outbox().await.iter().filter(|mail| mail.recipient == teacher.email).count();
        assert_eq!(mails().await, 1);
        let mut ear = Ear::of(&app, teacher, HEAR, json!({})).await;
        let mut counts = Ear::of(&app, teacher, "subscription { notificationsChanged { total } }", json!({})).await;
        let fields = "readCount viewer { inbox(filter: { unread: true }) { totalCount } notificationCounts { total } }";
        let marked = app.does(teacher, "markInboxRead", json!({ "upToMessageId": ids[1] }), fields).await;
        assert_eq!(marked, json!({ "readCount": 2, "viewer": { "inbox": { "totalCount": 2 }, "notificationCounts": { "total": 2 } } }));
        assert_eq!(ear.hears().await, json!({ "__typename": "InboxRead", "viewer": { "inbox": { "totalCount": 2 } } }));
        assert_eq!(counts.hears().await, json!({ "total": 2 }));
        assert_eq!(inbox(&app, teacher, "(filter: { unread: true })").await, ["Message 3", "Message 2"]);
        // The mail was about the first one.
        assert_eq!(mails().await, 0);
        let marked = app.does(teacher, "markInboxRead", json!({}), fields).await;
        assert_eq!(marked["readCount"], 2);
        assert_eq!(ear.hears().await["viewer"]["inbox"]["totalCount"], 0);
        assert_eq!(app.does(teacher, "markInboxRead", json!({}), "readCount").await["readCount"], 0);
        ear.hears_nothing().await;
        // Nobody else's messages.
        assert_eq!(inbox(&app, pupil, "(filter: { unread: true })").await, ["Hello"]);
        let sent = app.sees(pupil, "{ viewer { sentMessages { nodes { readAt } } } }").await;
        assert!(sent["viewer"]["sentMessages"]["nodes"].as_array().unwrap().iter().all(|node| node["readAt"].is_null()));
        assert_eq!(app.tries(None, "markInboxRead", json!({})).await, "UNAUTHENTICATED");
    }

    async fn the_inbox_is_filtered_by_sender_twinspace_and_time(app: TestApp) {
        let (room, away) = (Room::new(&app).await, app.space().await);
        let Room { teacher, pupil, .. } = &room;
        let founder = &room.space.founders[0];
        let elsewhere = app.seat(&away, teacher, TwinSpaceRole::Teacher).await;
        app.does(pupil, "sendMessage", to(room.teacher_at, "of Pia"), "__typename").await;
        app.does(founder, "sendMessage", to(room.teacher_at, "of Frida"), "__typename").await;
        app.does(&away.founders[0], "sendMessage", to(elsewhere, "from elsewhere"), "__typename").await;
        for (filter, expected) in [
            (String::new(), vec!["from elsewhere", "of Frida", "of Pia"]),
            (format!("personId: \"{}\"", pupil.id), vec!["of Pia"]),
            (format!("twinSpaceId: \"{}\"", room.space.id), vec!["of Frida", "of Pia"]),
            (format!("twinSpaceId: \"{}\", personId: \"{}\"", away.id, pupil.id), vec![]),
            ("since: \"2020-01-01T00:00:00Z\", unread: true".to_owned(), vec!["from elsewhere", "of Frida", "of Pia"]),
            ("since: \"2100-01-01T00:00:00Z\"".to_owned(), vec![]),
            ("until: \"2020-01-01T00:00:00Z\"".to_owned(), vec![]),
            ("since: \"2020-01-01T00:00:00Z\", until: \"2100-01-01T00:00:00Z\"".to_owned(), vec!["from elsewhere", "of Frida", "of Pia"]),
        ] {
            assert_eq!(inbox(&app, teacher, &format!("(filter: {{ {filter} }})")).await, expected, "{filter}");
        }
    }

    async fn the_boxes_cost_the_same_however_full_they_are(app: TestApp) {
        let room = Room::new(&app).await;
        let ask = "{ viewer { inbox { nodes { text from { name } to { name } twinSpace { id title }
            inReplyTo { id text } } } } }";
        write(&app, &room.teacher, room.pupil_at, "1").await;
        let first = app.statements(app.sees(&room.pupil, ask)).await.1;
        for n in 2..=6 {
            write(&app, &room.teacher, room.pupil_at, &n.to_string()).await;
        }
        assert_eq!(app.statements(app.sees(&room.pupil, ask)).await.1, first);
    }

    async fn the_inbox_is_heard_on_another_instance_and_a_gap_is_told(app: TestApp) {
        let room = Room::new(&app).await;
        let there = app.another_instance().await;
        if app.is_postgresql() {
            let mut ear = Ear::of(&there, &room.pupil, HEAR, json!({})).await;
            let mut other = Ear::of(&there, &room.teacher, HEAR, json!({})).await;
            write(&app, &room.teacher, room.pupil_at, "Across").await;
            assert_eq!(ear.hears().await["message"]["text"], "Across");
            assert_eq!(other.hears().await["__typename"], "MessageSent");
            other.hears_nothing().await;
        }
        let mut ear = Ear::of(&app, &room.pupil, HEAR, json!({})).await;
        app.db.events().tell(Event::Gap);
        assert_eq!(ear.hears().await, json!({ "__typename": "InboxChangesMissed", "viewer": { "person": { "id": room.pupil.id.to_string() } } }));
    }
}
