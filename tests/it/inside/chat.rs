//! The chat room (T-04).

use std::sync::Arc;

use domain::events::Event;
use entity::TwinSpaceRole;
use serde_json::{Value, json};

use crate::{
    server::{websocket::Socket, wire::Wire},
    support::{
        TestApp,
        cast::{Person, Space},
        ear::Ear,
        on_both_databases,
        play::verdict,
    },
};

mod history;
mod mark;

const HEAR: &str = "subscription($id: ID!) { chatChanged(twinSpaceId: $id) { __typename
    ... on ChatMessageSent { message { text author { name } byViewer } }
    ... on ChatMessageDeleted { messageId } ... on ChatRead { twinSpace { unreadChatCount } } ... on ChatRoomChanged { settings { chatOpenToPupils } }
    ... on ChangesMissed { twinSpaceId } } }";

async fn in_chat(app: &TestApp, who: &Person, space: &Space) -> Ear {
    Ear::of(app, who, HEAR, json!({ "id": space.id.to_string() })).await
}

fn said(space: &Space, text: &str) -> Value {
    json!({ "twinSpaceId": space.id.to_string(), "text": text })
}

fn keyed(space: &Space, text: &str, key: &str) -> Value {
    json!({ "twinSpaceId": space.id.to_string(), "text": text, "idempotencyKey": key })
}

/// Sends a message; returns its ID.
pub async fn say(app: &TestApp, who: &Person, space: &Space, text: &str) -> String {
    let sent = app.does(who, "sendChatMessage", said(space, text), "message { id }").await;
    sent["message"]["id"].as_str().unwrap().to_owned()
}

async fn room(app: &TestApp, who: &Person, space: &Space, page: &str) -> Value {
    let query = format!(
        "{{ twinSpace(id: \"{}\") {{ chat({page}) {{ totalCount nodes {{ id text }}
            pageInfo {{ hasPreviousPage hasNextPage startCursor endCursor }} }} }} }}",
        space.id
    );
    app.sees(who, &query).await["twinSpace"]["chat"].take()
}

fn texts(page: &Value) -> Vec<&str> {
    page["nodes"].as_array().unwrap().iter().map(|node| node["text"].as_str().unwrap()).collect()
}

async fn open_to_pupils(app: &TestApp, who: &Person, space: &Space, open: bool) -> String {
    let input = json!({ "twinSpaceId": space.id.to_string(), "chatOpenToPupils": open });
    app.tries(who, "editTwinSpaceSettings", input).await
}

async fn pupil(app: &TestApp, space: &Space, name: &str) -> Person {
    let pupil = app.pupil(name, &space.founders[0]).await;
    app.seat(space, &pupil, TwinSpaceRole::Pupil).await;
    pupil
}

on_both_databases! {
    // T-04
    async fn what_is_said_is_heard_live_and_read_later(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let pia = pupil(&app, &space, "Pia").await;
        let mut ear = in_chat(&app, fabien, &space).await;
        let mut own = in_chat(&app, &pia, &space).await;
        let heard = |text: &str, name: &str, by_viewer: bool| {
            let message = json!({ "text": text, "author": { "name": name }, "byViewer": by_viewer });
            json!({ "__typename": "ChatMessageSent", "message": message })
        };
        let hello = say(&app, &pia, &space, "  Hello\r\nall!  ").await;
        assert_eq!(ear.hears().await, heard("Hello\nall!", "Pia", false));
        assert_eq!(own.hears().await, heard("Hello\nall!", "Pia", true));
        say(&app, frida, &space, "Hello Pia").await;
        assert_eq!(ear.hears().await, heard("Hello Pia", "Frida Founder", false));
        assert_eq!(texts(&room(&app, &pia, &space, "last: 10").await), ["Hello\nall!", "Hello Pia"]);

        // An author's deletion of their own message is not logged.
        assert_eq!(app.tries(&pia, "deleteChatMessage", json!({ "messageId": hello })).await, "OK");
        let gone = json!({ "__typename": "ChatMessageDeleted", "messageId": hello });
        assert_eq!(ear.hears().await, gone);
        let page = room(&app, &pia, &space, "last: 10").await;
        assert_eq!((texts(&page), &page["totalCount"]), (vec!["Hello Pia"], &json!(1)));
        let project = space.project.to_string();
        let acts = app.acts(frida, &project).await;
        assert!(!acts.contains(&"CHAT_MESSAGE_DELETED".to_owned()), "{acts:?}");
        assert_eq!(app.tries(&pia, "deleteChatMessage", json!({ "messageId": hello })).await, "NOT_FOUND");
    }

    // T-04
    async fn teachers_delete_any_message_and_it_is_noted(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let (pia, pau) = (pupil(&app, &space, "Pia").await, pupil(&app, &space, "Pau").await);
        let id = say(&app, &pia, &space, "Bah").await;
        let delete = json!({ "messageId": id });
        let may = format!("{{ node(id: \"{id}\") {{ ... on ChatMessage {{ permissions {{ delete {{ allowed reason }} }} }} }} }}");
        let told = app.sees(&pau, &may).await;
        assert_eq!(told["node"]["permissions"]["delete"], json!({ "allowed": false, "reason": "NOT_YOURS" }));
        assert_eq!(app.tries(&pau, "deleteChatMessage", delete.clone()).await, "FORBIDDEN NOT_YOURS");
        assert_eq!(app.tries(&teacher, "deleteChatMessage", delete).await, "OK");
        let acts = app.acts(&space.founders[0], &space.project.to_string()).await;
        assert_eq!(acts.last().unwrap(), "CHAT_MESSAGE_DELETED");
    }

    // T-04
    async fn a_room_that_is_closed_to_pupils_is_closed_to_them_alone(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let pia = pupil(&app, &space, "Pia").await;
        let id = say(&app, &pia, &space, "Hello").await;
        let mut pupils = in_chat(&app, &pia, &space).await;
        let mut teachers = in_chat(&app, fabien, &space).await;
        assert_eq!(open_to_pupils(&app, &pia, &space, false).await, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(open_to_pupils(&app, frida, &space, false).await, "OK");
        assert_eq!(pupils.ends().await, "FORBIDDEN CHAT_CLOSED");
        let changed = |open: bool| json!({ "__typename": "ChatRoomChanged", "settings": { "chatOpenToPupils": open } });
        assert_eq!(teachers.hears().await, changed(false));

        let closed = "FORBIDDEN CHAT_CLOSED";
        assert_eq!(app.tries(&pia, "sendChatMessage", said(&space, "Ha")).await, closed);
        let read = format!("{{ twinSpace(id: \"{}\") {{ chat {{ totalCount }} }} }}", space.id);
        assert_eq!(app.asks(&pia, &read).await, closed);
        let ask = format!(
            "{{ twinSpace(id: \"{}\") {{ settings {{ chatOpenToPupils }}
                permissions {{ chat {{ reason }} deleteChat {{ reason }} }} }} }}",
            space.id
        );
        let told = app.sees(&pia, &ask).await;
        let reason = json!({ "reason": "CHAT_CLOSED" });
        let theirs = json!({ "chat": reason, "deleteChat": { "reason": null } });
        assert_eq!(told["twinSpace"]["permissions"], theirs);
        assert_eq!(told["twinSpace"]["settings"]["chatOpenToPupils"], false);
        assert_eq!(app.sees(&pia, &format!("{{ node(id: \"{id}\") {{ id }} }}")).await["node"], Value::Null);
        say(&app, fabien, &space, "Among us").await;
        assert_eq!(teachers.hears().await["message"]["text"], "Among us");
        // What harmed them before can still be reported.
        let report = |id: &str| json!({ "messageId": id, "reason": "Rude" });
        let theirs = say(&app, frida, &space, "Rude").await;
        assert_eq!(app.tries(&pia, "reportMessage", report(&theirs)).await, "OK");
        // They can still delete their own messages, but not those of others.
        assert_eq!(app.tries(&pia, "deleteChatMessage", json!({ "messageId": theirs })).await, "FORBIDDEN NOT_YOURS");
        assert_eq!(app.tries(&pia, "deleteChatMessage", json!({ "messageId": id })).await, "OK");
        assert_eq!(teachers.hears().await["__typename"], "ChatMessageSent");
        assert_eq!(teachers.hears().await, json!({ "__typename": "ChatMessageDeleted", "messageId": id }));

        assert_eq!(open_to_pupils(&app, frida, &space, true).await, "OK");
        // Nothing changes, and nothing is logged.
        assert_eq!(open_to_pupils(&app, frida, &space, true).await, "OK");
        assert_eq!(app.tries(&pia, "sendChatMessage", said(&space, "Back")).await, "OK");
        let acts = app.acts(frida, &space.project.to_string()).await;
        assert_eq!(acts.iter().filter(|act| *act == "SETTINGS_EDITED").count(), 2);
    }

    // T-04, P-17
    async fn in_a_closed_project_the_chat_is_read_and_not_written(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let id = say(&app, frida, &space, "The end").await;
        let close = json!({ "projectId": space.project.to_string() });
        assert_eq!(app.tries(frida, "closeProject", close).await, "OK");
        assert_eq!(texts(&room(&app, fabien, &space, "last: 5").await), ["The end"]);
        let refused = "FORBIDDEN PROJECT_NOT_ACTIVE";
        assert_eq!(app.tries(frida, "sendChatMessage", said(&space, "More")).await, refused);
        assert_eq!(open_to_pupils(&app, frida, &space, false).await, refused);
        // Harmful content can be deleted nevertheless (M-14).
        assert_eq!(app.tries(frida, "deleteChatMessage", json!({ "messageId": id })).await, "OK");
    }

    async fn hostile_texts_are_refused_or_lie_there_as_plain_text(app: TestApp) {
        let space = app.space().await;
        let [frida, _] = &space.founders;
        let text = "BAD_USER_INPUT text";
        for (hostile, expected) in [
            ("", text),
            (" \n ", text),
            ("a\u{0}b", text),
            ("a\u{1b}[31mb", text),
            ("a\u{202e}b", text),
            ("a\u{2067}b", text),
            (&"ä".repeat(2001), text),
            (&"ä".repeat(2000), "OK"),
            ("<script>alert(1)</script>&amp;", "OK"),
            ("'; drop table chat_message; --", "OK"),
        ] {
            assert_eq!(app.tries(frida, "sendChatMessage", said(&space, hostile)).await, expected, "{hostile:?}");
        }
        for key in ["", "a\u{0}", &"k".repeat(101)] {
            let refused = app.tries(frida, "sendChatMessage", keyed(&space, "Hi", key)).await;
            assert_eq!(refused, "BAD_USER_INPUT idempotencyKey");
        }
        let page = room(&app, frida, &space, "last: 2").await;
        assert_eq!(texts(&page), ["<script>alert(1)</script>&amp;", "'; drop table chat_message; --"]);
    }

    async fn a_message_that_is_sent_again_is_there_once(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let mut ear = in_chat(&app, fabien, &space).await;
        let send = async |who: &Person, text: &str| {
            app.does(who, "sendChatMessage", keyed(&space, text, "phone 1"), "message { id }").await
        };
        let first = send(frida, "Hello").await;
        assert_eq!(send(frida, "Hello").await, first);
        let reused = app.tries(frida, "sendChatMessage", keyed(&space, "Other", "phone 1")).await;
        assert_eq!(reused, "CONFLICT KEY_REUSED");
        // Someone else's key is a different key.
        assert_ne!(send(fabien, "Hello").await, first);
        assert_eq!(room(&app, frida, &space, "last: 5").await["totalCount"], 2);
        ear.hears().await;
        ear.hears().await;
        ear.hears_nothing().await;
    }

    async fn who_says_too_much_is_told_when_to_go_on(app: TestApp) {
        let space = app.space().await;
        let app = app.another_instance_with(|config| {
            config.talk.chat_messages = 2.try_into().unwrap();
        }).await;
        let [frida, fabien] = &space.founders;
        say(&app, frida, &space, "1").await;
        say(&app, frida, &space, "2").await;
        let send = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) { __typename } }";
        let answer = app.execute(Some(&frida.token), send, json!({ "input": said(&space, "3") })).await;
        assert_eq!(verdict(&answer), "RATE_LIMITED");
        let wait = answer["errors"][0]["extensions"]["retryAfter"].as_u64().unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
        say(&app, fabien, &space, "Others go on.").await;
    }

    // T-08, R-01
    async fn visitors_and_strangers_have_no_part_in_it(app: TestApp) {
        let space = app.space().await;
        let visitor = app.guest("Vera").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let stranger = app.teacher("Sven", "SE").await;
        let id = say(&app, &space.founders[0], &space, "Hello").await;
        for (who, expected) in [(&visitor, "FORBIDDEN ROLE_TOO_LOW"), (&stranger, "NOT_FOUND")] {
            assert_eq!(app.tries(who, "sendChatMessage", said(&space, "Hi")).await, expected);
            let report = json!({ "messageId": id, "reason": "Rude" });
            assert_eq!(app.tries(who, "reportMessage", report).await, "NOT_FOUND");
            let input = json!({ "id": space.id.to_string() });
            let mut ear = Ear::of(&app, who, HEAR, input).await;
            assert_eq!(ear.ends().await, expected);
        }
    }

    async fn the_chat_is_heard_by_socket_and_on_postgresql_by_another_instance(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        // SQLite has only one instance.
        let there = if app.is_postgresql() { Some(app.another_instance().await) } else { None };
        let wire = Wire::of(Arc::clone(there.as_ref().unwrap_or(&app))).await;
        let mut socket = Socket::introduced_as(&wire, &fabien.token).await;
        let hear = HEAR.replace("($id: ID!)", "").replace("$id", &format!("{:?}", space.id.to_string()));
        let here = there.as_ref().unwrap_or(&app);
        let before = here.db.events().listeners();
        socket.subscribe("1", &hear).await;
        here.listens(before).await;
        say(&app, frida, &space, "Across").await;
        let heard = socket.hear().await;
        assert_eq!(heard["payload"]["data"]["chatChanged"]["message"]["text"], "Across");
    }

    async fn a_gap_in_the_chat_is_told(app: TestApp) {
        let space = app.space().await;
        let mut ear = in_chat(&app, &space.founders[0], &space).await;
        app.db.events().tell(Event::Gap);
        let missed = json!({ "__typename": "ChangesMissed", "twinSpaceId": space.id.to_string() });
        assert_eq!(ear.hears().await, missed);
    }
}
