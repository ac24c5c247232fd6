//! `twinspace doctor` finds what is wrong with a set-up, and says what to do.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use twinspace::doctor::{State, judge_space};

use crate::support::{
    s3::Store,
    smtp::{Mood, Smtp},
};

mod database;
mod modes;
mod proxy;
mod public_url;
mod replica;

const PROGRAM: &str = env!("CARGO_BIN_EXE_twinspace");

/// A data folder with an up-to-date database.
struct Setup {
    folder: TempDir,
}

/// What the doctor found.
struct Findings {
    code: Option<i32>,
    all: Vec<Value>,
    said: String,
}

impl Findings {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (found, said) = (text(output.stdout), text(output.stderr));
        let all = serde_json::from_str(&found).unwrap_or_else(|_| panic!("{found}{said}"));
        Self { code: output.status.code(), all, said }
    }

    /// That it found this, and what mends it; problems are the exit status.
    fn tell(&self, part: &str, state: &str, said: &str, mend: &str) {
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or("").to_owned();
        let found = self.all.iter().any(|finding| {
            finding["part"] == part
                && finding["state"] == state
                && text(finding, "said").contains(said)
                // What is meant for the operator says both in one.
                && (text(finding, "said") + &text(finding, "mend")).contains(mend)
        });
        assert!(
            found,
            "no {state} of {part} with {said:?}, {mend:?}: {:#?}{}",
            self.all, self.said
        );
        let problems = self.all.iter().any(|finding| finding["state"] == "problem");
        assert_eq!(self.code, Some(i32::from(problems)), "{}", self.said);
        let everything = format!("{:?}{}", self.all, self.said);
        assert!(!everything.contains("hush"), "a secret is shown: {everything}");
    }
}

impl Setup {
    async fn new() -> Self {
        let setup = Self { folder: TempDir::new().unwrap() };
        fs::set_permissions(setup.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let migrated = setup.command(&["migrate"]).output().unwrap();
        assert!(migrated.status.success(), "{migrated:?}");
        setup
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env("TWINSPACE_DATA_DIR", self.path());
        command.env("TWINSPACE_LOG", "error");
        command
    }

    async fn examine(&self, flags: &[&str]) -> Findings {
        self.examine_with(flags, |_| ()).await
    }

    async fn examine_with(&self, flags: &[&str], set: impl FnOnce(&mut Command)) -> Findings {
        let mut command = self.command(&["doctor", "--json"]);
        if !flags.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(flags);
        set(&mut command);
        Findings::of(spawn_blocking(move || command.output().unwrap()).await.unwrap())
    }
}

#[tokio::test]
async fn a_sound_setup_has_no_problem() {
    let setup = Setup::new().await;
    let smtp = Smtp::start().await;
    let flags = ["--smtp-url", &smtp.url(), "--mail-from", "twinspace@school.example"];
    let found = setup.examine(&flags).await;
    let states: Vec<_> = found.all.iter().map(|finding| finding["state"].clone()).collect();
    assert!(states.iter().all(|state| state == "ok"), "{:#?}", found.all);
    assert_eq!(found.code, Some(0));
    let parts: Vec<_> = found.all.iter().map(|finding| finding["part"].as_str().unwrap()).collect();
    for part in ["settings", "files", "database", "storage", "mail", "network"] {
        assert!(parts.contains(&part), "{parts:?}");
    }
    assert_eq!(fs::read_dir(setup.path().join("media")).unwrap().count(), 0, "something is left");

    let text = setup.command(&["doctor", "--listen", "127.0.0.1:0"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("warning  mail      Mails are saved as files"), "{text}");
    assert!(text.contains("                   Set --smtp-url"), "{text}");
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_not_made() {
    let folder = TempDir::new().unwrap();
    let setup = Setup { folder };
    let missing = setup.path().join("missing").display().to_string();
    let found = setup.examine(&["--data-dir", &missing]).await;
    found.tell("storage", "warning", "does not exist yet", "correct --data-dir");
    assert!(!Path::new(&missing).exists());
    let found = setup.examine(&[]).await;
    found.tell(
        "database",
        "warning",
        "There is no database at",
        "It is created by the first start",
    );
    assert!(!setup.path().join("twinspace.db").exists());
}

#[tokio::test]
async fn wrong_settings_are_found() {
    let setup = Setup::new().await;
    let settings = [
        (
            "problem",
            &["--database-url", "mysql://me:hush@h/x"][..],
            "must be sqlite:FILE",
            "postgres://",
        ),
        (
            "problem",
            &["--media-s3-endpoint", "https://s3.example"],
            "but no bucket",
            "set --media-s3-bucket",
        ),
        ("warning", &["--argon2-memory", "8"], "hashes are weak", "--argon2-memory"),
        ("warning", &["--allowed-origins", "*"], "Every website", "--allowed-origins"),
        ("warning", &["--playground", "off"], "links in mails lead to", "set --app-url"),
        ("warning", &["--listen", "0.0.0.0:0"], "other people cannot open", "set --public-url"),
    ];
    for (state, flags, said, mend) in settings {
        setup.examine(flags).await.tell("settings", state, said, mend);
    }
    let found = setup.examine_with(&[], |command| {
        command.env("TWINSPACE_SMPT_URL", "smtp://me:hush@mail.example");
    });
    let said = "TWINSPACE_SMPT_URL is set, but there is no such setting";
    found.await.tell("settings", "warning", said, "Correct the name");
    // The file of a secret is a setting.
    let secret = setup.path().join("secret");
    fs::write(&secret, "smtp://127.0.0.1:1").unwrap();
    let found = setup.examine_with(&[], |command| {
        command.env("TWINSPACE_SMTP_URL_FILE", &secret);
    });
    let found = found.await;
    found.tell("settings", "ok", "do not contradict", "");
    found.tell("mail", "problem", "connecting: ", "firewall");
}

#[tokio::test]
async fn wrong_files_are_found() {
    let setup = Setup::new().await;
    let file = setup.path().join("twinspace.db");
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    open(setup.path(), 0o755);
    setup.examine(&[]).await.tell("files", "warning", "can look into", "chmod 700");
    open(setup.path(), 0o700);
    open(&file, 0o644);
    setup.examine(&[]).await.tell("files", "warning", "can read", "chmod 600");
    open(&file, 0o600);
    let is_file = file.display().to_string();
    let found = setup.examine(&["--data-dir", &is_file]).await;
    found.tell("files", "problem", "is not a folder", "another --data-dir");

    let mut limited = Command::new("sh");
    limited.args([
        "-c",
        "ulimit -n 256 && exec \"$0\" doctor --json --listen 127.0.0.1:0",
        PROGRAM,
    ]);
    limited.env("TWINSPACE_DATA_DIR", setup.path()).env("TWINSPACE_LOG", "error");
    let found = Findings::of(limited.output().unwrap());
    found.tell("files", "warning", "At most 256 files", "--max-connections");

    // Only the superuser can give a folder away.
    if chown(setup.path(), Some(65534), None).is_ok() {
        let found = setup.examine(&[]).await;
        found.tell(
            "files",
            "problem",
            "belongs to user 65534",
            "sudo -u '#65534' twinspace doctor",
        );
        assert!(!found.all.iter().any(|finding| finding["part"] == "database"));
    }
}

#[tokio::test]
async fn a_wrong_storage_is_found() {
    let setup = Setup::new().await;
    fs::remove_dir_all(setup.path().join("media")).ok();
    fs::write(setup.path().join("media"), "in the way").unwrap();
    let found = setup.examine(&[]).await;
    found.tell("storage", "problem", "media could not be created", "another --data-dir");

    let store = Store::start().await;
    let mut config = crate::support::config().media;
    store.configure(&mut config);
    let (endpoint, key) = (config.media_s3_endpoint.unwrap(), config.media_s3_access_key.unwrap());
    let secret = config.media_s3_secret_key.unwrap();
    let bucket = config.media_s3_bucket.unwrap();
    let sound = ["--media-s3-bucket", &bucket, "--media-s3-endpoint", &endpoint];
    let keys = ["--media-s3-access-key", &key, "--media-s3-secret-key", secret.reveal()];
    setup.examine(&[&sound[..], &keys].concat()).await.tell("storage", "ok", "can be written", "");
    for (flag, value) in [
        ("--media-s3-bucket", "nowhere"),
        ("--media-s3-secret-key", "hush"),
        ("--media-s3-endpoint", "http://s3.example"),
        ("--media-s3-endpoint", "http://127.0.0.1:1"),
    ] {
        let mut flags = [&sound[..], &keys].concat();
        let at = flags.iter().position(|name| *name == flag).unwrap();
        flags[at + 1] = value;
        let found = setup.examine(&flags).await;
        let said = "Media could not be stored in the bucket";
        found.tell("storage", "problem", said, "Check --media-s3-bucket");
    }
}

#[tokio::test]
async fn wrong_mail_is_found() {
    let setup = Setup::new().await;
    let smtp = Smtp::start().await;
    let at = smtp.address();
    let signed_in = format!("smtp://me:hush@{at}");
    let secure = format!("smtp://{at}?tls=required");
    let part = "mail";
    setup.examine(&[]).await.tell(part, "warning", "saved as files", "Set --smtp-url");
    let sound = ["--smtp-url", &signed_in, "--mail-to", "tom@example.org"];
    let found = setup.examine(&sound).await;
    found.tell(part, "warning", "which other mail servers reject", "Set --mail-from");
    found.tell(part, "ok", "accepted a mail to tom@example.org", "");
    assert_eq!(smtp.mails().len(), 1);

    for (url, said, mend) in [
        ("smtp://127.0.0.1:1", "connecting: ", "firewall"),
        (&secure, "STARTTLS", "?tls=required"),
        ("smtp://me:hush@mail.example", "without encryption", "tls=required"),
        ("http://mail.example", "unknown scheme", "smtps://USER:PASSWORD@HOST"),
    ] {
        setup.examine(&["--smtp-url", url]).await.tell(part, "problem", said, mend);
    }
    smtp.set(Mood::Answering("AUTH", "535 5.7.8 wrong"));
    setup.examine(&sound).await.tell(
        part,
        "problem",
        "responded 535 5.7.8 to AUTH",
        "password in --smtp-url",
    );
    smtp.set(Mood::Answering("MAIL", "550 5.7.1 not yours"));
    setup.examine(&sound).await.tell(part, "problem", "responded 550 5.7.1 to MAIL", "--mail-from");
    smtp.set(Mood::Busy);
    setup.examine(&sound).await.tell(
        part,
        "problem",
        "responded 451 4.3.2 to RCPT",
        "recipient exists",
    );
}

#[tokio::test]
async fn a_wrong_network_is_found() {
    let setup = Setup::new().await;
    let part = "network";
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    // It says something, but not what this server says.
    std::thread::spawn(move || {
        for client in taken.incoming() {
            let _ = client.unwrap().write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
        }
    });
    let found = setup.examine(&["--listen", &address]).await;
    found.tell(part, "problem", "Another program is listening", "another address with --listen");
    let found = setup.examine(&["--listen", "203.0.113.1:8000"]).await;
    found.tell(part, "problem", "cannot listen on 203.0.113.1", "an address of this machine");

    let unknown = ["--public-url", "https://twinspace.invalid"];
    let found = setup.examine(&unknown).await;
    found.tell(part, "problem", "twinspace.invalid of the public URL is not known", "the DNS");
    found.tell(part, "warning", "proxy that provides TLS is not trusted", "--trusted-proxies");
    let found = setup.examine(&["--public-url", "http://twinspace.invalid"]).await;
    found.tell(part, "warning", "is not encrypted", "with https");
    let found = setup.examine(&["--public-url", "https://127.0.0.1:1"]).await;
    found.tell(part, "warning", "Nothing is listening", "Start the proxy");
    let found = setup.examine(&["--listen", "0.0.0.0:0", "--trusted-proxies", "1"]).await;
    found.tell(part, "warning", "Proxies are trusted", "Listen on 127.0.0.1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_server_is_not_in_its_own_way() {
    let setup = Setup::new().await;
    let data = setup.path().display().to_string();
    let program = crate::support::program::Program::serve(PROGRAM, &["--data-dir", &data]);
    let found = setup.examine(&["--listen", &program.address]).await;
    found.tell("network", "ok", "A server is running", "");
    assert_eq!(found.code, Some(0));
}

#[tokio::test]
async fn a_server_says_at_its_start_what_is_wrong() {
    let setup = Setup::new().await;
    let mut command = setup.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("TWINSPACE_SMPT_URL", "x").env("TWINSPACE_LOG", "info").stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = spawn_blocking(move || {
        let mut wanted = vec!["TWINSPACE_SMPT_URL is set", "Mails are saved as files"];
        for line in lines.map_while(Result::ok) {
            wanted.retain(|said| !line.contains(said));
            if wanted.is_empty() {
                break;
            }
        }
        wanted
    });
    let missing = tokio::time::timeout(Duration::from_secs(30), told).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(missing.expect("it says so").unwrap(), [""; 0]);
}

#[test]
fn a_disk_that_is_nearly_full_is_told_before_it_is() {
    let state = |mib: u64| judge_space(Path::new("/data"), mib << 20).state;
    assert_eq!([10, 500, 5000].map(state), [State::Problem, State::Warning, State::Ok]);
}
