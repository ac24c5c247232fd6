//! A primary of PostgreSQL and a hot standby of it, for tests of the replica: clusters of their own.

use std::{
    io::{BufReader, Lines, Write},
    process::{ChildStdin, ChildStdout},
    sync::Mutex,
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::postgres::{self, Watcher};

/// Starts both, and does what it is told on its standard input.
const CLUSTERS: &str = r#"
end() {
  for one in a b c; do "$bin/pg_ctl" stop -D "$folder/$one" -m immediate; done
  rm -rf "$folder"
}
start() { "$bin/pg_ctl" start -w -D "$folder/$1" -l "$folder/$1.log" >/dev/null || cat "$folder/$1.log"; }
stop() { "$bin/pg_ctl" stop -w -D "$folder/$1" -m "$2" >/dev/null; }
mkdir "$folder/at-a" "$folder/at-b" "$folder/at-c"
for one in a c; do
  "$bin/initdb" -D "$folder/$one" -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null || exit 1
  cat >> "$folder/$one/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder/at-$one'
max_connections = 100
shared_buffers = '16MB'
fsync = off
wal_level = replica
max_wal_senders = 4
autovacuum = off
CONF
done
start a
"$bin/createdb" -h "$folder/at-a" -U postgres twinspace || exit 1
"$bin/pg_basebackup" -h "$folder/at-a" -U postgres -D "$folder/b" -R -X stream -c fast --no-sync || exit 1
echo "unix_socket_directories = '$folder/at-b'" >> "$folder/b/postgresql.conf"
start b
echo "ready $folder"
while read -r what which how; do
  case $what in
    start) start "$which" ;;
    stop) stop "$which" "$how" ;;
    promote) "$bin/pg_ctl" promote -w -D "$folder/$which" >/dev/null ;;
  esac
  echo "done"
done
exec >/dev/null
"#;

/// A primary with an empty database, and its standby; deleted with this value.
#[derive(Debug)]
pub struct Standby {
    folder: String,
    watcher: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
}

impl Standby {
    /// Both are running; `None` if PostgreSQL is not available, which is reported once.
    pub async fn start() -> Option<Self> {
        // Reports it.
        postgres::Database::empty().await?;
        let Watcher { folder, input, said } = postgres::watch(CLUSTERS)?;
        Some(Self { folder, watcher: Mutex::new((input, said)) })
    }

    /// The URL of the primary's database.
    pub fn url(&self) -> String {
        self.at("a", "twinspace")
    }

    /// The URL of the standby.
    pub fn replica_url(&self) -> String {
        self.at("b", "twinspace")
    }

    /// The URL of another cluster, once it has been started.
    pub fn foreign_url(&self) -> String {
        self.at("c", "postgres")
    }

    fn at(&self, cluster: &str, name: &str) -> String {
        format!("postgres://postgres@localhost/{name}?host={}/at-{cluster}", self.folder)
    }

    /// Orders something, and waits until it is done: `stop b fast`, `start b`, `promote b`.
    pub fn order(&self, order: &str) {
        let mut watcher = self.watcher.lock().unwrap();
        let (input, said) = &mut *watcher;
        writeln!(input, "{order}").unwrap();
        let answer = said.next().unwrap().unwrap();
        assert_eq!(answer, "done", "{order}");
    }

    /// A connection to the standby.
    pub async fn on_replica(&self) -> DatabaseConnection {
        sea_orm::Database::connect(self.replica_url()).await.unwrap()
    }

    /// Whether the standby replays what the primary sends.
    pub async fn replays(&self, replays: bool) {
        let what = if replays { "resume" } else { "pause" };
        let standby = self.on_replica().await;
        standby.execute_unprepared(&format!("select pg_wal_replay_{what}()")).await.unwrap();
        let state = if replays { "not paused" } else { "paused" };
        super::until("the replay is paused or goes on", async || {
            let sql = "select pg_get_wal_replay_pause_state()";
            let sql = Statement::from_string(DbBackend::Postgres, sql);
            let row = standby.query_one_raw(sql).await.unwrap().unwrap();
            row.try_get_by_index::<String>(0).unwrap() == state
        })
        .await;
    }
}
