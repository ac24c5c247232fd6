//! The subscription to pages.

use entity::TwinSpaceRole;
use serde_json::{Value, json};

use super::{make, member};
use crate::support::{
    TestApp,
    cast::{Person, Space},
    ear::{Ear, all_hear_nothing},
    on_both_databases,
};

const HEAR: &str = "subscription($id: ID!) { pagesChanged(twinSpaceId: $id) { __typename
    ... on PageChanged { page { title version } } ... on PageGone { pageId } } }";

async fn subscribe(app: &TestApp, who: &Person, space: &Space) -> Ear {
    Ear::of(app, who, HEAR, json!({ "id": space.id.to_string() })).await
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
        let mut admin = subscribe(&app, other, &space).await;
        let mut child = subscribe(&app, &pupil, &space).await;

        // A draft's events are received by those who can see it, and nobody else.
        let id = make(&app, founder, &space, "Bees", "DRAFT").await;
        assert_eq!(admin.hears().await, changed("Bees", 1));
        let edit = json!({ "pageId": id, "expectedVersion": 1, "title": "Wasps" });
        app.does(founder, "editPage", edit, "__typename").await;
        assert_eq!(admin.hears().await, changed("Wasps", 2));
        all_hear_nothing(&app, &mut [&mut admin, &mut child]).await;
        let share = |visibility: &str| json!({ "pageId": id, "visibility": visibility });
        app.does(founder, "sharePage", share("MEMBERS"), "__typename").await;
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
        all_hear_nothing(&app, &mut [&mut admin, &mut child]).await;
    }
}
