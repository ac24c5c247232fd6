//! Every field of the API with malicious texts: every error has a code, and none is an internal
//! error.

use serde_json::json;

use super::{
    scene::{Cast, Stage, State},
    table::{
        guarded,
        project::STEPS,
        viewer::{
            ADMINISTRATORS, CONFIRMERS, DECIDERS, MODERATORS, OFFICERS, PUBLIC, SIGNED_IN, TEACHERS,
        },
    },
};
use crate::support::{TestApp, on_both_databases};

/// As written in a GraphQL string.
const TEXTS: &[&str] = &[
    r"\u0000",
    r"a\u0000b@example.org",
    r"\u202eevil\u2028\uFEFF",
    r"%_\\'\u003b-- \u003cscript\u003e",
    r"=1+1",
    "",
];

/// An operation with `text` in place of each string that is not an ID of the scene.
fn with(operation: &str, text: &str) -> String {
    let parts: Vec<&str> = operation.split('"').collect();
    let swapped = parts.iter().enumerate().map(|(n, part)| if n % 2 == 1 { text } else { *part });
    swapped.collect::<Vec<_>>().join("\"")
}

on_both_databases! {
    async fn no_text_in_any_field_is_a_fault_of_ours(app: TestApp) {
        let cast = Cast::new(&app).await;
        let guarded = guarded().map(|(field, _, states, operation)| (*field, states[0], *operation));
        let steps = STEPS.iter().map(|(field, _, state, operation)| (*field, *state, *operation));
        let own = [TEACHERS, MODERATORS, OFFICERS, DECIDERS, CONFIRMERS, SIGNED_IN, PUBLIC].into_iter().flatten();
        let own = own.map(|(field, operation)| (*field, *operation));
        let own = own.chain(ADMINISTRATORS.iter().map(|(field, operation, _)| (*field, *operation)));
        let own = own.map(|(field, operation)| (field, State::Active, operation));
        let long = "a".repeat(200_000);
        let all: Vec<_> = guarded.chain(steps).chain(own).collect();
        for state in State::ALL {
            let mut stage = Stage::new(&app, &cast, state);
            for &(field, _, operation) in all.iter().filter(|entry| entry.1 == state) {
                if operation.starts_with("subscription") || !operation.contains('"') {
                    continue;
                }
                app.forget_limits().await;
                let scene = stage.scene().await;
                for text in TEXTS.iter().copied().chain([long.as_str()]) {
                    let hostile = scene.fill(&with(operation, text), scene.charge);
                    for who in ["stranger", "teacher", "nobody"] {
                        let answer = app.execute(cast.get(who).token(), &hostile, json!({})).await;
                        if answer.get("errors").is_none() && operation.starts_with("mutation") {
                            stage.changed();
                        }
                        let code = answer.pointer("/errors/0/extensions/code");
                        let text: String = text.chars().take(30).collect();
                        assert_ne!(
                            code, Some(&json!("INTERNAL_SERVER_ERROR")),
                            "{field} with {text:?} as {who}: {answer}"
                        );
                    }
                }
            }
        }
    }
}
