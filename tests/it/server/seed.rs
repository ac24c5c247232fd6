//! Made-up data to measure with.

use domain::{
    clock::now,
    db::Db,
    seed::{Plan, fill},
};
use entity::chat_message;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use twinspace::app::housekeeping;

use crate::support::{Database, TestApp, on_both_databases, postgres};

async fn empty(app: &TestApp) -> Database {
    if app.is_postgresql() {
        Database::Postgresql(postgres::Database::fresh().await.unwrap())
    } else {
        Database::sqlite().await
    }
}

on_both_databases! {
    async fn what_is_seeded_is_the_same_each_time_and_can_be_used_for_long(app: TestApp) {
        let plan = Plan::new(600, 40, now());
        let passwords = &app.passwords;
        let chosen = domain::accounts::password::Password::generate().unwrap();
        let hash = passwords.hash(&chosen).await.unwrap();
        let mut seen = vec![];
        for _ in 0..2 {
            let database = empty(&app).await;
            let db = Db::open(&database.url(), &app.config.database.settings()).await.unwrap();
            fill(&db, &plan, &hash, &|_, _, _| ()).await.unwrap();
            assert!(fill(&db, &plan, &hash, &|_, _, _| ()).await.is_err(), "filled twice");
            db.close().await.unwrap();
            let app = TestApp::on(database, |_| ()).await;
            app.kept().is_right().await;
            let chat = chat_message::Entity::find();
            let messages = chat.clone().count(app.db.read()).await.unwrap();
            housekeeping::round(&app).await.unwrap();
            assert_eq!(chat.count(app.db.read()).await.unwrap(), messages);
            let future = chat_message::Entity::find().filter(chat_message::Column::SentAt.gt(now()));
            assert_eq!(future.count(app.db.read()).await.unwrap(), 0);

            let sign_in = "mutation($email: String!, $password: String!) { \
                signIn(input: { email: $email, password: $password }) { token } }";
            let who = json!({ "email": Plan::address(1), "password": chosen.reveal() });
            let signed_in = app.execute(None, sign_in, who).await;
            let token = signed_in["data"]["signIn"]["token"].as_str().expect("signed in");
            let query = "{ viewer { memberships(first: 2) { totalCount nodes { role twinSpace { title \
                memberCounts { total pupils } members(first: 50) { nodes { name role school { name } inviter { name } \
                consents { scope } custodian { name } } } chat(last: 3) { nodes { text author { name } } } \
                pages { nodes { title versions(first: 1) { totalCount } } } } } } \
                inbox(first: 3) { totalCount nodes { text } } } }";
            let found = app.execute(Some(token), query, json!({})).await;
            assert!(found.get("errors").is_none(), "{found}");
            assert!(found["data"]["viewer"]["memberships"]["totalCount"].as_u64() > Some(0), "{found}");
            seen.push(found);
        }
        assert_eq!(seen[0], seen[1]);
    }
}
