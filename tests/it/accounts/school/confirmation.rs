//! Confirmations of the schools that teachers name.

use entity::{AccountId, Act, TwinSpaceRole, account, audit, school_confirmation};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::{Value, json};

use super::works_at;
use crate::{
    care::staff::run,
    support::{TestApp, cast::Person, ear::Ear, on_both_databases, until},
};

mod list;

const SUR: [&str; 4] = ["IES Sur", "Granada", "", "ES"];

/// The school that somebody names now, and what is done with it.
pub async fn named(app: &TestApp, who: &Person) -> Value {
    let seen = app.sees(who, "{ viewer { school { id } } }").await;
    json!({ "personId": who.id.to_string(), "schoolId": seen["viewer"]["school"]["id"] })
}

/// Whether others see that the school is confirmed.
pub async fn is_confirmed(app: &TestApp, reader: &Person, who: &Person) -> Value {
    let query = format!("{{ node(id: \"{}\") {{ ... on Person {{ schoolConfirmed }} }} }}", who.id);
    app.sees(reader, &query).await["node"]["schoolConfirmed"].take()
}

async fn confirms(app: &TestApp, by: &Person, who: &Person) -> String {
    app.tries(by, "confirmSchool", named(app, who).await).await
}

async fn withdraws(app: &TestApp, by: &Person, who: &Person) -> String {
    app.tries(by, "withdrawSchoolConfirmation", named(app, who).await).await
}

/// What a teacher is told beforehand that they may do with somebody's school.
async fn told(app: &TestApp, by: &Person, who: &Person) -> [Value; 2] {
    let both = "confirmSchool { reason } withdrawSchoolConfirmation { reason }";
    let query = format!(
        "{{ node(id: \"{}\") {{ ... on Person {{ teacher {{ permissions {{ {both} }} }} }} }} }}",
        who.id
    );
    let mut told = app.sees(by, &query).await["node"]["teacher"]["permissions"].take();
    ["confirmSchool", "withdrawSchoolConfirmation"].map(|act| told[act]["reason"].take())
}

/// What was logged about somebody's school: the acts, and by whom.
async fn logged(app: &TestApp, who: &Person) -> Vec<(Act, Option<AccountId>)> {
    let lines = audit::Entity::find()
        .filter(audit::Column::AccountId.eq(who.id))
        .filter(audit::Column::Act.is_in([Act::SchoolConfirmed, Act::SchoolUnconfirmed]))
        .order_by_asc(audit::Column::Id);
    let lines = lines.all(app.db.read()).await.unwrap();
    lines.into_iter().map(|line| (line.act, line.actor_id)).collect()
}

/// Names another school, as the teacher would.
async fn moves(app: &TestApp, who: &Person, name: &str, town: &str) -> String {
    let school = json!({ "name": name, "town": town, "country": "ES" });
    app.tries(who, "editProfile", json!({ "school": school })).await
}

on_both_databases! {
    //
    async fn officers_administrators_and_confirmed_colleagues_confirm_a_school(app: TestApp) {
        let [ana, bea, eva, leo] = [
            works_at(&app, "Ana", SUR).await,
            works_at(&app, "Bea", SUR).await,
            works_at(&app, "Eva", ["IES Norte", "Burgos", "", "ES"]).await,
            works_at(&app, "Leo", ["IES Cádiz", "Cádiz", "Andalucía", "ES"]).await,
        ];
        let [spanish, german] = [app.officer("ES", "").await, app.officer("DE", "").await];
        let southern = app.officer("ES", "Andalucía").await;
        run(&app, &["service", "spell", "--country", "ES", "--region", "Andalucía", "--spelling", "Andalusia"]).await.unwrap();
        let ada = app.administrator().await;
        assert_eq!(is_confirmed(&app, &bea, &ana).await, false);

        // A teacher whom they do not know of is none to these.
        for officer in [&german, &southern] {
            assert_eq!(confirms(&app, officer, &ana).await, "NOT_FOUND");
        }
        assert_eq!(confirms(&app, &bea, &ana).await, "FORBIDDEN NOT_A_CONTACT");
        app.befriend(&ana, &bea).await;
        assert_eq!(told(&app, &bea, &ana).await, [json!("SCHOOL_NOT_CONFIRMED"), json!("ALREADY_DONE")]);
        assert_eq!(confirms(&app, &bea, &ana).await, "FORBIDDEN SCHOOL_NOT_CONFIRMED");
        assert_eq!(told(&app, &ana, &ana).await, [json!("YOURSELF"), json!("YOURSELF")]);
        assert_eq!(confirms(&app, &ana, &ana).await, "FORBIDDEN YOURSELF");

        let answer = app.does(&spanish, "confirmSchool", named(&app, &ana).await, "person { name schoolConfirmed }").await;
        assert_eq!(answer["person"], json!({ "name": "Ana", "schoolConfirmed": true }));
        assert_eq!(confirms(&app, &spanish, &ana).await, "CONFLICT ALREADY_DONE");
        assert_eq!(told(&app, &bea, &ana).await, [json!("ALREADY_DONE"), json!("CONFIRMED_BY_OTHER")]);

        // And so on, from one colleague to the next.
        assert_eq!(told(&app, &ana, &bea).await, [Value::Null, json!("ALREADY_DONE")]);
        assert_eq!(confirms(&app, &ana, &bea).await, "OK");
        assert_eq!(is_confirmed(&app, &eva, &bea).await, true);
        app.befriend(&ana, &eva).await;
        assert_eq!(confirms(&app, &ana, &eva).await, "FORBIDDEN ANOTHER_SCHOOL");
        assert_eq!(confirms(&app, &ada, &eva).await, "OK");
        assert_eq!(confirms(&app, &southern, &leo).await, "OK");
        for (who, by) in [(&ana, &spanish), (&bea, &ana), (&eva, &ada), (&leo, &southern)] {
            assert_eq!(logged(&app, who).await, [(Act::SchoolConfirmed, Some(by.id))]);
        }
    }

    //
    async fn whoever_may_confirm_withdraws_and_a_colleague_only_what_they_confirmed(app: TestApp) {
        let [ana, bea, cleo] = [
            works_at(&app, "Ana", SUR).await, works_at(&app, "Bea", SUR).await, works_at(&app, "Cleo", SUR).await,
        ];
        let [spanish, german] = [app.officer("ES", "").await, app.officer("DE", "").await];
        let ada = app.administrator().await;
        for other in [&bea, &cleo] {
            app.befriend(&ana, other).await;
        }
        assert_eq!(confirms(&app, &spanish, &ana).await, "OK");
        assert_eq!(confirms(&app, &ana, &bea).await, "OK");
        assert_eq!(confirms(&app, &ada, &cleo).await, "OK");
        assert_eq!(withdraws(&app, &german, &bea).await, "NOT_FOUND");
        assert_eq!(withdraws(&app, &ana, &cleo).await, "FORBIDDEN CONFIRMED_BY_OTHER");
        assert_eq!(withdraws(&app, &bea, &bea).await, "FORBIDDEN YOURSELF");
        assert_eq!(told(&app, &ana, &bea).await, [json!("ALREADY_DONE"), Value::Null]);
        // Also after they moved.
        assert_eq!(moves(&app, &ana, "IES Norte", "Burgos").await, "OK");
        assert_eq!(is_confirmed(&app, &ana, &bea).await, true);
        assert_eq!(withdraws(&app, &ana, &bea).await, "OK");
        assert_eq!(withdraws(&app, &ana, &bea).await, "CONFLICT ALREADY_DONE");
        assert_eq!(withdraws(&app, &spanish, &cleo).await, "OK");
        assert_eq!(confirms(&app, &spanish, &bea).await, "OK");
        assert_eq!(withdraws(&app, &ada, &bea).await, "OK");
        assert_eq!(is_confirmed(&app, &ana, &bea).await, false);
        assert_eq!(logged(&app, &cleo).await, [
            (Act::SchoolConfirmed, Some(ada.id)), (Act::SchoolUnconfirmed, Some(spanish.id))]);
    }

    //
    async fn another_school_is_a_claim_again(app: TestApp) {
        let ana = works_at(&app, "Ana", SUR).await;
        let spanish = app.officer("ES", "").await;
        assert_eq!(confirms(&app, &spanish, &ana).await, "OK");
        // The same school, as it is written elsewhere, and what is no school.
        assert_eq!(moves(&app, &ana, "ies  SUR", "granada").await, "OK");
        assert_eq!(app.tries(&ana, "editProfile", json!({ "profile": "I keep bees." })).await, "OK");
        let own = "viewer { schoolConfirmation { confirmedAt confirmedBy { name } } }";
        let mine = app.sees(&ana, &format!("{{ {own} }}")).await["viewer"]["schoolConfirmation"].take();
        assert_eq!(mine["confirmedBy"]["name"], "Olga Officer");
        assert!(mine["confirmedAt"].is_string());
        let before = named(&app, &ana).await;
        let school = json!({ "school": { "name": "IES Norte", "town": "Burgos", "country": "ES" } });
        let answer = app.does(&ana, "editProfile", school, own).await;
        assert_eq!(answer["viewer"]["schoolConfirmation"], Value::Null);
        // Not by coming back, either.
        assert_eq!(moves(&app, &ana, "IES Sur", "Granada").await, "OK");
        assert_eq!(is_confirmed(&app, &ana, &ana).await, false);
        assert_eq!(logged(&app, &ana).await, [
            (Act::SchoolConfirmed, Some(spanish.id)), (Act::SchoolUnconfirmed, Some(ana.id))]);
        // Whoever saw the other school does not confirm this one.
        assert_eq!(moves(&app, &ana, "IES Este", "Murcia").await, "OK");
        for act in ["confirmSchool", "withdrawSchoolConfirmation"] {
            assert_eq!(app.tries(&spanish, act, before.clone()).await, "CONFLICT SCHOOL_CHANGED", "{act}");
        }
    }

    // decided on what stands once nobody else changes it.
    async fn a_school_that_changes_meanwhile_is_not_confirmed(app: TestApp) {
        let [ana, bea] = [works_at(&app, "Ana", SUR).await, works_at(&app, "Bea", SUR).await];
        let spanish = app.officer("ES", "").await;
        app.befriend(&ana, &bea).await;
        assert_eq!(confirms(&app, &spanish, &ana).await, "OK");
        let elsewhere = works_at(&app, "Eva", ["IES Norte", "Burgos", "", "ES"]).await;
        let school = async |who: &Person| {
            account::Entity::find_by_id(who.id).one(app.db.read()).await.unwrap().unwrap().school_id
        };
        let (here, there) = (school(&ana).await, school(&elsewhere).await);
        // Of the teacher, and of the colleague who confirms.
        for (changes, by, expected) in [
            (&bea, &spanish, "CONFLICT SCHOOL_CHANGED"),
            (&ana, &ana, "FORBIDDEN ANOTHER_SCHOOL"),
        ] {
            let input = named(&app, &bea).await;
            let tx = app.db.begin().await.unwrap();
            let moved = |school| account::ActiveModel { id: Set(changes.id), school_id: Set(school), ..Default::default() };
            moved(there).update(&*tx).await.unwrap();
            let before = app.db.statements();
            let change = async {
                until("the act waits", async || app.db.statements() > before).await;
                tx.commit().await.unwrap();
            };
            let (ended, ()) = tokio::join!(app.tries(by, "confirmSchool", input), change);
            assert_eq!(ended, expected);
            let tx = app.db.begin().await.unwrap();
            moved(here).update(&*tx).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    // who is no teacher, and who is not there.
    async fn only_the_schools_of_teachers_who_are_there_are_confirmed(app: TestApp) {
        let [ana, bea] = [works_at(&app, "Ana", SUR).await, works_at(&app, "Bea", SUR).await];
        let (spanish, ada) = (app.officer("ES", "").await, app.administrator().await);
        let (pia, guest) = (app.pupil("Pia", &ana).await, app.guest("Gus").await);
        let school = named(&app, &ana).await["schoolId"].take();
        let of = |who: &Person| json!({ "personId": who.id.to_string(), "schoolId": school });
        for act in ["confirmSchool", "withdrawSchoolConfirmation"] {
            for who in [&pia, &guest, &spanish] {
                assert_eq!(app.tries(&ada, act, of(who)).await, "CONFLICT NO_TEACHER");
                // Nor is an officer told that there is somebody.
                let ended = app.tries(&spanish, act, of(who)).await;
                assert_eq!(ended, if who.id == spanish.id { "FORBIDDEN YOURSELF" } else { "NOT_FOUND" });
            }
            assert_eq!(app.tries(&ana, act, of(&pia)).await, "CONFLICT NO_TEACHER");
            assert_eq!(app.tries(&ana, act, of(&guest)).await, "NOT_FOUND");
            for who in [&pia, &guest] {
                assert_eq!(app.tries(who, act, of(&ana)).await, "FORBIDDEN NOT_A_TEACHER");
            }
            let nobody = json!({ "personId": AccountId::new().to_string(), "schoolId": school });
            assert_eq!(app.tries(&ada, act, nobody).await, "NOT_FOUND");
        }
        // Somebody whom they meet, but who is not in their country.
        let space = app.space().await;
        let german = app.officer("DE", "").await;
        app.seat(&space, &german, TwinSpaceRole::Visitor).await;
        app.seat(&space, &ana, TwinSpaceRole::Teacher).await;
        assert_eq!(confirms(&app, &german, &ana).await, "FORBIDDEN SCHOOL_ELSEWHERE");

        run(&app, &["account", "block", &bea.email]).await.unwrap();
        assert_eq!(app.tries(&spanish, "confirmSchool", of(&bea)).await, "CONFLICT REQUEST_ENDED");
        run(&app, &["account", "unblock", &bea.email]).await.unwrap();
        assert_eq!(app.tries(&spanish, "confirmSchool", of(&bea)).await, "OK");
        run(&app, &["account", "block", &bea.email]).await.unwrap();
        assert_eq!(app.tries(&spanish, "withdrawSchoolConfirmation", of(&bea)).await, "OK");
        run(&app, &["account", "erase", &bea.email, "--yes"]).await.unwrap();
        assert_eq!(app.tries(&spanish, "confirmSchool", of(&bea)).await, "NOT_FOUND");
    }

    //
    async fn a_confirmation_outlives_whoever_gave_it_and_not_whom_it_is_about(app: TestApp) {
        let [ana, bea] = [works_at(&app, "Ana", SUR).await, works_at(&app, "Bea", SUR).await];
        let spanish = app.officer("ES", "").await;
        app.befriend(&ana, &bea).await;
        assert_eq!(confirms(&app, &spanish, &ana).await, "OK");
        assert_eq!(confirms(&app, &ana, &bea).await, "OK");
        run(&app, &["account", "block", &ana.email]).await.unwrap();
        assert_eq!(is_confirmed(&app, &bea, &bea).await, true);
        run(&app, &["account", "erase", &ana.email, "--yes"]).await.unwrap();
        let own = app.sees(&bea, "{ viewer { schoolConfirmation { confirmedBy { name } } } }").await;
        assert_eq!(own["viewer"]["schoolConfirmation"], json!({ "confirmedBy": null }));
        let left = school_confirmation::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(left.iter().map(|row| row.account_id).collect::<Vec<_>>(), [bea.id]);
    }

    // A-10, T-07
    async fn a_teacher_is_told_until_they_have_read_it(app: TestApp) {
        let ana = works_at(&app, "Ana", SUR).await;
        let spanish = app.officer("ES", "").await;
        let hear = "subscription { notificationsChanged { byKind { kind count } } }";
        let mut ear = Ear::of(&app, &ana, hear, json!({})).await;
        let list = "{ viewer { notifications { nodes { kind subject { ... on School { name } } } } } }";
        for (act, kind) in [("confirmSchool", "SCHOOL_CONFIRMED"), ("withdrawSchoolConfirmation", "SCHOOL_UNCONFIRMED")] {
            app.does(&spanish, act, named(&app, &ana).await, "__typename").await;
            assert_eq!(ear.hears().await["byKind"], json!([{ "kind": kind, "count": 1 }]));
            let seen = app.sees(&ana, list).await["viewer"]["notifications"]["nodes"].take();
            assert_eq!(seen, json!([{ "kind": kind, "subject": { "name": "IES Sur" } }]));
            let school = named(&app, &ana).await["schoolId"].take();
            let read = app.does(&ana, "markSchoolNewsRead", json!({ "schoolId": school }), "viewer { notificationCounts { total } }").await;
            assert_eq!(read["viewer"]["notificationCounts"]["total"], 0);
            assert_eq!(ear.hears().await["byKind"], json!([]));
        }
        // What is old news to a teacher who moved on is none.
        app.does(&spanish, "confirmSchool", named(&app, &ana).await, "__typename").await;
        ear.hears().await;
        assert_eq!(moves(&app, &ana, "IES Norte", "Burgos").await, "OK");
        assert_eq!(ear.hears().await["byKind"], json!([]));
    }

    //
    async fn a_school_that_is_named_again_without_its_region_is_the_same(app: TestApp) {
        let spanish = app.officer("ES", "").await;
        let leo = works_at(&app, "Leo", ["IES Cádiz", "Cádiz", "Andalucía", "ES"]).await;
        assert_eq!(confirms(&app, &spanish, &leo).await, "OK");
        let school = "{ viewer { school { id name region } schoolConfirmed: person { schoolConfirmed } } }";
        let before = app.sees(&leo, school).await;
        for again in [json!({ "name": "IES Cádiz", "town": "Cádiz", "country": "ES" }),
                json!({ "name": "ies cadiz", "town": "CADIZ", "region": null, "country": "es" }),
                json!({ "name": "IES Cádiz", "town": "Cádiz", "region": " ", "country": "ES" })] {
            assert_eq!(app.tries(&leo, "editProfile", json!({ "school": again })).await, "OK");
            assert_eq!(app.sees(&leo, school).await, before);
        }
        // Another region, or another name without one, is another school.
        for other in [json!({ "name": "IES Cádiz", "town": "Cádiz", "region": "Aragón", "country": "ES" }),
                json!({ "name": "IES Norte", "town": "Cádiz", "country": "ES" })] {
            assert_eq!(app.tries(&leo, "editProfile", json!({ "school": other })).await, "OK");
            assert_ne!(app.sees(&leo, school).await, before);
        }
    }

    //
    async fn who_is_told_why_a_school_is_not_theirs_to_confirm_understands_it(app: TestApp) {
        let (spanish, ada) = (app.officer("ES", "").await, app.administrator().await);
        let ana = works_at(&app, "Ana", SUR).await;
        let eva = works_at(&app, "Eva", ["IES Norte", "Burgos", "", "ES"]).await;
        assert_eq!(confirms(&app, &eva, &ana).await, "FORBIDDEN ANOTHER_SCHOOL");
        assert_eq!(confirms(&app, &spanish, &ana).await, "OK");
        // Whoever they are, they see that it is done, and beforehand.
        for who in [&eva, &ana, &spanish, &ada] {
            assert_eq!(confirms(&app, who, &ana).await, "CONFLICT ALREADY_DONE");
        }
        assert_eq!(told(&app, &eva, &ana).await[0], "ALREADY_DONE");
        assert_eq!(told(&app, &ana, &ana).await[0], "ALREADY_DONE");
        assert_eq!(withdraws(&app, &eva, &ana).await, "FORBIDDEN CONFIRMED_BY_OTHER");
        let guest = app.guest("Gus").await;
        let input = json!({ "personId": guest.id.to_string(), "schoolId": named(&app, &ana).await["schoolId"] });
        assert_eq!(app.tries(&ada, "confirmSchool", input).await, "CONFLICT NO_TEACHER");
        // News is of one's own school.
        let of = |school: &Value| json!({ "schoolId": school });
        let (own, other) = (named(&app, &ana).await["schoolId"].take(), named(&app, &eva).await["schoolId"].take());
        assert_eq!(app.tries(&ana, "markSchoolNewsRead", of(&other)).await, "NOT_FOUND");
        assert_eq!(app.tries(&ana, "markSchoolNewsRead", of(&own)).await, "OK");
    }
}
