//! How teachers find each other (C-01).

use entity::Kind;
use serde_json::json;

use crate::{
    accounts::account::{verified, with_email},
    support::{TestApp, cast::Person, on_both_databases},
};

async fn found(app: &TestApp, viewer: &Person, filter: &str) -> Vec<String> {
    let query = format!("{{ teachers(filter: {{ {filter} }}) {{ totalCount nodes {{ name }} }} }}");
    let data = app.sees(viewer, &query).await;
    let nodes = data["teachers"]["nodes"].as_array().unwrap();
    assert_eq!(data["teachers"]["totalCount"], nodes.len());
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

on_both_databases! {
    async fn names_are_found_whatever_the_case_the_accents_and_the_script(app: TestApp) {
        let viewer = app.teacher("Zoe", "DE").await;
        for (name, country) in [
            ("José Núñez", "ES"),
            ("Αγγελική Παπαδοπούλου", "GR"),
            ("Иван Петров", "BG"),
            ("Łukasz Żak", "PL"),
            ("100% Real_Name", "IE"),
        ] {
            app.teacher(name, country).await;
        }
        for (search, name) in [
            ("jose", "José Núñez"),
            ("JOSÉ  NUN", "José Núñez"),
            ("ΑΓΓΕΛ", "Αγγελική Παπαδοπούλου"),
            ("αγγελικη", "Αγγελική Παπαδοπούλου"),
            ("иван", "Иван Петров"),
            ("ivan", "Иван Петров"),
            ("lukasz zak", "Łukasz Żak"),
            ("%", "100% Real_Name"),
            ("l_n", "100% Real_Name"),
        ] {
            assert_eq!(
                found(&app, &viewer, &format!("search: \"{search}\"")).await,
                [name],
                "{search}"
            );
        }
        for nothing in ["jos_", "\\\\", "nobody", "\\u0000x"] {
            let names = found(&app, &viewer, &format!("search: \"{nothing}\"")).await;
            assert!(names.is_empty(), "{nothing}: {names:?}");
        }
    }

    async fn teachers_are_found_by_country_subject_and_language(app: TestApp) {
        let viewer = app.teacher("Zoe", "FR").await;
        verified(&app, "ada@example.org").await;
        let name = with_email(&app, "ada@example.org").await.name;
        for filter in [
            "countries: [\"de\"]",
            "countries: [\"PL\", \"DE\", \"de\"]",
            "subjects: [\" ART \"]",
            "languages: [\"fi\", \"en\"]",
            "countries: [\"DE\"], subjects: [\"music\", \"physics\", \"art\"]",
        ] {
            assert_eq!(found(&app, &viewer, filter).await, [name.as_str()], "{filter}");
        }
        for filter in [
            "countries: [\"PL\"]",
            "countries: []",
            "subjects: [\"ar\"]",
            "subjects: []",
            "languages: [\"fr\"]",
        ] {
            assert!(found(&app, &viewer, filter).await.is_empty(), "{filter}");
        }
        for field in ["countries", "subjects", "languages"] {
            let query = format!("{{ teachers(filter: {{ {field}: [\"\\u0000\"] }}) {{ totalCount }} }}");
            assert_eq!(app.asks(&viewer, &query).await, format!("BAD_USER_INPUT {field}.0"));
        }
    }

    async fn teachers_are_listed_by_name_or_by_when_they_registered(app: TestApp) {
        let viewer = app.teacher("Zoe", "FR").await;
        for name in ["Bea", "Ada", "Cleo"] {
            app.teacher(name, "DE").await;
        }
        let list = async |order: &str, page: &str| {
            let query = format!("{{ teachers(orderBy: {{ {order} }}, {page}) {{ totalCount nodes {{ name }} pageInfo {{ endCursor }} }} }}");
            let data = app.sees(&viewer, &query).await["teachers"].take();
            let names = data["nodes"].as_array().unwrap().iter();
            let names: Vec<_> = names.map(|node| node["name"].as_str().unwrap().to_owned()).collect();
            (names, data["pageInfo"]["endCursor"].clone())
        };
        for (order, expected) in [
            ("field: NAME", ["Ada", "Bea", "Cleo", "Zoe"]),
            ("field: NAME, direction: DESC", ["Zoe", "Cleo", "Bea", "Ada"]),
            ("field: REGISTERED_AT", ["Zoe", "Bea", "Ada", "Cleo"]),
            ("field: REGISTERED_AT, direction: DESC", ["Cleo", "Ada", "Bea", "Zoe"]),
        ] {
            assert_eq!(list(order, "first: 10").await.0, expected, "{order}");
            let (first, cursor) = list(order, "first: 3").await;
            let (rest, _) = list(order, &format!("first: 3, after: {cursor}")).await;
            assert_eq!([first, rest].concat(), expected, "{order}");
        }
        let (_, cursor) = list("field: NAME", "first: 1").await;
        let other = format!("{{ teachers(orderBy: {{ field: REGISTERED_AT }}, after: {cursor}) {{ totalCount }} }}");
        assert_eq!(app.asks(&viewer, &other).await, "BAD_USER_INPUT after");
    }

    //
    async fn only_verified_teachers_are_found_and_only_by_teachers(app: TestApp) {
        let viewer = app.teacher("Zoe", "FR").await;
        let guest = app.guest("Gus").await;
        app.officer("FR", "").await;
        let register = "mutation($input: RegisterInput!) { register(input: $input) { accepted } }";
        app.execute(None, register, crate::accounts::account::teacher("bea@example.org")).await;
        assert_eq!(found(&app, &viewer, "").await, ["Zoe"]);
        assert_eq!(
            app.asks(&guest, "{ teachers { totalCount } }").await,
            "FORBIDDEN NOT_A_TEACHER"
        );
        assert_eq!(app.asks(None, "{ teachers { totalCount } }").await, "UNAUTHENTICATED");
        let unverified = with_email(&app, "bea@example.org").await.id;
        let query = format!(
            "{{ nodes(ids: [\"{unverified}\", \"{}\", \"{}\"]) {{ id }} }}",
            guest.id, viewer.id
        );
        let data = app.sees(&viewer, &query).await;
        assert_eq!(data["nodes"], json!([null, null, { "id": viewer.id.show() }]));
    }
}
