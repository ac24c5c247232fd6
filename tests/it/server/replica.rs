//! Queries are read from a replica, and nobody notices: neither their own changes nor those of others
//! are missing, and what was withdrawn is gone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::db::Unused;
use entity::TwinSpaceRole;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use tokio::{
    task::{JoinSet, block_in_place},
    time::sleep,
};

use crate::support::{
    Database, TestApp,
    cast::{Person, Space},
    standby::Standby,
    until,
};

/// An application with a standby, and the same with this as its replica.
async fn replicated(url: impl FnOnce(&Standby) -> String) -> Option<(TestApp, TestApp)> {
    let standby = Standby::start().await?;
    let plain = TestApp::on(Database::Replicated(standby), |_| ()).await;
    let url = url(plain.standby());
    let app = another(&plain, &url).await;
    Some((plain, app))
}

/// Another instance, with this replica.
async fn another(app: &TestApp, url: &str) -> TestApp {
    app.another_instance_with(|config| {
        config.database.database_replica_url = Some(url.to_owned());
        config.talk.chat_messages = 100_000.try_into().unwrap();
    })
    .await
}

/// Whether a query of this person would now be read from the replica.
async fn reads(app: &TestApp, who: &Person) -> Result<(), Unused> {
    let position = app.recognise(Some(&who.token), None).await.unwrap().position;
    app.db.with_replica(position.expect("a replica is set"), async |_| ()).await
}

/// The statements that the instances have executed last on each of their connections to the standby.
async fn asked(standby: &Standby) -> Vec<String> {
    let sql = "select query from pg_stat_activity where application_name = 'twinspace'";
    let sql = Statement::from_string(DbBackend::Postgres, sql);
    let rows = standby.on_replica().await.query_all_raw(sql).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

fn chat(space: &Space) -> String {
    format!("{{ twinSpace(id: \"{}\") {{ chat(last: 100) {{ nodes {{ text }} }} }} }}", space.id)
}

/// Says something through one instance; it can be read at once through the other.
async fn says(writes: &TestApp, reads: &TestApp, who: &Person, space: &Space, text: &str) {
    let input = json!({ "twinSpaceId": space.id.to_string(), "text": text });
    assert_eq!(writes.tries(who, "sendChatMessage", input).await, "OK");
    let chat = reads.sees(who, &chat(space)).await.to_string();
    assert!(chat.contains(&format!("\"{text}\"")), "{text} is missing in {chat}");
}

/// Several people say something at the same time, and read it; one is removed, and sees nothing.
async fn work(apps: [&TestApp; 2], space: &Space, name: &str) {
    let [one, other] = apps;
    let founder = &space.founders[0];
    let talk = (0..6).map(|n| async move {
        for round in 0..8 {
            says(one, other, founder, space, &format!("{name}-{n}-{round}.")).await;
        }
    });
    join_all(talk).await;
    for n in 0..5 {
        let teacher = one.teacher(&format!("{name} {n}"), "IT").await;
        let member = one.seat(space, &teacher, TwinSpaceRole::Teacher).await;
        assert_eq!(other.asks(&teacher, &chat(space)).await, "OK");
        let gone = json!({ "memberId": member.to_string() });
        assert_eq!(one.tries(founder, "removeMember", gone).await, "OK");
        assert_eq!(other.asks(&teacher, &chat(space)).await, "NOT_FOUND");
        assert_eq!(one.asks(&teacher, &chat(space)).await, "NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_are_read_from_it_and_miss_nothing_even_if_it_is_behind() {
    let Some((plain, app)) = replicated(Standby::replica_url).await else { return };
    let space = plain.space().await;
    let founder = &space.founders[0];
    let standby = plain.standby();
    until("it is used", async || reads(&app, founder).await.is_ok()).await;
    until("the query is executed there", async || {
        app.sees(founder, &chat(&space)).await;
        asked(standby).await.iter().any(|sql| sql.contains("\"chat_message\""))
    })
    .await;
    let pools = app.db.pools();
    assert_eq!(
        pools.iter().map(|pool| pool.name).collect::<Vec<_>>(),
        ["read", "write", "replica"]
    );
    assert_eq!(plain.db.pools().len(), 2);

    let other = another(&plain, &standby.replica_url()).await;
    until("the other uses it", async || reads(&other, founder).await.is_ok()).await;
    work([&app, &other], &space, "replayed").await;

    // Although an announcement, which writes nothing, is not on the disk for a long time.
    plain.db.read().execute_unprepared("alter system set wal_writer_delay = '10s'").await.unwrap();
    plain.db.read().execute_unprepared("select pg_reload_conf()").await.unwrap();
    let mut read = 0;
    for n in 0..20 {
        says(&app, &other, founder, &space, &format!("Announced {n}.")).await;
        sleep(Duration::from_millis(20)).await;
        read += usize::from(reads(&app, founder).await.is_ok());
    }
    assert!(read > 0, "nothing was read from it after a change");

    standby.replays(false).await;
    says(&app, &other, founder, &space, "Nobody has replayed this").await;
    assert_eq!(reads(&app, founder).await, Err(Unused::Behind));
    work([&app, &other], &space, "paused").await;

    // Commits that are visible before they are on the disk. The connections of the other instance, which
    // are older, do not know.
    standby.replays(true).await;
    let sql = "alter role postgres set synchronous_commit = off";
    let tx = plain.db.begin().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
    let [one, two] = [another(&plain, &standby.replica_url()).await, other];
    until("it is used again", async || reads(&one, founder).await.is_ok()).await;
    work([&one, &two], &space, "lazily").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_an_error_because_it_is_away_and_it_is_used_again() {
    let Some((plain, app)) = replicated(Standby::replica_url).await else { return };
    let space = plain.space().await;
    let founder = space.founders[0].clone();
    until("it is used", async || reads(&app, &founder).await.is_ok()).await;
    let app = Arc::new(app);
    for how in ["fast", "immediate"] {
        let stopped = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for _ in 0..4 {
            let (app, founder, chat) = (Arc::clone(&app), founder.clone(), chat(&space));
            let stopped = Arc::clone(&stopped);
            readers.spawn(async move {
                while !stopped.load(Ordering::Relaxed) {
                    assert_eq!(app.asks(&founder, &chat).await, "OK");
                }
            });
        }
        block_in_place(|| plain.standby().order(&format!("stop b {how}")));
        until("it is known", async || reads(&app, &founder).await == Err(Unused::Away)).await;
        says(&app, &app, &founder, &space, &format!("It stopped {how}")).await;
        block_in_place(|| plain.standby().order("start b"));
        until("it is used again", async || reads(&app, &founder).await.is_ok()).await;
        stopped.store(true, Ordering::Relaxed);
        while let Some(reader) = readers.join_next().await {
            reader.unwrap();
        }
        says(&app, &app, &founder, &space, &format!("It began after {how}")).await;
    }
    // A server begins without it, too.
    plain.standby().order("stop b fast");
    let without = another(&plain, &plain.standby().replica_url()).await;
    assert_eq!(without.asks(&founder, &chat(&space)).await, "OK");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_its_standby_is_not_read_from() {
    let Some((plain, app)) = replicated(Standby::replica_url).await else { return };
    let space = plain.space().await;
    let founder = &space.founders[0];
    let standby = plain.standby();
    until("it is used", async || reads(&app, founder).await.is_ok()).await;
    standby.order("start c");
    for url in [standby.url(), standby.foreign_url()] {
        let app = another(&plain, &url).await;
        says(&app, &app, founder, &space, "Where does this go?").await;
        assert_eq!(reads(&app, founder).await, Err(Unused::Away));
        let pool = app.db.pools()[2];
        assert_eq!((pool.name, pool.busy, pool.idle), ("replica", 0, 0));
    }
    standby.order("promote b");
    until("it is known", async || reads(&app, founder).await == Err(Unused::Away)).await;
    let promoted = standby.on_replica().await;
    promoted.execute_unprepared("delete from chat_message").await.unwrap();
    says(&app, &app, founder, &space, "On the primary").await;
    assert!(app.sees(founder, &chat(&space)).await.to_string().contains("Where does this go?"));
}
