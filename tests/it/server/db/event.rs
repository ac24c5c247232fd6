//! Events of the database: heard on commit, by all instances, and after a gap.

use std::{process::Command, time::Duration};

use domain::events::Event;
use entity::{MemberId, ProjectId};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DbBackend, Statement,
    sqlx::{Connection, PgConnection},
};
use tokio::{
    sync::broadcast,
    task::spawn_blocking,
    time::{sleep, timeout},
};

use crate::support::{TestApp, on_both_databases, postgres};

fn an_event() -> Event {
    Event::Member { project: ProjectId::new(), member: MemberId::new(), joined: true }
}

async fn hear(events: &mut broadcast::Receiver<Event>) -> Event {
    timeout(Duration::from_secs(10), events.recv()).await.expect("it is told").unwrap()
}

/// Only `next` is received: an event of what was rolled back would have come first.
async fn hear_only(app: &TestApp, events: &mut broadcast::Receiver<Event>) {
    let next = an_event();
    let tx = app.db.begin().await.unwrap();
    tx.tell(next.clone()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(hear(events).await, next);
}

on_both_databases! {
    async fn an_event_is_heard_once_its_transaction_is_committed(app: TestApp) {
        let mut events = app.db.events().listen();
        let event = an_event();

        let tx = app.db.begin().await.unwrap();
        tx.tell(event.clone()).await.unwrap();
        assert!(timeout(Duration::from_millis(100), events.recv()).await.is_err());
        tx.commit().await.unwrap();

        assert_eq!(hear(&mut events).await, event);
    }

    async fn an_event_is_not_heard_if_its_transaction_is_undone(app: TestApp) {
        let mut events = app.db.events().listen();

        let tx = app.db.begin().await.unwrap();
        tx.tell(an_event()).await.unwrap();
        drop(tx);

        hear_only(&app, &mut events).await;
    }
}

/// Only PostgreSQL notifies other instances.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_heard_by_other_instances_on_commit_and_not_on_rollback() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let other = app.another_instance().await;
    let mut events = other.db.events().listen();
    let event = an_event();

    let tx = app.db.begin().await.unwrap();
    tx.tell(event.clone()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(hear(&mut events).await, event);

    let tx = app.db.begin().await.unwrap();
    tx.tell(an_event()).await.unwrap();
    drop(tx);
    hear_only(&app, &mut events).await;
}

/// A pooler that lends connections for one transaction at a time would lend what is set up for one
/// instance to another, and would not say who listens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_a_pooler_only_direct_connections_last() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let role = "do $$ begin create role pooled superuser login;
        exception when duplicate_object then null; end $$";
    postgres::run(role.into()).await;
    let direct = app.database_url();
    let pooled = app
        .another_instance_with(|config| {
            config.database.database_url = Some(direct.replace("//postgres@", "//pooled@"));
            config.database.database_direct_url = Some(direct.clone());
        })
        .await;
    let mut there = pooled.db.events().listen();
    hear_only(&app, &mut there).await;
    app.told().await;
    let mut here = app.db.events().listen();
    hear_only(&pooled, &mut here).await;
    let ask = async |sql: &str| {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = pooled.db.read().query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<String>(0).unwrap()
    };
    assert_eq!(ask("select current_user::text").await, "pooled");
    assert_eq!(ask("show default_transaction_read_only").await, "off");
    assert_eq!(ask("show idle_in_transaction_session_timeout").await, "0");
    let listening = "select string_agg(distinct usename::text, ' ') from pg_stat_activity
        where datname = current_database() and query ilike '%listen %' and pid <> pg_backend_pid()";
    assert_eq!(ask(listening).await, "postgres");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_heard_again_after_postgresql_was_away_and_the_gap_is_told() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let mut options = ConnectOptions::new(app.config.database.database_url.as_deref().unwrap());
    options.max_connections(1);
    let outside = sea_orm::Database::connect(options).await.unwrap();
    let run = async |sql: &str| outside.execute_unprepared(sql).await.unwrap();
    let mut events = app.db.events().listen();

    run("update pg_database set datallowconn = false where datname = current_database()").await;
    run("select pg_terminate_backend(pid) from pg_stat_activity \
         where datname = current_database() and pid <> pg_backend_pid()")
    .await;
    sleep(Duration::from_secs(2)).await;
    // It may have come back for a moment, through a dying connection.
    while events.try_recv().is_ok() {}
    run("update pg_database set datallowconn = true where datname = current_database()").await;

    assert_eq!(hear(&mut events).await, Event::Gap);
    // From another instance: this one's idle connections discover one by one that they are dead.
    hear_only(&app.another_instance().await, &mut events).await;
}

/// What an instance has committed and not announced when it ends is told by nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_is_told_when_another_instance_ends_without_a_farewell() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let mut events = app.db.events().listen();
    let other = app.another_instance().await;
    other.db.clone().close().await.unwrap();
    sleep(Duration::from_secs(2)).await;
    hear_only(&app, &mut events).await;
    // Nor is a command one.
    let mut list = Command::new(env!("CARGO_BIN_EXE_twinspace"));
    list.args(["account", "list", "--database-url", &app.database_url()]);
    list.env("TWINSPACE_DATA_DIR", &app.config.data_dir);
    let listed = spawn_blocking(move || list.output()).await.unwrap().unwrap();
    assert!(listed.status.success(), "{listed:?}");
    sleep(Duration::from_secs(2)).await;
    hear_only(&app, &mut events).await;

    let url = format!("{}&application_name=twinspace%20announcer", app.database_url());
    // It is noticed only if it has been seen before.
    let told = async {
        loop {
            let mut announcer = PgConnection::connect(&url).await.unwrap();
            announcer.ping().await.unwrap();
            sleep(Duration::from_secs(1)).await;
            drop(announcer);
            if let Ok(event) = timeout(Duration::from_secs(2), events.recv()).await {
                break event.unwrap();
            }
        }
    };
    assert_eq!(timeout(Duration::from_mins(1), told).await.unwrap(), Event::Gap);
}

/// Instances of two versions run side by side during an upgrade.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_a_newer_version_is_told_as_missed() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let mut events = app.db.events().listen();
    let tx = app.db.begin().await.unwrap();
    let newer = r#"select pg_notify('twinspace_events', '{"Newer":{"project":1}}')"#;
    tx.execute_unprepared(newer).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(hear(&mut events).await, Event::Gap);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_could_not_be_announced_are_told_as_missed() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let mut events = app.db.events().listen();
    let end = "select pg_terminate_backend(pid) from pg_stat_activity \
         where datname = current_database() and application_name = 'twinspace announcer'";
    let tx = app.db.begin().await.unwrap();
    tx.execute_unprepared(end).await.unwrap();
    tx.tell(an_event()).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(hear(&mut events).await, Event::Gap);
}
