//! What the server does when things go wrong, and when many listen: the real program, with real
//! clients, on both databases.
//!
//! `cargo bench --bench faults -- [SCENARIO …] [--sqlite | --postgresql] [--long]`; without a
//! scenario all of them. Each prints what was acknowledged and what of it was lost, or what was told
//! and what of it arrived, and fails if something is missing.

use clap::Parser;
use twinspace::config::Config;

mod away;
mod client;
mod disk;
mod hangups;
mod kills;
mod listen;
#[path = "../../tests/it/support/postgres.rs"]
#[expect(dead_code, reason = "the tests ask more of it")]
mod postgres;
mod program;
mod room;
#[path = "../../tests/it/support/program.rs"]
mod serving;
mod writing;

use program::Engine;

/// The settings that a server is made ready with.
#[derive(Parser)]
pub struct Arguments {
    #[command(flatten)]
    config: Config,
}

/// What is to be tried.
#[derive(Parser)]
struct Options {
    /// kills, hangups, disk, away, school, room, deaf.
    scenarios: Vec<String>,
    /// Only on SQLite.
    #[arg(long)]
    sqlite: bool,
    /// Only on PostgreSQL.
    #[arg(long, conflicts_with = "sqlite")]
    postgresql: bool,
    /// Longer: 100 kills, 19,200 hang-ups, PostgreSQL away ten times, the school for five minutes.
    #[arg(long)]
    long: bool,
    /// The program, if it is not the one that is built here.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_twinspace"))]
    program: std::path::PathBuf,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    let engines = match (options.sqlite, options.postgresql) {
        (true, _) => vec![Engine::Sqlite],
        (_, true) => vec![Engine::Postgresql],
        _ => vec![Engine::Sqlite, Engine::Postgresql],
    };
    let all =
        ["kills", "hangups", "disk", "away", "school", "room", "deaf"].map(str::to_owned).to_vec();
    let scenarios = if options.scenarios.is_empty() { all } else { options.scenarios };
    let (program, long) = (&options.program, options.long);
    for scenario in &scenarios {
        for &engine in &engines {
            println!("\n{scenario}, {engine:?}");
            match scenario.as_str() {
                "kills" => kills::kills(program, engine, long).await,
                "hangups" => hangups::hangups(program, engine, long).await,
                "disk" => disk::disk(program, engine).await,
                "away" => away::away(program, engine, long).await,
                "school" => listen::school(program, engine, long).await,
                "room" => listen::room(program, engine).await,
                "deaf" => listen::deaf(program, engine).await,
                other => panic!("there is no scenario {other}"),
            }
        }
    }
}
