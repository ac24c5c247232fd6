//! What is done with a project, or decided on one, while its state or those concerned change.

use domain::db::Tx;
use entity::{
    ContactState, LabelState, ProjectId, ProjectRole, ProjectState, SuccessionState, TwinSpaceRole,
    contact, diary, label, member, partner, project, succession,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel,
    ModelTrait, QueryFilter, sea_query::Expr,
};
use serde_json::{Value, json};

use super::{Attempt, close, meanwhile};
use crate::{
    projects::project::Founding,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

async fn reaches(tx: &Tx, id: ProjectId, state: ProjectState) {
    let row = project::Entity::find_by_id(id).one(&**tx).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.state = Set(state);
    row.update(&**tx).await.unwrap();
}

/// Somebody's place in a project changes, or they lose it.
async fn moves(tx: &Tx, space: &Space, who: &Person, to: Option<(ProjectRole, bool)>) {
    let place = partner::Entity::of(space.project).filter(partner::Column::AccountId.eq(who.id));
    let mut row = place.one(&**tx).await.unwrap().unwrap().into_active_model();
    match to {
        Some((role, founder)) => {
            row.role = Set(role);
            row.founder = Set(founder);
            row.update(&**tx).await.unwrap();
        }
        None => drop(row.delete(&**tx).await.unwrap()),
    }
}

async fn applies(app: &TestApp, who: &Person, space: &Space) -> String {
    let input = json!({ "projectId": space.project.to_string(), "statement": "We sang." });
    let made = app.does(who, "applyForLabel", input, "labelApplication { id }").await;
    made["labelApplication"]["id"].as_str().unwrap().to_owned()
}

/// Somebody becomes an administrator of a TwinSpace while another member leaves it.
async fn comes_in_place_of(tx: &Tx, person: &Person, other: member::Model) {
    let mut place = other.clone().into_active_model().reset_all();
    other.delete(&**tx).await.unwrap();
    place.account_id = Set(person.id);
    place.role = Set(TwinSpaceRole::TeacherAdmin);
    place.insert(&**tx).await.unwrap();
}

on_both_databases! {
    // P-09, P-11, P-16, P-17, L-01, T-05
    async fn what_a_partner_does_is_decided_on_as_they_stand_then(app: TestApp) {
        let acts: [(&str, u64, Value); 8] = [
            ("editProject", 1, json!({ "fields": { "title": "Wasps" } })),
            ("addPartner", 2, json!({})),
            ("writeDiaryEntry", 2, json!({ "title": "Rain", "text": "Much.", "visibility": "PUBLIC" })),
            ("editDiaryEntry", 2, json!({ "title": "Sun" })),
            ("deleteDiaryEntry", 1, json!({})),
            ("applyForLabel", 1, json!({ "statement": "We sang." })),
            ("followUpProject", 1, json!({})),
            ("closeProject", 1, json!({})),
        ];
        for (act, looks, input) in acts {
            for closed in [false, true] {
                app.forget_limits().await;
                let space = app.space().await;
                // Those who have left the TwinSpace are partners and nothing else.
                let who = &space.founders[0];
                let mut input = input.clone();
                match act {
                    "editDiaryEntry" | "deleteDiaryEntry" => {
                        let entry = json!({ "projectId": space.project.to_string(), "title": "Rain",
                            "text": "Much.", "visibility": "PUBLIC" });
                        let entry = app.does(who, "writeDiaryEntry", entry, "diaryEntry { id }").await;
                        input["diaryEntryId"] = entry["diaryEntry"]["id"].clone();
                    }
                    "addPartner" => {
                        let candidate = app.teacher("Cara Candidate", "IT").await;
                        app.befriend(who, &candidate).await;
                        input["personId"] = json!(candidate.id.to_string());
                        input["projectId"] = json!(space.project.to_string());
                    }
                    _ => input["projectId"] = json!(space.project.to_string()),
                }
                let attempt = Attempt { who, act, input, looks };
                let change = async |tx: &Tx| match closed {
                    true => close(tx, &space).await,
                    false => moves(tx, &space, who, None).await,
                };
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                let expected = match closed {
                    true if act == "followUpProject" => "OK",
                    true => "FORBIDDEN PROJECT_NOT_ACTIVE",
                    false => "FORBIDDEN ROLE_TOO_LOW",
                };
                assert_eq!(outcome, expected, "{act}, closed: {closed}");
            }
        }
        // Nothing was written but what was there before.
        assert_eq!(diary::Entity::find().all(app.db.read()).await.unwrap().len(), 4);
    }

    // P-12, P-15
    async fn who_loses_a_role_in_the_project_does_not_finish_what_it_takes(app: TestApp) {
        for (act, to) in [
            ("editProject", Some((ProjectRole::Member, false))),
            ("closeProject", Some((ProjectRole::Manager, false))),
            ("reopenProject", Some((ProjectRole::Manager, false))),
            ("proposeSuccession", Some((ProjectRole::Manager, false))),
        ] {
            let space = app.space().await;
            let [who, other] = &space.founders;
            let mut input = json!({ "projectId": space.project.to_string() });
            if act == "reopenProject" {
                assert_eq!(app.tries(who, "closeProject", input.clone()).await, "OK");
            }
            if act == "proposeSuccession" {
                let place = partner::Entity::of(space.project).filter(partner::Column::AccountId.eq(other.id));
                let place = place.one(app.db.read()).await.unwrap().unwrap().id.to_string();
                input["departedPartnerId"] = json!(place);
                input["successorPartnerId"] = json!(place);
            }
            let attempt = Attempt { who, act, input, looks: 1 };
            let change = async |tx: &Tx| moves(tx, &space, who, to).await;
            let outcome = meanwhile(&app, space.project, attempt, change).await;
            assert_eq!(outcome, "FORBIDDEN ROLE_TOO_LOW", "{act}");
        }
    }

    // P-01 to P-06
    async fn a_step_is_taken_from_the_state_in_which_the_project_is_then(app: TestApp) {
        let founding = Founding::of(&app).await;
        for (act, from, looks) in [
            ("sendProject", "DRAFT", 2),
            ("acceptProject", "PENDING_PARTNER", 1),
            ("declineProject", "PENDING_PARTNER", 1),
            ("withdrawProject", "PENDING_PARTNER", 1),
            ("approveProject", "PENDING_APPROVAL", 1),
            ("rejectProject", "PENDING_APPROVAL", 1),
            ("reopenProject", "CLOSED", 1),
        ] {
            app.forget_limits().await;
            let project = founding.reach(&app, from).await;
            let id = <ProjectId as entity::Kind>::read(&project).unwrap();
            let mut input = json!({ "projectId": project });
            if act == "rejectProject" {
                input["reason"] = json!("Too vague.");
            }
            let attempt = Attempt { who: founding.actor(act), act, input, looks };
            let next = if from == "DRAFT" { ProjectState::PendingPartner } else { ProjectState::Active };
            let change = async |tx: &Tx| reaches(tx, id, next).await;
            let outcome = meanwhile(&app, id, attempt, change).await;
            assert_eq!(outcome, "CONFLICT WRONG_STATE", "{act}");
        }
        // Those who are no contacts any more found nothing together.
        let project = founding.draft(&app).await;
        let id = <ProjectId as entity::Kind>::read(&project).unwrap();
        let input = json!({ "projectId": project });
        let attempt = Attempt { who: &founding.proposer, act: "sendProject", input, looks: 2 };
        let change = async |tx: &Tx| {
            contact::Entity::update_many()
                .col_expr(contact::Column::State, Expr::val(ContactState::Pending.to_value()))
                .exec(&**tx)
                .await
                .unwrap();
        };
        assert_eq!(meanwhile(&app, id, attempt, change).await, "CONFLICT NOT_A_CONTACT");
    }

    // L-01
    async fn a_label_is_decided_on_once_and_for_a_partner(app: TestApp) {
        let officer = app.officer("IT", "").await;
        for act in ["grantLabel", "refuseLabel"] {
            for decided in [true, false] {
                let space = app.space().await;
                let applicant = &app.teacher("Apollonia Applicant", "IT").await;
                app.partner(&space, applicant, ProjectRole::Member).await;
                let id = applies(&app, applicant, &space).await;
                let mut input = json!({ "labelApplicationId": id });
                if act == "refuseLabel" {
                    input["reason"] = json!("Too short.");
                }
                let attempt = Attempt { who: &officer, act, input, looks: 1 };
                let change = async |tx: &Tx| match decided {
                    true => {
                        let row = label::Entity::of(space.project).one(&**tx).await.unwrap().unwrap();
                        let mut row = row.into_active_model();
                        row.state = Set(LabelState::Refused);
                        row.update(&**tx).await.unwrap();
                    }
                    false => moves(tx, &space, applicant, None).await,
                };
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                let expected = match (decided, act) {
                    (true, _) => "CONFLICT ALREADY_DONE",
                    (false, "grantLabel") => "CONFLICT NOT_A_PARTNER",
                    (false, _) => "OK",
                };
                assert_eq!(outcome, expected, "{act}, decided: {decided}");
            }
        }
    }

    // L-01
    async fn a_partner_applies_once(app: TestApp) {
        let space = app.space().await;
        let who = &space.founders[0];
        let other = applies(&app, &space.founders[1], &space).await;
        let input = json!({ "projectId": space.project.to_string(), "statement": "We sang." });
        let attempt = Attempt { who, act: "applyForLabel", input, looks: 1 };
        let change = async |tx: &Tx| {
            let id = <entity::LabelApplicationId as entity::Kind>::read(&other).unwrap();
            let row = label::Entity::find_by_id(id).one(&**tx).await.unwrap().unwrap();
            let mut row = row.into_active_model();
            row.applicant_id = Set(who.id);
            row.update(&**tx).await.unwrap();
        };
        let outcome = meanwhile(&app, space.project, attempt, change).await;
        assert_eq!(outcome, "CONFLICT ALREADY_DONE");
    }

    // P-15
    async fn a_succession_is_decided_on_as_everybody_stands_then(app: TestApp) {
        let officer = app.officer("BE", "").await;
        for (n, (approves, rejects)) in [
            ("CONFLICT FOUNDER_NOT_LEFT", "OK"),
            ("CONFLICT WRONG_STATE", "OK"),
            ("CONFLICT NOT_A_PARTNER", "OK"),
            ("CONFLICT ALREADY_DONE", "CONFLICT ALREADY_DONE"),
        ].into_iter().enumerate() {
            for (act, expected) in [("approveSuccession", approves), ("rejectSuccession", rejects)] {
                let space = app.space().await;
                let departed = &space.founders[1];
                let successor = app.teacher("Sara Successor", "IT").await;
                app.partner(&space, &successor, ProjectRole::Member).await;
                let leave = json!({ "twinSpaceId": space.id.to_string() });
                app.does(departed, "leaveTwinSpace", leave, "__typename").await;
                let id = app.succession(&space, departed, &successor, officer.service).await;
                let mut input = json!({ "successionId": id.to_string() });
                if act == "rejectSuccession" {
                    input["reason"] = json!("No.");
                }
                let attempt = Attempt { who: &officer, act, input, looks: 1 };
                let change = async |tx: &Tx| match n {
                    0 => {
                        let row = member::Entity::of(space.project).one(&**tx).await.unwrap().unwrap();
                        comes_in_place_of(tx, departed, row).await;
                    }
                    1 => close(tx, &space).await,
                    2 => moves(tx, &space, &successor, None).await,
                    _ => {
                        let row = succession::Entity::find_by_id(id).one(&**tx).await.unwrap().unwrap();
                        let mut row = row.into_active_model();
                        row.state = Set(SuccessionState::Rejected);
                        row.update(&**tx).await.unwrap();
                    }
                };
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                assert_eq!(outcome, expected, "{act} {n}");
            }
        }
    }

    // P-15
    async fn who_comes_back_meanwhile_is_not_to_be_succeeded(app: TestApp) {
        let space = app.space().await;
        let [stays, departed] = &space.founders;
        let successor = app.teacher("Sara Successor", "IT").await;
        let heir = app.partner(&space, &successor, ProjectRole::Member).await;
        app.seat(&space, &successor, TwinSpaceRole::Teacher).await;
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        app.does(departed, "leaveTwinSpace", leave, "__typename").await;
        let place = partner::Entity::of(space.project).filter(partner::Column::AccountId.eq(departed.id));
        let place = place.one(app.db.read()).await.unwrap().unwrap().id;
        let input = json!({ "projectId": space.project.to_string(),
            "departedPartnerId": place.to_string(), "successorPartnerId": heir.to_string() });
        let attempt = Attempt { who: stays, act: "proposeSuccession", input, looks: 1 };
        let change = async |tx: &Tx| {
            let seat = member::Entity::of(space.project).filter(member::Column::AccountId.eq(successor.id));
            comes_in_place_of(tx, departed, seat.one(&**tx).await.unwrap().unwrap()).await;
        };
        let outcome = meanwhile(&app, space.project, attempt, change).await;
        assert_eq!(outcome, "CONFLICT FOUNDER_NOT_LEFT");
    }
}
