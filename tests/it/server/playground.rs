//! The playground's examples and operations, run as the page runs them, by people of the demo.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use image::ImageFormat;
use serde_json::{Value, json};
use twinspace::demo;

use crate::{
    inside::media,
    server::wire::Wire,
    support::{TestApp, on_both_databases},
};

mod asset;
mod example;

fn playground(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("playground").join(path)
}

/// The documents in a folder, by file name.
fn documents(folder: &str) -> BTreeMap<String, String> {
    let files = fs::read_dir(playground(folder)).unwrap().map(|file| file.unwrap().path());
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// What the comments of an example tell under a name.
fn told<'a>(example: &'a str, name: &str) -> Option<&'a str> {
    example.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "))
}

/// The variables of an example, with the viewer's ids in place of `<twinSpaceId>` and the like. A file
/// goes with the request itself.
fn variables(name: &str, example: &str, ids: &BTreeMap<String, String>) -> Value {
    let text = told(example, "variables").unwrap_or("{}");
    let mut text = text.replace("your password", demo::PASSWORD).replace("\"<file>\"", "null");
    for (name, id) in ids {
        text = text.replace(&format!("<{name}>"), id);
    }
    assert!(!text.contains("\"<"), "{name} has a placeholder without an id: {text}");
    serde_json::from_str(&text).unwrap()
}

/// The key in an ID.
fn key(id: Option<&str>) -> Option<&str> {
    Some(id?.split_once('_')?.1)
}

/// Whether something is asked for only where the viewer may do what it is for, and they may not.
fn forbidden(fields: &Value) -> bool {
    let permissions = fields["permissions"].as_object();
    permissions.is_some_and(|all| all.values().any(|one| one["allowed"] != true))
}

/// All values whose name ends with `Id` or `Name`, in their order, but of what is closed, forbidden
/// or the viewer's own.
fn gather(value: &Value, viewer: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    match value {
        Value::Object(fields) => {
            let person = value.pointer("/person/id");
            if value["state"] == "CLOSED"
                || value["isViewer"] == true
                || forbidden(value)
                || person.is_some_and(|id| key(id.as_str()) == key(viewer.as_str()))
            {
                return;
            }
            for (name, value) in fields {
                match value.as_str() {
                    Some(id) if name.ends_with("Id") || name.ends_with("Name") => {
                        found.entry(name.clone()).or_default().push(id.to_owned());
                    }
                    _ => gather(value, viewer, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, viewer, found)),
        _ => {}
    }
}

/// The first of each name that is not among those of the same name prefixed with "not".
fn first(found: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, String> {
    let mut ids = BTreeMap::new();
    for (name, values) in found {
        let barred = format!("not{}{}", name[..1].to_uppercase(), &name[1..]);
        let barred = found.get(&barred);
        let same = |id: &str, barred: &String| key(Some(id)) == key(Some(barred));
        let fits = |id: &&String| barred.is_none_or(|all| !all.iter().any(|one| same(id, one)));
        if let Some(id) = values.iter().find(fits) {
            ids.insert(name.clone(), id.clone());
        }
    }
    ids
}

/// The page, with a user.
pub struct Page<'a> {
    app: &'a TestApp,
    operations: BTreeMap<String, String>,
    token: Option<String>,
    kind: Value,
}

impl<'a> Page<'a> {
    /// Signs in as a person of the demo, or as a pupil by username; an empty name is anonymous.
    pub async fn of(app: &'a TestApp, name: &str) -> Self {
        let operations = documents("operations");
        let mut page = Self { app, operations, token: None, kind: Value::Null };
        if name.is_empty() {
            return page;
        }
        let (operation, field, mut input) = match name.contains('.') {
            true => ("sign-in-pupil", "signInPupil", json!({ "username": name })),
            false => ("sign-in", "signIn", json!({ "email": demo::address(name) })),
        };
        input["password"] = json!(demo::PASSWORD);
        let answer = page.ask(operation, input).await;
        let token = answer["data"][field]["token"].as_str();
        page.token = Some(token.unwrap_or_else(|| panic!("{name}: {answer}")).to_owned());
        let answer = page.ask("viewer", json!({})).await;
        page.kind = answer["data"]["viewer"]["kind"].clone();
        page
    }

    /// The same user with the same session on another server.
    pub fn on<'b>(&self, app: &'b TestApp) -> Page<'b> {
        let Self { operations, token, kind, .. } = self;
        Page { app, operations: operations.clone(), token: token.clone(), kind: kind.clone() }
    }

    /// The answers to all queries among the examples that the user can fill in.
    pub async fn queries(&self) -> BTreeMap<String, Value> {
        let ids = self.ids().await;
        let mut answers = BTreeMap::new();
        for (name, example) in documents("examples") {
            let known = |part: &str| ids.contains_key(part.split('>').next().unwrap());
            if example.contains("\nquery ") && example.split("\"<").skip(1).all(known) {
                answers.insert(
                    name.clone(),
                    self.run(&example, variables(&name, &example, &ids)).await,
                );
            }
        }
        answers
    }

    /// Creates a page in a TwinSpace in which the user writes.
    pub async fn writes(&self, title: &str) {
        let space = &self.ids().await["writingTwinSpaceId"];
        let input = json!({ "twinSpaceId": space, "title": title });
        let answer = self.run(&documents("examples")["49-create-a-page"], input).await;
        assert!(answer["errors"].is_null(), "{answer}");
    }

    pub async fn run(&self, document: &str, variables: Value) -> Value {
        self.app.execute(self.token.as_deref(), document, variables).await
    }

    /// Runs an example whose variable `file` is a picture.
    async fn upload(&self, document: &str, variables: Value) -> Value {
        let wire = Wire::of(Arc::clone(self.app)).await;
        let operations = json!({ "query": document, "variables": variables });
        let map = json!({ "0": ["variables.file"] });
        let picture = media::encoded(&media::picture(64, 48), ImageFormat::Png);
        let body = media::form(&operations, &map, &[("0", "bee.png", &picture)]);
        media::send(&wire, self.token.as_deref(), body).await.json().await.unwrap()
    }

    async fn ask(&self, operation: &str, variables: Value) -> Value {
        self.run(&self.operations[operation], variables).await
    }

    /// The IDs with which the examples are filled in.
    async fn ids(&self) -> BTreeMap<String, String> {
        if self.token.is_none() {
            return BTreeMap::new();
        }
        let teacher =
            json!({ "teacher": self.kind == "TEACHER", "officer": self.kind == "OFFICER" });
        let data = self.ask("ids", json!({})).await["data"].take();
        let others = self.ask("others", teacher).await["data"].take();
        let mut found = BTreeMap::new();
        for part in [&data, &others] {
            gather(part, &data["viewer"]["self"]["notTeacherId"], &mut found);
        }
        let mut ids = first(&found);
        if let Some(space) = ids.get("messageTwinSpaceId") {
            let sender = json!({ "twinSpaceId": space, "name": ids["senderName"] });
            let mut found = BTreeMap::new();
            gather(&self.ask("sender", sender).await["data"], &Value::Null, &mut found);
            ids.extend(first(&found));
        }
        ids
    }
}

/// Who runs an example: a founder of the demo, unless it is for someone else.
fn who(example: &str) -> &'static str {
    match example {
        "20-verify-my-address"
        | "21-forgot-my-password"
        | "22-choose-a-new-password"
        | "23-confirm-my-new-address"
        | "40-look-at-an-invitation"
        | "42-accept-as-a-guest"
        | "70-screen-landing"
        | "71-screen-sign-in"
        | "72-screen-sign-in-pupil" => "",
        "35-export-numbers"
        | "35-my-office"
        | "35-what-waits-for-me"
        | "36-approve-a-project"
        | "36-confirm-a-school"
        | "36-schools-to-confirm"
        | "38-grant-a-label"
        | "38-merge-schools"
        | "38-schools-entered-twice"
        | "39-nominate-a-project"
        | "62-approve-a-succession"
        | "83-screen-officers-queue" => "javier",
        "22-another-address" => "jurate",
        "37-reject-a-project"
        | "39-administration"
        | "39-export-the-log"
        | "39-look-up-an-account"
        | "39-retry-mails"
        | "39-set-up-a-service"
        | "39-teachers-without-a-confirmed-school"
        | "39-who-waits-to-be-admitted"
        | "39-what-was-reported"
        | "48-decide-on-a-takeover"
        | "49-decide-on-a-request-for-a-pupil"
        | "84-screen-administrator" => "admin",
        "41-accept-an-invitation" | "47-object-to-a-takeover" => "tomas",
        "43-leave-a-twinspace" => "angel",
        "47-take-over-a-custody" => "lukasz",
        "60-apply-for-a-label" => "maelle",
        "66-delete-my-account" => "oona",
        "78-screen-pupil-entry" => demo::PUPIL_SIGN_INS[1].0,
        _ => "zofia",
    }
}

on_both_databases! {
    async fn each_screen_is_one_request_without_errors(app: TestApp) {
        demo::fill(&app, &|_| ()).await.unwrap();
        let manual = include_str!("../../../docs/clients.md");
        let examples = documents("examples");
        let screens = examples.iter().filter(|(_, text)| told(text, "group") == Some("Screens"));
        let mut count = 0;
        for (name, document) in screens {
            let page = Page::of(&app, who(name)).await;
            let ids = page.ids().await;
            let answer = page.run(document, variables(name, document, &ids)).await;
            let roots = answer["data"].as_object().unwrap_or_else(|| panic!("{name}: {answer}"));
            let complete = roots.values().all(|root| !root.is_null());
            assert!(answer.get("errors").is_none() && complete, "{name}: {answer}");
            let begins = |line: &&str| line.starts_with("query ") || line.starts_with("mutation ");
            let mut operations = document.lines().filter(begins);
            let (one, more) = (operations.next().unwrap(), operations.next());
            assert_eq!(more, None, "{name}");
            let operation = one.split([' ', '(']).nth(1).unwrap();
            assert!(manual.contains(&format!("| `{operation}` |")), "{operation} is not in the manual");
            count += 1;
        }
        assert_eq!(count, 15);
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
