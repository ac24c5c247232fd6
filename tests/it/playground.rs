//! The playground's examples and operations, run as the page runs them: by a founder of the demo.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Duration};

use async_graphql::{Request, Variables};
use futures_util::StreamExt;
use serde_json::{Value, json};
use twinspace::{
    auth::Client,
    demo,
    graphql::api::{Api, Caller},
};

use crate::support::{TestApp, on_both_databases};

/// What the documents of a folder say, by their files' names.
fn documents(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("playground").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// The variables of an example, with the viewer's ids in place of `<twinSpaceId>` and the like.
fn variables(example: &str, ids: &BTreeMap<String, String>) -> Value {
    let line = example.lines().find_map(|line| line.strip_prefix("# variables: "));
    let mut text = line.unwrap_or("{}").to_owned();
    for (name, id) in ids {
        text = text.replace(&format!("<{name}>"), id);
    }
    assert!(!text.contains("\"<"), "a placeholder without an id: {text}");
    serde_json::from_str(&text).unwrap()
}

/// All values whose name ends with `Id`, the first of each name.
fn collect(value: &Value, ids: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(id) if name.ends_with("Id") => {
                        ids.entry(name.clone()).or_insert_with(|| id.to_owned());
                    }
                    _ => collect(value, ids),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, ids)),
        _ => {}
    }
}

on_both_databases! {
    async fn every_example_runs_for_a_founder_of_the_demo(app: TestApp) {
        demo::fill(&app, &|_| ()).await.unwrap();
        let operations = documents("operations");
        let sign_in = json!({ "email": demo::address("zofia"), "password": demo::PASSWORD });
        let answer = app.execute(None, &operations["sign-in"], sign_in).await;
        let token = answer["data"]["signIn"]["token"].as_str().unwrap().to_owned();
        let token = Some(token.as_str());
        let viewer = app.execute(token, &operations["viewer"], json!({})).await;
        assert_eq!(viewer["data"]["viewer"]["name"], "Zofia Wiśniewska");
        let answer = app.execute(token, &operations["ids"], json!({})).await;
        let mut ids = BTreeMap::new();
        collect(&answer, &mut ids);

        for (name, example) in documents("examples") {
            let variables = variables(&example, &ids);
            if example.contains("\nsubscription ") {
                continue;
            }
            let answer = app.execute(token, &example, variables).await;
            let code = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str);
            match name.as_str() {
                "09-be-refused" => {
                    assert_eq!(code, Some("FORBIDDEN"), "{answer}");
                    let reason = &answer["errors"][0]["extensions"]["reason"];
                    assert_eq!(reason, "FOUNDER_PROTECTED");
                }
                _ => assert_eq!(code, None, "{name}: {answer}"),
            }
        }
        // What is done in one tab is heard in another.
        for (hear, act, input, at, expected) in [
            (
                "13-subscribe-to-members",
                "06-invite-a-collaborator",
                json!({ "twinSpaceId": ids["twinSpaceId"], "email": "new@example.org" }),
                "/data/membersChanged/invitation/email",
                "new@example.org",
            ),
            (
                "17-subscribe-to-the-chat",
                "16-say-something",
                json!({ "twinSpaceId": ids["twinSpaceId"], "text": "Heard?" }),
                "/data/chatChanged/message/text",
                "Heard?",
            ),
        ] {
            let subscription = &documents("examples")[hear];
            let caller = Caller {
                viewer: app.authenticate(token).await.unwrap(),
                client: Client::default(),
                request_id: "test".into(),
            };
            let api = Api::new(Arc::clone(&app));
            let request = Request::new(subscription.as_str())
                .variables(Variables::from_json(variables(subscription, &ids)));
            let mut changes = api.subscribe(api.prepare(request).unwrap(), caller);
            let act = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                app.execute(token, &documents("examples")[act], input).await
            };
            let (change, _) = tokio::join!(changes.next(), act);
            let change = serde_json::to_value(change.unwrap()).unwrap();
            assert_eq!(change.pointer(at), Some(&json!(expected)), "{change}");
        }

        let answer = app.execute(token, &operations["sign-out"], json!({})).await;
        assert!(answer["errors"].is_null(), "{answer}");
    }

    async fn the_demo_has_a_full_twinspace(app: TestApp) {
        demo::fill(&app, &|_| ()).await.unwrap();
        for &(username, name, _) in demo::PUPIL_SIGN_INS {
            let query = "mutation($username: String!, $password: String!) {
                signInPupil(input: { username: $username, password: $password }) {
                    viewer { name twinSpace { memberCounts { teachers pupils visitors } } }
                }
            }";
            let input = json!({ "username": username, "password": demo::PASSWORD });
            let answer = app.execute(None, query, input).await;
            assert_eq!(answer["data"]["signInPupil"]["viewer"], json!({
                "name": name,
                "twinSpace": { "memberCounts": { "teachers": 12, "pupils": 277, "visitors": 1 } },
            }), "{answer}");
        }
    }

    async fn the_demo_has_a_project_in_every_state(app: TestApp) {
        assert_eq!(demo::look(&app.db).await.unwrap(), demo::Found::Nothing);
        demo::fill(&app, &|_| ()).await.unwrap();
        assert_eq!(demo::look(&app.db).await.unwrap(), demo::Found::Demo);
        let mut states = std::collections::BTreeSet::new();
        for one in demo::sign_ins() {
            let input = json!({ "email": demo::address(one.handle), "password": demo::PASSWORD });
            let sign_in = "mutation($email: String!, $password: String!) {
                signIn(input: { email: $email, password: $password }) {
                    token viewer { name projects { nodes { state } } }
                }
            }";
            let answer = app.execute(None, sign_in, input).await;
            let signed_in = &answer["data"]["signIn"];
            if one.handle == "peteris" {
                assert!(signed_in.is_null(), "{answer}");
                continue;
            }
            assert_eq!(signed_in["viewer"]["name"], one.name, "{answer}");
            for project in signed_in["viewer"]["projects"]["nodes"].as_array().unwrap() {
                states.insert(project["state"].as_str().unwrap().to_owned());
            }
        }
        let all = ["ACTIVE", "CLOSED", "DECLINED", "DRAFT", "PENDING_APPROVAL", "PENDING_PARTNER",
            "REJECTED", "WITHDRAWN"];
        assert!(states.iter().eq(all), "{states:?}");
    }
}

#[tokio::test]
async fn the_demo_leaves_the_data_of_others_alone() {
    let app = TestApp::on_sqlite().await;
    app.administrator().await;
    assert_eq!(demo::look(&app.db).await.unwrap(), demo::Found::Strangers);
}
