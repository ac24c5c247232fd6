//! People who change their name or school while they join TwinSpaces: every place of theirs has the
//! new ones (M-02).

use entity::{account, member};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{ROUNDS, at_once, call, instances};
use crate::{
    members::invitation::invite,
    support::{TestApp, on_both_databases},
};

on_both_databases! {
    async fn who_joins_and_changes_name_and_school_at_once_is_called_alike_everywhere(app: TestApp) {
        let apps = instances(app).await;
        let app = &apps[0];
        for round in 0..ROUNDS {
            let teacher = app.teacher("Tina Teacher", "IT").await;
            let mut calls = vec![];
            for _ in 0..3 {
                let space = app.space().await;
                let id = invite(app, &space, &teacher.email, "TEACHER").await;
                calls.push(call(&teacher, "acceptInvitation", json!({ "invitationId": id })));
                let name = format!("Tina {round}{}", calls.len());
                calls.push(call(&teacher, "editProfile", json!({ "name": name })));
            }
            let school = json!({ "name": format!("School {round}"), "town": "Pisa", "country": "IT" });
            calls.push(call(&teacher, "editProfile", json!({ "school": school })));
            let outcomes = at_once(&apps, calls).await;
            assert!(outcomes.iter().all(|outcome| outcome == "OK"), "{outcomes:?}");
            let account = account::Entity::find_by_id(teacher.id);
            let account = account.one(app.db.read()).await.unwrap().unwrap();
            let places = member::Entity::find().filter(member::Column::AccountId.eq(teacher.id));
            let places = places.all(app.db.read()).await.unwrap();
            assert_eq!(places.len(), 3);
            for place in places {
                let copied = (place.name, place.name_key, place.username, place.school_id);
                let account::Model { name, name_key, username, school_id, .. } = account.clone();
                assert_eq!(copied, (name, name_key, username, school_id));
            }
        }
    }
}
