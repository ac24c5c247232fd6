//! The language in which the server writes to people.

use std::sync::Arc;

use clap::Parser;
use domain::mail::{Letter, post};
use entity::{AccountId, MailId, TwinSpaceRole, account, mail};
use reqwest::header;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use twinspace::{
    cli::{admin::Admin, officer::Officer},
    mail::Language,
};

use super::account::{PASSWORD, REGISTER, teacher, verified, with_email};
use crate::{
    members::{custody::asks_for, pupil},
    projects::project::Founding,
    server::wire::Wire,
    support::{
        Arguments, TestApp, cast::Person, on_both_databases, play::mutation, received::Received,
        smtp::Smtp,
    },
};

mod invitation;

/// Lets the server write to somebody in this language.
async fn speaks(app: &TestApp, who: &Person, language: &str) {
    let payload = app.does(
        who,
        "editProfile",
        json!({ "mailLanguage": language }),
        "viewer { mailLanguage }",
    );
    assert_eq!(payload.await["viewer"]["mailLanguage"], language);
}

/// Registers over HTTP, with these languages of the browser.
async fn registers(wire: &Wire, accepted: Option<&str>, input: Value) {
    let request = wire.post(&json!({ "query": REGISTER, "variables": input }));
    let request = match accepted {
        Some(accepted) => request.header(header::ACCEPT_LANGUAGE, accepted),
        None => request,
    };
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({ "data": { "register": { "accepted": true } } }));
}

/// The latest mail to this address, of all that have been delivered.
async fn latest(app: &TestApp, email: &str) -> Received {
    let mail = app.mails().await.into_iter().rfind(|mail| mail.to == email);
    mail.unwrap_or_else(|| panic!("no mail to {email}"))
}

async fn language_of(app: &TestApp, id: AccountId) -> String {
    let found = account::Entity::find_by_id(id).one(app.db.read()).await.unwrap();
    found.unwrap().language
}

on_both_databases! {
    //
    async fn who_registers_is_written_to_in_the_language_of_the_request(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = app.another_instance_with(|config| config.mail.smtp_url = Some(smtp.url())).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        for (email, accepted, chosen, language, subject) in [
            ("a@example.org", Some("pl, en;q=0.5"), None, "pl", "Proszę potwierdzić swój adres e-mail"),
            ("b@example.org", Some("uk, de-AT;q=0.9, en;q=0.8"), None, "de", "Bestätigen Sie Ihre E-Mail-Adresse"),
            // What the app says counts.
            ("c@example.org", Some("pl"), Some(" FR"), "fr", "Confirmez votre adresse électronique"),
            ("d@example.org", Some("uk;q=x, *, ,,"), None, "en", "Confirm your e-mail address"),
            ("e@example.org", None, None, "en", "Confirm your e-mail address"),
        ] {
            let mut input = teacher(email);
            if let Some(chosen) = chosen {
                input["input"]["mailLanguage"] = json!(chosen);
            }
            registers(&wire, accepted, input).await;
            assert_eq!(with_email(&app, email).await.language, language);
            app.mails().await;
            let mail = smtp.mails().pop().unwrap();
            assert_eq!((mail.to.as_str(), mail.subject.as_str()), (email, subject));
            assert_eq!(mail.header("Content-Language"), language);
            assert_eq!(mail.header("Content-Type"), "text/plain; charset=utf-8");
            assert!(mail.text.contains(&format!("/#verify={}\n", mail.token())), "{}", mail.text);
        }
        // Who registers again before the address is verified may prefer another one.
        registers(&wire, Some("nl"), teacher("a@example.org")).await;
        assert_eq!(with_email(&app, "a@example.org").await.language, "nl");
        let resend = mutation("resendVerification", "accepted");
        let input = json!({ "input": { "email": "a@example.org" } });
        assert_eq!(app.outcome(None, &resend, input).await, "OK");
        app.mails().await;
        assert_eq!(smtp.mails().pop().unwrap().subject, "Bevestig uw e-mailadres");
    }

    //
    async fn the_operator_says_what_is_written_where_nothing_is_known(app: TestApp) {
        let app = app.another_instance_with(|config| {
            config.mail.language = Language::of("it").unwrap();
        }).await;
        app.execute(None, REGISTER, teacher("ada@example.org")).await;
        assert_eq!(with_email(&app, "ada@example.org").await.language, "it");
        assert_eq!(latest(&app, "ada@example.org").await.header("Content-Language"), "it");
    }

    //
    async fn everybody_chooses_the_language(app: TestApp) {
        let space = app.space().await;
        let [founder, _] = &space.founders;
        let child = app.pupil("Paul", founder).await;
        let (guest, officer) = (app.guest("Gus").await, app.officer("PL", "").await);
        for who in [founder, &child, &guest, &officer, &app.administrator().await] {
            let own = "{ viewer { mailLanguage } }";
            assert_eq!(app.sees(who, own).await["viewer"]["mailLanguage"], "en");
            speaks(&app, who, "pt").await;
            assert_eq!(app.sees(who, own).await["viewer"]["mailLanguage"], "pt");
            // Nothing else of the profile changes it.
            app.does(who, "editProfile", json!({ "profile": "I sing." }), "__typename").await;
            for unknown in ["uk", "uk-PT", "", "-pt", "xx"] {
                let input = json!({ "mailLanguage": unknown });
                assert_eq!(app.tries(who, "editProfile", input).await, "BAD_USER_INPUT mailLanguage");
            }
            assert_eq!(language_of(&app, who.id).await, "pt");
        }
        // As browsers and phones say it.
        for (tag, language) in [("de-AT", "de"), ("FR_be", "fr"), ("pt-BR", "pt")] {
            let payload = app.does(founder, "editProfile", json!({ "mailLanguage": tag }), "viewer { mailLanguage }").await;
            assert_eq!(payload["viewer"]["mailLanguage"], language);
        }
        let mut input = teacher("ada@example.org");
        input["input"]["mailLanguage"] = json!("tlh");
        assert_eq!(app.tries(None, "register", input["input"].take()).await, "BAD_USER_INPUT mailLanguage");
        let input = json!({ "token": "x", "name": "Gus", "password": PASSWORD, "mailLanguage": "tlh" });
        assert_eq!(app.tries(None, "acceptInvitationAsGuest", input).await, "BAD_USER_INPUT mailLanguage");
        let told = app.sees(None, "{ server { mailLanguages } }").await;
        assert_eq!(told["server"]["mailLanguages"], json!(["de", "en", "es", "fr", "it", "nl", "pl", "pt"]));
    }

    //
    async fn a_mail_that_waits_is_sent_in_the_language_chosen_meanwhile(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let reset = mutation("requestPasswordReset", "accepted");
        let input = json!({ "input": { "email": "ada@example.org" } });
        assert_eq!(app.outcome(None, &reset, input).await, "OK");
        let edit = mutation("editProfile", "viewer { mailLanguage }");
        let input = json!({ "input": { "mailLanguage": "es" } });
        assert_eq!(app.outcome(Some(&token), &edit, input).await, "OK");

        let mail = latest(&app, "ada@example.org").await;
        assert_eq!(mail.subject, "Elija una contraseña nueva");
        assert_eq!(mail.header("Content-Language"), "es");
        assert!(mail.text.starts_with("Hola, Ada Beispiel:\n\n"), "{}", mail.text);
    }

    //
    async fn both_mails_about_another_address_are_in_the_language_of_the_account(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let edit = mutation("editProfile", "viewer { mailLanguage }");
        assert_eq!(app.outcome(Some(&token), &edit, json!({ "input": { "mailLanguage": "de" } })).await, "OK");
        let change = mutation("requestEmailChange", "accepted");
        let input = json!({ "input": { "newEmail": "new@example.org", "password": PASSWORD } });
        assert_eq!(app.outcome(Some(&token), &change, input).await, "OK");

        let warned = latest(&app, "ada@example.org").await;
        assert_eq!(warned.subject, "Ihre E-Mail-Adresse wird bald geändert");
        let asked = latest(&app, "new@example.org").await;
        assert_eq!(asked.subject, "Bestätigen Sie Ihre neue E-Mail-Adresse");
    }

    //
    async fn who_is_made_by_a_command_has_the_language_of_the_server(app: TestApp) {
        #[derive(Parser)]
        enum Command {
            #[command(subcommand)]
            Admin(Admin),
            #[command(subcommand)]
            Officer(Officer),
        }
        app.officer("PL", "").await;
        let polish = Language::of("pl").unwrap();
        for words in [
            ["admin", "add", "--email", "ada@example.org", "--name", "Ada"].as_slice(),
            &["officer", "add", "--email", "otto@example.org", "--name", "Otto", "--country", "PL"],
        ] {
            match Command::parse_from([&["twinspace"], words].concat()) {
                Command::Admin(admin) => admin.run(&app.db, &app.passwords, polish).await.unwrap(),
                Command::Officer(officer) => officer.run(&app.db, &app.passwords, polish).await.unwrap(),
            }
        }
        for email in ["ada@example.org", "otto@example.org"] {
            assert_eq!(with_email(&app, email).await.language, "pl");
        }
    }

    // A-11, P-03, P-06, M-11
    async fn news_of_projects_and_pupils_come_in_the_language_of_each_recipient(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let (founding, polish) = (Founding::of(&app).await, app.officer("FR", "").await);
        let Founding { proposer, cofounder, .. } = &founding;
        speaks(&app, proposer, "de").await;
        speaks(&app, cofounder, "it").await;
        speaks(&app, &polish, "pl").await;
        founding.reach(&app, "PENDING_APPROVAL").await;
        let asked = latest(&app, &cofounder.email).await;
        assert_eq!(asked.subject, "«Rivers» attende una Sua risposta");
        assert!(asked.text.contains("\n\nPetra Proposer La invita a fondare insieme il progetto.\n\n"), "{}", asked.text);
        let told = latest(&app, &proposer.email).await;
        assert_eq!(told.subject, "„Rivers“: Zusage zur Partnerschaft");
        assert!(told.text.contains("Carla Cofounder hat zugesagt."), "{}", told.text);
        let waits = latest(&app, &polish.email).await;
        assert_eq!(waits.subject, "„Rivers” czeka na Państwa");

        let (custodian, asker) = (&home.founders[0], &away.founders[0]);
        speaks(&app, custodian, "es").await;
        let made = pupil::invite(&app, custodian, &home, json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" },
        ])).await;
        let request = asks_for(&app, asker, &away, made[0]["username"].as_str().unwrap()).await;
        let mail = latest(&app, &custodian.email).await;
        assert_eq!(mail.subject, "«Bees across borders»: una pregunta sobre estudiantes");
        assert!(mail.text.contains("Frida Founder pide incorporar a su TwinSpace a un miembro de su alumnado."), "{}", mail.text);
        speaks(&app, asker, "pt").await;
        app.does(custodian, "declinePupilRequest", json!({ "pupilRequestId": request["id"] }), "__typename").await;
        let mail = latest(&app, &asker.email).await;
        assert_eq!(mail.subject, "«Bees across borders»: novidades sobre estudantes");

        // A message, and a contact.
        let to = app.seat(&home, asker, TwinSpaceRole::Teacher).await;
        let input = json!({ "memberId": to.to_string(), "text": "Hello" });
        app.does(custodian, "sendMessage", input, "__typename").await;
        assert_eq!(latest(&app, &asker.email).await.subject, "Tem uma nova mensagem");
        let input = json!({ "personId": asker.id.to_string() });
        app.does(custodian, "requestContact", input, "__typename").await;
        let mail = latest(&app, &asker.email).await;
        assert_eq!(mail.subject, "Frida Founder gostaria de fazer parte dos seus contactos");
    }

    //
    async fn the_answer_to_a_registration_comes_in_its_language(app: TestApp) {
        let app = app.another_instance_with(|config| {
            config.accounts.registration = twinspace::config::accounts::Registration::Admitted;
        }).await;
        let officer = app.officer("DE", "").await;
        let token = verified(&app, "ada@example.org").await;
        let edit = mutation("editProfile", "viewer { mailLanguage }");
        assert_eq!(app.outcome(Some(&token), &edit, json!({ "input": { "mailLanguage": "pl" } })).await, "OK");
        let id = with_email(&app, "ada@example.org").await.id;
        let input = json!({ "personId": id.to_string(), "reason": "Nicht bekannt.\nLeider." });
        app.does(&officer, "declineTeacher", input, "__typename").await;
        let mail = latest(&app, "ada@example.org").await;
        assert_eq!(mail.subject, "Rejestracja konta nauczycielskiego nie została przyjęta");
        assert!(mail.text.contains("\n\nNicht bekannt.\nLeider.\n\n"), "{}", mail.text);
    }

    //
    async fn a_mail_of_an_earlier_version_is_delivered(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        speaks(&app, founder, "de").await;
        app.mails().await;
        let common = |letter: &str, what: &str| json!({
            "letter": letter, "name": "Frida Founder", "project": "Bees", "what": what,
        });
        let mut news = common("news", "The project has been approved, and its TwinSpace is open.");
        news["news"] = json!("approved");
        let mut pupils = common("pupils", "A teacher asks for 3 pupils whose custodians no longer have an account.");
        pupils["waits"] = json!(true);
        let waiting = common("waiting", "Eve\u{202e}\n https://evil.example invites you.");
        for letter in [news, pupils, waiting] {
            let row = mail::ActiveModel {
                id: Set(MailId::new()),
                recipient: Set(founder.email.clone()),
                language: Set("en".to_owned()),
                letter: Set(letter),
                subject_id: Set(space.project.0),
                attempts: Set(0),
                due_at: Set(domain::clock::now()),
                created_at: Set(domain::clock::now()),
            };
            let tx = app.db.begin().await.unwrap();
            row.insert(&*tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        let all = app.mails().await;
        let [first, second, third] = &all[all.len() - 3..] else { panic!("{all:?}") };
        assert!(first.text.contains("“Bees”") || first.text.contains("„Bees“"), "{}", first.text);
        assert!(first.text.contains("The project has been approved, and its TwinSpace is open.\n"), "{}", first.text);
        assert!(second.text.contains("A teacher asks for 3 pupils whose custodians"), "{}", second.text);
        assert!(third.text.contains("Eve https evil. example invites you.\n"), "{}", third.text);
        assert!(all.iter().rev().take(3).all(|mail| mail.subject == "„Bees“: Neues"), "{all:?}");
        assert!(app.outbox().await.is_empty());
    }

    // an older server reads what a newer one wrote.
    async fn an_unknown_language_of_a_newer_version_is_english(app: TestApp) {
        let ada = app.teacher("Ada", "FI").await;
        let tx = app.db.begin().await.unwrap();
        let suomi = account::ActiveModel { id: Set(ada.id), language: Set("fi".into()), ..Default::default() };
        suomi.update(&*tx).await.unwrap();
        let letter = Letter::ResetPassword { name: "Ada".into() };
        post(&tx, &ada.email, "fi", &letter, ada.id.0, domain::clock::now()).await.unwrap();
        tx.commit().await.unwrap();
        let mail = latest(&app, &ada.email).await;
        assert_eq!((mail.subject.as_str(), mail.header("Content-Language")), ("Choose a new password", "en"));
    }

    //
    async fn the_language_is_theirs_and_goes_with_them(app: TestApp) {
        let ada = app.teacher("Ada", "IT").await;
        speaks(&app, &ada, "it").await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let answer = app.execute(Some(&ada.token), "mutation { exportOwnData { url } }", json!({})).await;
        let url = answer["data"]["exportOwnData"]["url"].as_str().unwrap();
        let url = wire.url(&url[url.find("/exports").unwrap()..]);
        let data = wire.client.get(url).bearer_auth(&ada.token).send().await.unwrap();
        let data: Value = data.json().await.unwrap();
        assert_eq!(data["account"]["mailLanguage"], "it", "{data}");

        domain::accounts::erasure::erase_of(&app.db, &ada.email, domain::clock::now()).await.unwrap();
        assert_eq!(language_of(&app, ada.id).await, "en");
    }
}

#[test]
fn the_language_of_the_server_is_one_in_which_it_writes() {
    let starts = |code: &str| Arguments::try_parse_from(["twinspace", "--language", code]);
    assert_eq!(starts("FR").ok().unwrap().config.mail.language.code(), "fr");
    let refusal = starts("tlh").err().unwrap().to_string();
    assert!(refusal.contains("de, es, fr, it, nl, pl, pt"), "{refusal}");
}
