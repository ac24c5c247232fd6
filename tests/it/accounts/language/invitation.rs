//! The language of invitations, and of those who come by them.

use std::sync::Arc;

use reqwest::header;
use serde_json::{Value, json};

use crate::{
    accounts::account::{PASSWORD, REGISTER, teacher, with_email},
    members::{invitation::invite, pupil},
    server::wire::Wire,
    support::{TestApp, cast::Space, on_both_databases, play::mutation, received::Received},
};

use super::{latest, speaks};

async fn invitation_to(app: &TestApp, space: &Space, email: &str) -> Received {
    invite(app, space, email, "TEACHER").await;
    latest(app, email).await
}

on_both_databases! {
    // A-11, M-04
    async fn an_invitation_is_in_the_language_of_the_invited_or_else_of_the_inviter(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        speaks(&app, founder, "pl").await;
        let mail = invitation_to(&app, &space, "gus@example.org").await;
        assert_eq!(mail.subject, "Frida Founder zaprasza Państwa do „Bees across borders”");
        assert_eq!(mail.header("Content-Language"), "pl");
        assert!(mail.text.starts_with("Dzień dobry!\n\n"), "{}", mail.text);

        let french = app.teacher("Tina", "FR").await;
        speaks(&app, &french, "fr").await;
        let mail = invitation_to(&app, &space, &french.email).await;
        assert_eq!(mail.subject, "Frida Founder vous invite à «\u{a0}Bees across borders\u{a0}»");
        assert_eq!(mail.header("Content-Language"), "fr");

        // Whoever registered with an address says nothing about its owner before it is verified.
        let mut input = teacher("una@example.org");
        input["input"]["mailLanguage"] = json!("nl");
        app.execute(None, REGISTER, input).await;
        assert_eq!(latest(&app, "una@example.org").await.header("Content-Language"), "nl");
        let mail = invitation_to(&app, &space, "una@example.org").await;
        assert_eq!(mail.header("Content-Language"), "pl");

        // Sent again, it is in the language that the inviter now has.
        speaks(&app, founder, "es").await;
        let list = format!("{{ twinSpace(id: \"{}\") {{ invitations {{ nodes {{ id email }} }} }} }}", space.id);
        let seen = app.sees(founder, &list).await;
        let nodes = seen["twinSpace"]["invitations"]["nodes"].as_array().unwrap().clone();
        let gus = nodes.iter().find(|node| node["email"] == "gus@example.org").unwrap();
        app.days_pass().await;
        app.does(founder, "resendInvitation", json!({ "invitationId": gus["id"] }), "__typename").await;
        let mail = latest(&app, "gus@example.org").await;
        assert_eq!(mail.subject, "Frida Founder le invita a «Bees across borders»");
    }

    // A-11, M-04
    async fn a_guest_is_written_to_in_the_language_of_the_request_or_of_the_inviter(app: TestApp) {
        let space = app.space().await;
        speaks(&app, &space.founders[0], "pl").await;
        let wire = Wire::of(Arc::clone(&app)).await;
        for (email, accepted, chosen, language) in [
            ("gus@example.org", "it-CH, pl;q=0.5", None, "it"),
            ("mia@example.org", "uk", None, "pl"),
            ("leo@example.org", "it", Some("de"), "de"),
        ] {
            invite(&app, &space, email, "VISITOR").await;
            let mut input = json!({ "token": app.link(email).await, "name": "Gus", "password": PASSWORD });
            if let Some(chosen) = chosen {
                input["mailLanguage"] = json!(chosen);
            }
            let accept = mutation("acceptInvitationAsGuest", "viewer { mailLanguage }");
            let body = json!({ "query": accept, "variables": { "input": input } });
            let sent = wire.post(&body).header(header::ACCEPT_LANGUAGE, accepted).send().await.unwrap();
            let answer: Value = sent.json().await.unwrap();
            let viewer = &answer["data"]["acceptInvitationAsGuest"]["viewer"];
            assert_eq!(viewer["mailLanguage"], language, "{answer}");
            assert_eq!(with_email(&app, email).await.language, language);
        }
    }

    //
    async fn whoever_is_brought_in_has_the_language_of_who_brings_them(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        speaks(&app, founder, "fr").await;
        let made = pupil::invite(&app, founder, &space, json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" },
        ])).await;
        let answer = pupil::sign_in(&app, made[0]["username"].as_str().unwrap(), "sunflower 7").await;
        let token = answer["data"]["signInPupil"]["token"].as_str().unwrap();
        let seen = app.execute(Some(token), "{ viewer { mailLanguage } }", json!({})).await;
        assert_eq!(seen["data"]["viewer"]["mailLanguage"], "fr");

        let administrator = app.administrator().await;
        speaks(&app, &administrator, "nl").await;
        let service = app.does(&administrator, "addService", json!({ "name": "NSO", "country": "NL" }),
            "service { service { id } }").await;
        let input = json!({ "serviceId": service["service"]["service"]["id"], "email": "o@example.org", "name": "Otto" });
        app.does(&administrator, "appointOfficer", input, "__typename").await;
        let mail = latest(&app, "o@example.org").await;
        assert_eq!((mail.subject.as_str(), mail.header("Content-Language")), ("Kies een nieuw wachtwoord", "nl"));
        assert_eq!(with_email(&app, "o@example.org").await.language, "nl");
    }
}
