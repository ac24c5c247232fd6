//! What an app learns about the server before anybody has signed in.

use async_graphql::parser::types::TypeKind;
use clap::{Parser, error::ErrorKind};
use serde_json::{Value, json};
use twinspace::config::{accounts::Registration, server::Switch};

use crate::{
    api::sdl,
    support::{Arguments, TestApp, on_both_databases},
};

async fn server(app: &TestApp, fields: &str) -> Value {
    app.sees(None, &format!("{{ server {{ {fields} }} }}")).await["server"].take()
}

const ABOUT: &str =
    "name version registration { mode domains } links { documentation privacy contact }";

const LIMITS: &str = "limits { pageSize minPasswordLength maxPasswordLength nameLength profileLength
    searchLength pageTextLength diaryEntryLength messageLength chatMessageLength pupilRows imageSize fileSize
    videoSize }";

on_both_databases! {
    async fn the_server_introduces_itself_to_everybody(app: TestApp) {
        assert_eq!(server(&app, ABOUT).await, json!({
            "name": "TwinSpace", "version": env!("CARGO_PKG_VERSION"),
            "registration": { "mode": "OPEN", "domains": [] },
            "links": { "documentation": "http://127.0.0.1:8000/docs/clients", "privacy": null, "contact": null },
        }));
        let set = app.another_instance_with(|config| {
            config.about.server_name = "Partnerschulen".into();
            config.about.privacy_url = Some("https://example.org/privacy".into());
            config.about.contact_url = Some("mailto:help@example.org".into());
            config.server.production = Switch::On;
            config.accounts.registration = Registration::Domains;
            config.accounts.registration_domains = vec![" School.example".into(), "bücher.example".into()];
        }).await;
        assert_eq!(server(&set, ABOUT).await, json!({
            "name": "Partnerschulen", "version": env!("CARGO_PKG_VERSION"),
            "registration": { "mode": "DOMAINS", "domains": ["school.example", "bücher.example"] },
            "links": { "documentation": null, "privacy": "https://example.org/privacy",
                "contact": "mailto:help@example.org" },
        }));
    }

    //
    async fn domains_are_named_only_while_they_decide_who_may_register(app: TestApp) {
        for (mode, name) in [(Registration::Closed, "CLOSED"), (Registration::Admitted, "ADMITTED")] {
            let app = app.another_instance_with(|config| {
                config.accounts.registration = mode;
                config.accounts.registration_domains = vec!["school.example".into()];
            }).await;
            let told = server(&app, "registration { mode domains }").await;
            assert_eq!(told["registration"], json!({ "mode": name, "domains": [] }));
        }
    }

    async fn the_codes_of_errors_and_problems_are_those_of_the_schema(app: TestApp) {
        let told = server(&app, "errorCodes problemCodes").await;
        for (field, name) in [("errorCodes", "ErrorCode"), ("problemCodes", "ProblemCode")] {
            let ty = sdl::types().iter().find(|ty| ty.name.node == name).unwrap();
            let TypeKind::Enum(codes) = &ty.kind else { panic!("{name} is no enum") };
            let codes = codes.values.iter().map(|code| json!(code.node.value.node.as_str()));
            assert_eq!(told[field], json!(codes.collect::<Vec<_>>()));
        }
    }

    async fn the_limits_are_those_that_hold(app: TestApp) {
        let limits = server(&app, LIMITS).await["limits"].take();
        assert_eq!(limits, json!({ "pageSize": 100, "minPasswordLength": 8, "maxPasswordLength": 128,
            "nameLength": 100, "profileLength": 2000, "searchLength": 200, "pageTextLength": 100_000,
            "diaryEntryLength": 50_000, "messageLength": 5000, "chatMessageLength": 2000, "pupilRows": 100,
            "imageSize": f64::from(5 << 20), "fileSize": f64::from(20 << 20),
            "videoSize": f64::from(200 << 20) }));
        let teacher = app.teacher("Tina", "IT").await;
        let most = usize::try_from(limits["profileLength"].as_u64().unwrap()).unwrap();
        for (length, outcome) in [(most, "OK"), (most + 1, "BAD_USER_INPUT profile")] {
            let input = json!({ "profile": "a".repeat(length) });
            assert_eq!(app.tries(&teacher, "editProfile", input).await, outcome);
        }
        let page = limits["pageSize"].as_u64().unwrap();
        let list = |first: u64| format!("{{ teachers(first: {first}) {{ totalCount }} }}");
        assert_eq!(app.asks(&teacher, &list(page)).await, "OK");
        assert_eq!(app.asks(&teacher, &list(page + 1)).await, "BAD_USER_INPUT first");
    }
}

#[test]
fn what_an_app_shows_and_links_to_is_checked_at_the_start() {
    let starts = |flag: &str, value: &str| Arguments::try_parse_from(["twinspace", flag, value]);
    for (flag, value) in [
        ("--server-name", "  "),
        ("--server-name", "two\nlines"),
        ("--privacy-url", "example.org/privacy"),
        ("--privacy-url", "javascript:alert(1)"),
        ("--contact-url", "mailto:"),
        ("--contact-url", "help@example.org"),
    ] {
        let refused = starts(flag, value).err().unwrap_or_else(|| panic!("{flag} {value:?}"));
        assert_eq!(refused.kind(), ErrorKind::ValueValidation, "{flag} {value:?}");
    }
    let name = "n".repeat(101);
    assert!(starts("--server-name", &name).is_err());
    let config = starts("--contact-url", " https://example.org/help ").unwrap().config;
    assert_eq!(config.about.contact_url.unwrap(), "https://example.org/help");
}
