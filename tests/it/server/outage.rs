//! What was acknowledged is kept, whatever happens to the disk, the database and the clients.

use std::{sync::Arc, time::Duration};

use domain::{access, events::Event};
use entity::chat_message;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};
use serde_json::json;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream, UnixStream},
    task::JoinSet,
    time::timeout,
};

use crate::{
    server::wire::{Wire, outcome},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
        play::mutation,
        until,
    },
};

async fn says(app: &TestApp, who: &Person, space: &Space, text: &str) -> String {
    let input = json!({ "twinSpaceId": space.id.to_string(), "text": text });
    app.tries(who, "sendChatMessage", input).await
}

async fn kept(app: &TestApp) -> u64 {
    chat_message::Entity::find().count(app.db.read()).await.unwrap()
}

/// A server that accepts as many chat messages as a test sends.
async fn patient(app: &TestApp) -> TestApp {
    app.another_instance_with(|config| {
        config.talk.chat_messages = 100_000.try_into().unwrap();
    })
    .await
}

/// Waits until no connection to the database of a test is inside a transaction. SQLite has one
/// connection that writes; getting it proves that it is free.
async fn at_rest(app: &TestApp) {
    until("no transaction is left open", async || {
        app.db.begin().await.unwrap().commit().await.unwrap();
        if !app.is_postgresql() {
            return true;
        }
        let sql = "select count(*) from pg_stat_activity
            where datname = current_database() and state like 'idle in transaction%'";
        let statement = Statement::from_string(sea_orm::DbBackend::Postgres, sql);
        let row = app.db.read().query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap() == 0
    })
    .await;
}

on_both_databases! {
    async fn a_transaction_that_nobody_waits_for_is_undone(app: TestApp) {
        for n in 0..300 {
            // Cancelled before it has begun, or afterwards.
            let _ = timeout(Duration::from_micros(n * 5), app.db.begin()).await;
        }
        at_rest(&app).await;
    }

    async fn a_mutation_runs_to_its_end_though_its_client_hangs_up(app: TestApp) {
        let space = app.space().await;
        let app = patient(&app).await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        let body = json!({
            "query": mutation("sendChatMessage", "message { text }"),
            "variables": { "input": { "twinSpaceId": space.id.to_string(), "text": "Hello" } },
        })
        .to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            founder.token,
            body.len()
        );
        for round in 0..40_u64 {
            let hang_up = |n: u64| {
                let (address, request) = (wire.address, request.clone());
                async move {
                    let mut stream = TcpStream::connect(address).await.unwrap();
                    stream.write_all(request.as_bytes()).await.unwrap();
                    // At any point: before it is read, while it is in progress, after the response.
                    tokio::time::sleep(Duration::from_micros((n * 331 + round * 97) % 12_000)).await;
                }
            };
            join_all((0..32).map(hang_up)).await;
        }
        let answer = outcome(wire.post(&serde_json::from_str(&body).unwrap()).bearer_auth(&founder.token)).await;
        assert_eq!(answer, (200, String::new()));
        at_rest(&app).await;
        // Everyone sees the same, through this server and another.
        let other = app.another_instance().await;
        assert!(kept(&app).await > 0);
        assert_eq!(kept(&app).await, kept(&other).await);
    }

    async fn acts_that_wait_for_a_project_do_not_stop_those_who_read(app: TestApp) {
        if !app.is_postgresql() {
            // SQLite has one writer, and readers that do not wait for anyone.
            return;
        }
        let space = app.space().await;
        let founder = space.founders[0].clone();
        let app = Arc::new(patient(&app).await);
        let other = app.another_instance().await;
        let lock = other.db.begin().await.unwrap();
        access::lock_project(&lock, space.project).await.unwrap();
        let mut acts = JoinSet::new();
        for n in 0..24 {
            let (app, founder, id) = (Arc::clone(&app), founder.clone(), space.id.to_string());
            acts.spawn(async move {
                let input = json!({ "twinSpaceId": id, "title": format!("Page {n}") });
                app.tries(&founder, "createPage", input).await
            });
        }
        until("acts wait for the lock", async || {
            let sql = "select count(*) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'";
            let statement = Statement::from_string(sea_orm::DbBackend::Postgres, sql);
            let row = other.db.read().query_one_raw(statement).await.unwrap().unwrap();
            row.try_get_by_index::<i64>(0).unwrap() >= 4
        })
        .await;
        for _ in 0..20 {
            assert_eq!(app.sees(&founder, "{ viewer { name } }").await["viewer"]["name"], "Frida Founder");
        }
        assert_eq!(acts.len(), 24);
        lock.commit().await.unwrap();
        while let Some(ended) = acts.join_next().await {
            assert_eq!(ended.unwrap(), "OK");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_after_a_full_disk_is_kept() {
    let app = TestApp::on_sqlite().await;
    let space = app.space().await;
    let app = patient(&app).await;
    let founder = &space.founders[0];
    let mut acknowledged = 0;
    for _ in 0..3 {
        // The file must not grow any more, until the connection is replaced.
        let tx = app.db.begin().await.unwrap();
        tx.execute_unprepared("pragma max_page_count = 1").await.unwrap();
        tx.commit().await.unwrap();
        loop {
            match says(&app, founder, &space, &"x".repeat(1000)).await.as_str() {
                "OK" => acknowledged += 1,
                full => {
                    assert_eq!(full, "UNAVAILABLE");
                    break;
                }
            }
        }
    }
    for _ in 0..5 {
        assert_eq!(says(&app, founder, &space, "There is room again").await, "OK");
        acknowledged += 1;
        assert_eq!(kept(&app).await, acknowledged);
    }
    app.db.ping().await.unwrap();
    let after = app.another_instance().await;
    assert_eq!(says(&after, founder, &space, "Another process").await, "OK");
    assert_eq!(kept(&after).await, acknowledged + 1);
}

/// PostgreSQL, through a connection that can be cut.
struct Cable {
    port: u16,
    plugged: Option<tokio::task::JoinHandle<()>>,
    socket: String,
}

impl Cable {
    async fn new(url: &str) -> Self {
        let (_, folder) = url.split_once("?host=").unwrap();
        let mut cable = Self { port: 0, plugged: None, socket: format!("{folder}/.s.PGSQL.5432") };
        cable.plug().await;
        cable
    }

    fn url(&self, url: &str) -> String {
        let (front, _) = url.split_once("?host=").unwrap();
        front.replace("@localhost", &format!("@127.0.0.1:{}", self.port))
    }

    async fn plug(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let socket = self.socket.clone();
        self.plugged = Some(tokio::spawn(async move {
            // Dropped with this task, and therefore cut.
            let mut wires = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = UnixStream::connect(&socket).await.unwrap();
                wires.spawn(async move {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        }));
    }

    async fn cut(&mut self) {
        if let Some(plugged) = self.plugged.take() {
            plugged.abort();
            let _ = plugged.await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgresql_is_away_everybody_is_told_at_once_and_afterwards_it_goes_on() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let space = app.space().await;
    let founder = &space.founders[0];
    let mut cable = Cable::new(&app.database_url()).await;
    let url = cable.url(&app.database_url());
    let app = app.another_instance_with(|config| config.database.database_url = Some(url)).await;
    let wire = Wire::of(Arc::clone(&app)).await;
    let mut events = app.db.events().listen();
    let ask = async || {
        let query = json!({ "query": "{ viewer { name } }" });
        wire.post(&query).bearer_auth(&founder.token).send().await.unwrap()
    };
    assert_eq!(ask().await.status(), 200);

    cable.cut().await;
    until("it is known", async || app.db.ping().await.is_err()).await;
    // Nobody waits for a connection, which would take ten seconds.
    let answers = async {
        for _ in 0..20 {
            let answer = ask().await;
            assert_eq!(answer.status(), 503);
            assert!(answer.headers().contains_key("retry-after"));
            let answer: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE");
        }
    };
    timeout(Duration::from_secs(8), answers).await.unwrap();

    cable.plug().await;
    until("it goes on", async || ask().await.status() == 200).await;
    assert_eq!(says(&app, founder, &space, "Here I am").await, "OK");
    while events.recv().await.unwrap() != Event::Gap {}
}
