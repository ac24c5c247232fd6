//! The mark up to which somebody has read a chat, and how many messages are unread.

use entity::TwinSpaceRole;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

use super::{in_chat, pupil, say};

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
}
