//! Uploads: many at once, sent again, and where none is expected.

use std::{collections::BTreeSet, sync::Arc};

use entity::TwinSpaceRole;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    server::wire::Wire,
    support::{TestApp, on_both_databases, play::verdict},
};

use super::{add, adding, files, form, people, send, usage};

on_both_databases! {
    // T-03
    async fn many_who_upload_at_once_stay_within_the_quota(app: TestApp) {
        let small = app.another_instance_with(|config| config.media.media_quota = 1).await;
        let (space, ..) = people(&small).await;
        let wire = Wire::of(Arc::clone(&small)).await;
        let text = "bees and more bees\n".repeat(16_000);
        let mut crowd = Vec::new();
        for n in 0..8 {
            let teacher = small.teacher(&format!("Teacher {n}"), "ES").await;
            small.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
            crowd.push(teacher);
        }
        let all = crowd.iter().map(|who| add(&wire, who, &space, "a.txt", text.as_bytes(), &[]));
        let mut outcomes: Vec<_> = join_all(all).await.iter().map(verdict).collect();
        outcomes.sort();
        let full = vec!["CONFLICT QUOTA_EXCEEDED"; 5];
        assert_eq!(outcomes, [full, vec!["OK"; 3]].concat());
        let bytes = 3 * text.len() as u64;
        assert_eq!(usage(&small, &crowd[0], &space).await, (bytes, 3));
        assert_eq!(files(&small).len(), 3);
    }

    async fn a_file_that_is_sent_again_with_the_same_key_is_there_once(app: TestApp) {
        let (space, pupil, _) = people(&app).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let keyed = async |title: &str, content: &str| {
            let mut operations = adding(&space, title, &[]);
            operations["variables"]["input"]["idempotencyKey"] = json!("k");
            let map = json!({ "0": ["variables.input.file"] });
            let body = form(&operations, &map, &[("0", "bees.txt", content.as_bytes())]);
            send(&wire, Some(&pupil.token), body).await.json::<Value>().await.unwrap()
        };
        // Some at once: all but one find, when they have stored it, that it has been added.
        let answers = join_all((0..4).map(|_| keyed("Our bees", "bees"))).await;
        let ids: BTreeSet<_> = answers.iter().map(|answer| {
            assert_eq!(verdict(answer), "OK");
            answer["data"]["addMedia"]["media"]["id"].as_str().unwrap()
        }).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        assert_eq!(verdict(&keyed("Our bees", "bees").await), "OK");
        assert_eq!(usage(&app, &pupil, &space).await, (4, 1));
        assert_eq!(files(&app).len(), 1);
        for (title, content) in [("Our bees", "wasps"), ("Our wasps", "bees")] {
            assert_eq!(verdict(&keyed(title, content).await), "CONFLICT KEY_REUSED");
        }
        assert_eq!(files(&app).len(), 1);
    }

    // Otherwise the text would be what stands for the file.
    async fn a_file_where_none_is_expected_is_refused(app: TestApp) {
        let (space, pupil, _) = people(&app).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let chat = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) { message { text } } }";
        let page = "mutation($id: ID!, $text: String!) { createPage(input: { twinSpaceId: $id, title: $text }) { page { title } } }";
        let list = "query($id: ID!, $kinds: [SearchKind!]) { twinSpace(id: $id) { search(query: \"bee\", kinds: $kinds) { totalCount } } }";
        let id = space.id.to_string();
        for (query, variables, place, words) in [
            (chat, json!({ "input": { "twinSpaceId": id, "text": null } }), "input.text", "Variable \"$input\" got invalid value <file> at \"input.text\"; String cannot represent a file."),
            (page, json!({ "id": id, "text": null }), "text", "Variable \"$text\" got invalid value <file>; String cannot represent a file."),
            (page, json!({ "id": null, "text": "Bees" }), "id", "Variable \"$id\" got invalid value <file>; ID cannot represent a file."),
            (list, json!({ "id": id, "kinds": [null] }), "kinds.0", "Variable \"$kinds\" got invalid value <file> at \"kinds[0]\"; SearchKind cannot represent a file."),
            (chat, json!({ "input": null }), "input", "Variable \"$input\" got invalid value <file>; SendChatMessageInput cannot represent a file."),
        ] {
            let operations = json!({ "query": query, "variables": variables });
            let map = json!({ "0": [format!("variables.{place}")] });
            let body = form(&operations, &map, &[("0", "bees.txt", b"bees")]);
            let answer: Value = send(&wire, Some(&pupil.token), body).await.json().await.unwrap();
            let error = &answer["errors"][0];
            assert_eq!((&error["message"], &error["extensions"]["code"]), (&json!(words), &json!("GRAPHQL_VALIDATION_FAILED")), "{answer}");
        }
        // A text that only looks like it is one.
        let input = json!({ "twinSpaceId": id, "text": "#__graphql_file__:0" });
        let sent = app.does(&pupil, "sendChatMessage", input, "message { text }").await;
        assert_eq!(sent["message"]["text"], "#__graphql_file__:0");
    }
}
