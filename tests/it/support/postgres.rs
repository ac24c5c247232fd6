//! PostgreSQL for the tests: one throw-away cluster per test process, and one database per test.

use std::{
    env, fs,
    io::{BufRead, BufReader, Lines, Write, stderr},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

use clap::Parser;
use domain::db::Db;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr};
use tokio::{
    runtime,
    sync::{mpsc, oneshot},
};

/// The beginning of a script that starts clusters, and stops and deletes them (`end`) when its standard
/// input closes, which happens however the test process ends, even by SIGKILL.
const WATCHER: &str = r#"
exec 2>&1
bin=$1
# Each database is some 300 files: in memory they are made and deleted quickest.
free=$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)
if [ "${free:-0}" -gt 4000000 ] && [ -w /dev/shm ]; then in=/dev/shm; else in=/tmp; fi
folder=$(mktemp -d $in/twinspace-tests-XXXXXX) || exit 1
trap '' INT HUP TERM PIPE
trap end EXIT
"#;

/// The cluster of the tests.
const CLUSTER: &str = r#"
end() { "$bin/pg_ctl" stop -D "$folder/data" -m immediate; rm -rf "$folder"; }
"$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync || exit 1
cat >> "$folder/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 300
shared_buffers = '32MB'
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
CONF
"$bin/pg_ctl" start -w -D "$folder/data" -l "$folder/log" || { cat "$folder/log"; exit 1; }
echo "ready $folder"
exec >/dev/null 2>&1
cat
"#;

/// The template of which every test's database is a copy.
const TEMPLATE: &str = "twinspace_template";

/// A fresh database, dropped with this value.
#[derive(Debug)]
pub struct Database {
    name: String,
}

impl Database {
    /// A migrated database; `None` if PostgreSQL is not available, which is reported once.
    pub async fn fresh() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let cluster = cluster()?;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let sql = format!("create database {name} template {TEMPLATE}");
        cluster.run(sql).await;
        Some(Self { name })
    }

    /// A database without tables.
    pub async fn empty() -> Option<Self> {
        Self::made("").await
    }

    /// A database without tables, made with these options.
    pub async fn made(options: &str) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let cluster = cluster()?;
        let name = format!("empty_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        cluster.run(format!("create database {name} {options}")).await;
        Some(Self { name })
    }

    /// The URL.
    pub fn url(&self) -> String {
        cluster().expect("it holds this database").url(&self.name)
    }

    /// Executes a dump, which only `psql` understands.
    pub fn load(&self, dump: &[u8]) {
        let psql = binaries().expect("those of the cluster").join("psql");
        let mut psql = Command::new(psql)
            .args([
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--single-transaction",
                &self.url(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("it is beside initdb");
        psql.stdin.take().expect("piped").write_all(dump).expect("it reads to the end");
        assert!(psql.wait().expect("it is a child").success(), "the dump cannot be loaded");
    }
}

/// Executes a statement as the superuser of the cluster.
pub async fn run(sql: String) {
    cluster().expect("it is running").run(sql).await;
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(cluster) = cluster() {
            let sql = format!("drop database {} with (force)", self.name);
            // Nobody waits: what is left is deleted with the cluster.
            let _ = cluster.orders.send(Order { sql, done: None });
        }
    }
}

/// A statement to be executed by the thread that creates and drops databases, one after the other.
struct Order {
    sql: String,
    done: Option<oneshot::Sender<Result<(), DbErr>>>,
}

/// The running cluster.
struct Cluster {
    folder: String,
    orders: mpsc::UnboundedSender<Order>,
    /// Closing it stops the cluster; so it is never closed, and ends with the process.
    _alive: ChildStdin,
}

impl Cluster {
    fn url(&self, name: &str) -> String {
        format!("postgres://postgres@localhost/{name}?host={}", self.folder)
    }

    async fn run(&self, sql: String) {
        let (done, answer) = oneshot::channel();
        self.orders.send(Order { sql, done: Some(done) }).expect("the thread serves to the end");
        answer.await.expect("the thread answers").expect("the statement is right");
    }
}

/// The cluster, started on first use.
fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| {
            if binaries().is_none() {
                assert!(env::var_os("CI").is_none(), "CI needs PostgreSQL: initdb was not found");
                // Not with `eprintln!`, which the test harness captures.
                let warning =
                    "\nWARNING: no PostgreSQL found (initdb): the tests run on SQLite alone.\n\n";
                let _ = stderr().write_all(warning.as_bytes());
            }
            start()
        })
        .as_ref()
}

/// The folder of `initdb` and related programs.
fn binaries() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().into());
    let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    let on_path = env::var_os("PATH").unwrap_or_default();
    asked
        .into_iter()
        .chain(versions.into_iter().rev())
        .chain(env::split_paths(&on_path))
        .find(|bin: &PathBuf| bin.join("initdb").is_file())
}

/// A running script, which has clusters in this folder until its standard input closes.
pub struct Watcher {
    pub folder: String,
    pub input: ChildStdin,
    pub said: Lines<BufReader<ChildStdout>>,
}

/// Runs this script after [`WATCHER`], as a user who may start PostgreSQL, until it says `ready`.
#[expect(clippy::zombie_processes, reason = "the watcher outlives this process")]
pub fn watch(script: &str) -> Option<Watcher> {
    let script = format!("{WATCHER}{script}");
    let mut watcher = Command::new("sh");
    watcher.args(["-c", &script, "sh"]).arg(binaries()?).current_dir("/");
    // Signals to the tests from the terminal must not reach it.
    watcher.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    if id(&["-u"]) == 0 {
        // PostgreSQL refuses to run as root.
        watcher.uid(id(&["-u", "postgres"])).gid(id(&["-g", "postgres"]));
    }
    let mut watcher = watcher.spawn().expect("there is a shell");
    let input = watcher.stdin.take().expect("it is piped");
    let mut said = BufReader::new(watcher.stdout.take().expect("it is piped")).lines();
    let mut all = String::new();
    let folder = said.by_ref().map_while(Result::ok).find_map(|line| {
        all.push_str(&line);
        all.push('\n');
        line.strip_prefix("ready ").map(str::to_owned)
    });
    let folder = folder.unwrap_or_else(|| panic!("PostgreSQL does not start:\n{all}"));
    Some(Watcher { folder, input, said })
}

fn start() -> Option<Cluster> {
    let Watcher { folder, input, .. } = watch(CLUSTER)?;
    let (orders, taken) = mpsc::unbounded_channel();
    let cluster = Cluster { folder, orders, _alive: input };
    let server = cluster.url("postgres");
    let template = cluster.url(TEMPLATE);
    let (ready, is_ready) = sync_channel(1);
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("there are threads").block_on(serve(server, template, ready, taken));
    });
    is_ready.recv().expect("the template is made");
    Some(cluster)
}

/// Creates the template and then executes orders, on a runtime that outlives those of the tests.
async fn serve(
    server: String,
    template: String,
    ready: SyncSender<()>,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    let server = connect(server).await.expect("the cluster is up");
    let sql = format!("create database {TEMPLATE}");
    server.execute_unprepared(&sql).await.expect("the cluster is empty");
    let config = super::Arguments::parse_from(["twinspace"]).config.database;
    let db = Db::open(&template, &config.settings()).await.expect("the template is there");
    db.migrate().await.expect("the migrations run");
    db.close().await.expect("nothing is under way");
    ready.send(()).expect("the first test waits");
    while let Some(order) = orders.recv().await {
        let result = server.execute_unprepared(&order.sql).await.map(drop);
        if let Some(done) = order.done {
            let _ = done.send(result);
        }
    }
}

async fn connect(url: String) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await
}

/// The output of `id`: the number of a user or group.
fn id(arguments: &[&str]) -> u32 {
    let output = Command::new("id").args(arguments).output().expect("there is `id`");
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("`id {}` finds no such user", arguments.join(" ")))
}
