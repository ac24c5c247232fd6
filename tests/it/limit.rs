//! What clients could make large or endless is bounded.

use std::sync::Arc;

use entity::{MediaId, MediaKind, MediaState, media, page_version};
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait, sea_query::Expr};
use serde_json::{Value, json};
use twinspace::{clock::now, domain::media::MOST};

use crate::{
    media::{encoded, form, picture, send},
    page::{put_pages, row_of},
    support::{TestApp, on_both_databases, play::verdict},
    wire::Wire,
};

on_both_databases! {
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
