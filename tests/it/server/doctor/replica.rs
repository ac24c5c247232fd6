//! Replicas that are none, are away, or are behind.

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

    standby.order("stop b fast");
    examine(&url).await.tell(part, "warning", "could not be reached", "--database-replica-url");
}
