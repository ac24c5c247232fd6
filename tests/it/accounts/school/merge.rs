//! Schools that were entered more than once, and become one.

use entity::{Act, SchoolId, TwinSpaceRole, account, audit, school};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{
    confirmation::{is_confirmed, named},
    schools, works_at,
};
use crate::{
    members::pupil,
    projects::office::office,
    race::{ROUNDS, at_once, instances},
    support::{TestApp, cast::Person, ear::Ear, on_both_databases},
};

/// One school, typed three ways.
const TYPED: [[&str; 4]; 3] = [
    ["IES Sur", "Granada", "", "ES"],
    ["I.E.S. Sur", "granada", "Andalucía", "ES"],
    ["IES Sur (Granada)", "Granada", "", "ES"],
];

async fn school_of(app: &TestApp, who: &Person) -> SchoolId {
    let row = account::Entity::find_by_id(who.id).one(app.db.read()).await.unwrap();
    row.unwrap().school_id.unwrap()
}

fn pair(from: SchoolId, into: SchoolId) -> Value {
    json!({ "schoolId": from.to_string(), "intoSchoolId": into.to_string() })
}

async fn names(app: &TestApp, who: &Person, [name, town, region, country]: [&str; 4]) -> String {
    let school = json!({ "name": name, "town": town, "region": region, "country": country });
    app.tries(who, "editProfile", json!({ "school": school })).await
}

on_both_databases! {
    //
    async fn a_school_typed_three_ways_becomes_one_with_everybody_at_it(app: TestApp) {
        let spanish = app.officer("ES", "").await;
        let space = app.space().await;
        let mut teachers = vec![];
        for (typed, name) in TYPED.into_iter().zip(["Ana", "Bea", "Cleo"]) {
            teachers.push(works_at(&app, name, typed).await);
        }
        let [ana, bea, cleo] = &teachers[..] else { panic!() };
        // The same name elsewhere is another school.
        works_at(&app, "Dora", ["IES Sur", "Cádiz", "", "ES"]).await;
        works_at(&app, "Eva", ["IES Sur", "Granada", "", "PT"]).await;
        app.seat(&space, bea, TwinSpaceRole::Teacher).await;
        let rows = json!([{ "givenName": "Paul", "familyName": "P", "password": "sunflower 7" }]);
        pupil::invite(&app, bea, &space, rows.clone()).await;
        app.does(&spanish, "confirmSchool", named(&app, bea).await, "__typename").await;
        app.does(&spanish, "confirmSchool", named(&app, ana).await, "__typename").await;

        let list = "duplicateSchools { totalCount nodes { school { name region } alikeKey teacherCount unconfirmedTeacherCount pupilCount } }";
        let found = office(&app, &spanish, list).await["duplicateSchools"].take();
        assert_eq!(found["totalCount"], 3);
        let nodes = found["nodes"].as_array().unwrap();
        assert!(nodes.iter().all(|node| node["alikeKey"] == "granada ies sur"), "{found}");
        let counts = |name: &str| {
            let node = nodes.iter().find(|node| node["school"]["name"] == name).unwrap();
            ["teacherCount", "unconfirmedTeacherCount", "pupilCount"].map(|count| node[count].as_i64().unwrap())
        };
        assert_eq!([counts("IES Sur"), counts("I.E.S. Sur"), counts("IES Sur (Granada)")], [[1, 0, 0], [1, 0, 1], [1, 1, 0]]);

        let [one, two, three] = [school_of(&app, ana).await, school_of(&app, bea).await, school_of(&app, cleo).await];
        let mut ear = Ear::of(&app, &space.founders[0], "subscription($id: ID!) { membersChanged(twinSpaceId: $id) {
            ... on MemberChanged { member { school { name } } } } }", json!({ "id": space.id.to_string() })).await;
        assert_eq!(app.tries(&spanish, "mergeSchools", pair(two, three)).await, "OK");
        for _ in 0..2 {
            assert_eq!(ear.hears().await["member"]["school"]["name"], "IES Sur (Granada)");
        }
        let answer = app.does(&spanish, "mergeSchools", pair(three, one), "school { name town }").await;
        assert_eq!(answer["school"], json!({ "name": "IES Sur", "town": "Granada" }));
        assert_eq!(office(&app, &spanish, list).await["duplicateSchools"]["totalCount"], 0);
        let listed = "schools(search: \"granada\") { nodes { school { name } teacherCount pupilCount } }";
        assert_eq!(office(&app, &spanish, listed).await["schools"]["nodes"], json!([
            { "school": { "name": "IES Sur" }, "teacherCount": 3, "pupilCount": 1 }]));
        assert_eq!(schools(&app, "ES", "granada").await, ["IES Sur"]);
        for (who, confirmed) in [(ana, true), (bea, true), (cleo, false)] {
            assert_eq!(is_confirmed(&app, ana, who).await, confirmed);
        }
        // What was merged is no more, and whoever types it gets what remains.
        for gone in [two, three] {
            let node = app.sees(ana, &format!("{{ node(id: \"{gone}\") {{ id }} }}")).await;
            assert_eq!(node["node"], Value::Null);
            for input in [pair(gone, one), pair(one, gone)] {
                assert_eq!(app.tries(&spanish, "mergeSchools", input).await, "NOT_FOUND");
            }
        }
        let fay = app.teacher("Fay", "ES").await;
        for typed in TYPED {
            assert_eq!(names(&app, &fay, typed).await, "OK");
            assert_eq!(school_of(&app, &fay).await, one);
            assert_eq!(names(&app, bea, typed).await, "OK");
        }
        // It is the same school, and so still confirmed.
        assert_eq!(is_confirmed(&app, ana, bea).await, true);
        assert_eq!(names(&app, &fay, ["IES Norte", "Burgos", "", "ES"]).await, "OK");
        let again = json!([{ "givenName": "Petra", "familyName": "P", "password": "sunflower 7" }]);
        pupil::invite(&app, bea, &space, again).await;
        let here = account::Entity::find().filter(account::Column::SchoolId.eq(one));
        assert_eq!(here.count(app.db.read()).await.unwrap(), 5);

        let lines = audit::Entity::find().filter(audit::Column::Act.eq(Act::SchoolsMerged));
        let lines = lines.all(app.db.read()).await.unwrap();
        let [first, last] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((first.actor_id, first.subject_id), (Some(spanish.id), Some(three.0)));
        assert_eq!((last.subject_id, last.details.0["from"].as_str()), (Some(one.0), Some(three.to_string().as_str())));
    }

    //
    async fn only_two_schools_of_one_country_are_merged_by_who_serves_it(app: TestApp) {
        let (spanish, southern) = (app.officer("ES", "").await, app.officer("ES", "Andalucía").await);
        let (german, ada) = (app.officer("DE", "").await, app.administrator().await);
        let [ana, bea, cleo] = [
            works_at(&app, "Ana", TYPED[0]).await, works_at(&app, "Bea", TYPED[1]).await,
            works_at(&app, "Cleo", ["I.E.S Sur", "Granada", "Andalucía", "ES"]).await,
        ];
        let eva = works_at(&app, "Eva", ["IES Sur", "Granada", "", "PT"]).await;
        let [north, south, other, abroad] = [
            school_of(&app, &ana).await, school_of(&app, &bea).await, school_of(&app, &cleo).await, school_of(&app, &eva).await,
        ];
        for (who, input, expected) in [
            (&ana, pair(north, south), "FORBIDDEN NOT_AN_OFFICER"),
            (&german, pair(north, south), "FORBIDDEN SCHOOL_ELSEWHERE"),
            (&southern, pair(north, south), "FORBIDDEN SCHOOL_ELSEWHERE"),
            (&southern, pair(south, north), "FORBIDDEN SCHOOL_ELSEWHERE"),
            (&spanish, pair(north, abroad), "FORBIDDEN SCHOOL_ELSEWHERE"),
            (&ada, pair(north, abroad), "CONFLICT DIFFERENT_COUNTRIES"),
            (&spanish, pair(north, north), "CONFLICT SAME_SCHOOL"),
            (&ada, pair(SchoolId::new(), north), "NOT_FOUND"),
            (&ada, pair(north, SchoolId::new()), "NOT_FOUND"),
            (&southern, pair(other, south), "OK"),
            (&ada, pair(north, south), "OK"),
        ] {
            assert_eq!(app.tries(who, "mergeSchools", input).await, expected);
        }
        let list = "{ administration { schools(country: \"ES\", search: \"sur\") { totalCount nodes { school { name } teacherCount } }
            duplicateSchools(country: \"ES\") { totalCount } unconfirmed: schools(country: \"ES\", unconfirmed: true, search: \"norte\") { totalCount } } }";
        assert_eq!(app.sees(&ada, list).await["administration"], json!({
            "schools": { "totalCount": 1, "nodes": [{ "school": { "name": "I.E.S. Sur" }, "teacherCount": 3 }] },
            "duplicateSchools": { "totalCount": 0 }, "unconfirmed": { "totalCount": 0 } }));
        let wrong = "{ administration { schools(country: \"Spain\") { totalCount } } }";
        assert_eq!(app.asks(&ada, wrong).await, "BAD_USER_INPUT country");
    }

    async fn a_merge_takes_as_many_statements_however_many_are_at_the_school(app: TestApp) {
        let (spanish, space) = (app.officer("ES", "").await, app.space().await);
        let kept = school_of(&app, &works_at(&app, "Ana", TYPED[0]).await).await;
        let mut costs = vec![];
        for (n, teachers) in [1, 5].into_iter().enumerate() {
            let mut last = None;
            for m in 0..teachers {
                let who = works_at(&app, &format!("Teacher {n} {m}"), [&format!("IES {n}"), "Granada", "", "ES"]).await;
                app.seat(&space, &who, TwinSpaceRole::Teacher).await;
                last = Some(school_of(&app, &who).await);
            }
            let act = app.does(&spanish, "mergeSchools", pair(last.unwrap(), kept), "__typename");
            costs.push(app.statements(act).await.1);
        }
        assert_eq!(costs[0], costs[1]);
    }

    // Nobody is left at a school that is no more.
    async fn whoever_comes_to_a_school_meanwhile_is_at_the_one_that_remains(app: TestApp) {
        let apps = instances(app).await;
        let app = &apps[0];
        let (spanish, space) = (app.officer("ES", "").await, app.space().await);
        let tina = app.teacher("Tina", "ES").await;
        app.seat(&space, &tina, TwinSpaceRole::Teacher).await;
        let comes = [app.teacher("Ana", "ES").await, app.teacher("Bea", "ES").await];
        for round in 0..ROUNDS {
            let [from, into] = ["", " again"].map(|again| json!({ "school": {
                "name": format!("IES {round}{again}"), "town": "Granada", "country": "ES" } }));
            for (who, school) in [(&tina, &from), (&comes[0], &into)] {
                app.does(who, "editProfile", school.clone(), "__typename").await;
            }
            let (one, two) = (school_of(app, &tina).await, school_of(app, &comes[0]).await);
            let pupils = json!({ "twinSpaceId": space.id.to_string(), "consentGivenBy": "GUARDIAN",
                "rows": [{ "givenName": "Paul", "familyName": "P", "password": "sunflower 7" }] });
            let outcomes = at_once(&apps, vec![
                (Some(spanish.clone()), "mergeSchools", pair(one, two)),
                (Some(comes[1].clone()), "editProfile", from.clone()),
                (Some(tina.clone()), "invitePupils", pupils),
                (Some(tina.clone()), "editProfile", from.clone()),
            ]).await;
            assert!(outcomes.iter().all(|outcome| outcome == "OK"), "{outcomes:?}");
            let merged = school::Entity::find().filter(school::Column::MergedIntoId.is_not_null());
            for gone in merged.all(app.db.read()).await.unwrap() {
                let left = account::Entity::find().filter(account::Column::SchoolId.eq(gone.id));
                assert_eq!(left.count(app.db.read()).await.unwrap(), 0);
            }
            app.forget_limits().await;
        }
    }
}
