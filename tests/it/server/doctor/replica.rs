//! Replicas that are none, are away, or are behind.

use domain::db::AboutReplica;
use twinspace::doctor::{State, judge_replica};

use super::Setup;
use crate::support::{Database, TestApp, standby::Standby};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_replica_is_found() {
    let Some(standby) = Standby::start().await else { return };
    let app = TestApp::on(Database::Replicated(standby), |_| ()).await;
    let standby = app.standby();
    let setup = Setup::new().await;
    let examine = async |url: &str| {
        setup.examine(&["--database-url", &standby.url(), "--database-replica-url", url]).await
    };
    let (url, part) = (standby.replica_url(), "replica");
    examine(&url).await.tell(part, "ok", "a standby of the database", "");
    let primary = examine(&standby.url()).await;
    primary.tell(part, "problem", "not a standby, but a primary", "--database-replica-url");
    let other = url.replace("/twinspace?", "/postgres?");
    examine(&other).await.tell(part, "problem", "not a copy of the database", "same database");
    standby.order("start c");
    let foreign = examine(&standby.foreign_url()).await;
    foreign.tell(part, "problem", "not a copy of the database", "lead to a standby");
    let nowhere = "postgres://me:hush@127.0.0.1:1/x";
    let away = examine(nowhere).await;
    away.tell(part, "warning", "could not be reached", "the primary answers all queries");
    // Not before the first start, either.
    let missing = setup.path().join("missing").display().to_string();
    let flags = ["--data-dir", &missing, "--database-url", &standby.url()];
    let found = setup.examine(&[&flags[..], &["--database-replica-url", nowhere]].concat()).await;
    found.tell(part, "warning", "could not be reached", "--database-replica-url");

    standby.replays(false).await;
    examine(&url).await.tell(part, "warning", "replay is paused", "pg_wal_replay_resume()");
    standby.replays(true).await;
    let unknown = url.replace("//postgres@", "//unknown@");
    examine(&unknown).await.tell(part, "problem", "refused the connection", "Check the user");

    standby.order("stop b fast");
    examine(&url).await.tell(part, "warning", "could not be reached", "--database-replica-url");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_of_an_empty_database_is_as_it_should_be() {
    let Some(standby) = Standby::start().await else { return };
    let setup = Setup::new().await;
    let (url, replica) = (standby.url(), standby.replica_url());
    let found = setup.examine(&["--database-url", &url, "--database-replica-url", &replica]).await;
    found.tell("database", "ok", "no tables yet", "");
    found.tell("replica", "ok", "a standby of the database", "");
}

#[test]
fn one_that_does_not_come_back_is_to_be_copied_again() {
    let about = AboutReplica { unfit: None, behind: Some(104 << 20), paused: false };
    let found = judge_replica(&Ok(about), false);
    assert_eq!(
        (found.state, &*found.said),
        (State::Warning, "It is 104 MiB behind, and hardly used.")
    );
    assert!(found.mend.unwrap().contains("asks for a WAL segment that has been removed, copy it"));
}
