//! The program, serving a database with people in it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{postgres::Database, room::Room};

/// Which database is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgresql,
}

/// Where a server keeps its data.
pub struct Home {
    pub folder: TempDir,
    pub database: Option<Database>,
    /// The address of the database, where it is another than its own.
    pub through: Option<String>,
}

impl Home {
    pub async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the data");
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgresql => Some(Database::fresh().await.expect("PostgreSQL is installed")),
        };
        Self { folder, database, through: None }
    }

    /// The flags of a server with this home.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = vec![format!("--data-dir={}", self.folder.path().display())];
        let own = || self.database.as_ref().map(Database::url);
        let url = self.through.clone().or_else(own);
        flags.extend(url.map(|url| format!("--database-url={url}")));
        flags
    }

    /// How many seconds of processor time PostgreSQL has used, if it is the database.
    pub fn processor(&self) -> f64 {
        let Some(database) = &self.database else { return 0.0 };
        let url = database.url();
        let (_, folder) = url.split_once("host=").expect("it listens in a folder");
        let of = |entry: fs::DirEntry| Some(entry.file_name().to_str()?.to_owned());
        let ids = || fs::read_dir("/proc").expect("Linux").flatten().filter_map(of);
        let data = format!("{folder}/data");
        let is_master = |id: &String| {
            let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            line.contains("postgres") && line.split('\0').any(|word| word == data)
        };
        let Some((master, of_master)) =
            ids().find(is_master).and_then(|id| Some((id.clone(), stat(&id)?)))
        else {
            return 0.0;
        };
        let children = ids().filter_map(|id| stat(&id)).filter(|stat| stat.parent == master);
        of_master.own + of_master.ended + children.map(|stat| stat.own).sum::<f64>()
    }
}

/// A running server.
pub struct Program {
    child: Child,
    /// Where it listens, as `127.0.0.1:1234`.
    pub address: String,
}

impl Program {
    /// Starts the program on a port of its own.
    pub fn serve(program: &Path, home: &Home, flags: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(home.flags())
            .args(flags)
            .env("RUST_LOG", "warn,twinspace::server=info")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let (said, says) = std::sync::mpsc::channel();
        for output in [Box::new(out) as Box<dyn std::io::Read + Send>, Box::new(err)] {
            let said = said.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // Nobody listens once the address is known.
                    let _ = said.send(line);
                }
            });
        }
        let address = loop {
            let line = says.recv_timeout(Duration::from_mins(1)).expect("it says where it listens");
            let line: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = line.pointer("/fields/address").or(line.get("address")) {
                break address.as_str().expect("an address").to_owned();
            }
        };
        Self { child, address }
    }

    /// How many seconds of processor time it has used.
    pub fn processor(&self) -> f64 {
        processor(self.child.id())
    }

    /// How much memory it has now, and at most had, in MiB.
    pub fn memory(&self) -> [u64; 2] {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("it runs");
        ["VmRSS:", "VmHWM:"].map(|name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux says");
            let kib = line.trim().trim_end_matches("kB").trim().parse::<u64>();
            kib.expect("a number") / 1024
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // SIGKILL: it has no chance to tidy up. It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many seconds of processor time a process has used.
fn processor(id: u32) -> f64 {
    stat(&id.to_string()).map_or(0.0, |stat| stat.own)
}

/// What Linux says of a process: its parent, and the processor time in seconds of itself and of its
/// children that have ended.
struct Stat {
    parent: String,
    own: f64,
    ended: f64,
}

fn stat(id: &str) -> Option<Stat> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Behind the name, which is in parentheses.
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let seconds = |at: usize| fields[at].parse::<f64>().unwrap_or_default() / 100.0;
    let (own, ended) = (seconds(11) + seconds(12), seconds(13) + seconds(14));
    Some(Stat { parent: fields[1].to_owned(), own, ended })
}

/// A server with a room in which `pupils` take part.
pub async fn room(
    program: &Path,
    engine: Engine,
    pupils: usize,
    flags: &[&str],
) -> (Home, Room, Program) {
    let home = Home::new(engine).await;
    let room = Room::make(&home, pupils).await;
    let program = Program::serve(program, &home, flags);
    (home, room, program)
}
