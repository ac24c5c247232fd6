//! The audit log of the server.

use std::sync::Arc;

use domain::clock::now;
use entity::Act;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::{
    members::pupil,
    server::wire::Wire,
    support::{TestApp, on_both_databases},
};

use super::{administration, id, logged};

on_both_databases! {
    // R-03, M-20
    async fn the_log_of_the_server_is_filtered_and_exported_without_names(app: TestApp) {
        let space = app.space().await;
        let frida = &space.founders[0];
        let ada = app.administrator().await;
        let rows = json!([{ "givenName": "Paul", "familyName": "P" }]);
        pupil::invite(&app, frida, &space, rows).await;
        app.does(&ada, "endSessions", id(&space.founders[1]), "__typename").await;
        let log = async |filter: &str| {
            let list = format!("auditLog{filter} {{ totalCount nodes {{ act actor {{ name }} person {{ name }} projectId project {{ title }} }} }}");
            administration(&app, &ada, &list).await["auditLog"].take()
        };
        let all = log("").await;
        assert_eq!(all["nodes"][0], json!({ "act": "SESSIONS_ENDED", "actor": { "name": "Ada Admin" },
            "person": { "name": "Fabien Fondateur" }, "projectId": null, "project": null }));
        let made = log("(filter: { acts: [PUPIL_CREATED] })").await;
        assert_eq!(made, json!({ "totalCount": 1, "nodes": [{ "act": "PUPIL_CREATED", "actor": { "name": "Frida Founder" },
            "person": null, "projectId": space.project.to_string(), "project": { "title": "Bees across borders" } }] }));
        let soon = (now() + chrono::TimeDelta::hours(1)).to_rfc3339();
        let total = all["totalCount"].as_u64().unwrap();
        for (filter, expected) in [
            (format!("actorId: \"{}\"", ada.id), 1),
            (format!("personId: \"{}\"", space.founders[1].id), 1),
            (format!("since: \"{soon}\""), 0),
            (format!("until: \"{soon}\""), total),
            (format!("projectId: \"{}\", acts: [PROJECT_SENT, PROJECT_CREATED]", space.project), 2),
        ] {
            assert_eq!(log(&format!("(filter: {{ {filter} }})")).await["totalCount"], expected, "{filter}");
        }

        // M-20: a pupil's ID finds nothing of what is null in the entries.
        let account = entity::account::Entity::find().filter(entity::account::Column::Username.eq("paul.p.1"));
        let paul = account.one(app.db.read()).await.unwrap().unwrap().id;
        assert!(!logged(&app, Act::PupilCreated).await.iter().all(|line| line.account_id != Some(paul)));
        app.sign_in(paul).await;
        for filter in [format!("personId: \"{paul}\""), format!("actorId: \"{paul}\""), format!("personId: \"{paul}\", acts: [PUPIL_CREATED]")] {
            assert_eq!(log(&format!("(filter: {{ {filter} }})")).await, json!({ "totalCount": 0, "nodes": [] }), "{filter}");
        }

        let wire = Wire::of(Arc::clone(&app)).await;
        let input = json!({ "filter": { "acts": ["PUPIL_CREATED", "SESSIONS_ENDED"], "until": soon } });
        let made = app.does(&ada, "exportAuditLog", input, "url").await;
        let url = made["url"].as_str().unwrap();
        let url = wire.url(&url[url.find("/exports").unwrap()..]);
        let get = async |token: &str| wire.client.get(&url).bearer_auth(token).send().await.unwrap();
        assert_eq!(get(&frida.token).await.status(), 404);
        assert_eq!(get(&app.sign_in(ada.id).await).await.status(), 404);
        let other = url.replace("pupil_created", "pupil_renamed");
        assert_ne!(other, url);
        assert_eq!(wire.client.get(&other).bearer_auth(&ada.token).send().await.unwrap().status(), 404);
        let text = get(&ada.token).await.text().await.unwrap();
        assert_eq!(get(&ada.token).await.status(), 404, "twice");
        let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[0], "ID,At,Act,Actor,Person,Project,Subject,Details");
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[1].contains("SESSIONS_ENDED") && lines[2].contains("PUPIL_CREATED"), "{text}");
        assert!(lines[2].contains(&frida.id.to_string()) && !text.contains("Frida") && !text.contains("Paul"), "{text}");
        assert_eq!(logged(&app, Act::AuditLogExported).await.len(), 1);
    }
}
