//! Who is here, as several instances know it (M-01, M-02).

use std::time::Duration;

use chrono::TimeDelta;
use entity::{Kind, MemberId, member};
use sea_orm::EntityTrait;
use serde_json::json;
use twinspace::{clock, domain::member as members};

use crate::support::{TestApp, on_both_databases};

const ONLINE: &str = "query($id: ID!) { twinSpace(id: $id) { memberCounts { online } } }";

async fn seen(app: &TestApp, id: MemberId) -> Option<chrono::DateTime<chrono::Utc>> {
    member::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap().last_seen_at
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
        let mut online = json!(null);
        for _ in 0..100 {
            online = second.execute(Some(&one.token), ONLINE, id.clone()).await;
            if online["data"]["twinSpace"]["memberCounts"]["online"] == 2 {
                return;
            }
            // A visit is noted beside the request.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{online}");
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
}
