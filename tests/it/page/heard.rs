//! The subscription to pages.

use std::time::Duration;

use async_graphql::Response;
use entity::TwinSpaceRole;
use futures_util::{StreamExt, stream::BoxStream};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{make, member};
use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

const HEAR: &str = "subscription($id: ID!) { pagesChanged(twinSpaceId: $id) { __typename
    ... on PageChanged { page { title version } } ... on PageGone { pageId } } }";

/// A subscriber.
struct Ear(BoxStream<'static, Response>);

impl Ear {
    async fn of(app: &TestApp, person: &Person, space: &Space) -> Self {
        let input = json!({ "id": space.id.to_string() });
        Self(app.subscribe(Some(&person.token), HEAR, input).await)
    }

    async fn hears(&mut self) -> Value {
        let answer = timeout(Duration::from_secs(10), self.0.next()).await;
        let answer = answer.expect("nothing was heard").expect("it has ended");
        let mut answer = serde_json::to_value(answer).unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"]["pagesChanged"].take()
    }

    async fn hears_nothing(&mut self) {
        let heard = timeout(Duration::from_millis(150), self.0.next()).await;
        assert!(heard.is_err(), "{heard:?}");
    }
}

fn changed(title: &str, version: i64) -> Value {
    json!({ "__typename": "PageChanged", "page": { "title": title, "version": version } })
}

fn gone(id: &str) -> Value {
    json!({ "__typename": "PageGone", "pageId": id })
}

on_both_databases! {
    async fn pages_are_heard_as_they_change_by_those_who_see_them(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let (pupil, _) = member(&app, &space, "Pia", TwinSpaceRole::Pupil).await;
        let (mut admin, mut child) = (Ear::of(&app, other, &space).await, Ear::of(&app, &pupil, &space).await);

        // A draft's events are received by those who can see it, and nobody else.
        let id = make(&app, founder, &space, "Bees", "DRAFT").await;
        assert_eq!(admin.hears().await, changed("Bees", 1));
        let edit = json!({ "pageId": id, "expectedVersion": 1, "title": "Wasps" });
        app.does(founder, "editPage", edit, "__typename").await;
        assert_eq!(admin.hears().await, changed("Wasps", 2));
        let share = |visibility: &str| json!({ "pageId": id, "visibility": visibility });
        app.does(founder, "sharePage", share("MEMBERS"), "__typename").await;
        // The first event that the pupil receives comes after all that.
        assert_eq!(child.hears().await, changed("Wasps", 2));
        assert_eq!(admin.hears().await, changed("Wasps", 2));
        app.does(founder, "sharePage", share("DRAFT"), "__typename").await;
        assert_eq!(child.hears().await, gone(&id));
        assert_eq!(admin.hears().await, changed("Wasps", 2));
        app.does(founder, "sharePage", share("PUBLIC"), "__typename").await;
        assert_eq!(child.hears().await, changed("Wasps", 2));
        assert_eq!(admin.hears().await, changed("Wasps", 2));
        let page = json!({ "pageId": id });
        app.does(founder, "archivePage", page.clone(), "__typename").await;
        assert_eq!(child.hears().await, gone(&id));
        assert_eq!(admin.hears().await, changed("Wasps", 2));
        app.does(founder, "deletePage", page, "__typename").await;
        assert_eq!(admin.hears().await, gone(&id));
        child.hears_nothing().await;
        admin.hears_nothing().await;
    }
}
