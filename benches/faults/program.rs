//! The program, serving a database with people in it.

use std::{fs, path::Path};

use tempfile::TempDir;

pub use crate::serving::Program;
use crate::{postgres::Database, room::Room};

/// Flags that let one teacher say and invite as much as is wanted.
const LIMITLESS: [&str; 2] = ["--chat-messages=1000000", "--recipient-mails=1000000"];

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

    /// Starts the program with this home.
    pub fn serve(&self, program: &Path) -> Program {
        let flags: Vec<_> = self.flags().into_iter().chain(LIMITLESS.map(str::to_owned)).collect();
        Program::serve(program, &flags)
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

impl Program {
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
pub async fn room(program: &Path, engine: Engine, pupils: usize) -> (Home, Room, Program) {
    let home = Home::new(engine).await;
    let room = Room::make(&home, pupils).await;
    let program = home.serve(program);
    (home, room, program)
}
