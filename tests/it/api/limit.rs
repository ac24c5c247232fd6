//! What clients could make large or endless is limited.

use std::sync::Arc;

use domain::{clock::now, inside::media::MOST};
use entity::{MediaId, MediaKind, MediaState, media, page_version};
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait, sea_query::Expr};
use serde_json::{Value, json};

use crate::{
    inside::{
        media::{encoded, form, picture, send},
        page::{put_pages, row_of},
    },
    server::wire::Wire,
    support::{TestApp, on_both_databases, play::verdict},
};

on_both_databases! {
    async fn a_page_of_a_hundred_members_with_all_that_may_be_done_with_them_is_answered(app: TestApp) {
        let space = app.space().await;
        let allowances = |ty: &str| {
            let all = crate::api::sdl::objects();
            let fields = all[ty].iter().map(|field| format!("{} {{ allowed reason }} ", field.0));
            fields.collect::<String>()
        };
        let query = format!("{{ twinSpace(id: \"{}\") {{ members(first: 100) {{ totalCount pageInfo {{ hasNextPage endCursor }}
            nodes {{ id name role kind joinedAt lastAccess online isFounder school {{ name town country }} picture {{ url avatar }}
            permissions {{ {} }} }} }} }} }}", space.id, allowances("MemberPermissions"));
        assert_eq!(app.asks(&space.founders[0], &query).await, "OK");
    }

    // an error that occurs in each row is reported once, so that errors of other fields are
    // reported too.
    async fn a_column_that_is_refused_is_one_error(app: TestApp) {
        for _ in 0..25 {
            app.space().await;
        }
        let answer = app.execute(None, "{ projects(first: 50) { nodes { title aims tools auditLog { totalCount } } } teachers { totalCount } }", json!({})).await;
        let nodes = answer["data"]["projects"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 25);
        assert!(nodes.iter().all(|node| node["title"] == "Bees across borders" && node["aims"].is_null()));
        let mut told: Vec<_> = answer["errors"].as_array().unwrap().iter()
            .map(|error| (error["path"].as_array().unwrap().last().unwrap().as_str().unwrap(), error["extensions"]["code"].as_str().unwrap()))
            .collect();
        told.sort_unstable();
        // The request is anonymous: that is the reason, not a role.
        assert_eq!(told, ["aims", "auditLog", "teachers", "tools"].map(|field| (field, "UNAUTHENTICATED")));
    }

    async fn a_list_that_is_refused_leaves_the_rest_of_the_answer(app: TestApp) {
        app.space().await;
        let officer = app.officer("DE", "").await;
        let query = "{ active: projects { totalCount } closed: projects(filter: { states: [CLOSED] }) { totalCount } }";
        let answer = app.execute(Some(&officer.token), query, json!({})).await;
        assert_eq!(answer["data"], json!({ "active": { "totalCount": 1 }, "closed": null }));
        assert_eq!(verdict(&answer), "FORBIDDEN NOT_A_TEACHER");
        let answer = app.execute(None, query, json!({})).await;
        assert_eq!(answer["data"]["active"]["totalCount"], 1);
        assert_eq!(verdict(&answer), "UNAUTHENTICATED");
    }

    //
    async fn an_answer_that_is_limited_says_in_a_header_when_to_come_back(app: TestApp) {
        let wire = Wire::of(Arc::clone(&app)).await;
        let query = "mutation { signIn(input: { email: \"nobody@example.org\", password: \"a wrong one 1\" }) { token } }";
        let mut waits = vec![];
        for _ in 0..=app.config.accounts.account_tries.get() {
            let answer = wire.post(&json!({ "query": query })).send().await.unwrap();
            let header = answer.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
            let answer: Value = answer.json().await.unwrap();
            let told = answer["errors"][0]["extensions"]["retryAfter"].as_u64().map(|wait| wait.to_string());
            assert_eq!(header, told, "{answer}");
            waits.push(header.is_some());
        }
        assert_eq!(waits.last(), Some(&true));
        assert_eq!(waits.first(), Some(&false));
    }

    async fn what_is_written_like_a_file_is_none(app: TestApp) {
        let wire = Wire::of(Arc::clone(&app)).await;
        let someone = app.teacher("Tove Teacher", "DK").await;
        let query = "mutation($f: Upload!) { setProfilePicture(input: { file: $f }) { __typename } }";
        for file in ["x", "", "-1", "0", "99999999999999999999"] {
            let file = format!("#__graphql_file__:{file}");
            let request = json!({ "query": query, "variables": { "f": file } });
            let answer = wire.post(&request).bearer_auth(&someone.token).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{file}");
            let answer: Value = answer.json().await.unwrap();
            assert!(verdict(&answer).starts_with("BAD_USER_INPUT"), "{file}: {answer}");
        }
    }

    async fn a_file_is_taken_once(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(8, 8), image::ImageFormat::Png);
        let add = "addMedia(input: $i) { media { id } }";
        let operations = json!({
            "query": format!("mutation($i: AddMediaInput!) {{ a: {add} b: {add} }}"),
            "variables": { "i": { "twinSpaceId": space.id.to_string(), "file": null, "title": "Bee", "pictured": [] } },
        });
        let map = json!({ "0": ["variables.i.file"] });
        let body = form(&operations, &map, &[("0", "bee.png", &png)]);
        let answer = send(&wire, Some(&space.founders[0].token), body).await;
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(verdict(&answer), "BAD_USER_INPUT file");
        assert_eq!(answer["errors"][0]["path"][0], "b", "{answer}");
        assert_eq!(media::Entity::find().count(app.db.read()).await.unwrap(), 1);
    }

    async fn an_answer_holds_no_more_text_than_it_may(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        put_pages(&app, &row_of(&space, founder, 50)).await;
        let long = format!("<p>{}</p>", "bees ".repeat(80_000));
        let tx = app.db.begin().await.unwrap();
        page_version::Entity::update_many()
            .col_expr(page_version::Column::Html, Expr::val(long))
            .exec(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let pages = |first: usize| {
            format!("{{ twinSpace(id: \"{}\") {{ pages(first: {first}) {{ nodes {{ html }} }} }} }}", space.id)
        };
        assert_eq!(app.asks(founder, &pages(20)).await, "OK");
        assert_eq!(app.asks(founder, &pages(50)).await, "QUERY_TOO_COMPLEX");

        let wire = Wire::of(Arc::clone(&app)).await;
        let batch: Vec<_> = (0..4).map(|_| json!({ "query": pages(30) })).collect();
        let answer = wire.post(&json!(batch)).bearer_auth(&founder.token).send().await.unwrap();
        let answers: Vec<Value> = answer.json().await.unwrap();
        let verdicts: Vec<_> = answers.iter().map(verdict).collect();
        assert_eq!(verdicts, ["OK", "OK", "QUERY_TOO_COMPLEX", "QUERY_TOO_COMPLEX"]);
    }

    async fn there_are_no_more_media_than_there_may_be(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let at = now();
        let row = || media::Model {
            id: MediaId::new(),
            project_id: space.project,
            uploader_id: founder.id,
            kind: MediaKind::Video,
            state: MediaState::Ready,
            title: "Film".into(),
            title_key: "film".into(),
            description: String::new(),
            content_type: String::new(),
            bytes: 0,
            width: None,
            height: None,
            sha256: String::new(),
            object_key: None,
            thumbnail_key: None,
            video_url: Some("https://player.vimeo.com/video/1".into()),
            created_at: at,
        };
        let tx = app.db.begin().await.unwrap();
        let rows: Vec<_> = (1..MOST).map(|_| row().into_active_model()).collect();
        for some in rows.chunks(500) {
            media::Entity::insert_many(some.to_vec()).exec_without_returning(&*tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "Film", "pictured": [],
            "url": "https://vimeo.com/76979871" });
        assert_eq!(app.tries(founder, "addVideoLink", input.clone()).await, "OK");
        assert_eq!(app.tries(founder, "addVideoLink", input).await, "CONFLICT TOO_MANY_MEDIA");
    }
}
