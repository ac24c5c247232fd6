//! Quality labels (L-01).

use entity::{ProjectId, ProjectRole, TwinSpaceRole, label};
use serde_json::{Value, json};

use crate::{
    race::{ROUNDS, at_once, call, fine, instances},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

/// Applies; returns the application's ID.
async fn apply(app: &TestApp, partner: &Person, project: ProjectId) -> String {
    let input = json!({ "projectId": project.to_string(), "statement": "We **sang**." });
    let payload = app.does(partner, "applyForLabel", input, "labelApplication { id }").await;
    payload["labelApplication"]["id"].as_str().unwrap().to_owned()
}

/// The labels and applications visible to a viewer.
async fn shown(app: &TestApp, viewer: Option<&Person>, space: &Space) -> Value {
    let query = format!(
        "{{ project(id: \"{}\") {{ labels {{ totalCount nodes {{
            country state applicant {{ name }} statement reason decidedBy {{ name }} }} }} }} }}",
        space.project
    );
    app.sees(viewer, &query).await["project"]["labels"].take()
}

/// How many applications are pending with someone.
async fn waiting(app: &TestApp, officer: &Person) -> u64 {
    let query =
        "{ viewer { labelApplications { totalCount nodes { id state project { title } } } } }";
    let data = app.sees(officer, query).await;
    let list = &data["viewer"]["labelApplications"];
    let count = list["totalCount"].as_u64().unwrap();
    assert_eq!(usize::try_from(count).unwrap(), list["nodes"].as_array().unwrap().len());
    count
}

async fn mails(app: &TestApp, person: &Person) -> usize {
    app.outbox().await.iter().filter(|mail| mail.recipient == person.email).count()
}

on_both_databases! {
    // L-01
    async fn the_service_of_the_applicant_s_country_grants_the_label(app: TestApp) {
        let space = app.space().await;
        let german = app.officer("DE", "").await;
        let polish = app.officer("PL", "").await;
        let founder = &space.founders[0];
        let project = space.project.to_string();
        let again = || ("applyForLabel", json!({ "projectId": project, "statement": "Again." }));
        let id = apply(&app, founder, space.project).await;
        let taken = "CONFLICT ALREADY_DONE";
        app.foretold(founder, ("Project", &project), "applyForLabel", again(), taken).await;
        assert_eq!((waiting(&app, &german).await, waiting(&app, &polish).await), (1, 0));
        assert_eq!(mails(&app, &german).await, 1);

        let input = json!({ "labelApplicationId": id });
        assert_eq!(app.tries(&polish, "grantLabel", input.clone()).await, "NOT_FOUND");
        assert_eq!(app.tries(&space.founders[1], "grantLabel", input.clone()).await, "NOT_FOUND");
        // Nobody grants themselves a label.
        assert_eq!(app.tries(founder, "grantLabel", input.clone()).await, "FORBIDDEN ROLE_TOO_LOW");
        let before = mails(&app, founder).await;
        let granted = json!({ "labelApplicationId": id, "reason": "Well sung." });
        let payload = app
            .does(&german, "grantLabel", granted, "labelApplication { state decidedAt decidedBy { name } }")
            .await;
        assert_eq!(payload["labelApplication"]["state"], "GRANTED");
        assert!(payload["labelApplication"]["decidedAt"].is_string());
        assert_eq!(mails(&app, founder).await, before + 1);
        assert_eq!(waiting(&app, &german).await, 0);
        let act = ("grantLabel", input.clone());
        app.foretold(&german, ("LabelApplication", &id), "grant", act, taken).await;
        let refused = json!({ "labelApplicationId": id, "reason": "No." });
        assert_eq!(app.tries(&german, "refuseLabel", refused).await, "CONFLICT ALREADY_DONE");
        // A granted label is visible to everyone who can see the project, but not theirs to decide
        // on.
        assert_eq!(app.tries(&polish, "grantLabel", input.clone()).await, "FORBIDDEN ROLE_TOO_LOW");
        app.foretold(founder, ("Project", &project), "applyForLabel", again(), taken).await;

        let all = shown(&app, Some(&space.founders[1]), &space).await;
        assert_eq!(
            all,
            json!({ "totalCount": 1, "nodes": [{ "country": "DE", "state": "GRANTED",
                "applicant": { "name": "Frida Founder" }, "statement": null, "reason": null,
                "decidedBy": null }] })
        );
        // Those who can see the outline can see the label, but not who holds it.
        assert_eq!(shown(&app, None, &space).await["nodes"][0]["applicant"], Value::Null);
        assert_eq!(shown(&app, None, &space).await["nodes"][0]["state"], "GRANTED");
        let own = shown(&app, Some(founder), &space).await;
        assert_eq!(own["nodes"][0]["statement"], "We **sang**.");
        assert_eq!(own["nodes"][0]["reason"], "Well sung.");
        assert_eq!(own["nodes"][0]["decidedBy"]["name"], "Olga Officer");

        //
        let acts = app.acts(founder, &space.project.to_string()).await;
        assert!(acts.ends_with(&["LABEL_APPLIED".into(), "LABEL_GRANTED".into()]), "{acts:?}");
    }

    // L-01
    async fn who_was_refused_reads_why_and_applies_again(app: TestApp) {
        let space = app.space().await;
        let german = app.officer("DE", "").await;
        let founder = &space.founders[0];
        let id = apply(&app, founder, space.project).await;
        let again = json!({ "projectId": space.project.to_string(), "statement": "Again." });
        assert_eq!(
            app.tries(founder, "applyForLabel", again).await,
            "CONFLICT ALREADY_DONE",
            "one application waits at a time"
        );
        for reason in ["", " \n", "a\u{0}b", &"x".repeat(2001)] {
            let input = json!({ "labelApplicationId": id, "reason": reason });
            let outcome = app.tries(&german, "refuseLabel", input).await;
            assert_eq!(outcome, "BAD_USER_INPUT reason");
        }
        let input = json!({ "labelApplicationId": id, "reason": "Say more <script>." });
        assert_eq!(app.tries(&german, "refuseLabel", input).await, "OK");
        let project = space.project.to_string();
        let again = ("applyForLabel", json!({ "projectId": project, "statement": "Again." }));
        app.foretold(founder, ("Project", &project), "applyForLabel", again, "OK").await;

        // Pending and refused applications are between the applicant and the support service.
        for (viewer, count) in
            [(Some(founder), 2), (Some(&german), 2), (Some(&space.founders[1]), 0), (None, 0)]
        {
            assert_eq!(shown(&app, viewer, &space).await["totalCount"], count);
        }
        let own = shown(&app, Some(founder), &space).await;
        assert_eq!(own["nodes"][0]["reason"], "Say more <script>.");
        assert_eq!(own["nodes"][1]["state"], "PENDING");
        for (viewer, expected) in [(founder, true), (&german, true), (&space.founders[1], false)] {
            let data = app.sees(viewer, &format!("{{ node(id: \"{id}\") {{ id }} }}")).await;
            assert_eq!(data["node"]["id"].is_string(), expected);
        }
    }

    // L-01, P-06
    async fn a_service_of_a_third_country_and_its_region_are_concerned(app: TestApp) {
        let space = app.space().await;
        let partner = app.teacher("Begoña", "ES").await;
        app.partner(&space, &partner, ProjectRole::Member).await;
        let school = json!({ "name": "A", "town": "Sevilla", "region": "Andalucía", "country": "ES" });
        app.does(&partner, "editProfile", json!({ "school": school }), "__typename").await;
        let spanish = app.officer("ES", "").await;
        let andalusian = app.officer("ES", "ANDALUCIA").await;
        let basque = app.officer("ES", "País Vasco").await;
        let project = space.project.to_string();
        let query = format!("{{ project(id: \"{project}\") {{ aims auditLog {{ totalCount }} }} }}");
        assert_eq!(app.asks(&spanish, &query).await, "FORBIDDEN ROLE_TOO_LOW");

        let id = apply(&app, &partner, space.project).await;
        for (officer, waits, sees) in [
            (&spanish, 1, "OK"),
            (&andalusian, 1, "OK"),
            (&basque, 0, "FORBIDDEN ROLE_TOO_LOW"),
        ] {
            assert_eq!(waiting(&app, officer).await, waits);
            assert_eq!(app.asks(officer, &query).await, sees);
        }
        // A single decision, by either of them.
        let input = json!({ "labelApplicationId": id });
        assert_eq!(app.tries(&basque, "grantLabel", input.clone()).await, "NOT_FOUND");
        assert_eq!(app.tries(&andalusian, "grantLabel", input.clone()).await, "OK");
        assert_eq!(app.tries(&spanish, "grantLabel", input).await, "CONFLICT ALREADY_DONE");
        // They still decide only on the label, and can see the project when it is closed.
        let founded = json!({ "projectId": project });
        let outcome = app.tries(&spanish, "approveProject", founded.clone()).await;
        assert_eq!(outcome, "CONFLICT WRONG_STATE");
        assert_eq!(app.tries(&space.founders[0], "closeProject", founded).await, "OK");
        assert_eq!(app.asks(&spanish, &query).await, "OK");
        assert_eq!(app.asks(&basque, &query).await, "NOT_FOUND");
    }

    // L-01, P-06
    async fn where_there_is_no_service_the_administrators_decide(app: TestApp) {
        let space = app.space().await;
        let administrator = app.administrator().await;
        let id = apply(&app, &space.founders[0], space.project).await;
        assert_eq!(waiting(&app, &administrator).await, 1);
        // A support service that is set up later decides on later applications.
        let german = app.officer("DE", "").await;
        assert_eq!(waiting(&app, &german).await, 0);
        let input = json!({ "labelApplicationId": id });
        assert_eq!(app.tries(&german, "grantLabel", input.clone()).await, "NOT_FOUND");
        assert_eq!(app.tries(&administrator, "grantLabel", input).await, "OK");
    }

    // L-01, P-16
    async fn each_partner_applies_and_no_collaborator(app: TestApp) {
        let space = app.space().await;
        let collaborator = app.teacher("Tina", "PL").await;
        app.seat(&space, &collaborator, TwinSpaceRole::TeacherAdmin).await;
        let member = app.teacher("Mia", "IT").await;
        app.partner(&space, &member, ProjectRole::Member).await;
        let input = json!({ "projectId": space.project.to_string(), "statement": "We sang." });
        let outcome = app.tries(&collaborator, "applyForLabel", input.clone()).await;
        assert_eq!(outcome, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(app.tries(None, "applyForLabel", input.clone()).await, "UNAUTHENTICATED");
        for partner in [&member, &space.founders[0], &space.founders[1]] {
            for statement in ["", "\u{0}", &"x".repeat(5001)] {
                let input = json!({ "projectId": space.project.to_string(), "statement": statement });
                let outcome = app.tries(partner, "applyForLabel", input).await;
                assert_eq!(outcome, "BAD_USER_INPUT statement");
            }
            assert_eq!(app.tries(partner, "applyForLabel", input.clone()).await, "OK");
        }
    }

    // L-01, P-13
    async fn who_is_no_partner_any_more_gets_no_label(app: TestApp) {
        let space = app.space().await;
        let administrator = app.administrator().await;
        let member = app.teacher("Mia", "IT").await;
        let place = app.partner(&space, &member, ProjectRole::Member).await.to_string();
        let id = apply(&app, &member, space.project).await;
        let removed = json!({ "partnerId": place });
        assert_eq!(app.tries(&space.founders[0], "removePartner", removed).await, "OK");
        let input = json!({ "labelApplicationId": id });
        let outcome = app.tries(&administrator, "grantLabel", input).await;
        assert_eq!(outcome, "CONFLICT NOT_A_PARTNER");
        let input = json!({ "labelApplicationId": id, "reason": "You have left." });
        assert_eq!(app.tries(&administrator, "refuseLabel", input).await, "OK");
    }

    // L-01
    async fn a_project_is_nominated_once_two_countries_hold_the_label(app: TestApp) {
        let space = app.space().await;
        let german = app.officer("DE", "").await;
        let french = app.officer("FR", "").await;
        let polish = app.officer("PL", "").await;
        let other = app.teacher("Dora", "DE").await;
        let place = app.partner(&space, &other, ProjectRole::Member).await.to_string();
        let input = json!({ "projectId": space.project.to_string() });
        let grant = async |officer: &Person, partner: &Person| {
            let id = apply(&app, partner, space.project).await;
            let granted = json!({ "labelApplicationId": id });
            assert_eq!(app.tries(officer, "grantLabel", granted).await, "OK");
        };
        grant(&german, &space.founders[0]).await;
        grant(&german, &other).await;
        // Two from one country are not enough.
        let project = space.project.to_string();
        let nominate = || ("nominateForEuropeanLabel", input.clone());
        let (told, missing) = (("Project", project.as_str()), "CONFLICT LABELS_MISSING");
        app.foretold(&german, told, "nominateForEuropeanLabel", nominate(), missing).await;
        grant(&french, &space.founders[1]).await;
        for (officer, outcome) in [
            (&polish, "FORBIDDEN ROLE_TOO_LOW"),
            (&space.founders[0], "FORBIDDEN ROLE_TOO_LOW"),
            (&french, "OK"),
            (&german, "CONFLICT ALREADY_DONE"),
        ] {
            app.foretold(officer, told, "nominateForEuropeanLabel", nominate(), outcome).await;
        }
        let query = format!(
            "{{ project(id: \"{}\") {{ europeanNomination {{
                nominatedAt nominatedBy {{ name }} service {{ name }} }} }} }}",
            space.project
        );
        let data = app.sees(&other, &query).await;
        let nomination = &data["project"]["europeanNomination"];
        assert_eq!(nomination["nominatedBy"]["name"], "Olga Officer");
        assert_eq!(nomination["service"]["name"], "Service of FR ");
        assert!(nomination["nominatedAt"].is_string());
        let acts = app.acts(&space.founders[0], &space.project.to_string()).await;
        assert_eq!(acts.last().unwrap(), "PROJECT_NOMINATED");
        // A former partner keeps the label; it is not taken back.
        let removed = json!({ "partnerId": place });
        assert_eq!(app.tries(&space.founders[0], "removePartner", removed).await, "OK");
        assert_eq!(shown(&app, None, &space).await["totalCount"], 3);
    }

    // L-01
    async fn of_officers_who_decide_at_once_one_does(app: TestApp) {
        let apps = instances(app).await;
        let spanish = apps[0].officer("ES", "").await;
        let andalusian = apps[0].officer("ES", "Andalucía").await;
        for _ in 0..ROUNDS {
            let space = apps[0].space().await;
            let founder = &space.founders[0];
            let partner = apps[0].teacher("Begoña", "ES").await;
            apps[0].partner(&space, &partner, ProjectRole::Member).await;
            let school =
                json!({ "name": "A", "town": "Jaén", "region": "Andalucía", "country": "ES" });
            apps[0].does(&partner, "editProfile", json!({ "school": school }), "__typename").await;
            // Of simultaneous applications, one remains.
            let input = json!({ "projectId": space.project.to_string(), "statement": "We sang." });
            let calls = (0..4).map(|_| call(&partner, "applyForLabel", input.clone())).collect();
            let outcomes = at_once(&apps, calls).await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            let row = label::Entity::of(space.project).one(apps[0].db.read()).await.unwrap();
            let id = row.unwrap().id.to_string();
            let granted = json!({ "labelApplicationId": id });
            let refused = json!({ "labelApplicationId": id, "reason": "No." });
            let outcomes = at_once(
                &apps,
                vec![
                    call(&spanish, "grantLabel", granted.clone()),
                    call(&andalusian, "refuseLabel", refused.clone()),
                    call(&spanish, "refuseLabel", refused),
                    call(&andalusian, "grantLabel", granted),
                ],
            )
            .await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            let lost = outcomes.iter().filter(|o| *o == "CONFLICT ALREADY_DONE").count();
            assert_eq!(lost, 3, "{outcomes:?}");
            let acts = apps[0].acts(founder, &space.project.to_string()).await;
            let decided = ["LABEL_GRANTED", "LABEL_REFUSED"];
            assert_eq!(acts.iter().filter(|act| decided.contains(&act.as_str())).count(), 1);
        }
    }

    // L-01, R-02
    async fn who_is_no_partner_any_more_is_refused_the_label_and_that_is_told_beforehand(app: TestApp) {
        let administrator = app.administrator().await;
        let space = app.space().await;
        let member = app.teacher("Mia", "IT").await;
        let place = app.partner(&space, &member, ProjectRole::Member).await.to_string();
        app.seat(&space, &member, TwinSpaceRole::Teacher).await;
        let id = apply(&app, &member, space.project).await;
        let remove = json!({ "partnerId": place });
        assert_eq!(app.tries(&space.founders[0], "removePartner", remove).await, "OK");
        let told = ("LabelApplication", id.as_str());
        let grant = ("grantLabel", json!({ "labelApplicationId": id }));
        app.foretold(&administrator, told, "grant", grant, "CONFLICT NOT_A_PARTNER").await;
        let refuse = ("refuseLabel", json!({ "labelApplicationId": id, "reason": "Gone." }));
        app.foretold(&administrator, told, "refuse", refuse, "OK").await;
    }

    // L-01
    async fn labels_of_many_projects_take_as_many_statements_as_those_of_two(app: TestApp) {
        let administrator = app.administrator().await;
        for _ in 0..8 {
            let space = app.space().await;
            for founder in &space.founders {
                apply(&app, founder, space.project).await;
            }
        }
        let cost = async |first: usize| {
            let query = format!(
                "{{ viewer {{ labelApplications(first: {first}) {{ totalCount nodes {{
                    country statement applicant {{ name }} permissions {{ grant {{ allowed }} refuse {{ allowed }} }}
                    project {{ title labels(first: 5) {{ totalCount nodes {{ state }} }}
                        europeanNomination {{ nominatedBy {{ name }} }} }} }} }} }} }}"
            );
            let (data, cost) = app.statements(app.sees(&administrator, &query)).await;
            assert_eq!(data["viewer"]["labelApplications"]["totalCount"], 16);
            cost
        };
        cost(1).await;
        assert_eq!(cost(4).await, cost(16).await);
    }
}
