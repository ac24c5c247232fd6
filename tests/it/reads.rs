//! Who can read which field: `tests/it/reads.txt`, so that a review sees who can read a new field.

use std::fmt::Write;

use async_graphql::parser::types::TypeKind;
use serde_json::{Value, json};

use crate::{
    generated::assert_current,
    policy::{
        outcome,
        scene::{Cast, Scene, State},
    },
    sdl,
    support::TestApp,
};

/// The objects, and the requests for them: a member is a pupil's.
const OBJECTS: &[(&str, &str)] = &[
    ("Project", "{ object: project(id: $project) { X } }"),
    ("TwinSpace", "{ object: twinSpace(id: $space) { X } }"),
    ("Member", "{ object: node(id: $pupil) { ... on Member { X } } }"),
    ("Partner", "{ object: node(id: $partner) { ... on Partner { X } } }"),
    ("Invitation", "{ object: node(id: $invitation) { ... on Invitation { X } } }"),
    ("DiaryEntry", "{ object: node(id: $entry) { ... on DiaryEntry { X } } }"),
    ("LabelApplication", "{ object: node(id: $label) { ... on LabelApplication { X } } }"),
    ("Succession", "{ object: node(id: $succession) { ... on Succession { X } } }"),
    ("Page", "{ object: node(id: $page) { ... on Page { X } } }"),
    ("Media", "{ object: node(id: $media) { ... on Media { X } } }"),
    ("ChatMessage", "{ object: node(id: $chat) { ... on ChatMessage { X } } }"),
    ("Report", "{ object: node(id: $report) { ... on Report { X } } }"),
    ("Message", "{ object: node(id: $sent) { ... on Message { X } } }"),
    ("Teacher", "{ object: node(id: $candidate) { ... on Teacher { X } } }"),
    ("Contact", "{ object: node(id: $known) { ... on Contact { X } } }"),
    ("Viewer", "{ object: viewer { X } }"),
];

/// The maximum length of a path below its object.
const DEPTH: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_readers_is_current() {
    let app = TestApp::on_sqlite().await;
    let cast = Cast::new(&app).await;
    let scene = Scene::new(&app, &cast, State::Active).await;
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
        for (path, selection) in leaves(&types, object, DEPTH) {
            let name = format!("{object}.{}", path.join("."));
            // A long name is followed by a space.
            write!(table, "{:shift$}", format!("{name} ")).unwrap();
            let operation = scene.fill(&request.replace('X', &selection), scene.charge);
            for someone in &cast.all {
                let answer = app.execute(someone.token(), &operation, json!({})).await;
                let ended = outcome(&answer);
                assert_ne!(ended, "INTERNAL_SERVER_ERROR", "{name} as {}", someone.name);
                let cell = match &answer["data"]["object"] {
                    _ if ended != "OK" => '-',
                    Value::Null => '-',
                    object if reaches(object, &path) => 'R',
                    _ => '0',
                };
                write!(table, "{cell} ").unwrap();
            }
            table.truncate(table.trim_end().len());
            table.push('\n');
        }
    }
    assert_current("tests/it/reads.txt", &table);
}

#[test]
fn everything_with_an_id_of_its_own_is_in_the_table() {
    let listed: Vec<_> = OBJECTS.iter().map(|(object, _)| *object).collect();
    let nodes = sdl::types().into_iter().filter_map(|ty| match ty.kind {
        TypeKind::Object(object) if object.implements.iter().any(|of| of.node == "Node") => {
            Some(ty.name.node.to_string())
        }
        _ => None,
    });
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
            true if OBJECTS.iter().any(|(object, _)| object == of) => {
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
