//! What is outside projects, tried by everybody.

use crate::support::{TestApp, on_both_databases};

use super::{
    scene::{Cast, Scene, State::*},
    table::viewer::{
        ADMINISTRATORS, CONFIRMERS, DECIDERS, MODERATORS, OFFICERS, PUBLIC, SIGNED_IN, TEACHERS,
    },
    tries,
};

on_both_databases! {
    async fn what_harms_is_seen_to_by_the_administrators_of_the_server_and_nobody_else(app: TestApp) {
        let cast = Cast::new(&app).await;
        for &(field, operation) in MODERATORS {
            for state in [Active, Closed] {
                let scene = Scene::new(&app, &cast, state).await;
                let operation = scene.fill(operation, scene.charge);
                for someone in &cast.all {
                    let expected = match &someone.person {
                        None => "UNAUTHENTICATED",
                        Some(_) if someone.name == "administrator" => "OK",
                        Some(_) => "FORBIDDEN NOT_AN_ADMINISTRATOR",
                    };
                    let ended = tries(&app, someone.token(), &operation).await;
                    assert_eq!(ended, expected, "{field} as {}, {state:?}", someone.name);
                }
            }
        }
    }

    async fn the_server_is_administered_by_its_administrators_and_nobody_else(app: TestApp) {
        let cast = Cast::new(&app).await;
        for &(field, operation, ending) in ADMINISTRATORS {
            let operation = operation
                .replace("$child", &format!("\"{}\"", entity::AccountId::new()))
                .replace("$service", &format!("\"{}\"", entity::ServiceId::new()));
            for someone in &cast.all {
                let expected = match &someone.person {
                    None => "UNAUTHENTICATED",
                    Some(_) if someone.name == "administrator" => ending,
                    Some(_) => "FORBIDDEN NOT_AN_ADMINISTRATOR",
                };
                let ended = tries(&app, someone.token(), &operation).await;
                assert_eq!(ended, expected, "{field} as {}", someone.name);
            }
        }
    }

    //
    async fn teachers_are_admitted_by_officers_and_administrators_and_nobody_else(app: TestApp) {
        use entity::AccountKind::{Administrator, Officer};
        let cast = Cast::new(&app).await;
        let child = format!("\"{}\"", cast.person("guest").id);
        for &(field, operation) in DECIDERS {
            let school = format!("\"{}\"", entity::SchoolId::new());
            let operation = operation.replace("$child", &child).replace("$school", &school);
            for someone in &cast.all {
                let expected = match &someone.person {
                    None => "UNAUTHENTICATED",
                    // A guest who did not register waits for nobody.
                    Some(person) if [Officer, Administrator].contains(&person.kind) => "NOT_FOUND",
                    Some(_) => "FORBIDDEN NOT_AN_OFFICER",
                };
                let ended = tries(&app, someone.token(), &operation).await;
                assert_eq!(ended, expected, "{field} as {}", someone.name);
            }
        }
    }

    //
    async fn schools_are_confirmed_by_officers_administrators_and_teachers_and_nobody_else(app: TestApp) {
        use entity::AccountKind::{Administrator, Officer, Teacher};
        let cast = Cast::new(&app).await;
        let child = format!("\"{}\"", cast.person("guest").id);
        let school = format!("\"{}\"", entity::SchoolId::new());
        for &(field, operation) in CONFIRMERS {
            let operation = operation.replace("$child", &child).replace("$school", &school);
            for someone in &cast.all {
                let expected = match someone.person.as_ref().map(|person| person.kind) {
                    None => "UNAUTHENTICATED",
                    Some(Administrator) => "CONFLICT NO_TEACHER",
                    // They do not know the guest.
                    Some(Officer | Teacher) => "NOT_FOUND",
                    Some(_) => "FORBIDDEN NOT_A_TEACHER",
                };
                let ended = tries(&app, someone.token(), &operation).await;
                assert_eq!(ended, expected, "{field} as {}", someone.name);
            }
        }
    }

    async fn what_a_support_service_sees_is_for_its_officers_and_nobody_else(app: TestApp) {
        let cast = Cast::new(&app).await;
        for &(field, operation) in OFFICERS {
            for someone in &cast.all {
                let expected = match &someone.person {
                    None => "UNAUTHENTICATED",
                    Some(person) if person.kind == entity::AccountKind::Officer => "OK",
                    Some(_) => "FORBIDDEN NOT_AN_OFFICER",
                };
                let ended = tries(&app, someone.token(), operation).await;
                assert_eq!(ended, expected, "{field} as {}", someone.name);
            }
        }
    }

    async fn what_is_ones_own_is_for_those_who_are_signed_in(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, Active).await;
        let fill = |operation: &str| {
            scene
                .fill(operation, scene.charge)
                .replace("$contact", &format!("\"{}\"", entity::ContactId::new()))
                .replace("$message", &format!("\"{}\"", entity::MessageId::new()))
                .replace("$thread", &format!("\"{}\"", entity::ThreadId::new()))
                .replace("$asked", &format!("\"{}\"", entity::PupilRequestId::new()))
                .replace("$handed", &format!("\"{}\"", entity::CustodyTransferId::new()))
                .replace("$child", &format!("\"{}\"", entity::AccountId::new()))
                .replace("$news", &format!("\"{}\"", entity::PupilNewsId::new()))
                .replace("$session", &format!("\"{}\"", entity::SessionId::new()))
        };
        let closed = ["UNAUTHENTICATED", "FORBIDDEN", "INTERNAL_SERVER_ERROR"];
        let lists = [(SIGNED_IN, false), (TEACHERS, true), (PUBLIC, false)];
        for (at, (list, teachers)) in lists.into_iter().enumerate() {
            for &(field, operation) in list {
                for someone in &cast.all {
                    // Each with their own session, because some of these end it.
                    let token = match &someone.person {
                        Some(person) => Some(app.sign_in(person.id).await),
                        None => None,
                    };
                    let ended = tries(&app, token.as_deref(), &fill(operation)).await;
                    let what = format!("{field} as {}: {ended}", someone.name);
                    let kind = someone.person.as_ref().map(|person| person.kind);
                    match kind {
                        None if at < 2 => assert_eq!(ended, "UNAUTHENTICATED", "{what}"),
                        kind if teachers && kind != Some(entity::AccountKind::Teacher) => {
                            assert_eq!(ended, "FORBIDDEN NOT_A_TEACHER", "{what}");
                        }
                        // a pupil's password is changed by the custodian, who also erases the
                        // account.
                        Some(entity::AccountKind::Pupil)
                            if ["Mutation.changePassword", "Mutation.deleteAccount"].contains(&field) =>
                        {
                            assert_eq!(ended, "FORBIDDEN ROLE_TOO_LOW", "{what}");
                        }
                        _ => assert!(!closed.iter().any(|code| ended.starts_with(code)), "{what}"),
                    }
                }
            }
        }
    }
}
