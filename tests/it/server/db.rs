//! The database: migrations, transactions, and their events.

use std::{sync::Arc, time::Duration};

use clap::Parser;
use domain::db::{Db, Trouble};
use entity::school;
use futures_util::future::try_join_all;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, PaginatorTrait,
    Statement,
};
use serde_json::json;
use tokio::{
    sync::Barrier,
    time::{sleep, timeout},
};

use crate::support::{Arguments, Database, TestApp, on_both_databases, postgres};

mod event;

fn a_school(identity: &str) -> school::ActiveModel {
    school::Model {
        id: entity::SchoolId::new(),
        name: "Gymnasium".to_owned(),
        town: "Graz".to_owned(),
        region: String::new(),
        country: "AT".to_owned(),
        identity_key: identity.to_owned(),
        alike_key: identity.to_owned(),
        merged_into_id: None,
    }
    .into_active_model()
}

async fn schools(app: &TestApp) -> u64 {
    school::Entity::find().count(app.db.read()).await.unwrap()
}

on_both_databases! {
    async fn an_operation_is_answered(app: TestApp) {
        let answer = app.execute(None, "{ __typename }", json!({})).await;

        assert_eq!(answer, json!({ "data": { "__typename": "Query" } }));
        assert_eq!(app.outcome(None, "{ __typename }", json!({})).await, "OK");
        assert_eq!(app.outcome(None, "{ walking }", json!({})).await, "GRAPHQL_VALIDATION_FAILED");
        assert!(app.outbox().await.is_empty());
    }

    async fn what_is_not_committed_is_undone(app: TestApp) {
        let tx = app.db.begin().await.unwrap();
        a_school("one").insert(&*tx).await.unwrap();
        drop(tx);
        assert_eq!(schools(&app).await, 0);

        let tx = app.db.begin().await.unwrap();
        a_school("one").insert(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(schools(&app).await, 1);
    }

    async fn sql_statements_are_counted_inside_transactions_and_outside(app: TestApp) {
        let (_, reading) = app.statements(schools(&app)).await;
        let ((), writing) = app
            .statements(async {
                let tx = app.db.begin().await.unwrap();
                a_school("one").insert(&*tx).await.unwrap();
                a_school("two").insert(&*tx).await.unwrap();
                tx.commit().await.unwrap();
            })
            .await;

        assert_eq!((reading, writing), (1, 2));
    }

    async fn writers_wait_for_each_other(app: TestApp) {
        let other = app.another_instance().await;
        let write = async |app: &TestApp, identity: String| {
            let tx = app.db.begin().await.unwrap();
            school::Entity::find().count(&*tx).await.unwrap();
            a_school(&identity).insert(&*tx).await.unwrap();
            tx.commit().await
        };

        let all = (0..40).map(|n| write(if n % 2 == 0 { &app } else { &other }, n.to_string()));
        try_join_all(all).await.unwrap();

        assert_eq!(schools(&app).await, 40);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_wait_for_each_other_one_is_told_to_try_again() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let tx = app.db.begin().await.unwrap();
    for identity in ["one", "other"] {
        a_school(identity).insert(&*tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let start = Arc::new(Barrier::new(2));
    let both = [["one", "other"], ["other", "one"]].map(|order| {
        let (db, start) = (app.db.clone(), Arc::clone(&start));
        tokio::spawn(async move {
            let tx = db.begin().await.unwrap();
            let rename = async |identity: &str| {
                let sql = format!("update school set name = 'x' where identity_key = '{identity}'");
                tx.execute_unprepared(&sql).await.map(drop)
            };
            rename(order[0]).await.unwrap();
            start.wait().await;
            rename(order[1]).await.map_err(domain::Error::from)
        })
    });
    let mut refused = 0;
    for one in both {
        match one.await.unwrap() {
            Ok(()) => {}
            Err(domain::Error::Unavailable(Trouble::Busy, _)) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn what_is_read_from_sqlite_cannot_be_written_by_the_way() {
    let app = TestApp::on_sqlite().await;

    let error = a_school("one").insert(app.db.read()).await.unwrap_err().to_string();

    assert!(error.contains("readonly"), "{error}");
}

#[tokio::test]
async fn a_sqlite_file_may_stand_in_a_folder_of_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("50%20 of what? Žofie's #1");
    let config = Arguments::parse_from(["twinspace"]).config.database;

    let db = Db::open(&config.url(&folder), &config.settings()).await.unwrap();
    db.migrate().await.unwrap();

    assert!(folder.join("twinspace.db").is_file());
}

async fn starts_at_once(database: Database) {
    let database = Arc::new(database);
    let instances = (0..6).map(|_| {
        let database = Arc::clone(&database);
        tokio::spawn(async move {
            let config = Arguments::parse_from(["twinspace"]).config.database;
            let db = Db::open(&database.url(), &config.settings()).await?;
            db.migrate().await?;
            db.ping().await?;
            let schools = school::Entity::find().count(db.read()).await?;
            Ok::<_, domain::Error>(schools)
        })
    });
    for instance in instances.collect::<Vec<_>>() {
        assert_eq!(instance.await.unwrap().unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_that_start_at_once_migrate_sqlite_once() {
    for _ in 0..5 {
        starts_at_once(Database::empty_sqlite()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_that_start_at_once_migrate_postgresql_once() {
    let Some(database) = postgres::Database::empty().await else { return };
    starts_at_once(Database::Postgresql(database)).await;
}

/// SQLite rolls back by itself if the disk is full, and the driver does not notice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_after_a_full_disk_is_seen_by_others() {
    let app = TestApp::on_sqlite().await;
    for _ in 0..3 {
        let tx = app.db.begin().await.unwrap();
        // As if the disk had no more space than this.
        tx.execute_unprepared("pragma max_page_count = 1").await.unwrap();
        let blob = "create table filler as select zeroblob(1000000) as content";
        let error = tx.execute_unprepared(blob).await.unwrap_err();
        let error = domain::Error::from(error);
        assert!(matches!(error, domain::Error::Unavailable(Trouble::Full, _)), "{error:?}");
        drop(tx);
        // A write that fails, and is rolled back by SQLite by itself.
        let tx = app.db.begin().await.unwrap();
        tx.execute_unprepared("insert into nowhere values (1)").await.unwrap_err();
        drop(tx);
    }

    let tx = app.db.begin().await.unwrap();
    a_school("after").insert(&*tx).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(schools(&app).await, 1);
    assert_eq!(schools(&app.another_instance().await).await, 1);
}

/// PostgreSQL may have begun what nobody waits for any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_begin_that_is_dropped_leaves_no_connection_inside_a_transaction() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    for _ in 0..20 {
        let mut begin = Box::pin(app.db.begin());
        let _ = futures_util::poll!(&mut begin);
        drop(begin);
    }
    let sql = "select count(*) as open from pg_stat_activity where datname = current_database() \
               and state like 'idle in transaction%'";
    let open = async || {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = app.db.read().query_one_raw(statement).await.unwrap().unwrap();
        row.try_get::<i64>("", "open").unwrap()
    };
    timeout(Duration::from_secs(10), async {
        while open().await > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("every transaction ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_do_not_wait_behind_acts_that_wait_for_a_locked_row() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let other = app.another_instance().await;
    let holder = other.db.begin().await.unwrap();
    holder.execute_unprepared("lock table school in exclusive mode").await.unwrap();
    let acts: Vec<_> = (0..24)
        .map(|n| {
            let db = app.db.clone();
            tokio::spawn(async move {
                let tx = db.begin().await?;
                a_school(&n.to_string()).insert(&*tx).await?;
                tx.commit().await?;
                Ok::<_, domain::Error>(())
            })
        })
        .collect();
    for _ in 0..10 {
        timeout(Duration::from_secs(2), schools(&app)).await.expect("reads go on");
    }
    drop(holder);
    for act in acts {
        match act.await.unwrap() {
            Ok(()) | Err(domain::Error::Unavailable(Trouble::Busy, _)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_sqlite_file_has_one_server() {
    let app = TestApp::on_sqlite().await;
    let other = app.another_instance().await;
    let first = app.db.occupy().unwrap();
    assert!(first.is_some());
    assert!(other.db.occupy().unwrap().is_none());
    drop(first);
    assert!(other.db.occupy().unwrap().is_some());
}
