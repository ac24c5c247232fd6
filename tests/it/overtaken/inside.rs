//! What is done in a TwinSpace while the roles in it, the room or the thing itself change.

use chrono::TimeDelta;
use domain::{clock::now, db::Tx};
use entity::{
    ProjectState, PupilRequestState, TwinSpaceRole, account, chat_message, member, project,
    pupil_request, report,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait,
    QueryFilter,
};
use serde_json::{Value, json};

use super::{Attempt, close, give_role, meanwhile};
use crate::{
    members::{custody::asks_for, pupil},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

/// What happens meanwhile to whoever acts, or to the project.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Lowered,
    Removed,
    Closed,
}

impl Fate {
    const ALL: [Self; 3] = [Self::Lowered, Self::Removed, Self::Closed];

    async fn befalls(self, tx: &Tx, space: &Space, who: &Person) {
        match self {
            Self::Lowered => give_role(tx, space, who, TwinSpaceRole::Visitor).await,
            Self::Removed => {
                let theirs = member::Column::AccountId.eq(who.id);
                member::Entity::delete_many().filter(theirs).exec(&**tx).await.unwrap();
            }
            Self::Closed => close(tx, space).await,
        }
    }
}

/// A teacher administrator who is no founder.
async fn admin(app: &TestApp, space: &Space) -> Person {
    let teacher = app.teacher("Tina Teacher", "IT").await;
    app.seat(space, &teacher, TwinSpaceRole::TeacherAdmin).await;
    teacher
}

/// A chat message; its ID.
async fn says(app: &TestApp, who: &Person, space: &Space) -> Value {
    let say = json!({ "twinSpaceId": space.id.to_string(), "text": "Hello" });
    app.does(who, "sendChatMessage", say, "message { id }").await["message"]["id"].take()
}

/// A report of a founder's message; its ID.
async fn reports(app: &TestApp, space: &Space) -> Value {
    let [author, reporter] = &space.founders;
    let input = json!({ "messageId": says(app, author, space).await, "reason": "It is rude." });
    app.does(reporter, "reportMessage", input, "reportId").await["reportId"].take()
}

on_both_databases! {
    // T-01 to T-06, M-04, M-06
    async fn what_is_begun_in_a_twinspace_is_decided_on_as_things_stand_then(app: TestApp) {
        // What is counted, or takes long, is decided on beforehand as well.
        let acts: [(&str, u64, Value); 9] = [
            ("sendChatMessage", 2, json!({ "text": "Hello" })),
            ("createPage", 2, json!({ "title": "Bees", "visibility": "MEMBERS" })),
            ("addVideoLink", 1, json!({ "title": "Bees", "picturedIds": [],
                "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ" })),
            ("editTwinSpaceSettings", 1, json!({ "chatOpenToPupils": false })),
            ("inviteMember", 2, json!({ "email": "nina@example.org", "role": "VISITOR" })),
            ("invitePupils", 2, json!({ "consentGivenBy": "GUARDIAN",
                "rows": [{ "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" }] })),
            ("exportPupils", 2, json!({})),
            ("exportTwinSpace", 2, json!({})),
            ("sendMessage", 2, json!({ "text": "Hello" })),
        ];
        for (act, looks, input) in acts {
            for fate in Fate::ALL {
                app.forget_limits().await;
                let space = app.space().await;
                let who = admin(&app, &space).await;
                let mut input = input.clone();
                if act == "sendMessage" {
                    let to = app.access(&space.founders[0], space.project).await.member.unwrap().0;
                    input["memberId"] = json!(to.to_string());
                } else {
                    input["twinSpaceId"] = json!(space.id.to_string());
                }
                let attempt = Attempt { who: &who, act, input, looks };
                let change = async |tx: &Tx| fate.befalls(tx, &space, &who).await;
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                let expected = match fate {
                    // Whoever sees no pupils is still told of teachers.
                    Fate::Lowered => "FORBIDDEN ROLE_TOO_LOW",
                    Fate::Removed => "NOT_FOUND",
                    Fate::Closed if act.starts_with("export") => "OK",
                    Fate::Closed => "FORBIDDEN PROJECT_NOT_ACTIVE",
                };
                assert_eq!(outcome, expected, "{act} while {fate:?}");
            }
        }
    }

    // T-04
    async fn a_pupil_does_not_write_in_a_room_that_is_closed_meanwhile_but_deletes(app: TestApp) {
        let space = app.space().await;
        let pupil = app.pupil("Pia", &space.founders[0]).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let own = says(&app, &pupil, &space).await;
        let room = async |tx: &Tx| {
            let row = project::Entity::find_by_id(space.project).one(&**tx).await.unwrap().unwrap();
            let mut row = row.into_active_model();
            row.chat_open_to_pupils = Set(false);
            row.update(&**tx).await.unwrap();
        };
        for (act, input, looks, expected) in [
            ("sendChatMessage", json!({ "twinSpaceId": space.id.to_string(), "text": "Hello" }), 2, "FORBIDDEN CHAT_CLOSED"),
            ("deleteChatMessage", json!({ "messageId": own }), 1, "OK"),
        ] {
            let open = json!({ "twinSpaceId": space.id.to_string(), "chatOpenToPupils": true });
            app.does(&space.founders[0], "editTwinSpaceSettings", open, "__typename").await;
            let attempt = Attempt { who: &pupil, act, input, looks };
            assert_eq!(meanwhile(&app, space.project, attempt, &room).await, expected, "{act}");
        }
    }

    // T-04
    async fn a_chat_message_that_changes_meanwhile_is_decided_on_as_it_is_then(app: TestApp) {
        for act in ["deleteChatMessage", "reportMessage"] {
            for n in 0..4 {
                let space = app.space().await;
                let who = admin(&app, &space).await;
                let id = says(&app, &space.founders[0], &space).await;
                let mut input = json!({ "messageId": id });
                if act == "reportMessage" {
                    input["reason"] = json!("It is rude.");
                }
                let attempt = Attempt { who: &who, act, input, looks: 1 };
                let change = async |tx: &Tx| match n {
                    3 => {
                        let row = chat_message::Entity::of(space.project).one(&**tx).await.unwrap();
                        row.unwrap().delete(&**tx).await.unwrap();
                    }
                    _ => Fate::ALL[n].befalls(tx, &space, &who).await,
                };
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                // Visitors do not read the chat, and what protects people goes on in a closed project.
                let expected = if n == 2 { "OK" } else { "NOT_FOUND" };
                assert_eq!(outcome, expected, "{act} {n}");
            }
        }
    }

    async fn a_report_is_settled_once_and_by_those_who_still_may(app: TestApp) {
        for n in 0..4 {
            let space = app.space().await;
            let who = admin(&app, &space).await;
            let input = json!({ "reportId": reports(&app, &space).await });
            let attempt = Attempt { who: &who, act: "settleReport", input, looks: 1 };
            let change = async |tx: &Tx| match n {
                3 => {
                    let row = report::Entity::of(space.project).one(&**tx).await.unwrap().unwrap();
                    let mut row = row.into_active_model();
                    row.settled_at = Set(Some(now()));
                    row.update(&**tx).await.unwrap();
                }
                _ => Fate::ALL[n].befalls(tx, &space, &who).await,
            };
            let outcome = meanwhile(&app, space.project, attempt, change).await;
            let expected = ["NOT_FOUND", "NOT_FOUND", "OK", "CONFLICT ALREADY_DONE"][n];
            assert_eq!(outcome, expected, "{n}");
        }
    }

    // M-11
    async fn a_request_for_a_pupil_that_changes_meanwhile_is_answered_as_it_is_then(app: TestApp) {
        #[derive(Clone, Copy, Debug, PartialEq)]
        enum Fate {
            Answered,
            Late,
            HandedOn,
            Closed,
        }
        for act in ["acceptPupilRequest", "declinePupilRequest", "withdrawPupilRequest"] {
            for fate in [Fate::Answered, Fate::Late, Fate::HandedOn, Fate::Closed] {
                app.forget_limits().await;
                let (home, away) = (app.space().await, app.space().await);
                let custodian = &home.founders[0];
                let row = json!([{ "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" }]);
                let made = pupil::invite(&app, custodian, &home, row).await;
                let username = made[0]["username"].as_str().unwrap();
                let asker = &away.founders[0];
                let id = asks_for(&app, asker, &away, username).await["id"].take();
                let mut input = json!({ "pupilRequestId": id });
                if act == "acceptPupilRequest" {
                    input["consentGivenBy"] = json!("GUARDIAN");
                }
                let who = if act == "withdrawPupilRequest" { asker } else { custodian };
                let attempt = Attempt { who, act, input, looks: 1 };
                let change = async |tx: &Tx| {
                    let row = pupil_request::Entity::find();
                    let row = row.filter(pupil_request::Column::ProjectId.eq(away.project));
                    let row = row.one(&**tx).await.unwrap().unwrap();
                    let pupil = row.pupil_id;
                    let mut row = row.into_active_model();
                    match fate {
                        Fate::Answered => row.state = Set(PupilRequestState::Declined),
                        Fate::Late => row.expires_at = Set(now() - TimeDelta::hours(1)),
                        Fate::HandedOn => {
                            let row = account::Entity::find_by_id(pupil).one(&**tx).await.unwrap();
                            let mut row = row.unwrap().into_active_model();
                            row.custodian_id = Set(Some(home.founders[1].id));
                            row.update(&**tx).await.unwrap();
                        }
                        Fate::Closed => {
                            let row = project::Entity::find_by_id(away.project).one(&**tx).await.unwrap();
                            let mut row = row.unwrap().into_active_model();
                            row.state = Set(ProjectState::Closed);
                            row.update(&**tx).await.unwrap();
                        }
                    }
                    if matches!(fate, Fate::Answered | Fate::Late) {
                        row.update(&**tx).await.unwrap();
                    }
                };
                let outcome = meanwhile(&app, away.project, attempt, change).await;
                let expected = match fate {
                    Fate::Answered | Fate::Late => "CONFLICT REQUEST_ENDED",
                    Fate::HandedOn if act != "withdrawPupilRequest" => "NOT_FOUND",
                    Fate::Closed if act == "acceptPupilRequest" => "FORBIDDEN PROJECT_NOT_ACTIVE",
                    Fate::HandedOn | Fate::Closed => "OK",
                };
                assert_eq!(outcome, expected, "{act} while {fate:?}");
            }
        }
    }
}
