//! What people say of themselves: names, schools, subjects and languages.

use domain::{Error, Reason, accounts::account as accounts, clock, events::Event};
use entity::{AccountId, ProjectState, TwinSpaceRole, member};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use crate::{
    server::entity_row::project,
    support::{TestApp, on_both_databases},
};

use super::{
    PASSWORD, REGISTER, SIGN_IN, a_person, password, pupil, teacher, verified, with_email,
};

const EDIT: &str = "mutation($input: EditProfileInput!) { editProfile(input: $input) { viewer {
    name profile subjects languages school { name region country } } } }";

on_both_databases! {
    async fn names_are_trimmed_and_one_school_is_one_row(app: TestApp) {
        let mut first = teacher("ada@example.org");
        first["input"]["name"] = json!("  Ada   Beispiel ");
        first["input"]["school"]["name"] = json!("Liceo Città");
        let mut second = teacher("bea@example.org");
        second["input"]["school"]["name"] = json!(" LICEO  citta ");
        app.execute(None, REGISTER, first).await;
        app.execute(None, REGISTER, second).await;

        let ada = with_email(&app, "ada@example.org").await;
        assert_eq!(ada.name, "Ada Beispiel");
        assert_eq!(ada.school_id, with_email(&app, "bea@example.org").await.school_id);
    }

    //
    async fn a_new_name_is_on_every_card_at_once(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;
        let member = member_of_a_project(&app, id).await;
        let mut heard = app.db.events().listen();

        let input = json!({ "input": { "name": "Ädä Nova" } });
        let answer = app.execute(Some(&token), EDIT, input).await;

        assert_eq!(answer["data"]["editProfile"]["viewer"]["name"], "Ädä Nova");
        // Omitted fields do not change.
        assert_eq!(answer["data"]["editProfile"]["viewer"]["subjects"], json!(["art", "physics"]));
        let row = member::Entity::find_by_id(member.id).one(app.db.read()).await.unwrap().unwrap();
        assert_eq!(row.name_key, "ada nova");
        assert_eq!(with_email(&app, "ada@example.org").await.name_key, "ada nova");
        let event = Event::Member { project: member.project_id, member: member.id, joined: false };
        assert_eq!(heard.recv().await.unwrap(), event);
    }

    //
    async fn null_clears_a_text_and_leaves_a_list_alone(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let input = json!({ "input": { "profile": "I teach.\r\nA lot.", "languages": ["it"],
            "school": { "name": "Lycée", "town": "Lyon", "region": "Rhône", "country": "FR" } } });
        let answer = app.execute(Some(&token), EDIT, input).await;
        assert_eq!(answer["data"]["editProfile"]["viewer"], json!({
            "name": "Ada Beispiel", "profile": "I teach.\nA lot.",
            "subjects": ["art", "physics"], "languages": ["it"],
            "school": { "name": "Lycée", "region": "Rhône", "country": "FR" },
        }));

        let input = json!({ "input": { "profile": null, "subjects": [], "languages": null } });
        let answer = app.execute(Some(&token), EDIT, input).await;
        let viewer = &answer["data"]["editProfile"]["viewer"];
        assert_eq!(viewer["profile"], "");
        assert_eq!(viewer["subjects"], json!([]));
        assert_eq!(viewer["languages"], json!(["it"]));
    }

    async fn only_teachers_have_school_subjects_and_languages_of_their_choice(app: TestApp) {
        let tx = app.db.begin().await.unwrap();
        let hash = app.passwords.hash(&password(PASSWORD)).await.unwrap();
        let gus = a_person("gus@example.org", "Gus", hash);
        accounts::create_guest(&tx, gus, clock::now()).await.unwrap();
        tx.commit().await.unwrap();
        let input = json!({ "input": { "email": "GUS@example.org", "password": PASSWORD } });
        let answer = app.execute(None, SIGN_IN, input).await;
        let token = answer["data"]["signIn"]["token"].as_str().unwrap();

        let answer = app.execute(Some(token), EDIT, json!({ "input": { "subjects": ["art"] } })).await;
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "NOT_A_TEACHER");
        let answer = app.execute(Some(token), EDIT, json!({ "input": { "name": "Gustav" } })).await;
        assert_eq!(answer["data"]["editProfile"]["viewer"]["name"], "Gustav");
        assert_eq!(app.outcome(None, EDIT, json!({ "input": {} })).await, "UNAUTHENTICATED");
    }

    async fn a_pupils_name_is_not_the_pupils_to_change(app: TestApp) {
        let kim = pupil(&app, "kim.l.1").await;
        let renamed = accounts::Edit { name: Some("Max".into()), ..Default::default() };
        let result = accounts::edit(&app.db, kim.id, renamed, clock::now()).await;
        assert!(matches!(result, Err(Error::Forbidden(Reason::RoleTooLow))), "{result:?}");
        let about = accounts::Edit { profile: Some("I like bees".into()), ..Default::default() };
        accounts::edit(&app.db, kim.id, about, clock::now()).await.unwrap();
    }
}

async fn member_of_a_project(app: &TestApp, account: AccountId) -> member::Model {
    let tx = app.db.begin().await.unwrap();
    let project = project(account, ProjectState::Active).into_active_model();
    let project = project.insert(&*tx).await.unwrap();
    let role = TwinSpaceRole::TeacherAdmin;
    let member = member::Model::new(project.id, account, role, None, clock::now());
    let member = member.into_active_model().insert(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    member
}
