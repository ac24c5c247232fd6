//! Schools and subjects, from which people choose while they type.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use domain::clock::now;
use serde_json::{Value, json};
use twinspace::{
    auth::Client,
    graphql::api::{Api, Caller},
};

use crate::support::{TestApp, cast::Person, on_both_databases, play::verdict};

pub mod confirmation;
mod merge;

pub async fn works_at(app: &TestApp, name: &str, school: [&str; 4]) -> Person {
    let [title, town, region, country] = school;
    let teacher = app.teacher(name, country).await;
    let region = Some(region).filter(|region| !region.is_empty());
    let school = json!({ "name": title, "town": town, "region": region, "country": country });
    app.does(&teacher, "editProfile", json!({ "school": school }), "__typename").await;
    teacher
}

pub async fn schools(app: &TestApp, country: &str, search: &str) -> Vec<String> {
    let query =
        "query($country: String!, $search: String!) { schools(country: $country, search: $search) {
        totalCount nodes { id name town region country } } }";
    let input = json!({ "country": country, "search": search });
    let answer = app.execute(None, query, input).await;
    assert!(answer["errors"].is_null(), "{answer}");
    let page = &answer["data"]["schools"];
    let nodes = page["nodes"].as_array().unwrap();
    assert_eq!(page["totalCount"], nodes.len());
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

async fn subjects(app: &TestApp, search: &str, first: u64) -> Value {
    let query = "query($search: String!, $first: Int) { subjects(search: $search, first: $first) }";
    let answer = app.execute(None, query, json!({ "search": search, "first": first })).await;
    assert!(answer["errors"].is_null(), "{answer}");
    answer["data"]["subjects"].clone()
}

async fn teaches(app: &TestApp, name: &str, subjects: &[&str]) -> Person {
    let teacher = app.teacher(name, "SE").await;
    app.does(&teacher, "editProfile", json!({ "subjects": subjects }), "__typename").await;
    teacher
}

/// Asks from a network address, without a session.
async fn from(app: &TestApp, address: &str, query: &str) -> String {
    let client = Client { address: address.into(), ..Client::default() };
    let caller = Caller { client, request_id: "test".into(), ..Caller::default() };
    let request = Request::new(query).variables(Variables::default());
    let answer = Api::new(Arc::clone(app)).execute(request, caller).await;
    verdict(&serde_json::to_value(answer).unwrap())
}

on_both_databases! {
    async fn schools_are_found_by_name_and_place_in_a_country(app: TestApp) {
        works_at(&app, "Ana", ["IES Núñez de Arce", "Valladolid", "Castilla y León", "ES"]).await;
        works_at(&app, "Bea", ["Colegio Ágora", "León", "Castilla y León", "ES"]).await;
        works_at(&app, "Cara", ["Núñez College", "Dublin", "", "IE"]).await;
        for (country, search, expected) in [
            ("ES", "nunez", vec!["IES Núñez de Arce"]),
            ("es", "LEÓN", vec!["Colegio Ágora", "IES Núñez de Arce"]),
            ("ES", "arce valladolid", vec!["IES Núñez de Arce"]),
            ("ES", "college", vec![]),
            ("IE", "nunez", vec!["Núñez College"]),
            ("FR", "nunez", vec![]),
            ("ES", "%%%aaa", vec![]),
        ] {
            assert_eq!(schools(&app, country, search).await, expected, "{country} {search}");
        }
        let page = "{ schools(country: \"ES\", search: \"castilla\", first: 1, after: X) {
            nodes { name town region } pageInfo { hasNextPage endCursor } } }";
        let first = app.sees(None, &page.replace(", after: X", "")).await["schools"].take();
        assert_eq!(first["nodes"], json!([{ "name": "Colegio Ágora", "town": "León", "region": "Castilla y León" }]));
        let second = app.sees(None, &page.replace('X', &first["pageInfo"]["endCursor"].to_string())).await;
        assert_eq!(second["schools"]["nodes"][0]["name"], "IES Núñez de Arce");
        assert_eq!(second["schools"]["pageInfo"]["hasNextPage"], false);
    }

    //
    async fn what_nobody_with_a_verified_address_has_entered_is_not_suggested(app: TestApp) {
        let mut new = crate::accounts::account::teacher("ada@example.org");
        new["input"]["school"] = json!({ "name": "Free text of a stranger", "town": "Nowhere", "country": "DE" });
        new["input"]["subjects"] = json!(["free text"]);
        let register = "mutation($input: RegisterInput!) { register(input: $input) { accepted } }";
        app.execute(None, register, new).await;
        teaches(&app, "Bo", &["free text"]).await;
        assert_eq!(schools(&app, "DE", "stranger").await, [] as [&str; 0]);
        assert_eq!(subjects(&app, "free", 20).await, json!([]));
        crate::accounts::account::verified(&app, "ada@example.org").await;
        assert_eq!(subjects(&app, "free", 20).await, json!([]));
        works_at(&app, "Cy", ["Free text of a stranger", "Nowhere", "", "DE"]).await;
        assert_eq!(schools(&app, "DE", "stranger").await, ["Free text of a stranger"]);
    }

    async fn a_search_of_schools_has_three_letters_and_a_country(app: TestApp) {
        let ask = |country: &str, search: &str| {
            format!("{{ schools(country: \"{country}\", search: \"{search}\") {{ totalCount }} }}")
        };
        for (country, search, outcome) in [
            ("ES", "", "BAD_USER_INPUT search"),
            ("ES", "a b", "BAD_USER_INPUT search"),
            ("ES", "%%%%", "BAD_USER_INPUT search"),
            ("ES", "abc", "OK"),
            ("ES", "北京大学", "OK"),
            ("Spain", "abc", "BAD_USER_INPUT country"),
        ] {
            assert_eq!(app.asks(None, &ask(country, search)).await, outcome, "{country} {search}");
        }
        assert_eq!(app.asks(None, &ask("ES", &"a".repeat(201))).await, "BAD_USER_INPUT search");
    }

    async fn subjects_of_several_teachers_are_suggested(app: TestApp) {
        teaches(&app, "Ana", &["Biology", "Art", "Svenska"]).await;
        teaches(&app, "Bo", &["biology", "Marine biology", "art", "100%"]).await;
        teaches(&app, "Cy", &["marine biology", "Kaas und Frau Meier"]).await;
        let blocked = teaches(&app, "Di", &["svenska"]).await;
        assert_eq!(subjects(&app, "", 20).await, json!(["art", "biology", "marine biology", "svenska"]));
        assert_eq!(subjects(&app, "BIO", 20).await, json!(["biology", "marine biology"]));
        assert_eq!(subjects(&app, "bio marine", 20).await, json!(["marine biology"]));
        assert_eq!(subjects(&app, "%", 20).await, json!([]));
        assert_eq!(subjects(&app, "meier", 20).await, json!([]));
        assert_eq!(subjects(&app, "", 2).await, json!(["art", "biology"]));
        assert_eq!(subjects(&app, "", 0).await, json!([]));
        for wrong in ["subjects(search: \"a\", first: 101)", "subjects(search: \"a\", first: -1)"] {
            assert_eq!(app.asks(None, &format!("{{ {wrong} }}")).await, "BAD_USER_INPUT first");
        }
        let tx = app.db.begin().await.unwrap();
        domain::care::block::block(&tx, &blocked.email, None, now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(subjects(&app, "svenska", 20).await, json!([]));
    }

    //
    async fn who_is_not_signed_in_searches_so_often_from_one_address(app: TestApp) {
        let app = app.another_instance_with(|config| {
            config.accounts.address_searches = 3.try_into().unwrap();
        }).await;
        let school = "{ schools(country: \"ES\", search: \"abc\") { totalCount } }";
        let subject = "{ subjects(search: \"a\") }";
        assert_eq!(from(&app, "192.0.2.1", school).await, "OK");
        // What is refused for another reason does not count.
        assert_eq!(from(&app, "192.0.2.1", "{ schools(country: \"ES\", search: \"a\") { totalCount } }").await, "BAD_USER_INPUT search");
        assert_eq!(from(&app, "192.0.2.1", "{ one: subjects(search: \"a\") two: subjects(search: \"b\") }").await, "OK");
        for query in [school, subject] {
            assert_eq!(from(&app, "192.0.2.1", query).await, "RATE_LIMITED");
            assert_eq!(from(&app, "192.0.2.2", query).await, "OK");
        }
        let teacher = app.teacher("Tina", "IT").await;
        for _ in 0..5 {
            assert_eq!(app.asks(&teacher, school).await, "OK");
        }
    }

    //
    async fn a_search_counts_once_although_its_operation_is_executed_again(app: TestApp) {
        let app = app.another_instance_with(|config| {
            config.accounts.address_searches = 3.try_into().unwrap();
        }).await;
        app.space().await;
        let query = "query($n: Int) { subjects(search: \"a\") projects { nodes { diary(first: $n) { nodes { title } } } } }";
        for (number, expected) in [(2, "OK"), (500, "BAD_USER_INPUT")] {
            assert_eq!(app.outcome(None, query, json!({ "n": number })).await, expected);
        }
        for expected in ["OK", "RATE_LIMITED"] {
            assert_eq!(app.asks(None, "{ subjects(search: \"a\") }").await, expected);
        }
    }
}
