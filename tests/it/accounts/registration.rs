//! Who may register: anybody, addresses of named domains, people who have been admitted, or
//! nobody.

use serde_json::{Value, json};
use twinspace::config::accounts::Registration;

use crate::support::{TestApp, cast::Person, ear::Ear, on_both_databases};

const PASSWORD: &str = "a long sentence 1";

fn teacher(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "name": "Nadia New",
        "school": { "name": "Gymnasium", "town": "Köln", "country": "DE" } })
}

/// Registers and opens the mailed link; returns the token of the session.
async fn enters(app: &TestApp, email: &str) -> String {
    app.does(None, "register", teacher(email), "accepted").await;
    let input = json!({ "token": app.link(email).await, "password": PASSWORD });
    let entered = app.does(None, "verifyEmail", input, "token viewer { kind }").await;
    entered["token"].as_str().unwrap().to_owned()
}

async fn asks(app: &TestApp, token: &str, query: &str) -> Value {
    let answer = app.execute(Some(token), query, json!({})).await;
    assert!(answer["errors"].is_null(), "{answer}");
    answer["data"].clone()
}

const OWN: &str = "{ viewer { kind admission { state reason decidedBy { name } } } }";

async fn waiting(app: &TestApp, officer: &Person, field: &str) -> Value {
    let query = format!(
        "{{ {field} {{ admissions(state: PENDING) {{ nodes {{ person {{ id name school {{ town }} }} country }} }} }} }}"
    );
    app.sees(officer, &query).await[field]["admissions"]["nodes"].take()
}

on_both_databases! {
    //
    async fn only_addresses_of_named_domains_register_if_the_operator_says_so(app: TestApp) {
        let schools = app.another_instance_with(|config| {
            config.accounts.registration = Registration::Domains;
            config.accounts.registration_domains = vec!["school.example".into(), " Edu.example".into(), "bücher.example".into()];
        }).await;
        for (address, expected) in [
            ("a@school.example", "OK"),
            ("b@SCHOOL.example", "OK"),
            ("c@edu.example", "OK"),
            ("c@bücher.example", "OK"),
            ("d@sub.school.example", "FORBIDDEN ADDRESS_NOT_ALLOWED"),
            ("e@notschool.example", "FORBIDDEN ADDRESS_NOT_ALLOWED"),
            ("f@example.org", "FORBIDDEN ADDRESS_NOT_ALLOWED"),
        ] {
            assert_eq!(schools.tries(None, "register", teacher(address)).await, expected, "{address}");
        }
        assert_eq!(app.tries(None, "register", teacher("f@example.org")).await, "OK");
    }

    // A-09, M-04
    async fn nobody_registers_while_registration_is_closed_but_guests_are_invited(app: TestApp) {
        let closed = app.another_instance_with(|config| config.accounts.registration = Registration::Closed).await;
        assert_eq!(closed.tries(None, "register", teacher("n@example.org")).await, "FORBIDDEN REGISTRATION_CLOSED");
        let space = closed.space().await;
        let invite = json!({ "twinSpaceId": space.id.to_string(), "email": "g@example.org", "role": "VISITOR" });
        closed.does(&space.founders[0], "inviteMember", invite, "__typename").await;
        let accept = json!({ "token": closed.link("g@example.org").await, "name": "Gus", "password": PASSWORD });
        assert_eq!(closed.tries(None, "acceptInvitationAsGuest", accept).await, "OK");
    }

    // A-09, T-07
    async fn whoever_registers_waits_until_an_officer_of_their_country_admits_them(app: TestApp) {
        let app = app.another_instance_with(|config| config.accounts.registration = Registration::Admitted).await;
        let german = app.officer("DE", "").await;
        let french = app.officer("FR", "").await;
        let ada = app.administrator().await;
        let tina = app.teacher("Tina", "FR").await;
        let hear = "subscription { notificationsChanged { byKind { kind count } } }";
        let mut ear = Ear::of(&app, &german, hear, json!({})).await;
        let nadia = enters(&app, "nadia@example.org").await;
        assert_eq!(ear.hears().await["byKind"], json!([{ "kind": "ADMISSION", "count": 1 }]));
        assert_eq!(asks(&app, &nadia, OWN).await["viewer"], json!({ "kind": "GUEST",
            "admission": { "state": "PENDING", "reason": null, "decidedBy": null } }));
        let rows = waiting(&app, &german, "office").await;
        let id = rows[0]["person"]["id"].clone();
        assert_eq!(rows, json!([{ "person": { "id": id, "name": "Nadia New", "school": { "town": "Köln" } }, "country": "DE" }]));
        assert_eq!(waiting(&app, &french, "office").await, json!([]));
        assert_eq!(waiting(&app, &ada, "administration").await, json!([]));
        let subject = "{ viewer { notifications { nodes { subject { ... on Admission { person { name } } } } } } }";
        let subject = app.sees(&german, subject).await["viewer"]["notifications"]["nodes"].take();
        assert_eq!(subject, json!([{ "subject": { "person": { "name": "Nadia New" } } }]));

        // Nobody finds them, and they have no desktop.
        let find = "{ teachers(filter: { search: \"Nadia\" }) { totalCount } }";
        assert_eq!(app.sees(&tina, find).await["teachers"]["totalCount"], 0);
        assert_eq!(app.sees(&german, "{ office { teachers { totalCount } } }").await["office"]["teachers"]["totalCount"], 0);
        let ask = json!({ "personId": id });
        assert_ne!(app.tries(&tina, "requestContact", ask.clone()).await, "OK");
        let own = app.execute(Some(&nadia), "{ teachers { totalCount } }", json!({})).await;
        assert_eq!(own["errors"][0]["extensions"]["reason"], "NOT_A_TEACHER");

        let this = json!({ "personId": id });
        for stranger in [&french, &ada] {
            assert_eq!(app.tries(stranger, "admitTeacher", this.clone()).await, "NOT_FOUND");
        }
        assert_eq!(app.tries(&tina, "admitTeacher", this.clone()).await, "FORBIDDEN NOT_AN_OFFICER");
        let done = app.does(&german, "admitTeacher", this.clone(), "admission { state decidedBy { name } }").await;
        assert_eq!(done["admission"], json!({ "state": "ADMITTED", "decidedBy": { "name": "Olga Officer" } }));
        assert_eq!(ear.hears().await["byKind"], json!([]));
        assert_eq!(app.tries(&german, "admitTeacher", this).await, "CONFLICT ALREADY_DONE");
        assert_eq!(asks(&app, &nadia, OWN).await["viewer"]["kind"], "TEACHER");
        assert_eq!(app.sees(&tina, find).await["teachers"]["totalCount"], 1);
        assert_eq!(app.tries(&tina, "requestContact", ask).await, "OK");
        let mails = app.mails().await;
        let mail = mails.iter().rfind(|mail| mail.to == "nadia@example.org" && mail.subject.contains("admitted")).unwrap();
        assert!(mail.subject.contains("have been admitted"), "{}", mail.subject);
        //
        let log = "{ administration { auditLog(filter: { acts: [ADMISSION_REQUESTED, TEACHER_ADMITTED] }) { nodes { act actor { name } } } } }";
        let log = app.sees(&ada, log).await["administration"]["auditLog"]["nodes"].take();
        assert_eq!(log, json!([{ "act": "TEACHER_ADMITTED", "actor": { "name": "Olga Officer" } },
            { "act": "ADMISSION_REQUESTED", "actor": { "name": "Nadia New" } }]));
    }

    //
    async fn whoever_is_declined_reads_why_and_may_register_again(app: TestApp) {
        let app = app.another_instance_with(|config| config.accounts.registration = Registration::Admitted).await;
        let ada = app.administrator().await;
        let nadia = enters(&app, "nadia@example.org").await;
        // Without a support service, the administrators decide.
        let id = waiting(&app, &ada, "administration").await[0]["person"]["id"].clone();
        for reason in ["", " "] {
            let input = json!({ "personId": id, "reason": reason });
            assert_eq!(app.tries(&ada, "declineTeacher", input).await, "BAD_USER_INPUT reason");
        }
        let input = json!({ "personId": id, "reason": "Which school?" });
        app.does(&ada, "declineTeacher", input, "admission { state }").await;
        assert_eq!(asks(&app, &nadia, OWN).await["viewer"], json!({ "kind": "GUEST",
            "admission": { "state": "DECLINED", "reason": "Which school?", "decidedBy": { "name": "Ada Admin" } } }));
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.to == "nadia@example.org" && mail.text.contains("Which school?")));
        assert_eq!(waiting(&app, &ada, "administration").await, json!([]));
        let again = enters(&app, "nadia@example.org").await;
        assert_eq!(asks(&app, &again, OWN).await["viewer"]["admission"]["state"], "PENDING");
        assert_eq!(waiting(&app, &ada, "administration").await[0]["person"]["id"], id);
        //
        let erase = "mutation { deleteAccount(input: { password: \"a long sentence 1\" }) { accepted } }";
        asks(&app, &again, erase).await;
        assert_eq!(waiting(&app, &ada, "administration").await, json!([]));
        assert_eq!(app.tries(&ada, "admitTeacher", json!({ "personId": id })).await, "NOT_FOUND");
    }

    //
    async fn nobody_is_admitted_or_declined_while_they_are_blocked(app: TestApp) {
        let app = app.another_instance_with(|config| config.accounts.registration = Registration::Admitted).await;
        let ada = app.administrator().await;
        enters(&app, "nadia@example.org").await;
        let id = waiting(&app, &ada, "administration").await[0]["person"]["id"].clone();
        let (admit, decline) = (json!({ "personId": id }), json!({ "personId": id, "reason": "Which school?" }));
        app.does(&ada, "blockAccount", decline.clone(), "__typename").await;
        assert_eq!(app.tries(&ada, "admitTeacher", admit.clone()).await, "CONFLICT REQUEST_ENDED");
        assert_eq!(app.tries(&ada, "declineTeacher", decline).await, "CONFLICT REQUEST_ENDED");
        app.does(&ada, "unblockAccount", admit.clone(), "__typename").await;
        app.does(&ada, "admitTeacher", admit, "admission { state }").await;
    }

    //
    async fn whoever_becomes_a_teacher_after_all_waits_no_more(app: TestApp) {
        let careful = app.another_instance_with(|config| config.accounts.registration = Registration::Admitted).await;
        let ada = app.administrator().await;
        enters(&careful, "nadia@example.org").await;
        let id = waiting(&app, &ada, "administration").await[0]["person"]["id"].clone();
        // From now on, anybody may register.
        let nadia = enters(&app, "nadia@example.org").await;
        let own = json!({ "kind": "TEACHER", "admission": null });
        assert_eq!(asks(&app, &nadia, OWN).await["viewer"], own);
        assert_eq!(waiting(&app, &ada, "administration").await, json!([]));
        for (act, input) in [("admitTeacher", json!({ "personId": id })), ("declineTeacher", json!({ "personId": id, "reason": "No." }))] {
            assert_eq!(app.tries(&ada, act, input).await, "NOT_FOUND", "{act}");
        }
        assert_eq!(asks(&app, &nadia, OWN).await["viewer"], own);
    }

    //
    async fn a_guest_who_registers_keeps_every_place_while_they_wait(app: TestApp) {
        let app = app.another_instance_with(|config| config.accounts.registration = Registration::Admitted).await;
        let space = app.space().await;
        let ada = app.administrator().await;
        let invite = json!({ "twinSpaceId": space.id.to_string(), "email": "g@example.org", "role": "TEACHER" });
        app.does(&space.founders[0], "inviteMember", invite, "__typename").await;
        let accept = json!({ "token": app.link("g@example.org").await, "name": "Gus", "password": PASSWORD });
        assert_eq!(app.tries(None, "acceptInvitationAsGuest", accept).await, "OK");
        assert_eq!(waiting(&app, &ada, "administration").await, json!([]));
        let guest = enters(&app, "g@example.org").await;
        let places = "{ viewer { kind admission { state } memberships { nodes { role } } } }";
        let kept = json!([{ "role": "TEACHER" }]);
        assert_eq!(asks(&app, &guest, places).await["viewer"], json!({ "kind": "GUEST",
            "admission": { "state": "PENDING" }, "memberships": { "nodes": kept } }));
        let id = waiting(&app, &ada, "administration").await[0]["person"]["id"].clone();
        app.does(&ada, "admitTeacher", json!({ "personId": id }), "__typename").await;
        assert_eq!(asks(&app, &guest, places).await["viewer"], json!({ "kind": "TEACHER",
            "admission": { "state": "ADMITTED" }, "memberships": { "nodes": kept } }));
    }
}

//
#[test]
fn domains_have_to_be_named() {
    use crate::support::Arguments;
    use clap::Parser;
    let config = |arguments: &[&str]| Arguments::parse_from(arguments).config;
    assert!(config(&["twinspace"]).check().is_ok());
    let domains = ["twinspace", "--registration=domains"];
    assert!(config(&domains).check().unwrap_err().to_string().contains("--registration-domains"));
    let named =
        ["twinspace", "--registration=domains", "--registration-domains=a.example,b.example"];
    assert_eq!(config(&named).accounts.registration_domains, ["a.example", "b.example"]);
    assert!(config(&named).check().is_ok());
    let wrong = ["twinspace", "--registration-domains=@a.example"];
    assert!(config(&wrong).check().unwrap_err().to_string().contains("not a domain"));
}
