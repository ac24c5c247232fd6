//! The story inside a TwinSpace, from a pupil's photo to the follow-up project.

use std::sync::Arc;

use entity::Kind;
use serde_json::{Value, json};

use crate::{
    inside::media::{self, add, photo},
    members::pupil::{invite, sign_in},
    server::wire::Wire,
    support::{TestApp, cast::Person, ear::Ear, on_both_databases},
};

const HEAR: &str = "subscription($id: ID!) { chatChanged(twinSpaceId: $id) {
    ... on ChatMessageSent { message { text author { name } } } } }";

on_both_databases! {
    async fn pupils_and_teachers_work_together_until_the_project_is_followed_up(app: TestApp) {
        let space = app.space().await;
        let [zofia, angel] = &space.founders;
        let wire = Wire::of(Arc::clone(&app)).await;
        let id = space.id.show();

        // M-09: two pupils are invited; one of them signs in.
        let class = invite(&app, zofia, &space, json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" },
            { "givenName": "Ben", "familyName": "Groß", "password": "sunflower 8" },
        ])).await;
        let mut pupils = Vec::new();
        for (row, password) in class.iter().zip(["sunflower 7", "sunflower 8"]) {
            let answer = sign_in(&app, row["username"].as_str().unwrap(), password).await;
            let token = answer["data"]["signInPupil"]["token"].as_str().unwrap().to_owned();
            pupils.push(Person { token, ..zofia.clone() });
        }
        let [ana, ben] = &pupils[..] else { unreachable!("two were invited") };
        let shown = class[0]["memberId"].as_str().unwrap().to_owned();

        // M-14: a picture of a pupil needs consent. T-03: its location is removed.
        let pictured = [shown.clone()];
        let refused = add(&wire, ana, &space, "me.jpg", &photo(), &pictured).await;
        assert_eq!(refused["errors"][0]["extensions"]["reason"], "CONSENT_MISSING", "{refused}");
        let consent = json!({ "pupils": { "memberIds": [shown] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        assert_eq!(app.tries(zofia, "recordConsent", consent).await, "OK");
        let added = add(&wire, ana, &space, "me.jpg", &photo(), &pictured).await;
        assert!(added["errors"].is_null(), "{added}");
        let query = format!("{{ twinSpace(id: \"{id}\") {{ media {{ nodes {{ id url thumbnailUrl }} }} }} }}");
        let seen = app.sees(ben, &query).await["twinSpace"]["media"]["nodes"][0].take();
        for link in ["url", "thumbnailUrl"] {
            let response = wire.client.get(media::here(&wire, &seen[link])).send().await.unwrap();
            assert_eq!(response.status(), 200);
            let bytes = response.bytes().await.unwrap();
            assert!(!media::has(&bytes, "GPS") && !media::has(&bytes, "script"), "{link}");
        }

        // T-02: a shared page can be edited, another cannot.
        let page = async |title: &str| {
            let input = json!({ "twinSpaceId": id, "title": title, "text": "We watch.", "visibility": "MEMBERS" });
            app.does(zofia, "createPage", input, "page { id }").await["page"]["id"].clone()
        };
        let (given, other) = (page("Our bees").await, page("The rules").await);
        let share = json!({ "pageId": given, "visibility": "MEMBERS", "memberIds": [], "roles": ["PUPIL"] });
        assert_eq!(app.tries(zofia, "sharePage", share).await, "OK");
        let edit = |page: &Value| json!({ "pageId": page, "expectedVersion": 1, "text": "We **count**." });
        assert_eq!(app.tries(ana, "editPage", edit(&given)).await, "OK");
        assert_eq!(app.tries(ana, "editPage", edit(&other)).await, "FORBIDDEN NOT_GIVEN");
        let told = app.sees(ana, &format!("{{ page(id: {other}) {{ permissions {{ edit {{ reason }} }} }} }}")).await;
        assert_eq!(told["page"]["permissions"]["edit"]["reason"], "NOT_GIVEN");

        // T-04: messages sent on one instance are received on another.
        if app.is_postgresql() {
            let second = app.another_instance().await;
            let mut ear = Ear::of(&second, angel, HEAR, json!({ "id": id })).await;
            let say = json!({ "twinSpaceId": id, "text": "Forty-one today!" });
            assert_eq!(app.tries(ben, "sendChatMessage", say).await, "OK");
            let heard = ear.hears().await;
            assert_eq!(heard["message"], json!({ "text": "Forty-one today!", "author": { "name": "Ben Groß" } }));
        }

        // L-01: a partner applies for the label, and the country's support service grants it.
        let applied = json!({ "projectId": space.project.show(), "statement": "We counted bees." });
        let german = app.officer("DE", "").await;
        let label = app.does(zofia, "applyForLabel", applied, "labelApplication { id }").await;
        let grant = json!({ "labelApplicationId": label["labelApplication"]["id"] });
        let elsewhere = app.officer("PL", "").await;
        assert_eq!(app.tries(&elsewhere, "grantLabel", grant.clone()).await, "NOT_FOUND");
        assert_eq!(app.tries(&german, "grantLabel", grant).await, "OK");

        // P-17: the project is closed, stays readable, and is followed up with its page.
        let project = json!({ "projectId": space.project.show() });
        assert_eq!(app.tries(angel, "closeProject", project).await, "OK");
        assert_eq!(app.tries(ana, "editPage", edit(&given)).await, "FORBIDDEN PROJECT_NOT_ACTIVE");
        let follow = json!({ "projectId": space.project.show(), "pageIds": [given], "mediaIds": [seen["id"]] });
        let payload = app.does(zofia, "followUpProject", follow, "project { id }").await;
        let project = json!({ "projectId": payload["project"]["id"] });
        // No support service is set up in France: the administrators decide in its place.
        let administrator = app.administrator().await;
        for (who, step) in [
            (zofia, "sendProject"),
            (angel, "acceptProject"),
            (&german, "approveProject"),
            (&administrator, "approveProject"),
        ] {
            assert_eq!(app.tries(who, step, project.clone()).await, "OK", "{step}");
        }
        let query = format!(
            "{{ project(id: {}) {{ twinSpace {{ search(query: \"count\") {{ totalCount }} pages {{ nodes {{ html }} }} media {{ totalCount }}
                members {{ nodes {{ role }} }} }} }} }}",
            payload["project"]["id"]
        );
        let mut space = app.sees(angel, &query).await["project"]["twinSpace"].take();
        assert_eq!(space["pages"]["nodes"][0]["html"], "<p>We <strong>count</strong>.</p>\n");
        assert_eq!(space["search"]["totalCount"], 1);
        assert_eq!(space["media"].take(), json!({ "totalCount": 1 }));
        let founder = json!({ "role": "TEACHER_ADMIN" });
        assert_eq!(space["members"]["nodes"], json!([founder, founder]));
    }
}
