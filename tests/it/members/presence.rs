//! Who is online, across several instances (M-01, M-02).

use std::time::Duration;

use chrono::TimeDelta;
use domain::{clock, members::member as members};
use entity::{Kind, MemberId, member};
use futures_util::StreamExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use crate::support::{TestApp, cast::Person, on_both_databases};

const ONLINE: &str = "query($id: ID!) { twinSpace(id: $id) { memberCounts { online } } }";

async fn seen(app: &TestApp, id: MemberId) -> Option<chrono::DateTime<chrono::Utc>> {
    member::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap().last_seen_at
}

/// How many members are online, according to this viewer.
async fn online(app: &TestApp, viewer: &Person, space: &str) -> i64 {
    let answer = app.execute(Some(&viewer.token), ONLINE, json!({ "id": space })).await;
    answer["data"]["twinSpace"]["memberCounts"]["online"].as_i64().unwrap()
}

/// Lets six minutes pass since a member was online.
async fn away(app: &TestApp, id: MemberId) {
    let row = member::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.last_seen_at = Set(Some(clock::now() - TimeDelta::minutes(6)));
    let tx = app.db.begin().await.unwrap();
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Waits until a member was online.
async fn until(app: &TestApp, id: MemberId) {
    for _ in 0..200 {
        if seen(app, id).await.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody came");
}

on_both_databases! {
    // M-01
    async fn who_is_here_by_one_instance_is_here_for_another(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        let second = app.another_instance().await;
        let id = json!({ "id": space.id.show() });
        app.execute(Some(&one.token), ONLINE, id.clone()).await;
        second.execute(Some(&other.token), ONLINE, id.clone()).await;
        let online = second.execute(Some(&one.token), ONLINE, id.clone()).await;
        assert_eq!(online["data"]["twinSpace"]["memberCounts"]["online"], 2, "{online}");
    }

    // M-02
    async fn a_visit_is_written_once_a_minute_whichever_instance_sees_it(app: TestApp) {
        let space = app.space().await;
        let (id, _) = app.access(&space.founders[0], space.project).await.member.unwrap();
        let second = app.another_instance().await;
        let now = clock::now();
        members::touch(&app.db, id, now).await.unwrap();
        let first = seen(&app, id).await.unwrap();
        members::touch(&second.db, id, now + TimeDelta::seconds(59)).await.unwrap();
        assert_eq!(seen(&app, id).await, Some(first));
        members::touch(&second.db, id, now + TimeDelta::seconds(61)).await.unwrap();
        assert!(seen(&app, id).await > Some(first));
    }

    // M-01
    async fn who_is_being_changed_keeps_nobody_else_from_being_noted(app: TestApp) {
        let space = app.space().await;
        let mut ids = vec![];
        for founder in &space.founders {
            ids.push(app.access(founder, space.project).await.member.unwrap().0);
        }
        if app.is_postgresql() {
            let changing = app.db.begin().await.unwrap();
            let row = member::Entity::find_by_id(ids[0]).one(&*changing).await.unwrap().unwrap();
            let mut row = row.into_active_model();
            row.joined_at = Set(clock::now());
            row.update(&*changing).await.unwrap();
            members::touch_all(&app.db, &ids, clock::now()).await.unwrap();
            assert_eq!(seen(&app, ids[0]).await, None);
            assert!(seen(&app, ids[1]).await.is_some());
            changing.commit().await.unwrap();
        }
        members::touch_all(&app.db, &ids, clock::now()).await.unwrap();
        assert!(seen(&app, ids[0]).await.is_some());
        assert!(seen(&app, ids[1]).await.is_some());
    }

    // M-01, M-02
    async fn whatever_one_does_inside_is_a_visit_that_the_next_request_sees(app: TestApp) {
        let space = app.space().await;
        let [viewer, other] = &space.founders;
        let here = space.id.show();
        let (id, _) = app.access(other, space.project).await.member.unwrap();
        let (own, _) = app.access(viewer, space.project).await.member.unwrap();
        app.sees(other, "{ viewer { memberships { nodes { name } } } }").await;
        assert_eq!(seen(&app, id).await, None);

        let page = json!({ "twinSpaceId": here, "title": "Bees", "text": "One" });
        let page = app.does(viewer, "createPage", page, "page { id version }").await["page"].take();
        let edit = json!({ "pageId": page["id"], "expectedVersion": page["version"],
            "text": "Two" });
        let media = json!({ "twinSpaceId": here, "title": "Film", "picturedIds": [],
            "url": "https://vimeo.com/76979871" });
        for (act, input) in [
            ("sendChatMessage", json!({ "twinSpaceId": here, "text": "Hello" })),
            ("editPage", edit),
            ("addVideoLink", media),
            ("sendMessage", json!({ "memberId": own.show(), "text": "Hello" })),
        ] {
            away(&app, id).await;
            // An instance that has not seen them yet.
            let second = app.another_instance().await;
            assert_eq!(second.tries(other, act, input).await, "OK", "{act}");
            assert_eq!(online(&app, viewer, &here).await, 2, "{act}");
        }
    }

    // M-01, M-02
    async fn a_visit_in_the_rows_of_a_list_is_written_before_the_answer(app: TestApp) {
        let space = app.space().await;
        let [viewer, other] = &space.founders;
        app.open(app.begin(viewer, other).await, space.founders.clone()).await;
        let query = "{ viewer { memberships { nodes { twinSpace { viewerMember { id } } } } } }";
        // From then on it is known to be valid.
        app.sees(viewer, query).await;

        let busy = app.db.begin().await.unwrap();
        if app.is_postgresql() {
            busy.execute_unprepared("lock table member in share mode").await.unwrap();
        }
        let answer = app.sees(other, query);
        tokio::pin!(answer);
        let early = tokio::time::timeout(Duration::from_millis(300), &mut answer).await;
        assert!(early.is_err(), "nobody has written it");
        drop(busy);
        let answer = answer.await;

        let rows = answer["viewer"]["memberships"]["nodes"].as_array().unwrap();
        assert_eq!(rows.len(), 2);
        for row in rows {
            let id = row["twinSpace"]["viewerMember"]["id"].as_str().unwrap();
            assert!(seen(&app, MemberId::read(id).unwrap()).await.is_some());
        }
    }

    // M-01, M-02
    async fn who_only_listens_is_here_for_as_long_as_they_listen(app: TestApp) {
        let space = app.space().await;
        let [viewer, other] = &space.founders;
        let (id, _) = app.access(other, space.project).await.member.unwrap();
        let here = space.id.show();
        let chat = "subscription($id: ID!) { chatChanged(twinSpaceId: $id) { __typename } }";
        let mut events = app.subscribe(Some(&other.token), chat, json!({ "id": here })).await;
        let next = tokio::spawn(async move { (events.next().await, events) });
        until(&app, id).await;
        away(&app, id).await;
        assert_eq!(online(&app, viewer, &here).await, 1);
        app.presence.pulse(&app.db, clock::now()).await.unwrap();
        assert_eq!(online(&app, viewer, &here).await, 2);

        let say = json!({ "twinSpaceId": here, "text": "Hello" });
        assert_eq!(app.tries(viewer, "sendChatMessage", say).await, "OK");
        let (event, events) = next.await.unwrap();
        assert!(event.is_some());
        drop(events);
        away(&app, id).await;
        app.presence.pulse(&app.db, clock::now()).await.unwrap();
        assert_eq!(online(&app, viewer, &here).await, 1);
    }
}
