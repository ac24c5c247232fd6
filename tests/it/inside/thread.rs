//! Threads: the messages between two members (T-06).

use entity::{MemberId, ThreadId, TwinSpaceRole};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    ear::Ear,
    on_both_databases,
};

const THREAD: &str = "id person { name } unreadCount latestMessage { text } twinSpace { title }";

/// A teacher and a pupil in a TwinSpace, and their memberships there.
struct Room {
    space: Space,
    teacher: Person,
    pupil: Person,
    teacher_at: MemberId,
    pupil_at: MemberId,
    frida_at: MemberId,
}

impl Room {
    async fn new(app: &TestApp) -> Self {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let pupil = app.pupil("Pia", &space.founders[0]).await;
        let (frida_at, _) = app.access(&space.founders[0], space.project).await.member.unwrap();
        let teacher_at = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let pupil_at = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        Self { space, teacher, pupil, teacher_at, pupil_at, frida_at }
    }
}

async fn write(app: &TestApp, from: &Person, to: MemberId, text: &str) -> Value {
    let input = json!({ "memberId": to.to_string(), "text": text });
    app.does(from, "sendMessage", input, "message { id thread { id } }").await["message"].take()
}

/// The viewer's threads: with whom, the latest message, and how many are unread.
async fn threads(app: &TestApp, who: &Person, arguments: &str) -> Vec<(String, String, u64)> {
    let query =
        format!("{{ viewer {{ threads{arguments} {{ totalCount nodes {{ {THREAD} }} }} }} }}");
    let mut data = app.sees(who, &query).await["viewer"]["threads"].take();
    let nodes = data["nodes"].as_array_mut().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row = |node: &Value| {
        let latest = text(&node["latestMessage"]["text"]);
        (text(&node["person"]["name"]), latest, node["unreadCount"].as_u64().unwrap())
    };
    nodes.iter().map(row).collect()
}

fn row(who: &str, latest: &str, unread: u64) -> (String, String, u64) {
    (who.to_owned(), latest.to_owned(), unread)
}

on_both_databases! {
    async fn messages_of_two_are_one_thread_for_each_of_them(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { space, teacher, pupil, teacher_at, pupil_at, frida_at } = &room;
        let frida = &space.founders[0];
        let first = write(&app, teacher, *pupil_at, "1").await;
        write(&app, frida, *pupil_at, "2").await;
        let answer = write(&app, pupil, *teacher_at, "3").await;
        assert_eq!(first["thread"], answer["thread"]);
        write(&app, teacher, *pupil_at, "4").await;
        let by_pupil = [row("Tina", "4", 2), row("Frida Founder", "2", 1)];
        assert_eq!(threads(&app, pupil, "").await, by_pupil);
        assert_eq!(threads(&app, teacher, "").await, [row("Pia", "4", 1)]);
        assert_eq!(threads(&app, frida, "").await, [row("Pia", "2", 0)]);
        assert_eq!(threads(&app, &space.founders[1], "").await, []);

        let id = first["thread"]["id"].as_str().unwrap();
        let query = format!("{{ node(id: \"{id}\") {{ ... on Thread {{ {THREAD} member {{ role }}
            messages(last: 2) {{ totalCount nodes {{ text from {{ name }} thread {{ id }} }} pageInfo {{ hasPreviousPage }} }} }} }} }}");
        let thread = app.sees(pupil, &query).await["node"].take();
        assert_eq!((&thread["person"]["name"], &thread["member"]["role"]), (&json!("Tina"), &json!("TEACHER")));
        let message = |text: &str, from: &str| json!({ "text": text, "from": { "name": from }, "thread": { "id": id } });
        assert_eq!(thread["messages"], json!({ "totalCount": 3, "nodes": [message("3", "Pia"), message("4", "Tina")],
            "pageInfo": { "hasPreviousPage": true } }));
        //
        for stranger in [frida, &space.founders[1]] {
            assert_eq!(app.sees(stranger, &query).await["node"], Value::Null);
        }
        assert_eq!(app.sees(None, &query).await["node"], Value::Null);
        // In another TwinSpace the same two have another thread.
        let other = app.space().await;
        app.seat(&other, frida, TwinSpaceRole::Teacher).await;
        let there = app.seat(&other, pupil, TwinSpaceRole::Pupil).await;
        let elsewhere = write(&app, frida, there, "Here").await;
        assert_ne!(elsewhere["thread"], write(&app, pupil, *frida_at, "5").await["thread"]);
        assert_eq!(threads(&app, pupil, "(first: 2)").await, [row("Frida Founder", "5", 1), row("Frida Founder", "Here", 1)]);
        let here = format!("(filter: {{ twinSpaceId: \"{}\" }})", other.id);
        assert_eq!(threads(&app, pupil, &here).await, [row("Frida Founder", "Here", 1)]);
        let with = format!("(filter: {{ personId: \"{}\" }})", teacher.id);
        assert_eq!(threads(&app, pupil, &with).await, [row("Tina", "4", 2)]);
    }

    async fn a_thread_is_read_on_its_own(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { space, teacher, pupil, pupil_at, .. } = &room;
        let frida = &space.founders[0];
        let first = write(&app, teacher, *pupil_at, "1").await;
        let second = write(&app, teacher, *pupil_at, "2").await;
        write(&app, teacher, *pupil_at, "3").await;
        write(&app, frida, *pupil_at, "4").await;
        let hear = "subscription { inboxChanged { __typename ... on InboxRead { viewer { inbox(filter: { unread: true }) { totalCount } } } } }";
        let mut ear = Ear::of(&app, pupil, hear, json!({})).await;
        let thread = first["thread"]["id"].clone();
        let input = json!({ "threadId": thread, "upToMessageId": second["id"] });
        let fields = "readCount thread { unreadCount } viewer { notificationCounts { total } }";
        let read = app.does(pupil, "markThreadRead", input.clone(), fields).await;
        assert_eq!(read, json!({ "readCount": 2, "thread": { "unreadCount": 1 }, "viewer": { "notificationCounts": { "total": 2 } } }));
        assert_eq!(ear.hears().await["viewer"]["inbox"]["totalCount"], 2);
        assert_eq!(threads(&app, pupil, "(filter: { unread: true })").await, [row("Frida Founder", "4", 1), row("Tina", "3", 1)]);
        let all = json!({ "threadId": thread });
        assert_eq!(app.does(pupil, "markThreadRead", all.clone(), "readCount").await["readCount"], 1);
        assert_eq!(app.does(pupil, "markThreadRead", all.clone(), "readCount").await["readCount"], 0);
        assert_eq!(threads(&app, pupil, "(filter: { unread: true })").await, [row("Frida Founder", "4", 1)]);
        // What the other has not read is theirs.
        assert_eq!(app.does(teacher, "markThreadRead", all.clone(), "readCount").await["readCount"], 0);
        //
        assert_eq!(app.tries(frida, "markThreadRead", all.clone()).await, "NOT_FOUND");
        assert_eq!(app.tries(frida, "markThreadRead", json!({ "threadId": ThreadId::new().to_string() })).await, "NOT_FOUND");
        assert_eq!(app.tries(None, "markThreadRead", all).await, "UNAUTHENTICATED");
    }

    async fn threads_without_unread_messages_are_found_and_only_they(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { space, teacher, pupil, pupil_at, .. } = &room;
        let first = write(&app, teacher, *pupil_at, "1").await;
        write(&app, &space.founders[0], *pupil_at, "2").await;
        let unread = [row("Frida Founder", "2", 1), row("Tina", "1", 1)];
        for all in ["", "(filter: { unread: null })"] {
            assert_eq!(threads(&app, pupil, all).await, unread);
        }
        assert_eq!(threads(&app, pupil, "(filter: { unread: false })").await, []);
        app.does(pupil, "markThreadRead", json!({ "threadId": first["thread"]["id"] }), "readCount").await;
        assert_eq!(threads(&app, pupil, "(filter: { unread: true })").await, unread[..1]);
        assert_eq!(threads(&app, pupil, "(filter: { unread: false })").await, [row("Tina", "1", 0)]);
        // Those to whom one only wrote, too.
        assert_eq!(threads(&app, teacher, "(filter: { unread: false })").await, [row("Pia", "1", 0)]);
    }

    async fn a_member_leads_to_the_messages_with_them(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { space, teacher, pupil, teacher_at, pupil_at, .. } = &room;
        let query = format!("{{ twinSpace(id: \"{}\") {{ members(orderBy: {{ field: NAME }}) {{ nodes {{ name thread {{ id person {{ name }} unreadCount }} }} }} }} }}", space.id);
        let nothing = app.sees(pupil, &query).await["twinSpace"]["members"]["nodes"].take();
        assert!(nothing.as_array().unwrap().iter().all(|node| node["thread"].is_null()), "{nothing}");
        let (_, before) = app.statements(app.sees(pupil, &query)).await;
        let first = write(&app, teacher, *pupil_at, "1").await;
        let second = write(&app, pupil, room.frida_at, "2").await;
        let seen = async |who: &Person| app.sees(who, &query).await["twinSpace"]["members"]["nodes"].take();
        let thread = |id: &Value, name: &str, unread: u8| json!({ "id": id["thread"]["id"], "person": { "name": name }, "unreadCount": unread });
        assert_eq!(seen(pupil).await, json!([
            { "name": "Fabien Fondateur", "thread": null },
            { "name": "Frida Founder", "thread": thread(&second, "Frida Founder", 0) },
            { "name": "Pia", "thread": null },
            { "name": "Tina", "thread": thread(&first, "Tina", 1) }]));
        assert_eq!(seen(&space.founders[1]).await[3], json!({ "name": "Tina", "thread": null }));
        // One more for all unread counts together.
        assert_eq!(app.statements(seen(pupil)).await.1, before + 1);
        app.does(teacher, "deleteMessage", json!({ "messageId": first["id"] }), "threadId").await;
        assert_eq!(seen(teacher).await[2], json!({ "name": "Pia", "thread": null }));
        let query = format!("{{ node(id: \"{teacher_at}\") {{ ... on Member {{ thread {{ id }} }} }} }}");
        assert_eq!(app.sees(pupil, &query).await["node"]["thread"], first["thread"]);
    }

    async fn the_senders_other_devices_hear_of_a_message_and_of_the_thread_of_one_that_is_gone(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { teacher, pupil_at, .. } = &room;
        let hear = "subscription { inboxChanged { __typename
            ... on MessageSent { message { id text thread { id unreadCount latestMessage { text } } } }
            ... on MessageGone { messageId threadId viewer { threads { totalCount } } } } }";
        let mut ear = Ear::of(&app, teacher, hear, json!({})).await;
        let mut counts = Ear::of(&app, teacher, "subscription { notificationsChanged { total } }", json!({})).await;
        let sent = write(&app, teacher, *pupil_at, "1").await;
        let id = &sent["thread"]["id"];
        assert_eq!(ear.hears().await, json!({ "__typename": "MessageSent", "message": { "id": sent["id"], "text": "1",
            "thread": { "id": id, "unreadCount": 0, "latestMessage": { "text": "1" } } } }));
        let gone = app.does(teacher, "deleteMessage", json!({ "messageId": sent["id"] }), "messageId threadId").await;
        assert_eq!(gone, json!({ "messageId": sent["id"], "threadId": id }));
        assert_eq!(ear.hears().await, json!({ "__typename": "MessageGone", "messageId": sent["id"], "threadId": id,
            "viewer": { "threads": { "totalCount": 0 } } }));
        // What one sends waits for somebody else.
        assert_eq!(counts.hears().await, json!({ "total": 0 }));
        counts.hears_nothing().await;
    }

    async fn how_far_somebody_has_read_is_a_point_in_time(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { teacher, pupil, pupil_at, .. } = &room;
        let mut sent = vec![];
        for text in ["1", "2", "3", "4"] {
            sent.push(write(&app, teacher, *pupil_at, text).await);
        }
        let thread = &sent[0]["thread"]["id"];
        app.does(pupil, "deleteMessage", json!({ "messageId": sent[1]["id"] }), "messageId").await;
        let up_to = |message: &Value| json!({ "threadId": thread, "upToMessageId": message });
        assert_eq!(app.does(pupil, "markThreadRead", up_to(&sent[1]["id"]), "readCount").await["readCount"], 1);
        app.does(pupil, "deleteMessage", json!({ "messageId": sent[2]["id"] }), "messageId").await;
        assert_eq!(app.does(pupil, "markInboxRead", json!({ "upToMessageId": sent[2]["id"] }), "readCount").await["readCount"], 0);
        let later = entity::MessageId::new().to_string();
        assert_eq!(app.does(pupil, "markThreadRead", up_to(&json!(later)), "readCount").await["readCount"], 1);
        // What arrives afterwards is unread.
        write(&app, teacher, *pupil_at, "5").await;
        assert_eq!(threads(&app, pupil, "").await, [row("Tina", "5", 1)]);
    }

    async fn what_someone_deletes_leaves_their_thread_and_not_the_other(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { teacher, pupil, teacher_at, pupil_at, .. } = &room;
        let first = write(&app, teacher, *pupil_at, "1").await;
        let second = write(&app, pupil, *teacher_at, "2").await;
        let delete = |message: &Value| json!({ "messageId": message["id"] });
        app.does(pupil, "deleteMessage", delete(&second), "__typename").await;
        assert_eq!(threads(&app, pupil, "").await, [row("Tina", "1", 1)]);
        assert_eq!(threads(&app, teacher, "").await, [row("Pia", "2", 1)]);
        app.does(pupil, "deleteMessage", delete(&first), "__typename").await;
        assert_eq!(threads(&app, pupil, "").await, []);
        let query = format!("{{ node(id: {}) {{ id }} }}", first["thread"]["id"]);
        assert_eq!(app.sees(pupil, &query).await["node"], Value::Null);
        assert_eq!(app.sees(teacher, &query).await["node"]["id"], first["thread"]["id"]);
        // It goes on as the same one.
        assert_eq!(write(&app, teacher, *pupil_at, "3").await["thread"], first["thread"]);
        assert_eq!(threads(&app, pupil, "").await, [row("Tina", "3", 1)]);
    }

    async fn a_thread_outlives_the_account_of_the_other(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { space, teacher, pupil, teacher_at, pupil_at, .. } = &room;
        write(&app, pupil, *teacher_at, "1").await;
        write(&app, teacher, *pupil_at, "2").await;
        let erase = json!({ "pupil": { "memberId": pupil_at.to_string() }, "acknowledge": true });
        assert_eq!(app.tries(&space.founders[0], "erasePupil", erase).await, "OK");
        assert_eq!(threads(&app, teacher, "").await, [row("Former pupil", "2", 1)]);
        let query = "{ viewer { threads { nodes { member { id } messages { nodes { text from { name } } } } } } }";
        let thread = app.sees(teacher, query).await["viewer"]["threads"]["nodes"][0].take();
        assert_eq!(thread["member"], Value::Null);
        assert_eq!(thread["messages"]["nodes"][0], json!({ "text": "1", "from": { "name": "Former pupil" } }));
    }

    async fn threads_are_paged_and_cost_the_same_however_many_there_are(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { space, pupil, pupil_at, .. } = &room;
        let ask = "{ viewer { threads { totalCount nodes { unreadCount person { name } member { id } twinSpace { id }
            latestMessage { text from { name } } messages(last: 2) { totalCount nodes { text } } } } } }";
        let mut costs = vec![];
        for n in 1..=5 {
            let teacher = app.teacher(&format!("Teacher {n}"), "IT").await;
            app.seat(space, &teacher, TwinSpaceRole::Teacher).await;
            for text in ["a", "b", "c"] {
                write(&app, &teacher, *pupil_at, &format!("{text}{n}")).await;
            }
            costs.push(app.statements(app.sees(pupil, ask)).await.1);
        }
        assert!(costs[1..].iter().all(|cost| *cost == costs[1]) && costs[1] <= costs[0] + 1, "{costs:?}");
        let names = |rows: Vec<(String, String, u64)>| rows.into_iter().map(|row| row.1).collect::<Vec<_>>();
        assert_eq!(names(threads(&app, pupil, "(first: 2)").await), ["c5", "c4"]);
        let page = "{ viewer { threads(first: 2) { pageInfo { endCursor hasNextPage } } } }";
        let page = app.sees(pupil, page).await["viewer"]["threads"]["pageInfo"].take();
        assert_eq!(page["hasNextPage"], true);
        let next = format!("(first: 2, after: {})", page["endCursor"]);
        assert_eq!(names(threads(&app, pupil, &next).await), ["c3", "c2"]);
        assert_eq!(names(threads(&app, pupil, "(last: 1)").await), ["c1"]);
    }
}
