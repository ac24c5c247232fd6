//! Contacts (C-01).

use serde_json::{Value, json};

use crate::support::{TestApp, cast::Person, on_both_databases};

async fn ask(app: &TestApp, from: &Person, to: &Person) -> Value {
    let input = json!({ "personId": to.id.to_string() });
    app.does(
        from,
        "requestContact",
        input,
        "contact { id state requestedByViewer person { name } }",
    )
    .await["contact"]
        .take()
}

async fn contacts(app: &TestApp, of: &Person) -> Value {
    app.sees(of, "{ viewer { contacts { nodes { state requestedByViewer person { name } } } } }")
        .await["viewer"]["contacts"]["nodes"]
        .take()
}

on_both_databases! {
    async fn a_teacher_asks_and_the_other_accepts(app: TestApp) {
        let (ada, bo) = (app.teacher("Ada", "DE").await, app.teacher("Bo", "SE").await);
        let contact = ask(&app, &ada, &bo).await;
        let id = contact["id"].clone();
        assert_eq!(
            contact,
            json!({ "id": id, "state": "PENDING", "requestedByViewer": true, "person": { "name": "Bo" } })
        );
        assert_eq!(
            contacts(&app, &bo).await,
            json!([{ "state": "PENDING", "requestedByViewer": false, "person": { "name": "Ada" } }])
        );
        assert_eq!(app.outbox().await[0].recipient, bo.email);

        let input = json!({ "contactId": id });
        assert_eq!(app.tries(&ada, "acceptContact", input.clone()).await, "CONFLICT ALREADY_DONE");
        let cid = app.teacher("Cid", "ES").await;
        for act in ["acceptContact", "declineContact", "removeContact"] {
            assert_eq!(app.tries(&cid, act, input.clone()).await, "NOT_FOUND", "{act}");
        }
        assert_eq!(app.tries(&bo, "acceptContact", input.clone()).await, "OK");
        assert_eq!(app.tries(&bo, "acceptContact", input).await, "CONFLICT ALREADY_DONE");
        assert_eq!(contacts(&app, &ada).await[0]["state"], "ACCEPTED");
    }

    async fn asking_back_is_accepting(app: TestApp) {
        let (ada, bo) = (app.teacher("Ada", "DE").await, app.teacher("Bo", "SE").await);
        let one = ask(&app, &ada, &bo).await;
        let again = json!({ "personId": bo.id.to_string() });
        assert_eq!(app.tries(&ada, "requestContact", again.clone()).await, "CONFLICT ALREADY_DONE");
        let other = ask(&app, &bo, &ada).await;
        assert_eq!((&one["id"], &other["state"]), (&other["id"], &json!("ACCEPTED")));
        assert_eq!(app.tries(&ada, "requestContact", again).await, "CONFLICT ALREADY_DONE");
    }

    async fn either_may_end_a_contact_and_one_may_ask_again(app: TestApp) {
        let (ada, bo) = (app.teacher("Ada", "DE").await, app.teacher("Bo", "SE").await);
        for (act, person) in
            [("declineContact", &bo), ("removeContact", &ada), ("removeContact", &bo)]
        {
            let contact = ask(&app, &ada, &bo).await;
            let input = json!({ "contactId": contact["id"] });
            assert_eq!(app.tries(person, act, input.clone()).await, "OK");
            assert_eq!(app.tries(person, act, input).await, "NOT_FOUND");
            assert_eq!(contacts(&app, &ada).await, json!([]));
            app.days_pass().await;
        }
        assert!(app.outbox().await.is_empty(), "what was asked is taken back with its mail");
        app.befriend(&ada, &bo).await;
        let mine = app.sees(&ada, "{ viewer { contacts { nodes { id } } } }").await;
        let input = json!({ "contactId": mine["viewer"]["contacts"]["nodes"][0]["id"] });
        assert_eq!(app.tries(&bo, "declineContact", input.clone()).await, "CONFLICT ALREADY_DONE");
        assert_eq!(app.tries(&bo, "removeContact", input).await, "OK");
    }

    async fn only_registered_teachers_are_asked_and_ask(app: TestApp) {
        let ada = app.teacher("Ada", "DE").await;
        let guest = app.guest("Gus").await;
        let officer = app.officer("DE", "").await;
        let pupil = app.pupil("Pia", &ada).await;
        for person in [&guest, &officer, &pupil] {
            let input = json!({ "personId": person.id.to_string() });
            assert_eq!(app.tries(&ada, "requestContact", input).await, "NOT_FOUND");
            let input = json!({ "personId": ada.id.to_string() });
            assert_eq!(app.tries(person, "requestContact", input).await, "FORBIDDEN NOT_A_TEACHER");
        }
        let itself = json!({ "personId": ada.id.to_string() });
        assert_eq!(
            app.tries(&ada, "requestContact", itself.clone()).await,
            "BAD_USER_INPUT personId"
        );
        assert_eq!(app.tries(None, "requestContact", itself).await, "UNAUTHENTICATED");
    }
}
