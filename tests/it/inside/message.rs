//! Messages between members, and reports on them (T-06).

use std::sync::Arc;

use entity::{MemberId, MessageId, TwinSpaceRole, message};
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::support::{
    TestApp,
    cast::{Person, Space},
    ear::Ear,
    on_both_databases,
};

mod inbox;
mod report;

const HEAR: &str = "subscription { inboxChanged { __typename
    ... on MessageArrived { message { subject text from { name } readAt } }
    ... on MessageChanged { message { id readAt } } ... on MessageGone { messageId }
    ... on InboxRead { viewer { inbox(filter: { unread: true }) { totalCount } } }
    ... on InboxChangesMissed { viewer { person { id } } } } }";

/// A TwinSpace with a teacher, a pupil and a visitor, and the memberships of all.
struct Room {
    space: Space,
    teacher: Person,
    pupil: Person,
    visitor: Person,
    frida_at: MemberId,
    teacher_at: MemberId,
    pupil_at: MemberId,
    visitor_at: MemberId,
}

impl Room {
    async fn new(app: &TestApp) -> Self {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let pupil = app.pupil("Pia", &space.founders[0]).await;
        let visitor = app.guest("Vera").await;
        let (frida_at, _) = app.access(&space.founders[0], space.project).await.member.unwrap();
        Self {
            frida_at,
            teacher_at: app.seat(&space, &teacher, TwinSpaceRole::Teacher).await,
            pupil_at: app.seat(&space, &pupil, TwinSpaceRole::Pupil).await,
            visitor_at: app.seat(&space, &visitor, TwinSpaceRole::Visitor).await,
            space,
            teacher,
            pupil,
            visitor,
        }
    }
}

fn to(member: MemberId, text: &str) -> Value {
    json!({ "memberId": member.to_string(), "text": text })
}

/// Sends a message to a member; returns its ID.
pub async fn write(app: &TestApp, who: &Person, member: MemberId, text: &str) -> String {
    let sent = app.does(who, "sendMessage", to(member, text), "message { id }").await;
    sent["message"]["id"].as_str().unwrap().to_owned()
}

fn one(id: &str) -> Value {
    json!({ "messageId": id })
}

async fn inbox(app: &TestApp, who: &Person, filter: &str) -> Vec<Value> {
    let query = format!("{{ viewer {{ inbox{filter} {{ nodes {{ text }} }} }} }}");
    texts(&app.sees(who, &query).await["viewer"]["inbox"])
}

async fn sent(app: &TestApp, who: &Person) -> Vec<Value> {
    let query = "{ viewer { sentMessages { nodes { text } } } }";
    texts(&app.sees(who, query).await["viewer"]["sentMessages"])
}

fn texts(page: &Value) -> Vec<Value> {
    page["nodes"].as_array().unwrap().iter().map(|node| node["text"].clone()).collect()
}

on_both_databases! {
    // T-06
    async fn a_message_arrives_live_is_read_answered_and_deleted(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { teacher, pupil, .. } = &room;
        let mut ear = Ear::of(&app, pupil, HEAR, json!({})).await;
        let mut input = to(room.pupil_at, "How are\r\nyour bees?");
        input["subject"] = json!(" Bees ");
        let fields = "message { id from { name } to { name } subject readAt inReplyTo { id }
            twinSpace { id } }";
        let sent_one = app.does(teacher, "sendMessage", input, fields).await["message"].take();
        let id = sent_one["id"].as_str().unwrap();
        assert_eq!(sent_one, json!({ "id": id, "from": { "name": "Tina" }, "to": { "name": "Pia" },
            "subject": "Bees", "readAt": null, "inReplyTo": null,
            "twinSpace": { "id": room.space.id.to_string() } }));
        assert_eq!(ear.hears().await, json!({ "__typename": "MessageArrived", "message": {
            "subject": "Bees", "text": "How are\nyour bees?", "from": { "name": "Tina" }, "readAt": null } }));
        assert_eq!(inbox(&app, pupil, "(filter: { unread: true })").await, ["How are\nyour bees?"]);

        let read = app.does(pupil, "markMessageRead", one(id), "message { readAt }").await;
        assert!(read["message"]["readAt"].is_string(), "{read}");
        assert_eq!(ear.hears().await["message"]["readAt"], read["message"]["readAt"]);
        // Reading it again does not change when it was read.
        assert_eq!(app.does(pupil, "markMessageRead", one(id), "message { readAt }").await, read);
        assert_eq!(inbox(&app, pupil, "(filter: { unread: true })").await, Vec::<Value>::new());
        assert_eq!(inbox(&app, pupil, "(filter: { unread: false })").await.len(), 1);
        // M-02: the time at which someone was online is visible only to them.
        let ask = format!("{{ node(id: \"{id}\") {{ ... on Message {{ readAt }} }} }}");
        assert_eq!(app.sees(teacher, &ask).await["node"]["readAt"], Value::Null);
        assert_eq!(app.tries(teacher, "markMessageRead", one(id)).await, "FORBIDDEN NOT_RECEIVED");

        let mut answer = to(room.teacher_at, "They sleep.");
        answer["inReplyToId"] = json!(id);
        let answer = app.does(pupil, "sendMessage", answer, "message { id inReplyTo { text } }").await;
        assert_eq!(answer["message"]["inReplyTo"]["text"], "How are\nyour bees?");
        assert_eq!(ear.hears().await["__typename"], "MessageSent");

        assert_eq!(app.tries(pupil, "deleteMessage", one(id)).await, "OK");
        assert_eq!(ear.hears().await, json!({ "__typename": "MessageGone", "messageId": id }));
        assert_eq!(inbox(&app, pupil, "").await, Vec::<Value>::new());
        assert_eq!(sent(&app, teacher).await, ["How are\nyour bees?"]);
        assert_eq!(app.tries(pupil, "deleteMessage", one(id)).await, "NOT_FOUND");
        let ask = format!("{{ node(id: {}) {{ ... on Message {{ inReplyTo {{ id }} }} }} }}", answer["message"]["id"]);
        assert_eq!(app.sees(pupil, &ask).await["node"]["inReplyTo"], Value::Null);
        assert_eq!(app.tries(teacher, "deleteMessage", one(id)).await, "OK");
        // Nobody has it any more.
        assert_eq!(message::Entity::find().count(app.db.read()).await.unwrap(), 1);
        assert_eq!(inbox(&app, teacher, "").await, ["They sleep."]);
    }

    // T-06
    async fn an_answer_is_sent_to_the_member_who_wrote_and_stands_below_what_it_answers(app: TestApp) {
        let room = Room::new(&app).await;
        let [frida, _] = &room.space.founders;
        let Room { teacher, pupil, .. } = &room;
        let first = write(&app, teacher, room.pupil_at, "How are your bees?").await;
        // The message contains what a client needs to reply.
        let ask = format!("{{ node(id: \"{first}\") {{ ... on Message {{ fromMember {{ id name }} toMember {{ id }}
            permissions {{ reply {{ allowed }} report {{ allowed }} }} }} }} }}");
        let told = app.sees(pupil, &ask).await["node"].take();
        assert_eq!(told, json!({ "fromMember": { "id": room.teacher_at.to_string(), "name": "Tina" },
            "toMember": { "id": room.pupil_at.to_string() },
            "permissions": { "reply": { "allowed": true }, "report": { "allowed": true } } }));
        let answer = async |who: &Person, member: &Value, text: &str| {
            let input = json!({ "memberId": member, "text": text, "inReplyToId": first });
            app.does(who, "sendMessage", input, "message { id }").await["message"]["id"].clone()
        };
        let second = answer(pupil, &told["fromMember"]["id"], "They sleep.").await;
        answer(teacher, &told["toMember"]["id"], "Still?").await;
        let third = answer(pupil, &told["fromMember"]["id"], "Yes.").await;
        write(&app, pupil, room.teacher_at, "Something else").await;

        let thread = |page: &str| format!("{{ node(id: \"{first}\") {{ ... on Message {{ replies{page} {{ totalCount
            pageInfo {{ endCursor hasNextPage }} nodes {{ text from {{ name }} }} }} }} }} }}");
        let said = app.sees(teacher, &thread("(first: 2)")).await["node"]["replies"].take();
        assert_eq!((texts(&said), &said["totalCount"]), (vec![json!("They sleep."), json!("Still?")], &json!(3)));
        let rest = format!("(after: {})", said["pageInfo"]["endCursor"]);
        let said = app.sees(teacher, &thread(&rest)).await["node"]["replies"].take();
        assert_eq!(said["nodes"], json!([{ "text": "Yes.", "from": { "name": "Pia" } }]));
        // Each has their own mailbox.
        let gone = json!({ "messageId": third });
        assert_eq!(app.tries(pupil, "deleteMessage", gone).await, "OK");
        assert_eq!(app.sees(pupil, &thread("")).await["node"]["replies"]["totalCount"], 2);
        assert_eq!(app.sees(teacher, &thread("")).await["node"]["replies"]["totalCount"], 3);
        // A conversation between those two is not visible to anyone else.
        assert_eq!(app.sees(frida, &thread("")).await["node"], Value::Null);

        // As many statements for a full inbox as for one message.
        let ask = "{ viewer { inbox(first: N) { nodes { replies(first: 5) { totalCount nodes { text } } fromMember { name }
            from { picture { url } } permissions { reply { allowed } report { allowed } } } } } }";
        let one = app.statements(app.sees(teacher, &ask.replace('N', "2"))).await.1;
        let pattern = message::Entity::find().one(app.db.read()).await.unwrap().unwrap();
        let (from, to) = (frida.id, teacher.id);
        let copy = |_| message::Model { id: MessageId::new(), sender_id: from, recipient_id: to,
            sender_deleted: false, recipient_deleted: false, in_reply_to: None, ..pattern.clone() };
        let copies = (0..100).map(copy).map(IntoActiveModel::into_active_model);
        let tx = app.db.begin().await.unwrap();
        message::Entity::insert_many(copies).exec_without_returning(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        for many in ["9", "31", "100"] {
            let cost = app.statements(app.sees(teacher, &ask.replace('N', many))).await.1;
            assert_eq!(cost, one, "{many}");
        }

        // Someone who has left cannot be sent a reply.
        let second = second.as_str().unwrap();
        let input = json!({ "memberId": room.pupil_at.to_string(), "text": "Hello?" });
        app.foretold(teacher, ("Message", second), "reply", ("sendMessage", input.clone()), "OK").await;
        let remove = json!({ "memberId": room.pupil_at.to_string() });
        assert_eq!(app.tries(frida, "removeMember", remove).await, "OK");
        assert_eq!(app.tries(teacher, "sendMessage", input).await, "NOT_FOUND");
        let ask = format!("{{ node(id: \"{second}\") {{ ... on Message {{ fromMember {{ id }} toMember {{ id }}
            permissions {{ reply {{ reason }} }} }} }} }}");
        assert_eq!(app.sees(teacher, &ask).await["node"], json!({ "fromMember": null,
            "toMember": { "id": room.teacher_at.to_string() }, "permissions": { "reply": { "reason": "NOT_A_MEMBER" } } }));
    }

    // M-18, M-20
    async fn who_may_write_to_whom_is_told_beforehand(app: TestApp) {
        let room = Room::new(&app).await;
        let Room { teacher, pupil, visitor, .. } = &room;
        let stranger = app.teacher("Sven", "SE").await;
        for (who, member, expected) in [
            (teacher, room.pupil_at, "OK"),
            (teacher, room.visitor_at, "OK"),
            (teacher, room.teacher_at, "FORBIDDEN YOURSELF"),
            (pupil, room.teacher_at, "OK"),
            (pupil, room.pupil_at, "FORBIDDEN YOURSELF"),
            (pupil, room.visitor_at, "FORBIDDEN ROLE_TOO_LOW"),
            (visitor, room.teacher_at, "FORBIDDEN ROLE_TOO_LOW"),
            (visitor, room.pupil_at, "NOT_FOUND"),
            (&stranger, room.teacher_at, "NOT_FOUND"),
        ] {
            assert_eq!(app.tries(who, "sendMessage", to(member, "Hi")).await, expected);
            let ask = format!("{{ node(id: \"{member}\") {{ ... on Member {{
                permissions {{ contact {{ allowed reason }} }} }} }} }}");
            let told = app.sees(who, &ask).await;
            let reason = &told["node"]["permissions"]["contact"]["reason"];
            let foretold = match (told["node"].is_null(), reason.as_str()) {
                (true, _) => "NOT_FOUND".to_owned(),
                (_, None) => "OK".to_owned(),
                (_, Some(reason)) => format!("FORBIDDEN {reason}"),
            };
            assert_eq!(foretold, expected);
        }
    }

    //
    async fn a_message_exists_for_the_two_and_nobody_else(app: TestApp) {
        let room = Room::new(&app).await;
        let [frida, fabien] = &room.space.founders;
        let administrator = app.administrator().await;
        let id = write(&app, &room.teacher, room.pupil_at, "Between us").await;
        let ask = format!("{{ node(id: \"{id}\") {{ id }} }}");
        // The custodian and the teacher administrators are among them.
        for who in [frida, fabien, &room.visitor, &administrator] {
            assert_eq!(app.sees(who, &ask).await["node"], Value::Null);
            for act in ["markMessageRead", "deleteMessage"] {
                assert_eq!(app.tries(who, act, one(&id)).await, "NOT_FOUND");
            }
            let report = json!({ "messageId": id, "reason": "Curious" });
            assert_eq!(app.tries(who, "reportMessage", report).await, "NOT_FOUND");
            let mut answer = to(room.pupil_at, "And me?");
            answer["inReplyToId"] = json!(id);
            if who.id == frida.id {
                assert_eq!(app.tries(who, "sendMessage", answer).await, "NOT_FOUND");
            }
        }
        // A message between two people cannot be a reply to one with a third.
        let mut answer = to(room.frida_at, "Look");
        answer["inReplyToId"] = json!(id);
        assert_eq!(app.tries(&room.pupil, "sendMessage", answer).await, "BAD_USER_INPUT inReplyToId");
    }

    async fn hostile_messages_are_refused_or_lie_there_as_plain_text(app: TestApp) {
        let room = Room::new(&app).await;
        let tries = async |subject: &str, text: &str| {
            let mut input = to(room.pupil_at, text);
            input["subject"] = json!(subject);
            app.tries(&room.teacher, "sendMessage", input).await
        };
        let long = "x".repeat(5001);
        for (subject, text, expected) in [
            ("", "", "BAD_USER_INPUT text"),
            ("", "a\u{0}", "BAD_USER_INPUT text"),
            ("", "a\u{202e}b", "BAD_USER_INPUT text"),
            ("", long.as_str(), "BAD_USER_INPUT text"),
            ("a\u{0}", "b", "BAD_USER_INPUT subject"),
            ("a\nb\u{202e}", "b", "BAD_USER_INPUT subject"),
            (&long[..201], "b", "BAD_USER_INPUT subject"),
            ("  ", "<img src=x onerror=alert(1)>", "OK"),
        ] {
            assert_eq!(tries(subject, text).await, expected, "{subject:?} {text:?}");
        }
        assert_eq!(inbox(&app, &room.pupil, "").await, ["<img src=x onerror=alert(1)>"]);
    }

    async fn messages_sent_again_at_once_arrive_once(app: TestApp) {
        let room = Room::new(&app).await;
        let app = Arc::new(app);
        let start = Arc::new(Barrier::new(16));
        let mut input = to(room.pupil_at, "Once");
        input["idempotencyKey"] = json!("k");
        let sends: Vec<_> = (0..16).map(|_| {
            let (app, start, who) = (Arc::clone(&app), Arc::clone(&start), room.teacher.clone());
            let input = input.clone();
            tokio::spawn(async move {
                start.wait().await;
                app.tries(&who, "sendMessage", input).await
            })
        }).collect();
        for send in sends {
            assert_eq!(send.await.unwrap(), "OK");
        }
        assert_eq!(inbox(&app, &room.pupil, "").await, ["Once"]);
        input["text"] = json!("Twice");
        assert_eq!(app.tries(&room.teacher, "sendMessage", input).await, "CONFLICT KEY_REUSED");
    }

    async fn who_writes_too_much_is_told_when_to_go_on(app: TestApp) {
        let room = Room::new(&app).await;
        let app = app.another_instance_with(|config| {
            config.talk.member_messages = 1.try_into().unwrap();
        }).await;
        write(&app, &room.teacher, room.pupil_at, "1").await;
        assert_eq!(app.tries(&room.teacher, "sendMessage", to(room.pupil_at, "2")).await, "RATE_LIMITED");
    }

    async fn an_adult_is_mailed_once_an_hour_and_reads_nothing_of_it_there(app: TestApp) {
        let room = Room::new(&app).await;
        app.mails().await;
        write(&app, &room.pupil, room.teacher_at, "Our secret bees").await;
        write(&app, &room.pupil, room.teacher_at, "More secrets").await;
        write(&app, &room.teacher, room.pupil_at, "A pupil has no address").await;
        let waiting = app.outbox().await;
        assert_eq!(waiting.len(), 1);
        let mails = app.mails().await;
        let mail = mails.iter().find(|mail| mail.subject == "You have a new message").unwrap();
        assert_eq!(mail.to, room.teacher.email);
        for word in ["secret", "Pia"] {
            assert!(!mail.text.contains(word), "{}", mail.text);
        }
        // What is read before the mail is sent is not mailed.
        let id = write(&app, &room.pupil, room.frida_at, "Hello").await;
        assert_eq!(app.outbox().await.len(), 1);
        assert_eq!(app.tries(&room.space.founders[0], "markMessageRead", one(&id)).await, "OK");
        assert_eq!(app.outbox().await.len(), 0);
    }

    // M-19
    async fn messages_outlive_the_membership_and_those_of_an_erased_pupil_their_name(app: TestApp) {
        let room = Room::new(&app).await;
        let [frida, _] = &room.space.founders;
        write(&app, &room.pupil, room.teacher_at, "From Pia").await;
        write(&app, &room.teacher, room.pupil_at, "To Pia").await;
        let erase = json!({ "pupil": { "memberId": room.pupil_at.to_string() }, "acknowledge": true });
        assert_eq!(app.tries(frida, "erasePupil", erase).await, "OK");
        let remove = json!({ "memberId": room.teacher_at.to_string() });
        assert_eq!(app.tries(frida, "removeMember", remove).await, "OK");
        let query = "{ viewer { inbox { nodes { text from { name } twinSpace { id } } }
            sentMessages { nodes { to { name } } } } }";
        let data = app.sees(&room.teacher, query).await;
        assert_eq!(data["viewer"], json!({
            "inbox": { "nodes": [{ "text": "From Pia", "from": { "name": "Former pupil" }, "twinSpace": null }] },
            "sentMessages": { "nodes": [{ "to": { "name": "Former pupil" } }] } }));
        assert_eq!(app.tries(&room.teacher, "sendMessage", to(room.frida_at, "Hi")).await, "NOT_FOUND");
    }
}
