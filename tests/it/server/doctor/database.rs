//! Databases that are wrong, of a newer version, or have another clock.

use std::fs;

use chrono::TimeDelta;
use domain::{Error, clock, db::advice, error::innermost};
use entity::{Act, AuditId, audit};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use crate::support::{TestApp, command, on_both_databases, postgres};

use super::Setup;

#[tokio::test]
async fn a_file_that_is_no_database_is_found() {
    let setup = Setup::new().await;
    fs::write(setup.path().join("twinspace.db"), "not a database, but a text of some length")
        .unwrap();
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(setup.path().join(format!("twinspace.db{end}")));
    }
    let found = setup.examine(&[]).await;
    found.tell("database", "problem", "not a database", "Check --database-url");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_postgresql_is_found() {
    let Some(database) = postgres::Database::fresh().await else { return };
    let setup = Setup::new().await;
    let url = database.url();
    let part = "database";
    let examine = async |url: &str, flags: &[&str]| {
        setup.examine(&[&["--database-url", url], flags].concat()).await
    };
    let found = examine(&url, &[]).await;
    found.tell(part, "ok", "PostgreSQL ", "");
    found.tell("clock", "ok", "agrees", "");
    let nowhere = "postgres://me:hush@127.0.0.1:1/x";
    examine(nowhere, &[]).await.tell(part, "problem", "could not be reached", "--database-url");
    // Also before there is a data folder.
    let folder = setup.path().join("missing");
    let found = examine(nowhere, &["--data-dir", folder.to_str().unwrap()]).await;
    found.tell("storage", "warning", "does not exist yet", "");
    found.tell(part, "problem", "could not be reached", "--database-url");
    assert!(!folder.exists());
    let name = url.split('/').nth(3).unwrap().split('?').next().unwrap();
    let missing = url.replace(name, "missing");
    examine(&missing, &[]).await.tell(part, "problem", "refused the connection", "database name");
    let many = ["--database-connections", "1000"];
    examine(&url, &many).await.tell(part, "problem", "PostgreSQL accepts 300", "max_connections");

    let ascii = postgres::Database::made("encoding 'SQL_ASCII' template template0").await.unwrap();
    examine(&ascii.url(), &[]).await.tell(part, "problem", "encoding is not UTF8", "createdb");

    let read_only = format!("alter database {name} set default_transaction_read_only = on");
    postgres::run(read_only).await;
    examine(&url, &[]).await.tell(part, "problem", "is read-only", "primary server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_postgresql_refuses_is_told_with_what_mends_it() {
    let Some(database) = postgres::Database::empty().await else { return };
    let setup = Setup::new().await;
    let owner = sea_orm::Database::connect(database.url()).await.unwrap();
    let sql = "create role stranger login; revoke create on schema public from public";
    owner.execute_unprepared(sql).await.unwrap();
    let url = database.url().replace("//postgres@", "//stranger@");
    let said = command::run(&url, setup.path(), &["migrate"]).await.unwrap_err();
    assert!(said.contains("permission denied for schema public. Let the user"), "{said}");
    assert!(said.contains("`alter database … owner to …`"), "{said}");
    let found = setup.examine(&["--database-url", &url]).await;
    found.tell("database", "problem", "may not create tables", "ALTER DATABASE");

    // Nobody has this name.
    let url = database.url().replace("//postgres@", "//");
    let mut command = setup.command(&["migrate", "--database-url", &url]);
    let output = command.env("PGUSER", "anonymous").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("\"anonymous\" does not exist. The URL names no user."), "{said}");
    let url = format!("{url}&user=nobody");
    let said = command::run(&url, setup.path(), &["migrate"]).await.unwrap_err();
    assert!(said.contains("\"nobody\" does not exist. Check the user"), "{said}");
    let copy = ["copy", "--from", &url];
    let to = format!("sqlite:{}", setup.path().join("copy.db").display());
    let said = command::run(&to, setup.path(), &copy).await.unwrap_err();
    assert!(said.contains("database name in --from."), "{said}");

    // As a pooler does that lends the connection of one client to another.
    for (sql, expected) in [
        ("prepare one as select 1; prepare one as select 1", "\"one\" already exists"),
        ("execute other", "\"other\" does not exist"),
    ] {
        let error = Error::from(owner.execute_unprepared(sql).await.unwrap_err());
        assert!(advice(&error).unwrap().contains("PgBouncer 1.21"), "{error:?}");
        for said in [innermost(&error), format!("{error:?}")] {
            assert!(said.ends_with(expected), "{said}");
        }
    }
    owner.close().await.unwrap();
}

on_both_databases! {
    async fn a_clock_that_is_behind_is_found(app: TestApp) {
        let line = audit::ActiveModel {
            id: Set(AuditId::new()),
            at: Set(clock::now() + TimeDelta::days(1)),
            actor_id: Set(None),
            act: Set(Act::AccountCreated),
            project_id: Set(None),
            account_id: Set(None),
            subject_id: Set(None),
            details: Set(audit::Details::default()),
        };
        let tx = app.db.begin().await.unwrap();
        audit::Entity::insert(line).exec_without_returning(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        let setup = Setup::new().await;
        let found = setup.examine(&["--database-url", &app.database_url()]).await;
        found.tell("clock", "problem", "already done at", "time server");
    }

    async fn a_database_of_a_newer_version_is_found(app: TestApp) {
        let setup = Setup::new().await;
        let url = app.database_url();
        let change = async |sql: &str| {
            let tx = app.db.begin().await.unwrap();
            tx.execute_unprepared(sql).await.unwrap();
            tx.commit().await.unwrap();
        };
        change("insert into seaql_migrations (version, applied_at) values ('m99_future', 0)").await;
        let found = setup.examine(&["--database-url", &url]).await;
        found.tell("database", "problem", "(m99_future)", "Use that version again");
        change("delete from seaql_migrations where version > 'm28'").await;
        let found = setup.examine(&["--database-url", &url]).await;
        found.tell("database", "warning", "needs 14 migrations", "Back up");
    }
}
