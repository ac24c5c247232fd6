//! Settings from a file, secrets from files of their own, and `twinspace config show`.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use domain::db::{CONNECTIONS, SQLITE_CONNECTIONS};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with files of settings.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Writes a file; returns its path.
    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    }

    /// What the program prints with these arguments and variables, and what it says is wrong.
    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Result<String, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinspace"));
        command.args(arguments).envs(variables.iter().copied()).current_dir(self.0.path());
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        match output.status.success() {
            true => Ok(text(output.stdout)),
            false => Err(text(output.stderr)),
        }
    }

    /// A setting in force and where it comes from.
    fn setting(
        &self,
        name: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> (Value, Value) {
        let arguments = [&["config", "show", "--json"], arguments].concat();
        let shown = self.run(&arguments, variables).unwrap();
        let shown: Vec<Value> = serde_json::from_str(&shown).unwrap();
        let mut found = shown.into_iter().find(|one| one["name"] == name).unwrap();
        (found["value"].take(), found["source"].take())
    }
}

#[test]
fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
    let files = Files::new();
    let file =
        files.write("twinspace.toml", "session-days = 40\nchat_days = 30\nplayground = false");
    let config = ("TWINSPACE_CONFIG", &*file);
    let days = ("TWINSPACE_SESSION_DAYS", "50");
    let of = |name, arguments: &[&str], variables: &[(&str, &str)]| {
        let (value, source) = files.setting(name, arguments, variables);
        format!("{} {}", value.as_str().unwrap(), source.as_str().unwrap())
    };
    assert_eq!(of("session-days", &[], &[]), "90 default");
    assert_eq!(of("session-days", &["--config", &file], &[]), "40 file");
    assert_eq!(of("session-days", &[], &[config]), "40 file");
    assert_eq!(of("session-days", &[], &[config, days]), "50 variable");
    assert_eq!(of("session-days", &["--session-days", "60"], &[config, days]), "60 flag");
    assert_eq!(of("chat-days", &[], &[config]), "30 file");
    assert_eq!(of("playground", &[], &[config]), "off file");
    let other = files.write("other.toml", "session-days = 70");
    assert_eq!(of("session-days", &["--config", &other], &[config]), "70 file");
}

#[test]
fn a_wrong_file_is_told_with_its_name_and_without_its_secrets() {
    let files = Files::new();
    for (text, expected) in [
        ("public_ulr = 'https://x.example'", "public_ulr is no setting"),
        ("session-days = 0", "0 is not in 1..=3650"),
        ("session-days = 1.5", "session-days must be a text, a number, true, false"),
        ("public-url = 'x.example'", "must be a URL"),
        ("config = 'other.toml'", "config is no setting"),
        ("[mail]\nsmtp-url = 'smtp://me:hush@mail.example'", "mail is no setting"),
        (
            "listen = '127.0.0.1:80'\nsmtp-url = 'smtp://me:hush@mail.example",
            "not valid TOML: line 2",
        ),
        ("smtp-url-file = '/nowhere'", "smtp-url-file names /nowhere, which cannot be read"),
        ("public-url-file = '/nowhere'", "public-url-file is no setting"),
    ] {
        let file = files.write("wrong.toml", text);
        let said = files.run(&["config", "show", "--config", &file], &[]).unwrap_err();
        assert!(said.contains(expected), "{text}: {said}");
        assert!(!said.contains("hush"), "{said}");
    }
    let said = files.run(&["migrate", "--config", "missing.toml"], &[]).unwrap_err();
    assert!(said.contains("missing.toml cannot be read"), "{said}");
}

#[test]
fn every_secret_can_be_in_a_file_of_its_own_and_none_is_shown() {
    let files = Files::new();
    let cases = [
        (
            "database-url",
            "TWINSPACE_DATABASE_URL",
            "postgres://me:hush@db.example/x?sslmode=require",
            "postgres://me:********@db.example/x?sslmode=require",
        ),
        (
            "smtp-url",
            "TWINSPACE_SMTP_URL",
            "smtps://me:hush@mail.example",
            "smtps://me:********@mail.example",
        ),
        ("media-s3-secret-key", "TWINSPACE_MEDIA_S3_SECRET_KEY", "hush", "********"),
    ];
    for (name, variable, secret, masked) in cases {
        let file = files.write("secret", &format!("{secret}\n"));
        let in_file = format!("{variable}_FILE");
        let toml = files.write("twinspace.toml", &format!("{name} = '{secret}'"));
        let toml_file = files.write("file.toml", &format!("{name}-file = '{file}'"));
        let flag = format!("--{name}");
        for (arguments, variables, source) in [
            (&[&*flag, secret][..], &[][..], "flag"),
            (&[], &[(variable, secret)], "variable"),
            (&[], &[(&*in_file, &*file)], "file"),
            (&["--config", &toml], &[], "file"),
            (&["--config", &toml_file], &[], "file"),
        ] {
            let (value, from) = files.setting(name, arguments, variables);
            assert_eq!((value.as_str(), from.as_str()), (Some(masked), Some(source)), "{name}");
            let help = files.run(&[arguments, &["--help"]].concat(), variables).unwrap();
            assert!(!help.contains("hush"), "{help}");
        }
        let both = [(variable, secret), (&*in_file, &*file)];
        let said = files.run(&["config", "show"], &both).unwrap_err();
        assert!(said.contains("are both set") && !said.contains("hush"), "{said}");
        let empty = files.write("empty", "\n");
        let said = files.run(&["config", "show"], &[(&*in_file, &*empty)]).unwrap_err();
        assert!(said.contains("which is empty"), "{said}");
    }
    let query = "postgres:///x?host=/run&password=hush";
    let (value, _) = files.setting("database-url", &["--database-url", query], &[]);
    assert!(!value.as_str().unwrap().contains("hush"), "{value}");
}

#[test]
fn what_is_shown_is_a_file_of_the_same_settings() {
    let files = Files::new();
    let flags =
        ["--listen", "[::1]:81", "--allowed-origins", "https://a.example,https://b.example"];
    let shown = files.run(&[&["config", "show"], &flags[..]].concat(), &[]).unwrap();
    assert!(shown.contains("listen = \"[::1]:81\"  # flag\n"), "{shown}");
    assert!(shown.contains("# smtp-url is not set\n"), "{shown}");
    let connections = format!(
        "# database-connections is not set. Defaults to {CONNECTIONS} for PostgreSQL and to \
         {SQLITE_CONNECTIONS} for SQLite\n"
    );
    assert!(shown.contains(&connections), "{shown}");
    assert!(shown.contains("# app-url is not set. Defaults to the public URL"), "{shown}");
    let file = files.write("shown.toml", &shown);
    let again = files.run(&["config", "show", "--config", &file], &[]).unwrap();
    let bare = |text: &str| {
        let lines = text.lines().map(|line| line.split("  # ").next().unwrap().to_owned());
        // But the file itself.
        lines.skip(1).collect::<Vec<_>>()
    };
    assert_eq!(bare(&again), bare(&shown));
}

#[test]
fn a_database_named_in_a_file_is_used() {
    let files = Files::new();
    let secret = files.write("url", "sqlite:elsewhere.db");
    let file =
        files.write("twinspace.toml", &format!("database-url-file = '{secret}'\ndata-dir = 'd'"));
    files.run(&["migrate", "--config", &file], &[]).unwrap();
    assert!(files.0.path().join("elsewhere.db").is_file());
}

#[test]
fn the_help_of_a_command_is_short() {
    let files = Files::new();
    let help = files.run(&["backup", "--help"], &[]).unwrap();
    assert!(help.contains("DIR") && help.lines().count() < 20, "{help}");
    let all = files.run(&["--help"], &[]).unwrap();
    assert!(all.contains("--media-s3-bucket") && all.contains("TWINSPACE_CONFIG"), "{all}");
    let serve = files.run(&["help", "serve"], &[]).unwrap();
    assert!(serve.contains("`twinspace --help` lists all settings"), "{serve}");
}
