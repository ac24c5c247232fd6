//! A disk that is full.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::Ordering,
    time::Duration,
};

use tokio::time::sleep;

use crate::{
    client::{Client, ready},
    program::{Engine, Home},
    room::Room,
    writing::Acknowledged,
};

/// How much room the disk has, in bytes, and how much of it is left at first.
const DISK: u64 = 64 << 20;
const LEFT: u64 = 4_000_000;

/// A file system of its own, as long as this lives.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    /// None where one may not mount any.
    fn mount(at: &'a Path) -> Option<Self> {
        let size = format!("size={DISK}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at);
        mount.status().is_ok_and(|status| status.success()).then_some(Self(at))
    }

    /// Fills it but for what is `left`, with a file at this path.
    fn fill(&self, left: u64) -> PathBuf {
        let path = self.0.join("ballast");
        let mut file = File::create(&path).expect("there is room for a name");
        while file.write_all(&[1; 4096]).is_ok() {}
        let size = file.metadata().expect("it is there").len();
        file.set_len(size.saturating_sub(left)).expect("it becomes shorter");
        path
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

/// Fills the disk of a server on SQLite until it can write no more, and then makes room again.
pub async fn disk(program: &Path, engine: Engine) {
    if engine != Engine::Sqlite {
        return println!("  PostgreSQL looks after its own disk.");
    }
    let home = Home::new(engine).await;
    let Some(disk) = Disk::mount(home.folder.path()) else {
        return println!("  Not tried: mounting a file system needs root.");
    };
    let room = Room::make(&home, 0).await;
    let running = home.serve(program);
    let ballast = disk.fill(LEFT);
    let client = Client::new(&running.address, &room.teacher);
    let acknowledged = Acknowledged::default();
    let mut failures = 0;
    while failures < 2 {
        let done = match acknowledged.count() % 4 {
            0 => acknowledged.invite(&client, &room).await,
            _ => acknowledged.say(&client, &room).await,
        };
        failures = if done.is_err() { failures + 1 } else { 0 };
    }
    let (filled, refused) = (acknowledged.count(), acknowledged.refused.load(Ordering::Relaxed));
    let mut since = 0;
    for _ in 0..100 {
        since += usize::from(acknowledged.say(&client, &room).await.is_ok());
    }
    sleep(Duration::from_secs(2)).await;
    let full = ready(&running.address).await;
    println!(
        "  full: {filled} acknowledged, {refused} refused; then {since} of 100 acknowledged, /readyz {full}"
    );
    fs::remove_file(&ballast).expect("it is there");
    sleep(Duration::from_secs(2)).await;
    for _ in 0..100 {
        acknowledged.say(&client, &room).await.expect("there is room again");
    }
    let again = ready(&running.address).await;
    drop(running);
    let lost = acknowledged.lost(&home).await;
    println!(
        "  with room again: /readyz {again}, {} acknowledged, {lost} lost",
        acknowledged.count()
    );
    // The write-ahead log may be emptied meanwhile, which makes room for some more.
    let told = if since == 0 { 503 } else { 200 };
    assert_eq!((lost, full, again), (0, told, 200));
}
