//! Requests that are sent again with the same key, because the first response was lost.

use std::num::NonZeroU32;

use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
    play::verdict,
};

/// What makes something: the mutation, its input without a key, the field of its result, and another
/// input.
fn creations(space: &Space, friend: &Person) -> [(&'static str, Value, &'static str, Value); 5] {
    let here = json!({ "twinSpaceId": space.id.to_string() });
    let with = |base: &Value, more: Value| {
        let mut input = base.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let diary =
        json!({ "projectId": space.project.to_string(), "text": "x", "visibility": "PUBLIC" });
    let video = json!({ "url": "https://youtu.be/dQw4w9WgXcQ", "picturedIds": [] });
    let video = with(&here, video);
    let co = json!({ "cofounderId": friend.id.to_string() });
    let follow = json!({ "projectId": space.project.to_string() });
    [
        (
            "createPage",
            with(&here, json!({ "title": "Bees" })),
            "page",
            with(&here, json!({ "title": "Wasps" })),
        ),
        (
            "writeDiaryEntry",
            with(&diary, json!({ "title": "Bees" })),
            "diaryEntry",
            with(&diary, json!({ "title": "Wasps" })),
        ),
        (
            "addVideoLink",
            with(&video, json!({ "title": "Bees" })),
            "media",
            with(&video, json!({ "title": "Wasps" })),
        ),
        (
            "createProject",
            with(&co, json!({ "fields": { "title": "Bees" } })),
            "project",
            with(&co, json!({ "fields": { "title": "Wasps" } })),
        ),
        (
            "followUpProject",
            with(&follow, json!({ "title": "Bees" })),
            "project",
            with(&follow, json!({ "title": "Wasps" })),
        ),
    ]
}

fn keyed(input: &Value, key: &str) -> Value {
    let mut input = input.clone();
    input["idempotencyKey"] = json!(key);
    input
}

on_both_databases! {
    async fn what_is_made_again_with_the_same_key_is_there_once(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        for (name, input, field, other) in creations(&space, fabien) {
            let made = async |who: &Person, input: Value| {
                app.does(who, name, input, &format!("{field} {{ id }}")).await[field]["id"].take()
            };
            // The same key may be used for each mutation and by each person.
            let first = made(frida, keyed(&input, "k")).await;
            assert_eq!(made(frida, keyed(&input, "k")).await, first, "{name}");
            assert_eq!(app.tries(frida, name, keyed(&other, "k")).await, "CONFLICT KEY_REUSED", "{name}");
            assert_ne!(made(frida, keyed(&input, "l")).await, first, "{name}");
            assert_ne!(made(frida, input.clone()).await, made(frida, input.clone()).await, "{name}");
            if name != "createProject" {
                assert_ne!(made(fabien, keyed(&input, "k")).await, first, "{name}");
            }
            for key in ["", "a\u{0}", &"k".repeat(101)] {
                assert_eq!(app.tries(frida, name, keyed(&input, key)).await, "BAD_USER_INPUT idempotencyKey", "{name}");
            }
        }
        // It stays what it was, even if it has been changed or deleted since.
        let page = json!({ "twinSpaceId": space.id.to_string(), "title": "Bees" });
        let id = app.does(frida, "createPage", keyed(&page, "k"), "page { id }").await["page"]["id"].take();
        let edit = json!({ "pageId": id, "expectedVersion": 1, "title": "Bees and wasps" });
        app.does(frida, "editPage", edit, "__typename").await;
        let again = app.does(frida, "createPage", keyed(&page, "k"), "page { id title }").await;
        assert_eq!(again["page"], json!({ "id": id, "title": "Bees and wasps" }));
        for act in ["archivePage", "deletePage"] {
            app.does(frida, act, json!({ "pageId": id }), "__typename").await;
        }
        assert_eq!(app.tries(frida, "createPage", keyed(&page, "k")).await, "OK");
        let pages = format!("{{ twinSpace(id: \"{}\") {{ pages {{ nodes {{ id }} }} }} }}", space.id);
        let pages = app.sees(frida, &pages).await;
        assert!(!pages.to_string().contains(id.as_str().unwrap()), "{pages}");
    }

    async fn a_message_that_was_sent_is_not_counted_again(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let to = app.access(fabien, space.project).await.member.unwrap().0;
        let app = app.another_instance_with(|config| {
            config.talk.chat_messages = NonZeroU32::MIN;
            config.talk.member_messages = NonZeroU32::MIN;
        }).await;
        let said = json!({ "twinSpaceId": space.id.to_string(), "text": "Hi", "idempotencyKey": "k" });
        let sent = json!({ "memberId": to.to_string(), "text": "Hi", "idempotencyKey": "k" });
        for (name, input) in [("sendChatMessage", said), ("sendMessage", sent)] {
            let send = async |input: &Value| app.does(frida, name, input.clone(), "message { id }").await;
            let first = send(&input).await;
            for _ in 0..3 {
                assert_eq!(send(&input).await, first, "{name}");
            }
            let mut other = input.clone();
            other["text"] = json!("Ho");
            assert_eq!(app.tries(frida, name, other).await, "CONFLICT KEY_REUSED", "{name}");
            assert_eq!(app.tries(frida, name, keyed(&input, "l")).await, "RATE_LIMITED", "{name}");
        }
    }

    async fn a_message_that_was_deleted_is_not_sent_again(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let to = app.access(fabien, space.project).await.member.unwrap().0;
        let said = json!({ "twinSpaceId": space.id.to_string(), "text": "Hi", "idempotencyKey": "k" });
        let sent = json!({ "memberId": to.to_string(), "text": "Hi", "idempotencyKey": "k" });
        for (name, input, delete, all) in [
            ("sendChatMessage", said, "deleteChatMessage", vec![frida]),
            ("sendMessage", sent, "deleteMessage", vec![frida, fabien]),
        ] {
            let first = app.does(frida, name, input.clone(), "message { id }").await;
            let this = json!({ "messageId": first["message"]["id"] });
            for who in all {
                app.does(who, delete, this.clone(), "__typename").await;
            }
            let again = format!("mutation($i: {}{}Input!) {{ {name}(input: $i) {{ message {{ id }} }} }}",
                name[..1].to_uppercase(), &name[1..]);
            for _ in 0..2 {
                let answer = app.execute(Some(&frida.token), &again, json!({ "i": input })).await;
                assert_eq!(verdict(&answer), "NOT_FOUND", "{name}: {answer}");
            }
            let mut other = input.clone();
            other["text"] = json!("Ho");
            assert_eq!(app.tries(frida, name, other).await, "CONFLICT KEY_REUSED", "{name}");
            assert_eq!(app.tries(frida, name, keyed(&input, "l")).await, "OK", "{name}");
        }
    }

    // What docs/clients.md says of mutations without a key.
    async fn what_ends_something_says_that_it_has_ended(app: TestApp) {
        let space = app.space().await;
        let frida = &space.founders[0];
        let twice = async |name: &str, input: Value| {
            app.does(frida, name, input.clone(), "__typename").await;
            app.tries(frida, name, input).await
        };
        let page = json!({ "twinSpaceId": space.id.to_string(), "title": "Bees" });
        let page = app.does(frida, "createPage", page, "page { id }").await["page"]["id"].take();
        let this = || json!({ "pageId": page });
        assert_eq!(twice("archivePage", this()).await, "CONFLICT PAGE_ARCHIVED");
        assert_eq!(twice("deletePage", this()).await, "NOT_FOUND");
        let guest = app.guest("Gus").await;
        let invite = json!({ "twinSpaceId": space.id.to_string(), "email": guest.email, "role": "VISITOR" });
        assert_eq!(twice("inviteMember", invite.clone()).await, "CONFLICT ALREADY_INVITED");
        let id = app.sees(&guest, "{ viewer { invitations { nodes { id } } } }").await;
        let answer = json!({ "invitationId": id["viewer"]["invitations"]["nodes"][0]["id"] });
        let token = json!({ "token": app.link(&guest.email).await });
        assert_eq!(app.tries(&guest, "acceptInvitation", token.clone()).await, "OK");
        assert_eq!(app.tries(&guest, "acceptInvitation", token).await, "NOT_FOUND");
        assert_eq!(app.tries(&guest, "acceptInvitation", answer).await, "CONFLICT INVITATION_ENDED");
        assert_eq!(app.tries(frida, "inviteMember", invite).await, "CONFLICT ALREADY_MEMBER");
    }
}
