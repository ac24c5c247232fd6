//! The program: its messages about wrong settings, and what needs no database.

use std::{
    fs,
    io::pipe,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use clap::{CommandFactory, Parser};
use serde_json::{Value, json};
use tempfile::TempDir;
use twinspace::cli::Cli;

use crate::support::{command, program::Program};

/// Runs the program; returns its exit code, and its output on standard output and error.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_twinspace"))
        .args(arguments)
        .env("TWINSPACE_DATA_DIR", folder.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn its_flags_do_not_contradict_each_other() {
    Cli::command().debug_assert();
}

#[test]
fn a_wrong_setting_is_told_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, expected) in [
        (["serve", "--listen", &taken], "Another program is already listening on"),
        (
            ["migrate", "--database-url", "mysql://u:secret@h/x"],
            "--database-url must be sqlite:FILE",
        ),
        (
            ["migrate", "--database-direct-url", "postgres://u:secret@h/x"],
            "--database-direct-url must be postgres://USER:PASSWORD@HOST/NAME, beside such a",
        ),
        (
            ["migrate", "--database-replica-url", "postgres://u:secret@h/x"],
            "--database-replica-url must be postgres://USER:PASSWORD@HOST/NAME, beside such a",
        ),
        (["migrate", "--data-dir", "/dev/null/x"], "The database could not be opened"),
        (
            ["copy", "--from", "sqlite:/nowhere/x.db"],
            "There is no database at /nowhere/x.db. Check --from.",
        ),
        (["serve", "--log", "a=b=c"], "--log is not a valid filter"),
        (
            ["migrate", "--database-url", "postgres://u:secret@127.0.0.1:1/x"],
            "PostgreSQL at 127.0.0.1:1 could not be reached: ",
        ),
        (
            ["serve", "--media-s3-endpoint", "https://s3.example.org"],
            "--media-s3-endpoint is set, but no bucket: set --media-s3-bucket",
        ),
        (["serve", "--media-s3-access-key", "key"], "--media-s3-access-key is set, but no bucket"),
        (["demo", "--media-s3-secret-key", "secret"], "TWINSPACE_MEDIA_S3_SECRET_KEY is set"),
    ] {
        let begun = Instant::now();
        let (code, _, said) = run(&arguments);
        assert!(begun.elapsed() < Duration::from_secs(30), "{arguments:?} took long");
        assert_eq!(code, Some(2), "{said}");
        let last = said.lines().last().unwrap();
        assert!(last.starts_with("twinspace: ") && last.contains(expected), "{said}");
        assert!(!said.contains("secret") && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn an_address_that_links_cannot_begin_with_is_refused() {
    for (flag, address) in [
        ("--public-url", "foo"),
        ("--public-url", "ftp://twinspace.example"),
        ("--public-url", "https://"),
        ("--public-url", "https:twinspace.example"),
        ("--public-url", "https://twinspace.example/?a=b"),
        ("--public-url", "https://me:secret@twinspace.example"),
        ("--app-url", "app.example.org"),
        ("--app-url", "https://app.example.org/#/start"),
        ("--media-peertube-hosts", "https://tube.example.org/w"),
        ("--media-peertube-hosts", "tube.example.org,tube.example.org:9000"),
    ] {
        let (code, _, said) = run(&["serve", flag, address]);
        assert_eq!(code, Some(2), "{flag} {address}: {said}");
        assert!(said.contains(flag) && said.contains("must be "), "{said}");
    }
}

/// The warnings of a server started with these flags.
fn warnings(flags: &[&str]) -> Vec<String> {
    let arguments = ["twinspace"].iter().chain(flags);
    let config = Cli::try_parse_from(arguments).unwrap().config;
    config.server.warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn a_server_whose_links_lead_nowhere_warns() {
    assert_eq!(warnings(&[]), [""; 0]);
    let all = ["--listen", "0.0.0.0:8000"];
    let said = warnings(&all);
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("http://localhost:8000") && said[0].contains("--public-url"));
    let known = ["--listen", "[::]:8000", "--public-url", "https://twinspace.example"];
    assert_eq!(warnings(&known), [""; 0]);

    let said = warnings(&["--playground", "off", "--public-url", "https://api.example/"]);
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("https://api.example/,") && said[0].contains("--app-url"));
    let known = ["--playground", "off", "--app-url", "https://app.example"];
    assert_eq!(warnings(&known), [""; 0]);
}

#[test]
fn links_begin_with_the_address_of_the_app_and_media_with_that_of_the_server() {
    let config = |flags: &[&str]| {
        let arguments = ["twinspace"].iter().chain(flags);
        Cli::try_parse_from(arguments).unwrap().config.server
    };
    let both = ["--public-url", "https://api.example/v/", "--app-url", "https://app.example/"];
    assert_eq!(config(&both).public_url(), "https://api.example/v");
    assert_eq!(config(&both).app_url(), "https://app.example");
    assert_eq!(config(&both[..2]).app_url(), "https://api.example/v");
    assert_eq!(config(&["--listen", "[::]:81"]).public_url(), "http://localhost:81");
    assert_eq!(config(&["--listen", "[::1]:81"]).app_url(), "http://[::1]:81");
}

#[test]
fn the_schema_is_printed_without_a_database() {
    let (code, schema, _) = run(&["schema", "--database-url", "postgres://nowhere.invalid/x"]);
    assert_eq!(code, Some(0));
    assert!(schema.contains("type Query"));
}

/// As when it is piped into `head`.
#[test]
fn it_ends_quietly_if_nobody_reads_what_it_prints() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], print: Stdio, tell: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinspace"));
        command.args(arguments).env("TWINSPACE_DATA_DIR", folder.path()).stdout(print).stderr(tell);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let nobody = || Stdio::from(pipe().unwrap().1);
    for arguments in [
        &["migrate"][..],
        &["schema"],
        &["config", "show"],
        &["doctor", "--listen", "127.0.0.1:0"],
        &["doctor", "--json", "--listen", "127.0.0.1:0"],
        &["check"],
        &["config", "show", "--json"],
        &["demo", "--no-serve", "--argon2-memory", "8"],
    ] {
        let (code, said) = run(arguments, nobody(), Stdio::piped());
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("panic") && !said.contains("pipe"), "{arguments:?}: {said}");
        let (code, _) = run(arguments, nobody(), nobody());
        assert_eq!(code, Some(0), "{arguments:?}");
    }
    // What is wrong still is.
    let (code, _) = run(&["migrate", "--data-dir", "/dev/null/x"], nobody(), nobody());
    assert_eq!(code, Some(2));
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let (code, said) = run(&["schema"], full.into(), Stdio::piped());
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.starts_with("twinspace: The output could not be written: No space left"),
        "{said}"
    );
}

#[test]
fn the_demo_says_how_to_sign_in() {
    let (code, said, errors) = run(&["demo", "--no-serve", "--argon2-memory", "8"]);
    assert_eq!(code, Some(0), "{errors}");
    for expected in ["zofia@demo.example", "twinspace1", "curl -s http://127.0.0.1:8000/graphql"] {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_it_keeps_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| {
        let found = fs::metadata(folder.path().join(name));
        found.unwrap_or_else(|error| panic!("{name}: {error}")).permissions().mode() & 0o777
    };
    let open = |name: &str, mode| {
        let path = folder.path().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let serve = || {
        let data = folder.path().join("data").display().to_string();
        Program::serve(env!("CARGO_BIN_EXE_twinspace"), &["--data-dir", &data])
    };
    let files = ["twinspace.db", "twinspace.db-wal", "twinspace.db-shm", "twinspace.lock"];
    let all = |folders: u32, of_files: u32| {
        for name in ["data", "data/media", "data/uploads"] {
            assert_eq!(mode(name), folders, "{name}");
        }
        for name in files {
            assert_eq!(mode(&format!("data/{name}")), of_files, "{name}");
        }
    };
    let program = serve();
    all(0o700, 0o600);
    drop(program);
    // Left by an older version, or changed by hand.
    open("data", 0o755);
    for name in files {
        open(&format!("data/{name}"), 0o644);
    }
    let program = serve();
    all(0o700, 0o600);
    drop(program);
}

#[tokio::test]
async fn what_is_done_to_the_data_is_told_to_programs() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let url = |data: &TempDir| format!("sqlite:{}", data.path().join("twinspace.db").display());
    let run = async |data: &TempDir, arguments: &[&str]| {
        let said = command::run(&url(data), data.path(), arguments).await.unwrap();
        serde_json::from_str::<Value>(&said).unwrap_or_default()
    };
    run(&folder, &["migrate"]).await;
    let found = run(&folder, &["check", "--json"]).await;
    assert_eq!(found, json!({ "damage": [], "staleTwinSpaces": 0 }));
    assert_eq!(run(&folder, &["recount", "--json"]).await, json!({ "twinSpaces": 0 }));
    let backup = folder.path().join("backup").display().to_string();
    let made = run(&folder, &["backup", &backup, "--json"]).await;
    assert_eq!([&made["rows"], &made["mediaMissing"]], [0, 0], "{made}");
    assert_eq!(run(&folder, &["restore", &backup, "--check", "--json"]).await, made);
    assert_eq!(run(&other, &["restore", &backup, "--json"]).await, made);
    let from = ["copy", "--from", &url(&folder), "--json"];
    let copied = run(&TempDir::new().unwrap(), &from).await;
    assert_eq!(copied, json!({ "rows": 0 }));
}
