//! Every field, tried in every role. The expected results follow from the tables in
//! `policy/src/lib.rs`, which are compared with those of the contract.

use std::collections::BTreeSet;

use entity::TwinSpaceRole;
use futures_util::{FutureExt, StreamExt};
use policy::{
    Grant, ProjectPermission as P, ProjectPermission, TwinSpacePermission as T, may_give,
};
use serde_json::{Value, json};

use crate::{
    api::sdl,
    support::{TestApp, on_both_databases},
};
use rule::{Rule, type_of};
use scene::{
    Cast, Scene, Someone, Stage,
    State::{self, *},
};

use table::{
    ARGUED, CUTTING, READS, SHORT_OF, guarded,
    project::STEPS,
    viewer::{
        ADMINISTRATORS, CONFIRMERS, DECIDERS, MODERATORS, OFFICERS, PUBLIC, SIGNED_IN, TEACHERS,
    },
};

mod contract;
mod hostile;
mod page;
pub mod rule;
pub mod scene;
pub mod table;
mod viewer;

/// `OK`, or the code of the first error and its reason.
pub fn outcome(answer: &Value) -> String {
    let Some(error) = answer.pointer("/errors/0/extensions") else { return "OK".to_owned() };
    let word = |key: &str| error[key].as_str().map(str::to_owned);
    [word("code"), word("reason")].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The result for a field of the requested object.
fn ends_at(answer: &Value, field: &str) -> String {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let about = |error: &&Value| {
        let path = error["path"].as_array().unwrap();
        path.len() == 1 || path[1] == field
    };
    match errors.iter().find(about) {
        Some(error) => outcome(&json!({ "errors": [error] })),
        // `node` reveals nothing about what does not exist.
        None if answer["data"]["object"].is_null() => "NOT_FOUND".to_owned(),
        None => "OK".to_owned(),
    }
}

async fn tries(app: &TestApp, token: Option<&str>, operation: &str) -> String {
    if !operation.starts_with("subscription") {
        return outcome(&app.execute(token, operation, json!({})).await);
    }
    let mut events = app.subscribe(token, operation, serde_json::json!({})).await;
    match events.next().now_or_never() {
        Some(Some(event)) => outcome(&serde_json::to_value(event).unwrap()),
        Some(None) => "ended".to_owned(),
        // A permitted subscriber receives nothing yet.
        None => "OK".to_owned(),
    }
}

on_both_databases! {
    //
    async fn every_guarded_field_obeys_the_tables(app: TestApp) {
        let cast = Cast::new(&app).await;
        for state in State::ALL {
            let mut stage = Stage::new(&app, &cast, state);
            for &(field, rule, _, operation) in guarded().filter(|entry| entry.2.contains(&state)) {
                app.forget_limits().await;
                for someone in &cast.all {
                    let pupils: &[_] = if operation.contains("$pupil") || operation.contains("$media") {
                        &[("teacher", true), ("founder", false)]
                    } else {
                        &[("", false)]
                    };
                    for &(custodian, charge) in pupils {
                        let scene = stage.scene().await;
                        let pupil = if charge { scene.charge } else { scene.other };
                        let what = format!("{field} as {}, {custodian}, {state:?}", someone.name);
                        let expected = rule.acts(someone, someone.name == custodian, state);

                        let foretold = match (rule.foretells(), &someone.person) {
                            (Some((ask, at)), Some(_)) => {
                                let ask = scene.fill(&ask, pupil);
                                let answer = app.execute(someone.token(), &ask, json!({})).await;
                                match (answer.pointer(&at), answer.pointer("/errors")) {
                                    (Some(told), _) => match &told["reason"] {
                                        Value::String(reason) => format!("FORBIDDEN {reason}"),
                                        _ => "OK".to_owned(),
                                    },
                                    (None, Some(_)) => outcome(&answer),
                                    (None, None) => "NOT_FOUND".to_owned(),
                                }
                            }
                            _ => expected.clone(),
                        };
                        // A project may be visible where its partners are not.
                        if !(matches!(rule, Rule::Partner) && expected == "NOT_FOUND") {
                            assert_eq!(foretold, expected, "foretold: {what}");
                        }

                        let operation = scene.fill(operation, pupil);
                        let short = SHORT_OF.iter().find(|(of, _)| *of == field);
                        let expected = match short {
                            Some((_, of)) if expected == "OK" => (*of).to_owned(),
                            _ => expected,
                        };
                        // P-11: the manager of the cast has no role in the TwinSpace to offer.
                        let offers = operation.contains("addPartner(")
                            || (matches!(rule, Rule::Offer) && operation.contains("role: TEACHER"));
                        let expected = match someone.name {
                            "manager" if offers && expected == "OK" => {
                                "FORBIDDEN ROLE_ABOVE_OWN".to_owned()
                            }
                            _ => expected,
                        };
                        let ended = tries(&app, someone.token(), &operation).await;
                        assert_eq!(ended, expected, "{what}");
                        if ended == "OK" && operation.starts_with("mutation") {
                            stage.changed();
                        }
                    }
                }
            }
        }
    }

    // R-02, M-12 to M-16, M-18: an adult has no custodian.
    async fn what_is_done_with_an_adult_obeys_the_tables(app: TestApp) {
        let cast = Cast::new(&app).await;
        for state in State::ALL {
            let mut stage = Stage::new(&app, &cast, state);
            for &(field, rule, _, operation) in guarded().filter(|entry| entry.2.contains(&state)) {
                let permission = match rule {
                    Rule::Member(permission) => permission,
                    Rule::Rename => T::EditDetails,
                    _ => continue,
                };
                let of_pupils = matches!(permission, T::EditDetails | T::ResetPassword | T::TransferCustody);
                app.forget_limits().await;
                for someone in &cast.all {
                    let scene = stage.scene().await;
                    let closed = permission.needs_active() && state != Active;
                    let grant = someone.role.map(|role| permission.granted_to(role));
                    let expected = match (&someone.person, grant) {
                        (None, _) => "UNAUTHENTICATED",
                        (_, None) => "NOT_FOUND",
                        (_, Some(Grant::No)) => "FORBIDDEN ROLE_TOO_LOW",
                        (_, Some(Grant::Own)) => "FORBIDDEN NOT_YOUR_PUPIL",
                        _ if closed => "FORBIDDEN PROJECT_NOT_ACTIVE",
                        _ if of_pupils => "FORBIDDEN NOT_YOUR_PUPIL",
                        _ if permission == T::ContactMember && someone.name == "collaborator" => {
                            "FORBIDDEN YOURSELF"
                        }
                        _ => "OK",
                    };
                    let what = format!("{field} of an adult as {}, {state:?}", someone.name);
                    let (ask, at) = rule.foretells().unwrap();
                    let answer = app.execute(someone.token(), &scene.fill(&ask, scene.adult), json!({})).await;
                    let foretold = match answer.pointer(&at) {
                        Some(told) => told["reason"].as_str().map_or("OK".to_owned(), |r| format!("FORBIDDEN {r}")),
                        None => "NOT_FOUND".to_owned(),
                    };
                    if someone.person.is_some() {
                        assert_eq!(foretold, expected, "foretold: {what}");
                    }
                    let operation = scene.fill(operation, scene.adult);
                    let ended = tries(&app, someone.token(), &operation).await;
                    assert_eq!(ended, expected, "{what}");
                    if ended == "OK" {
                        stage.changed();
                    }
                }
            }
        }
    }

    async fn every_field_of_an_object_obeys_the_tables(app: TestApp) {
        let cast = Cast::new(&app).await;
        let objects = sdl::objects();
        for state in [Active, Closed] {
            let scene = Scene::new(&app, &cast, state).await;
            for &(rule, fields) in READS {
                let ty = type_of(rule);
                let names: Vec<_> = fields.split_whitespace().collect();
                let selection: Vec<_> = names
                    .iter()
                    .map(|name| {
                        if let Some((_, argued)) = ARGUED.iter().find(|(field, _)| field == name) {
                            return format!("{argued} ");
                        }
                        let of = &objects[ty].iter().find(|field| field.0 == *name).unwrap().1;
                        let inner = if objects.contains_key(of) { "{ __typename }" } else { "" };
                        format!("{name} {inner} ")
                    })
                    .collect();
                let selection = selection.concat();
                let operation = match rule {
                    Rule::Space(_) => format!("{{ object: twinSpace(id: $space) {{ {selection} }} }}"),
                    Rule::Member(_) => {
                        format!("{{ object: node(id: $pupil) {{ ... on Member {{ {selection} }} }} }}")
                    }
                    _ => format!("{{ object: project(id: $project) {{ {selection} }} }}"),
                };
                let operation = scene.fill(&operation, scene.charge);
                for someone in &cast.all {
                    let expected = match (rule, &someone.person) {
                        (Rule::Space(_), None) => "UNAUTHENTICATED".to_owned(),
                        (_, None) => match rule.decides(someone, false, state) {
                            refused if refused.starts_with("FORBIDDEN") => "UNAUTHENTICATED".to_owned(),
                            decision => decision,
                        },
                        _ => rule.decides(someone, someone.name == "teacher", state),
                    };
                    let answer = app.execute(someone.token(), &operation, json!({})).await;
                    for name in &names {
                        let ended = ends_at(&answer, name);
                        assert_eq!(ended, expected, "{ty}.{name} as {}, {state:?}", someone.name);
                    }
                }
            }
        }
    }

    // P-03 to P-05
    async fn every_step_is_taken_by_the_founder_whose_it_is(app: TestApp) {
        let cast = Cast::new(&app).await;
        for &(field, whose, state, operation) in STEPS {
            let mut stage = Stage::new(&app, &cast, state);
            let cofounder = Someone {
                name: "cofounder",
                person: Some(cast.cofounder.clone()),
                role: None,
                standings: &[],
            };
            for someone in cast.all.iter().chain([&cofounder]) {
                let expected = match someone.name {
                    "nobody" => "UNAUTHENTICATED",
                    "founder" if whose == "proposer" => "OK",
                    "cofounder" if whose == "cofounder" => "OK",
                    "cofounder" if state == Draft => "NOT_FOUND",
                    "founder" | "cofounder" => "FORBIDDEN NOT_YOURS",
                    _ => "NOT_FOUND",
                };
                let scene = stage.scene().await;
                let operation = scene.fill(operation, scene.charge);
                let ended = tries(&app, someone.token(), &operation).await;
                assert_eq!(ended, expected, "{field} as {}", someone.name);
                if ended == "OK" {
                    stage.changed();
                }
            }
        }
    }
}

#[test]
fn every_entry_point_is_guarded_or_public() {
    let listed = guarded().map(|entry| entry.0).chain(STEPS.iter().map(|entry| entry.0));
    let listed = listed.chain(
        [TEACHERS, MODERATORS, OFFICERS, DECIDERS, CONFIRMERS, SIGNED_IN, PUBLIC]
            .into_iter()
            .flatten()
            .map(|e| e.0),
    );
    let listed = listed.chain(ADMINISTRATORS.iter().map(|entry| entry.0));
    let listed = listed.chain(page::PAGES.iter().map(|entry| entry.0));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    let roots = ["Query", "Mutation", "Subscription"];
    let there: BTreeSet<String> = roots.into_iter().flat_map(sdl::fields).collect();
    assert_eq!(there, listed);
}

#[test]
fn every_field_of_a_guarded_object_is_listed_once() {
    let mut listed: Vec<_> = READS
        .iter()
        .flat_map(|&(rule, fields)| fields.split_whitespace().map(move |f| (type_of(rule), f)))
        .map(|(ty, field)| format!("{ty}.{field}"))
        .collect();
    listed.sort();
    let objects = ["Project", "TwinSpace", "Member"];
    let mut there: Vec<_> = objects.into_iter().flat_map(sdl::fields).collect();
    there.sort();
    assert_eq!(there, listed);
}

#[test]
fn every_permission_guards_something_or_waits_for_it() {
    let rules = || guarded().map(|entry| entry.1).chain(READS.iter().map(|entry| entry.0));
    let idle: Vec<_> = T::ALL
        .iter()
        .filter(|&&p| {
            !page::PAGES.iter().any(|entry| entry.1 == p)
                && !rules().any(|rule| {
                    matches!(rule, Rule::Space(q) | Rule::Own(q) | Rule::Member(q) | Rule::Reads(q)
                        | Rule::Hidden(q) | Rule::Media(q, _) if q == p)
                })
        })
        .collect();
    assert!(idle.is_empty(), "no field asks for {idle:?}");
    let idle: Vec<_> = P::ALL
        .iter()
        .filter(|&&p| !rules().any(|rule| matches!(rule, Rule::Project(q) if q == p)))
        .filter(|p| !CUTTING.contains(p))
        .collect();
    assert_eq!(idle, [] as [&ProjectPermission; 0]);
}

// M-12, M-13
#[test]
fn no_one_gives_a_role_above_their_own() {
    use TwinSpaceRole::{Pupil, PupilAdmin, Teacher, TeacherAdmin, Visitor};
    let all = [TeacherAdmin, Teacher, PupilAdmin, Pupil, Visitor];
    let gives = |giver| all.into_iter().filter(|&role| may_give(giver, role)).collect::<Vec<_>>();
    assert_eq!(gives(TeacherAdmin), all);
    assert_eq!(gives(Teacher), [PupilAdmin, Pupil]);
    for giver in [PupilAdmin, Pupil, Visitor] {
        assert_eq!(gives(giver), []);
    }
}
