//! PostgreSQL is away for a while.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpListener, UnixStream},
    sync::broadcast,
    time::sleep,
};

use crate::{
    client::Client,
    program::{Engine, Home},
    room::Room,
    writing::{Acknowledged, Writers},
};

/// A wire to PostgreSQL that can be cut.
struct Wire {
    whole: Arc<AtomicBool>,
    cut: broadcast::Sender<()>,
    url: String,
}

impl Wire {
    async fn to(url: &str) -> Self {
        let (address, folder) = url.split_once("?host=").expect("it listens in a folder");
        let socket = format!("{folder}/.s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let url = address.replace("@localhost/", &format!("@127.0.0.1:{port}/"));
        let (whole, cut) = (Arc::new(AtomicBool::new(true)), broadcast::channel(1).0);
        let (is_whole, cuts) = (Arc::clone(&whole), cut.clone());
        tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                if !is_whole.load(Ordering::Relaxed) {
                    continue;
                }
                let (mut cut, socket) = (cuts.subscribe(), socket.clone());
                tokio::spawn(async move {
                    let mut to = UnixStream::connect(socket).await.expect("PostgreSQL is there");
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut from, &mut to) => {}
                        _ = cut.recv() => {}
                    }
                });
            }
        });
        Self { whole, cut, url }
    }
}

/// Cuts the wire for some seconds while clients write: they are told at once, and it goes on by
/// itself.
pub async fn away(program: &Path, engine: Engine, long: bool) {
    if engine != Engine::Postgresql {
        return println!("  SQLite is never away.");
    }
    let mut home = Home::new(engine).await;
    let room = Arc::new(Room::make(&home, 0).await);
    let wire = Wire::to(&home.database.as_ref().expect("PostgreSQL").url()).await;
    home.through = Some(wire.url.clone());
    let program = home.serve(program);
    let acknowledged = Arc::<Acknowledged>::default();
    let client = Client::new(&program.address, &room.teacher);
    let (mut slowest, mut recovery) = (Duration::ZERO, Duration::ZERO);
    let rounds = if long { 10 } else { 3 };
    for _ in 0..rounds {
        let writers = Writers::start(&program.address, &room, &acknowledged);
        sleep(Duration::from_secs(1)).await;
        wire.whole.store(false, Ordering::Relaxed);
        let _ = wire.cut.send(());
        // Until it is known.
        sleep(Duration::from_secs(1)).await;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(if long { 20 } else { 5 }) {
            let asked = Instant::now();
            let error = client.members(&room.id).await.expect_err("it is away");
            assert!(error.contains("UNAVAILABLE"), "{error}");
            slowest = slowest.max(asked.elapsed());
            sleep(Duration::from_millis(50)).await;
        }
        wire.whole.store(true, Ordering::Relaxed);
        let back = Instant::now();
        while client.members(&room.id).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
        recovery = recovery.max(back.elapsed());
        sleep(Duration::from_secs(1)).await;
        writers.stop().await;
    }
    drop(program);
    let lost = acknowledged.lost(&home).await;
    println!(
        "  away {rounds} times: told after {:.0} ms at most, back after {:.0} ms at most; \
         {} acknowledged, {lost} lost",
        slowest.as_secs_f64() * 1e3,
        recovery.as_secs_f64() * 1e3,
        acknowledged.count()
    );
    assert_eq!(lost, 0);
    assert!(slowest < Duration::from_secs(1), "it takes long to say so");
}
