//! Pupils who have an account already, and their namesakes.

use entity::{TwinSpaceRole, account};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

use crate::support::{TestApp, on_both_databases};

use super::{Shown, VERIFY, class, invite, sign_in};

on_both_databases! {
    // M-11, M-14
    async fn a_pupil_who_has_an_account_is_attached_and_keeps_it(app: TestApp) {
        let (space, other) = (app.space().await, app.space().await);
        // The custodian is a teacher there.
        app.seat(&other, &space.founders[0], TwinSpaceRole::Teacher).await;
        let made = invite(&app, &space.founders[0], &space, json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" },
        ])).await;
        let username = made[0]["username"].as_str().unwrap();
        let attached = invite(&app, &other.founders[1], &other, json!([
            { "username": username.to_uppercase(), "role": "PUPIL_ADMIN" },
        ])).await;
        assert_eq!(attached[0]["status"], "ATTACHED", "{attached:?}");
        assert!(attached[0]["password"].is_null());
        assert_eq!(attached[0]["member"]["role"], "PUPIL_ADMIN");
        let again = invite(&app, &other.founders[1], &other, json!([{ "username": username }])).await;
        assert_eq!(again[0]["status"], "ALREADY_MEMBER");
        // both are shown at sign-in, and one is chosen.
        let answer = sign_in(&app, username, "sunflower 7").await;
        let nodes = &answer["data"]["signInPupil"]["viewer"]["memberships"]["nodes"];
        assert_eq!(nodes.as_array().unwrap().len(), 2, "{answer}");
        let token = answer["data"]["signInPupil"]["token"].as_str().unwrap();
        let which = "{ viewer { twinSpace { id } } }";
        let before = app.execute(Some(token), which, json!({})).await;
        assert!(before["data"]["viewer"]["twinSpace"].is_null(), "{before}");
        let choose = "mutation($id: ID!) { chooseTwinSpace(input: { twinSpaceId: $id }) { twinSpace { id } } }";
        let id = other.id.to_string_id();
        assert_eq!(app.outcome(Some(token), choose, json!({ "id": id })).await, "OK");
        let after = app.execute(Some(token), which, json!({})).await;
        assert_eq!(after["data"]["viewer"]["twinSpace"]["id"], json!(id));
    }

    // M-09, M-11: nothing is revealed about a child before they are found by name or username.
    async fn a_namesake_of_the_own_school_is_shown_and_of_another_not(app: TestApp) {
        let space = app.space().await;
        let [teacher, other] = &space.founders;
        let mails = app.outbox().await.len();
        let angel = json!([{ "givenName": "Ángel", "familyName": "Cano Robles" }]);
        let own = invite(&app, teacher, &space, angel.clone()).await;
        let theirs = invite(&app, other, &space, angel).await;
        // M-09: no mail is sent, and the pupil belongs to the teacher's school.
        assert_eq!(app.outbox().await.len(), mails);
        let card = format!("{{ node(id: {}) {{ ... on Member {{ school {{ name }} }} }} }}", own[0]["memberId"]);
        assert_eq!(app.sees(other, &card).await["node"]["school"]["name"], "School of Frida Founder");

        let away = app.space().await;
        let colleague = app.teacher("Cleo Colleague", "DE").await;
        let here = account::Entity::find_by_id(teacher.id).one(app.db.read()).await.unwrap().unwrap();
        let tx = app.db.begin().await.unwrap();
        account::Entity::update_many()
            .col_expr(account::Column::SchoolId, Expr::val(here.school_id.unwrap().0))
            .filter(account::Column::Id.eq(colleague.id))
            .exec(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        app.seat(&away, &colleague, TwinSpaceRole::Teacher).await;
        let mut asked = class(&away, &json!([
            { "givenName": "angel", "familyName": "cano robles" },
            { "username": theirs[0]["username"] },
        ]));
        asked["input"].as_object_mut().unwrap().remove("consentGivenBy");
        // A school alone proves nothing.
        let answer = app.execute(Some(&colleague.token), VERIFY, asked.clone()).await;
        assert_eq!(answer["data"]["verifyPupils"]["rows"][0]["candidates"], json!([]), "{answer}");
        app.befriend(&colleague, teacher).await;
        let answer = app.execute(Some(&colleague.token), VERIFY, asked.clone()).await;
        let rows = &answer["data"]["verifyPupils"]["rows"];
        assert_eq!(rows[0]["status"], "CREATED", "{answer}");
        assert_eq!(rows[0]["candidates"], json!([
            { "name": "Ángel Cano Robles", "username": own[0]["username"] },
        ]));
        assert_eq!(rows[1], json!({ "status": "REQUESTED", "username": theirs[0]["username"],
            "problems": [], "candidates": [] }));
        let answer = app.execute(Some(&away.founders[0].token), VERIFY, asked).await;
        assert_eq!(answer["data"]["verifyPupils"]["rows"][0]["candidates"], json!([]), "{answer}");
    }
}
