//! Secrets that others can read.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::{Findings, PROGRAM, Setup};

const PART: &str = "files";
const URL: &str = "smtp://me:hush@127.0.0.1:1?tls=required";

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A folder that everybody can enter.
fn public() -> TempDir {
    let folder = TempDir::new().unwrap();
    set_mode(folder.path(), 0o755);
    folder
}

fn written(folder: &TempDir, name: &str, text: &str, mode: u32) -> PathBuf {
    let file = folder.path().join(name);
    fs::write(&file, text).unwrap();
    set_mode(&file, mode);
    file
}

async fn examine(setup: &Setup, variable: &str, file: &Path) -> Findings {
    setup.examine_with(&[], |command| _ = command.env(variable, file)).await
}

/// That nothing is wrong with any file.
fn is_quiet(found: &Findings) {
    let wrong = found.all.iter().find(|one| one["part"] == PART && one["state"] != "ok");
    assert_eq!(wrong, None);
}

#[tokio::test]
async fn secrets_that_others_can_read_or_change_are_found() {
    let (setup, folder) = (Setup::new().await, public());
    let secret = written(&folder, "smtp-url", URL, 0o644);
    let variable = "TWINSPACE_SMTP_URL_FILE";
    let mend = format!("chmod 600 {}", secret.display());
    for (mode, can) in [(0o644, "can read"), (0o640, "can read"), (0o622, "can change")] {
        set_mode(&secret, mode);
        examine(&setup, variable, &secret).await.tell(PART, "warning", can, &mend);
    }
    // In a folder that nobody else can enter, the mode of the file does not matter.
    set_mode(&secret, 0o644);
    set_mode(folder.path(), 0o700);
    is_quiet(&examine(&setup, variable, &secret).await);
    set_mode(folder.path(), 0o755);
    set_mode(&secret, 0o600);
    let found = examine(&setup, variable, &secret).await;
    found.tell(PART, "ok", "Nobody else can read the files with secrets", "");
}

#[tokio::test]
async fn a_file_of_settings_is_as_secret_as_what_is_in_it() {
    let (setup, folder) = (Setup::new().await, public());
    let secret = written(&folder, "smtp-url", URL, 0o600);
    let variable = "TWINSPACE_CONFIG";
    let plain = format!("smtp-url-file = {:?}\ndrain-time = 1\n", secret.display());
    let settings = written(&folder, "settings.toml", &plain, 0o644);
    is_quiet(&examine(&setup, variable, &settings).await);
    set_mode(&secret, 0o604);
    let found = examine(&setup, variable, &settings).await;
    found.tell(PART, "warning", "can read", &format!("chmod 600 {}", secret.display()));
    fs::write(&settings, format!("smtp-url = {URL:?}\n")).unwrap();
    let found = examine(&setup, variable, &settings).await;
    found.tell(PART, "warning", "which has a secret", &format!("chmod 600 {}", settings.display()));
}

#[tokio::test]
async fn a_secret_of_somebody_else_stays_readable_for_the_server() {
    let (setup, folder) = (Setup::new().await, public());
    let secret = written(&folder, "smtp-url", URL, 0o640);
    let (user, group) = fs::metadata(&secret).map(|file| (file.uid(), file.gid())).unwrap();
    // Only the superuser can give a file away.
    if chown(&secret, Some(65534), None).is_err() {
        return;
    }
    let variable = "TWINSPACE_SMTP_URL_FILE";
    is_quiet(&examine(&setup, variable, &secret).await);
    set_mode(&secret, 0o644);
    let found = examine(&setup, variable, &secret).await;
    found.tell(PART, "warning", "can read", &format!("chmod 640 {}", secret.display()));
    chown(&secret, None, Some(group + 4242)).unwrap();
    let found = examine(&setup, variable, &secret).await;
    let mend = format!("chown {user} {} && chmod 600", secret.display());
    found.tell(PART, "warning", "can read", &mend);
}

#[tokio::test]
async fn media_on_another_disk_are_looked_at() {
    let (setup, folder) = (Setup::new().await, public());
    let media = setup.path().join("media");
    fs::remove_dir_all(&media).ok();
    let elsewhere = folder.path().join("disk");
    fs::create_dir(&elsewhere).unwrap();
    set_mode(&elsewhere, 0o755);
    symlink(&elsewhere, &media).unwrap();
    let mend = format!("chmod 700 {}", elsewhere.display());
    let found = setup.examine(&[]).await;
    found.tell(PART, "warning", "can look into", &mend);
    set_mode(&elsewhere, 0o700);
    is_quiet(&setup.examine(&[]).await);
}

#[tokio::test]
async fn secrets_that_a_supervisor_hands_over_are_in_its_hands() {
    let setup = Setup::new().await;
    // In a mount namespace of its own: as Docker and systemd do it, and as Kubernetes does.
    let script = r#"
        mount -t tmpfs none /run && mkdir -p /run/secrets "$1" && mount -t tmpfs none "$1" || exit 77
        printf %s "$2" | tee /run/secrets/smtp-url >"$1/smtp-url"
        chmod 755 "$1" && chmod 444 /run/secrets/smtp-url "$1/smtp-url"
        mount -o remount,ro "$1" || exit 77
        exec env TWINSPACE_SMTP_URL_FILE="$3/smtp-url" "$0" doctor --json --listen 127.0.0.1:0
    "#;
    let mounted = public();
    let mounted = mounted.path().join("mounted").display().to_string();
    for folder in ["/run/secrets", &mounted] {
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", script, PROGRAM, &mounted, URL, folder]);
        command.env("TWINSPACE_DATA_DIR", setup.path()).env("TWINSPACE_LOG", "error");
        let Ok(output) = command.output() else { return };
        // Only the superuser can mount, and not in every container.
        if !matches!(output.status.code(), Some(0 | 1)) || output.stdout.is_empty() {
            return;
        }
        is_quiet(&Findings::of(output));
    }
}
