//! Who can read which field: `tests/it/api/reads.txt`, so that a review sees who can read a new field.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{
    api::{
        generated::assert_current,
        node::{self, one_of_each},
        sdl,
    },
    policy::{
        outcome,
        scene::{Cast, Scene, State},
    },
    support::{TestApp, cast::Person},
};

/// The objects, and the fields that reach them: a member is a pupil's card.
const OBJECTS: &[(&str, &str)] = &[
    ("Project", "project(id: $project) { X }"),
    ("TwinSpace", "twinSpace(id: $space) { X }"),
    ("Member", "node(id: $pupil) { ... on Member { X } }"),
    ("Partner", "node(id: $partner) { ... on Partner { X } }"),
    ("Invitation", "node(id: $invitation) { ... on Invitation { X } }"),
    ("DiaryEntry", "node(id: $entry) { ... on DiaryEntry { X } }"),
    ("LabelApplication", "node(id: $label) { ... on LabelApplication { X } }"),
    ("Succession", "node(id: $succession) { ... on Succession { X } }"),
    ("Page", "node(id: $page) { ... on Page { X } }"),
    ("Media", "node(id: $media) { ... on Media { X } }"),
    ("ChatMessage", "node(id: $chat) { ... on ChatMessage { X } }"),
    ("Report", "node(id: $report) { ... on Report { X } }"),
    ("Message", "node(id: $sent) { ... on Message { X } }"),
    ("Thread", "node(id: $thread) { ... on Thread { X } }"),
    ("Person", "node(id: $candidate) { ... on Person { X } }"),
    ("Contact", "node(id: $known) { ... on Contact { X } }"),
    ("PupilRequest", "node(id: $asked) { ... on PupilRequest { X } }"),
    ("CustodyTransfer", "node(id: $handed) { ... on CustodyTransfer { X } }"),
    ("Approval", "node(id: $approval) { ... on Approval { X } }"),
    ("Service", "node(id: $service) { ... on Service { X } }"),
    ("School", "node(id: $school) { ... on School { X } }"),
    ("Pupil", "node(id: $own) { ... on Pupil { X } }"),
    ("PupilNews", "node(id: $news) { ... on PupilNews { X } }"),
    ("Consent", "node(id: $consent) { ... on Consent { X } }"),
    ("Session", "node(id: $session) { ... on Session { X } }"),
    ("AuditEntry", "node(id: $logged) { ... on AuditEntry { X } }"),
    ("Office", "office { X }"),
    ("Administration", "administration { X }"),
    ("Viewer", "viewer { X }"),
];

/// How many fields one request reads: an answer tells twenty errors at most.
const TOGETHER: usize = 19;

/// What is read wherever it is found, although it has an ID: what is shown of it depends on the place.
const EVERYWHERE: &[&str] = &["Person", "School", "Service", "Approval", "Consent", "AuditEntry"];

/// The maximum length of a path below its object.
const DEPTH: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_readers_is_current() {
    let app = TestApp::on_sqlite().await;
    let cast = Cast::new(&app).await;
    let scene = Scene::new(&app, &cast, State::Active).await;
    let others = one_of_each(&app, &cast, &scene).await;
    let types = sdl::objects();
    let mut table = String::from(
        "Who reads which field, with an active project. R: reads it.  0: it is null, or the \
         list empty.  -: refused, or the object not found.\n\n",
    );
    let shift = 44;
    for (at, someone) in cast.all.iter().enumerate() {
        writeln!(table, "{:shift$}{} {}", "", "| ".repeat(at), someone.name).unwrap();
    }
    for (object, request) in OBJECTS {
        table.push('\n');
        let leaves = leaves(&types, object, DEPTH);
        let fields = leaves.iter().map(|(_, selection)| request.replace('X', selection));
        let fields = fields.map(|field| scene.fill(&field, scene.charge));
        let fields = fields.map(|field| {
            let fill = |field: String, (name, _, id, _): &(&str, &str, String, &Person)| {
                field.replace(name, &format!("\"{id}\""))
            };
            others.iter().fold(field, fill)
        });
        let fields: Vec<_> = fields.collect();
        let mut columns = vec![];
        for someone in &cast.all {
            let mut cells = vec![];
            for some in fields.chunks(TOGETHER) {
                for answer in read(&app, someone.token(), some).await {
                    let (path, _) = &leaves[cells.len()];
                    cells.push(cell(&answer, path));
                    let what = || format!("{object}.{} as {}", path.join("."), someone.name);
                    assert_ne!(outcome(&answer), "INTERNAL_SERVER_ERROR", "{}", what());
                }
            }
            columns.push(cells);
        }
        for (at, (path, _)) in leaves.iter().enumerate() {
            let name = format!("{object}.{}", path.join("."));
            // A long name is followed by a space.
            write!(table, "{:shift$}", format!("{name} ")).unwrap();
            for cells in &columns {
                write!(table, "{} ", cells[at]).unwrap();
            }
            table.truncate(table.trim_end().len());
            table.push('\n');
        }
    }
    assert_current("tests/it/api/reads.txt", &table);
}

/// What each of these fields answers, as if it was asked for alone.
async fn read(app: &TestApp, token: Option<&str>, fields: &[String]) -> Vec<Value> {
    let named = fields.iter().enumerate().map(|(n, field)| format!("object{n}: {field} "));
    let answer =
        app.execute(token, &format!("{{ {}}}", named.collect::<String>()), json!({})).await;
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_all = |error: &Value| error["path"].as_array().is_none_or(Vec::is_empty);
    // What is refused as a whole, or has more errors than are told, is asked for in parts.
    if fields.len() > 1 && (errors.len() > TOGETHER || errors.iter().any(of_all)) {
        let (one, other) = fields.split_at(fields.len() / 2);
        let mut answers = Box::pin(read(app, token, one)).await;
        answers.append(&mut Box::pin(read(app, token, other)).await);
        return answers;
    }
    let of = |n: usize| {
        let name = format!("object{n}");
        let own = |error: &&Value| of_all(error) || error["path"][0] == name.as_str();
        let mut alone = json!({ "data": { "object": answer["data"][&name] } });
        let errors: Vec<_> = errors.iter().filter(own).collect();
        if !errors.is_empty() {
            alone["errors"] = json!(errors);
        }
        alone
    };
    (0..fields.len()).map(of).collect()
}

fn cell(answer: &Value, path: &[String]) -> char {
    match &answer["data"]["object"] {
        _ if outcome(answer) != "OK" => '-',
        Value::Null => '-',
        object if reaches(object, path) => 'R',
        _ => '0',
    }
}

#[test]
fn everything_with_an_id_of_its_own_is_in_the_table() {
    let listed: Vec<_> = OBJECTS.iter().map(|(object, _)| *object).collect();
    let nodes = node::types().into_iter();
    let missing: Vec<_> = nodes.filter(|name| !listed.contains(&name.as_str())).collect();
    assert_eq!(missing, [] as [String; 0], "a review does not see who reads these");
}

/// Whether there is anything at the end of the path.
fn reaches(value: &Value, path: &[String]) -> bool {
    match value {
        Value::Array(list) if path.is_empty() => !list.is_empty(),
        Value::Array(list) => list.iter().any(|item| reaches(item, path)),
        Value::Null => false,
        value => match path.split_first() {
            Some((field, rest)) => reaches(&value[field], rest),
            None => true,
        },
    }
}

type Objects = std::collections::BTreeMap<String, Vec<(String, String)>>;

/// Every path from a type to a scalar, and its selection: for a page of a list, the nodes and the
/// total; for an object with rows of its own, the ID.
fn leaves(types: &Objects, ty: &str, depth: usize) -> Vec<(Vec<String>, String)> {
    let mut leaves_of_type = Vec::new();
    for (field, of) in &types[ty] {
        if ty.ends_with("Connection") && !["nodes", "totalCount"].contains(&field.as_str()) {
            continue;
        }
        let below = match types.contains_key(of) {
            // Which type of a union it is follows from what is read elsewhere.
            false if sdl::is_union(of) => vec![(vec![], "{ __typename }".to_owned())],
            false => vec![(vec![], String::new())],
            true if OBJECTS.iter().any(|(object, _)| object == of)
                && !EVERYWHERE.contains(&of.as_str()) =>
            {
                vec![(vec!["id".to_owned()], "{ id }".to_owned())]
            }
            // What is there is about the viewer, and is tested elsewhere.
            true if of.ends_with("Permissions") || of == "Session" => {
                vec![(vec![], "{ __typename }".to_owned())]
            }
            true if depth == 0 => vec![],
            true => leaves(types, of, depth - 1)
                .into_iter()
                .map(|(path, inner)| (path, format!("{{ {inner} }}")))
                .collect(),
        };
        for (path, inner) in below {
            let path = [field.clone()].into_iter().chain(path).collect();
            leaves_of_type.push((path, format!("{field} {inner}")));
        }
    }
    leaves_of_type
}
