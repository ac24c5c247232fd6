//! What the server's operator looks up and resets with the command line: accounts, support services
//! and pending mails.

use std::time::Duration;

use domain::clock;
use entity::{Act, Purpose, audit, mail};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use twinspace::mail::{Pace, deliver_next};

use crate::{
    accounts::{
        account::{PASSWORD, mailed, opens, pupil, verified, with_email},
        session::ended,
    },
    care::staff::run,
    projects::project::Founding,
    support::{
        TestApp, on_both_databases,
        smtp::{Mood, Smtp},
    },
};

/// Runs a command with `--json`.
async fn json_of(app: &TestApp, arguments: &[&str]) -> Value {
    let said = run(app, &[arguments, &["--json"]].concat()).await.unwrap();
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{arguments:?}: {said}"))
}

/// The sign-in names of accounts or people in an answer.
fn sign_ins(answer: &Value) -> Vec<&str> {
    answer.as_array().unwrap().iter().map(|one| one["signIn"].as_str().unwrap()).collect()
}

on_both_databases! {
    async fn accounts_of_adults_are_listed_and_searched_and_pupils_are_not(app: TestApp) {
        verified(&app, "zofie@example.org").await;
        verified(&app, "bo_b@school.example").await;
        run(&app, &["admin", "add", "--email", "ada@example.org", "--name", "Ada 100%"]).await.unwrap();
        let kim = pupil(&app, "kim.kowal.1").await;
        run(&app, &["account", "block", "zofie@example.org"]).await.unwrap();

        let all = json_of(&app, &["account", "list"]).await;
        for address in ["zofie@example.org", "bo_b@school.example", "ada@example.org"] {
            assert!(sign_ins(&all).contains(&address), "{all}");
        }
        assert!(!all.to_string().contains("kim.kowal.1"), "{all}");
        for (arguments, expected) in [
            (&["SCHOOL.example"][..], &["bo_b@school.example"][..]),
            (&["100%"], &["ada@example.org"]),
            (&["o_b"], &["bo_b@school.example"]),
            (&["o%b"], &[]),
            (&["kim"], &[]),
            (&["--kind", "administrator"], &["ada@example.org"]),
            (&["--blocked"], &["zofie@example.org"]),
            (&["--blocked", "--kind", "guest"], &[]),
        ] {
            let found = json_of(&app, &[&["account", "list"], arguments].concat()).await;
            assert_eq!(sign_ins(&found), expected, "{arguments:?}");
        }
        let text = run(&app, &["account", "list", "--blocked"]).await.unwrap();
        assert!(text.starts_with("zofie@example.org  ") && text.contains("blocked since"), "{text}");

        // A pupil is found only by the username, and that is logged.
        let shown = json_of(&app, &["account", "show", "kim.kowal.1"]).await;
        assert_eq!((&shown["kind"], &shown["signIn"]), (&json!("pupil"), &json!("kim.kowal.1")));
        let teacher = app.teacher("Tove Teacher", "DK").await;
        let lea = app.pupil("Lea", &teacher).await.email;
        let username = lea.split('@').next().unwrap().to_owned();
        let shown = json_of(&app, &["account", "show", &username]).await;
        assert_eq!(shown["custodian"]["name"], "Tove Teacher", "{shown}");
        let shown = json_of(&app, &["account", "show", &teacher.email]).await;
        assert_eq!((&shown["pupils"], &shown["twinSpaces"]), (&json!(1), &json!(0)));
        let logged = audit::Entity::find()
            .filter(audit::Column::AccountId.eq(kim.id))
            .filter(audit::Column::Act.eq(Act::PupilsLookedUp));
        let logged = logged.all(app.db.read()).await.unwrap();
        assert!(logged.len() == 1 && logged[0].actor_id.is_none(), "{logged:?}");
        let said = run(&app, &["account", "show", "kim.kowal.2"]).await.unwrap_err();
        assert!(said.contains("not found: kim.kowal.2"), "{said}");
        let text = run(&app, &["account", "show", "ada@example.org"]).await.unwrap();
        assert!(text.contains("Kind          administrator") && !text.contains("Custodian"), "{text}");
    }

    async fn a_password_is_reset_by_mail_or_printed(app: TestApp) {
        let token = verified(&app, "zofie@example.org").await;
        let account = with_email(&app, "zofie@example.org").await;
        let said = run(&app, &["account", "reset", "zofie@example.org"]).await.unwrap();
        assert!(said.starts_with("Mailed a link to "), "{said}");
        let reset = mailed(&app, Purpose::ResetPassword, account.id).await;
        assert!(!ended(&app, &token).await);

        let printed = json_of(&app, &["account", "reset", "--print", "zofie@example.org"]).await;
        assert!(ended(&app, &token).await);
        assert_eq!(opens(&app, "zofie@example.org", PASSWORD).await, "INVALID_CREDENTIALS");
        let password = printed["password"].as_str().unwrap();
        assert_eq!(opens(&app, "zofie@example.org", password).await, "OK");
        let logged = audit::Entity::find()
            .filter(audit::Column::AccountId.eq(account.id))
            .filter(audit::Column::Act.eq(Act::PasswordChanged))
            .filter(audit::Column::ActorId.is_null());
        assert_eq!(logged.all(app.db.read()).await.unwrap().len(), 1);
        // The mailed link has ended with the old password.
        let mutation = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { accepted } }";
        let input = json!({ "input": { "token": reset, "newPassword": "another 1" } });
        assert_eq!(app.outcome(None, mutation, input).await, "NOT_FOUND");

        pupil(&app, "kim.kowal.1").await;
        run(&app, &["account", "block", "zofie@example.org"]).await.unwrap();
        for (who, why) in [
            ("zofie@example.org", "is blocked; unblock it first"),
            ("kim.kowal.1", "kim.kowal.1: "),
            ("nobody@example.org", "not found: nobody@example.org"),
        ] {
            for arguments in [&["account", "reset"][..], &["account", "reset", "--print"]] {
                let said = run(&app, &[arguments, &[who]].concat()).await.unwrap_err();
                assert!(said.contains(why), "{said}");
            }
        }
    }

    async fn sessions_are_listed_and_ended(app: TestApp) {
        let token = verified(&app, "zofie@example.org").await;
        let listed = json_of(&app, &["account", "sessions", "zofie@example.org"]).await;
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert!(!listed.to_string().contains(&token) && listed[0]["lastUsedAt"].is_string());
        run(&app, &["account", "sessions", "--end", "zofie@example.org"]).await.unwrap();
        assert!(ended(&app, &token).await);
        assert_eq!(json_of(&app, &["account", "sessions", "zofie@example.org"]).await, json!([]));
        run(&app, &["account", "sessions", "nobody@example.org"]).await.unwrap_err();
    }

    async fn support_services_are_renamed_moved_and_removed(app: TestApp) {
        let service = |words: &'static str| {
            let arguments: Vec<_> = ["service"].into_iter().chain(words.split(' ')).collect();
            let app = &app;
            async move { run(app, &arguments).await }
        };
        service("add --country ES --name Central").await.unwrap();
        service("add --country ES --region Andalucia --spelling Andalusia --name Sur").await.unwrap();
        service("add --country PL --name Biuro").await.unwrap();
        let officer = ["officer", "add", "--country", "PL", "--email", "o@example.org", "--name", "Olga"];
        run(&app, &officer).await.unwrap();

        let listed = service("list").await.unwrap();
        let lines: Vec<_> = listed.lines().collect();
        assert_eq!(lines, [
            "ES             Central  officers: 0",
            "ES, Andalucia  Sur      officers: 0",
            "PL             Biuro    officers: 1",
        ]);
        service("rename --country ES --region Andalusia --name Meridional").await.unwrap();
        service("move --country ES --region Andalucia --to-country ES").await.unwrap_err();
        service("move --country ES --region Andalucia --to-country ES --to-region Murcia").await.unwrap();
        let regions = app.execute(None, "{ regions(country: \"ES\") { name spellings } }", json!({})).await;
        let name = &regions["data"]["regions"][0];
        assert!(name["name"] == "Murcia" && name["spellings"] == json!([]), "{regions}");
        assert_eq!(json_of(&app, &["service", "list"]).await[1], json!({
            "country": "ES", "region": "Murcia", "name": "Meridional", "officers": 0,
        }));

        let said = service("remove --country PL").await.unwrap_err();
        assert!(said.contains("with officers; remove or move them first"), "{said}");
        let moved = ["officer", "move", "o@example.org", "--country", "ES", "--region", "Murcia"];
        let said = run(&app, &moved).await.unwrap();
        assert_eq!(said, "Moved Olga <o@example.org> to ES, Murcia\n");
        let said = service("remove --country PL").await.unwrap();
        assert_eq!(said, "Removed the support service of PL\n");
        service("remove --country PL").await.unwrap_err();
        assert_eq!(json_of(&app, &["service", "list"]).await.as_array().unwrap().len(), 2);
        let officers = json_of(&app, &["officer", "list"]).await;
        assert_eq!(officers[0]["service"]["region"], "Murcia", "{officers}");
    }

    async fn a_support_service_for_which_something_waits_stays(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        founding.reach(&app, "PENDING_APPROVAL").await;
        run(&app, &["officer", "remove", &german.email]).await.unwrap();
        let said = run(&app, &["service", "remove", "--country", "DE"]).await.unwrap_err();
        assert!(said.contains("stays on record"), "{said}");
        // The next officer finds what waits, even if the service serves another place by then.
        run(&app, &["service", "move", "--country", "DE", "--to-country", "AT"]).await.unwrap();
        let added = ["officer", "add", "--country", "AT", "--email", "o@example.org", "--name", "Olga"];
        let added = json_of(&app, &added).await;
        let sign_in = "mutation($email: String!, $password: String!) {
            signIn(input: { email: $email, password: $password }) {
                viewer { approvals { totalCount } }
            }
        }";
        let input = json!({ "email": "o@example.org", "password": added["password"] });
        let answer = app.execute(None, sign_in, input).await;
        assert_eq!(answer["data"]["signIn"]["viewer"]["approvals"]["totalCount"], 1, "{answer}");
    }

    async fn mails_that_failed_are_listed_and_tried_again(app: TestApp) {
        let smtp = Smtp::start().await;
        smtp.set(Mood::Busy);
        let server = app
            .another_instance_with(|config| config.mail.smtp_url = Some(smtp.url()))
            .await;
        let mutation = "mutation { requestPasswordReset(input: { email: \"zofie@example.org\" }) { accepted } }";
        verified(&app, "zofie@example.org").await;
        while deliver_next(&app, &Pace::default()).await.unwrap() {}
        app.execute(None, mutation, json!({})).await;
        assert_eq!(json_of(&app, &["mail", "list", "--failed"]).await, json!([]));
        let pace = Pace { first_retry: Duration::from_hours(1), ..Pace::default() };
        while deliver_next(&server, &pace).await.unwrap() {}

        let failed = json_of(&app, &["mail", "list", "--failed"]).await;
        assert_eq!(failed[0]["recipient"], "zofie@example.org", "{failed}");
        assert_eq!((&failed[0]["letter"], &failed[0]["attempts"]), (&json!("resetPassword"), &json!(1)));
        let id = failed[0]["id"].as_str().unwrap();
        let text = run(&app, &["mail", "list"]).await.unwrap();
        assert!(text.starts_with(id) && text.contains("attempts: 1"), "{text}");

        smtp.set(Mood::Kind);
        assert!(!deliver_next(&server, &pace).await.unwrap(), "it is not due");
        let said = run(&app, &["mail", "retry", "project_0193e0c4a7b17c02b7a5c0b3f4d2e911"]).await;
        assert!(said.unwrap_err().contains("is not the ID of a mail"));
        assert_eq!(json_of(&app, &["mail", "retry", id]).await, json!({ "mails": 1 }));
        let due = mail::Entity::find().one(app.db.read()).await.unwrap().unwrap().due_at;
        assert!(due <= clock::now());
        assert!(deliver_next(&server, &pace).await.unwrap());
        assert_eq!(smtp.mails().len(), 1);
        // What is due anyway, or being sent, is left alone.
        app.execute(None, mutation, json!({})).await;
        assert_eq!(json_of(&app, &["mail", "retry"]).await, json!({ "mails": 0 }));
    }

    async fn what_is_done_is_told_as_json_too(app: TestApp) {
        verified(&app, "zofie@example.org").await;
        for (arguments, done) in [
            (&["account", "block"][..], "Blocked"),
            (&["account", "unblock"], "Unblocked"),
            (&["account", "erase", "--yes"], "Erased"),
        ] {
            let told = json_of(&app, &[arguments, &["zofie@example.org"]].concat()).await;
            assert_eq!((&told["done"], &told["account"]["kind"]), (&json!(done), &json!("teacher")));
        }
        let admin = ["admin", "add", "--email", "ada@example.org", "--name", "Ada"];
        let added = json_of(&app, &admin).await;
        assert_eq!(opens(&app, "ada@example.org", added["password"].as_str().unwrap()).await, "OK");
        assert_eq!(json_of(&app, &["admin", "list"]).await[0]["signIn"], "ada@example.org");
        let gone = json_of(&app, &["admin", "remove", "ada@example.org"]).await;
        assert_eq!(gone["name"], "Ada");
    }
}
