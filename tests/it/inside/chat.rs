//! The chat room (T-04).

use std::{
    collections::BTreeSet,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use chrono::TimeDelta;
use domain::{clock::now, events::Event};
use entity::{Kind, TwinSpaceRole, chat_message};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, sea_query::Expr,
};
use serde_json::{Value, json};
use tokio::sync::{Barrier, Mutex};
use twinspace::{app::housekeeping, config::Config};

use crate::{
    server::{websocket::Socket, wire::Wire},
    support::{
        TestApp,
        cast::{Person, Space},
        ear::Ear,
        on_both_databases,
        play::verdict,
        until,
    },
};

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

/// Another instance, on which an account may send more messages.
async fn talkative(app: &TestApp) -> TestApp {
    let set = |config: &mut Config| {
        config.talk.chat_messages = 1000.try_into().unwrap();
        config.database.database_connections = Some(8);
    };
    app.another_instance_with(set).await
}

/// Polls something at most `most` times, and drops it.
async fn polled<T>(most: usize, work: impl Future<Output = T>) {
    let mut work = pin!(work);
    let mut left = most;
    poll_fn(|cx| {
        let Some(rest) = left.checked_sub(1) else { return Poll::Ready(()) };
        left = rest;
        match work.as_mut().poll(cx) {
            Poll::Pending if left > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

/// How many messages somebody has yet to read.
async fn unread(app: &TestApp, who: &Person, space: &Space) -> Value {
    let query = format!("{{ twinSpace(id: \"{}\") {{ unreadChatCount }} }}", space.id);
    app.sees(who, &query).await["twinSpace"]["unreadChatCount"].take()
}

fn up_to(space: &Space, message: &str) -> Value {
    json!({ "twinSpaceId": space.id.to_string(), "upToMessageId": message })
}

on_both_databases! {
    // T-04
    async fn everybody_has_their_own_mark_up_to_which_they_have_read(app: TestApp) {
        let (space, away) = (app.space().await, app.space().await);
        let [frida, fabien] = &space.founders;
        let first = say(&app, frida, &space, "one").await;
        let second = say(&app, frida, &space, "two").await;
        say(&app, fabien, &space, "three").await;
        // One's own messages are read, and those before one joined do not count.
        assert_eq!([unread(&app, frida, &space).await, unread(&app, fabien, &space).await], [json!(1), json!(2)]);
        let pupil = pupil(&app, &space, "Pia").await;
        assert_eq!(unread(&app, &pupil, &space).await, 0);
        let fourth = say(&app, fabien, &space, "four").await;
        assert_eq!(unread(&app, &pupil, &space).await, 1);

        let mut ears = [in_chat(&app, fabien, &space).await, in_chat(&app, frida, &space).await];
        let read = app.does(fabien, "markChatRead", up_to(&space, &first), "twinSpace { unreadChatCount }").await;
        assert_eq!(read["twinSpace"]["unreadChatCount"], 1);
        assert_eq!(ears[0].hears().await, json!({ "__typename": "ChatRead", "twinSpace": { "unreadChatCount": 1 } }));
        app.does(fabien, "markChatRead", up_to(&space, &second), "__typename").await;
        assert_eq!(ears[0].hears().await["twinSpace"]["unreadChatCount"], 0);
        // It does not go back, and nobody else hears of it.
        app.does(fabien, "markChatRead", up_to(&space, &first), "__typename").await;
        assert_eq!(unread(&app, fabien, &space).await, 0);
        for ear in &mut ears {
            ear.hears_nothing().await;
        }
        assert_eq!(unread(&app, frida, &space).await, 2);
        app.does(fabien, "deleteChatMessage", json!({ "messageId": fourth }), "messageId").await;
        assert_eq!([unread(&app, frida, &space).await, unread(&app, &pupil, &space).await], [json!(1), json!(0)]);
        // It is a point in time: a message that was deleted marks those before it, and one that is later
        // than all marks all, and no more.
        let read = app.does(frida, "markChatRead", up_to(&space, &fourth), "twinSpace { unreadChatCount }").await;
        assert_eq!(read["twinSpace"]["unreadChatCount"], 0);
        let later = entity::ChatMessageId::new().to_string();
        let early = say(&app, fabien, &space, "five").await;
        app.does(frida, "markChatRead", up_to(&space, &entity::ChatMessageId::from(uuid::Uuid::nil()).to_string()), "__typename").await;
        assert_eq!(unread(&app, frida, &space).await, 1);
        assert!(early > later, "they increase with time");
        app.does(frida, "markChatRead", up_to(&space, &entity::ChatMessageId::from(uuid::Uuid::max()).to_string()), "__typename").await;
        assert_eq!(unread(&app, frida, &space).await, 0);
        say(&app, fabien, &space, "six").await;
        assert_eq!(unread(&app, frida, &space).await, 1);
        let all = json!({ "twinSpaceId": space.id.to_string() });
        let read = app.does(frida, "markChatRead", all, "twinSpace { unreadChatCount }").await;
        assert_eq!(read["twinSpace"]["unreadChatCount"], 0);
        let nothing = json!({ "twinSpaceId": away.id.to_string() });
        assert_eq!(app.tries(&away.founders[0], "markChatRead", nothing).await, "OK");
        let other = say(&app, &away.founders[0], &away, "elsewhere").await;
        // That of another room is no more than a time, and says nothing about that room.
        assert_eq!(app.tries(frida, "markChatRead", up_to(&space, &other)).await, "OK");
    }

    async fn marks_of_many_rooms_are_read_with_one_statement(app: TestApp) {
        let me = app.teacher("Tina", "IT").await;
        let query = "{ viewer { memberships(first: 20) { nodes { twinSpace { unreadChatCount } } } } }";
        let mut statements = vec![];
        for _ in 0..3 {
            let space = app.space().await;
            app.seat(&space, &me, TwinSpaceRole::Teacher).await;
            say(&app, &space.founders[0], &space, "hello").await;
            app.sees(&me, query).await;
            let (data, count) = app.statements(app.sees(&me, query)).await;
            let nodes = data["viewer"]["memberships"]["nodes"].as_array().unwrap().clone();
            assert!(nodes.iter().all(|node| node["twinSpace"]["unreadChatCount"] == 1), "{nodes:?}");
            statements.push(count);
        }
        assert_eq!(statements[1], statements[2], "{statements:?}");
    }

    async fn what_is_kept_is_told_though_its_author_has_gone(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let events = app.db.events().listen();
        for n in 0..200 {
            let say = domain::inside::chat::send(app.actor(founder), space.id, "Hello", None);
            // Cancelled at any point: before it begins, while it is stored, afterwards.
            polled(n, say).await;
        }
        let told = AtomicU64::new(0);
        let events = Mutex::new(events);
        until("what is kept is told", async || {
            app.told().await;
            let kept = chat_message::Entity::find().count(app.db.read()).await.unwrap();
            while let Ok(event) = events.lock().await.try_recv() {
                told.fetch_add(u64::from(matches!(event, Event::Chat { .. })), Ordering::Relaxed);
            }
            told.load(Ordering::Relaxed) == kept
        }).await;
        let kept = told.into_inner();
        assert!(kept > 0 && kept < 200, "{kept}");
    }

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

    async fn history_is_read_page_by_page_from_the_newest(app: TestApp) {
        let space = app.space().await;
        let [frida, _] = &space.founders;
        for n in 1..=7 {
            say(&app, frida, &space, &n.to_string()).await;
        }
        let newest = room(&app, frida, &space, "last: 3").await;
        assert_eq!((texts(&newest), &newest["totalCount"]), (vec!["5", "6", "7"], &json!(7)));
        let before = newest["pageInfo"]["startCursor"].as_str().unwrap();
        let earlier = room(&app, frida, &space, &format!("last: 3, before: \"{before}\"")).await;
        assert_eq!(texts(&earlier), ["2", "3", "4"]);
        assert_eq!(earlier["pageInfo"]["hasPreviousPage"], true);
        let after = earlier["pageInfo"]["endCursor"].as_str().unwrap();
        let later = room(&app, frida, &space, &format!("first: 2, after: \"{after}\"")).await;
        assert_eq!(texts(&later), ["5", "6"]);
        let ask = "{ twinSpace(id: $id) { chat(last: N) { nodes { text author { name }
            permissions { delete { allowed } } } } } }";
        let ask = ask.replace("$id", &format!("\"{}\"", space.id));
        let costs = async |n: &str| {
            app.statements(app.sees(frida, &ask.replace('N', n))).await.1
        };
        assert_eq!(costs("1").await, costs("7").await);
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

    // M-19
    async fn what_somebody_said_stays_when_they_are_gone(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let teacher = app.teacher("Tina", "IT").await;
        let place = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let pia = app.pupil("Pia", frida).await;
        let seat = app.seat(&space, &pia, TwinSpaceRole::Pupil).await;
        say(&app, &teacher, &space, "I was here").await;
        say(&app, &pia, &space, "Me too").await;
        let mut ear = in_chat(&app, &teacher, &space).await;
        assert_eq!(app.tries(frida, "removeMember", json!({ "memberId": place.to_string() })).await, "OK");
        let erase = json!({ "pupil": { "memberId": seat.to_string() }, "acknowledge": true });
        assert_eq!(app.tries(frida, "erasePupil", erase).await, "OK");
        say(&app, frida, &space, "Who?").await;
        assert_eq!(ear.ends().await, "NOT_FOUND");
        let query = format!("{{ twinSpace(id: \"{}\") {{ chat {{ nodes {{ author {{ name }} }} }} }} }}", space.id);
        let names: Vec<Value> = app.sees(fabien, &query).await["twinSpace"]["chat"]["nodes"]
            .as_array().unwrap().iter().map(|node| node["author"]["name"].clone()).collect();
        assert_eq!(names, ["Tina", "Former pupil", "Frida Founder"]);
    }

    // T-04
    async fn what_was_said_three_months_ago_is_forgotten(app: TestApp) {
        let space = app.space().await;
        let [frida, _] = &space.founders;
        for n in 1..=3 {
            say(&app, frida, &space, &n.to_string()).await;
        }
        let tx = app.db.begin().await.unwrap();
        for (text, days) in [("1", 91), ("2", 89)] {
            chat_message::Entity::update_many()
                .col_expr(chat_message::Column::SentAt, Expr::val(now() - TimeDelta::days(days)))
                .filter(chat_message::Column::Text.eq(text))
                .exec(&*tx)
                .await
                .unwrap();
        }
        // More than one batch.
        let old = (0..1200).map(|_| chat_message::ActiveModel {
            id: Set(entity::ChatMessageId::new()),
            project_id: Set(space.project),
            author_id: Set(frida.id),
            text: Set("long ago".into()),
            key: Set(None),
            sent_at: Set(now() - TimeDelta::days(365)),
        });
        chat_message::Entity::insert_many(old).exec_without_returning(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        housekeeping::round(&app).await.unwrap();
        assert_eq!(texts(&room(&app, frida, &space, "last: 9").await), ["2", "3"]);
    }

    async fn sixty_four_messages_at_once_are_all_there_in_one_order_for_everybody(app: TestApp) {
        let space = app.space().await;
        let mut apps = vec![Arc::new(talkative(&app).await)];
        if app.is_postgresql() {
            apps.push(Arc::new(talkative(&app).await));
        }
        let mut people = space.founders.to_vec();
        for name in ["Pia", "Pau"] {
            people.push(pupil(&app, &space, name).await);
        }
        let mut ears = vec![];
        for (n, person) in people.iter().enumerate() {
            ears.push(in_chat(&apps[n % apps.len()], person, &space).await);
        }
        let start = Arc::new(Barrier::new(128));
        // Each message is sent twice at the same time, as by an impatient phone.
        let sends: Vec<_> = (0..128).map(|n: usize| {
            let (app, start) = (Arc::clone(&apps[(n / 64) % apps.len()]), Arc::clone(&start));
            let (person, text) = (people[n % 4].clone(), (n % 64).to_string());
            let input = keyed(&space, &text, &text);
            tokio::spawn(async move {
                start.wait().await;
                app.tries(&person, "sendChatMessage", input).await
            })
        }).collect();
        for send in sends {
            assert_eq!(send.await.unwrap(), "OK");
        }
        let page = room(&app, &people[0], &space, "last: 100").await;
        let order: Vec<String> = texts(&page).into_iter().map(str::to_owned).collect();
        assert_eq!(order.len(), 64);
        assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 64);
        for ear in &mut ears {
            let mut heard = vec![];
            for _ in 0..64 {
                heard.push(ear.hears().await["message"]["text"].as_str().unwrap().to_owned());
            }
            assert_eq!(heard, order);
            ear.hears_nothing().await;
        }
        assert_eq!(chat_message::Entity::find().count(app.db.read()).await.unwrap(), 64);
    }

    async fn a_clock_that_is_behind_does_not_put_a_message_before_others(app: TestApp) {
        let space = app.space().await;
        let [frida, _] = &space.founders;
        let first = say(&app, frida, &space, "from a fast clock").await;
        let id = entity::ChatMessageId::read(&first).unwrap();
        let row = chat_message::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap();
        // The same message, as if the clock of its instance were an hour ahead.
        let ahead = id.0.as_u128() + (3_600_000_u128 << 80);
        let tx = app.db.begin().await.unwrap();
        let mut fast = row.into_active_model().reset_all();
        fast.id = Set(uuid::Uuid::from_u128(ahead).into());
        fast.insert(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        say(&app, frida, &space, "from a slow one").await;
        say(&app, frida, &space, "and again").await;
        assert_eq!(texts(&room(&app, frida, &space, "last: 2").await), ["from a slow one", "and again"]);
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
