//! Many who listen, and some who do not.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, future::join_all};
use serde_json::{Value, json};
use tokio::{runtime, task::JoinHandle, time::sleep};

use crate::{
    client::{Client, send, socket},
    program::{self, Engine, Home, Program},
    room::Room,
};

const CHAT: &str = "subscription($id: ID!) { chatChanged(twinSpaceId: $id) { __typename
    ... on ChatMessageSent { message { id text sentAt byViewer
        author { id name picture { url } } authorMember { id role }
        permissions { delete { allowed } report { allowed } } } }
} }";
const OTHERS: [&str; 4] = [
    "subscription($id: ID!) { membersChanged(twinSpaceId: $id) { __typename
        ... on MemberChanged { member { id name role } } } }",
    "subscription($id: ID!) { pagesChanged(twinSpaceId: $id) { __typename
        ... on PageChanged { page { id title } } } }",
    "subscription($id: ID!) { mediaChanged(twinSpaceId: $id) { __typename
        ... on MediaEdited { media { id title } } } }",
    "subscription { inboxChanged { __typename } }",
];

/// What subscribers have heard.
#[derive(Default)]
struct Heard {
    /// Of each kind of message how many.
    messages: BTreeMap<String, u64>,
    /// How long the last of each text took.
    last: BTreeMap<String, Instant>,
    /// Of each subscriber of the chat how many messages arrived, and whether it was told that it
    /// missed some: in words, or by a socket that was closed.
    each: Vec<(usize, bool)>,
}

/// Opens a socket for each token, with these subscriptions, and notes what comes.
async fn subscribe(
    address: &str,
    room: &str,
    tokens: &[String],
    queries: &[&str],
    heard: &Arc<Mutex<Heard>>,
) -> Vec<JoinHandle<()>> {
    let mut listening = vec![];
    for some in tokens.chunks(50) {
        let sockets = join_all(some.iter().map(async |token| {
            let mut socket = socket(address, token).await;
            for (n, query) in queries.iter().enumerate() {
                let payload = json!({ "query": query, "variables": { "id": room } });
                let id = n.to_string();
                send(&mut socket, &json!({ "type": "subscribe", "id": id, "payload": payload }))
                    .await;
            }
            socket
        }))
        .await;
        listening.extend(sockets.into_iter().map(|mut socket| {
            let heard = Arc::clone(heard);
            let who = {
                let mut heard = heard.lock().expect("no panic");
                heard.each.push((0, false));
                heard.each.len() - 1
            };
            tokio::spawn(async move {
                while let Some(message) = socket.next().await {
                    let Ok(message) = message else { break };
                    note(&heard, who, message.to_text().unwrap_or_default());
                }
                let mut heard = heard.lock().expect("no panic");
                heard.each[who].1 = true;
                *heard.messages.entry("closed".into()).or_default() += 1;
            })
        }));
    }
    // Until the last of them have begun.
    sleep(Duration::from_secs(3)).await;
    listening
}

fn note(heard: &Mutex<Heard>, who: usize, text: &str) {
    let message: Value = serde_json::from_str(text).unwrap_or_default();
    let data = message.pointer("/payload/data").and_then(Value::as_object);
    let data = data.and_then(|data| data.values().next());
    let kind = match message["type"].as_str() {
        Some("next") if message.pointer("/payload/errors").is_none() => {
            data.and_then(|data| data["__typename"].as_str()).unwrap_or("next without a name")
        }
        Some("next") => "next with errors",
        Some(other) => other,
        None => "ping",
    };
    let mut heard = heard.lock().expect("no panic");
    *heard.messages.entry(kind.to_owned()).or_default() += 1;
    // The chat is the first that each of them hears.
    match kind {
        "ChatMessageSent" => heard.each[who].0 += 1,
        "ChangesMissed" if message["id"] == "0" => heard.each[who].1 = true,
        _ => {}
    }
    if let Some(said) = data.and_then(|data| data.pointer("/message/text")?.as_str()) {
        heard.last.insert(said.to_owned(), Instant::now());
    }
}

/// What others feel meanwhile: reads the members' page again and again while `work` goes on, by a
/// thread of its own: how long it takes is the server's doing, and not that of those who listen here.
async fn others<T>(client: &Client, room: &str, work: impl Future<Output = T>) -> (T, Felt) {
    let over = Arc::new(AtomicBool::new(false));
    let reading = {
        let (client, room, over) = (client.another(), room.to_owned(), Arc::clone(&over));
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("there are threads").block_on(read(&client, &room, &over))
        })
    };
    let result = work.await;
    over.store(true, Ordering::Relaxed);
    let read = tokio::task::spawn_blocking(|| reading.join()).await;
    let (mut took, failed) = read.expect("no panic").expect("no panic");
    took.sort_unstable();
    let of_hundred = |n: usize| took.get(took.len() * n / 100).copied().unwrap_or_default();
    let [median, p99] = [50, 99].map(of_hundred);
    (result, Felt { median, p99, count: took.len(), failed })
}

/// How long each page took until it is over, and what went wrong.
async fn read(client: &Client, room: &str, over: &AtomicBool) -> (Vec<Duration>, Vec<String>) {
    let (mut took, mut failed) = (vec![], vec![]);
    while !over.load(Ordering::Relaxed) {
        match client.members(room).await {
            Ok(time) => took.push(time),
            Err(error) => failed.push(error),
        }
        sleep(Duration::from_millis(20)).await;
    }
    (took, failed)
}

/// How requests of others went.
struct Felt {
    median: Duration,
    p99: Duration,
    count: usize,
    failed: Vec<String>,
}

impl Felt {
    fn print(&self, when: &str) {
        println!(
            "  members page, {when}: {} times, median {:.1} ms, p99 {:.1} ms, {} failed",
            self.count,
            self.median.as_secs_f64() * 1e3,
            self.p99.as_secs_f64() * 1e3,
            self.failed.len()
        );
        if let Some(error) = self.failed.first() {
            println!("  the first error: {}", error.chars().take(300).collect::<String>());
        }
    }
}

/// Says `count` things, one each `every`, and tells how long each took to reach the last subscriber.
async fn talk(
    client: &Client,
    room: &str,
    count: usize,
    every: Duration,
) -> Vec<(String, Instant)> {
    let mut said = vec![];
    for n in 0..count {
        let begun = Instant::now();
        let text = format!("message {n}");
        client.say(room, &text).await.expect("it is taken");
        said.push((text, begun));
        sleep(every.saturating_sub(begun.elapsed())).await;
    }
    said
}

struct Before {
    server: f64,
    database: f64,
}

impl Before {
    fn now(program: &Program, home: &Home) -> Self {
        Self { server: program.processor(), database: home.processor() }
    }

    fn print(&self, program: &Program, home: &Home, messages: u32) {
        let server = program.processor() - self.server;
        let database = home.processor() - self.database;
        let each = |seconds: f64| seconds / f64::from(messages) * 1e3;
        println!(
            "  processor: server {server:.2} s, {:.0} ms a message; PostgreSQL {database:.2} s, {:.0} ms a message",
            each(server),
            each(database)
        );
        let [now, most] = program.memory();
        println!("  memory: {now} MiB, at most {most} MiB");
    }
}

fn count(said: &[(String, Instant)]) -> u32 {
    u32::try_from(said.len()).expect("some")
}

/// Prints what arrived of what was to arrive; how many subscribers neither heard everything nor were
/// told that they missed something.
fn account(heard: &Mutex<Heard>, said: &[(String, Instant)], listeners: usize) -> usize {
    let heard = heard.lock().expect("no panic");
    let arrived: usize = heard.each.iter().map(|(arrived, _)| arrived).sum();
    let missed = heard.each.iter().filter(|(arrived, told)| *arrived < said.len() && *told);
    let silent = heard.each.iter().filter(|(arrived, told)| *arrived < said.len() && !told);
    let mut delays: Vec<_> = said
        .iter()
        .filter_map(|(text, begun)| Some(heard.last.get(text)?.duration_since(*begun)))
        .collect();
    delays.sort_unstable();
    let silent = silent.count();
    println!(
        "  told {}, arrived {arrived}; {} subscribers were told that they missed some, {silent} were not",
        said.len() * listeners,
        missed.count()
    );
    println!("  heard: {:?}", heard.messages);
    if let (Some(median), Some(last)) = (delays.get(delays.len() / 2), delays.last()) {
        println!(
            "  until the last subscriber heard it: median {:.0} ms, at most {:.0} ms",
            median.as_secs_f64() * 1e3,
            last.as_secs_f64() * 1e3
        );
    }
    silent
}

/// Waits until all has arrived, or nothing more arrives.
async fn settled(heard: &Mutex<Heard>, messages: usize) {
    let count = || {
        let heard = heard.lock().expect("no panic");
        let all = heard.each.iter().all(|(arrived, _)| *arrived >= messages);
        (all, heard.messages.values().sum::<u64>())
    };
    let (mut before, mut since) = (count().1, Instant::now());
    loop {
        let (all, now) = count();
        if all || since.elapsed() > Duration::from_secs(5) {
            return;
        }
        if now != before {
            (before, since) = (now, Instant::now());
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// 300 pupils, an app of five subscriptions each, two chat messages a second.
pub async fn school(program: &Path, engine: Engine, long: bool) {
    let (home, room, program) = program::room(program, engine, 300).await;
    listen(&program, &home, &room, &[&[CHAT][..], &OTHERS].concat(), if long { 600 } else { 120 })
        .await;
}

/// 2,000 pupils in one chat room, and 20 messages.
pub async fn room(program: &Path, engine: Engine) {
    let (home, room, program) = program::room(program, engine, 2000).await;
    listen(&program, &home, &room, &[CHAT], 20).await;
}

async fn listen(program: &Program, home: &Home, room: &Room, queries: &[&str], messages: usize) {
    let teacher = Client::new(&program.address, &room.teacher);
    let quiet = others(&teacher, &room.id, sleep(Duration::from_secs(10))).await.1;
    quiet.print("quiet");
    let heard = Arc::default();
    let listening = subscribe(&program.address, &room.id, &room.pupils, queries, &heard).await;
    let before = Before::now(program, home);
    let every = Duration::from_millis(500);
    let (said, busy) = others(&teacher, &room.id, async {
        let said = talk(&teacher, &room.id, messages, every).await;
        settled(&heard, messages).await;
        said
    })
    .await;
    before.print(program, home, count(&said));
    busy.print("meanwhile");
    println!("  p99 meanwhile / quiet: {:.1}", busy.p99.as_secs_f64() / quiet.p99.as_secs_f64());
    let silent = account(&heard, &said, room.pupils.len());
    for socket in listening {
        socket.abort();
    }
    assert!(busy.failed.is_empty(), "requests of others failed");
    assert_eq!(silent, 0, "something was neither told nor said to be missed");
}

/// One account that subscribes a thousand times and reads nothing.
pub async fn deaf(program: &Path, engine: Engine) {
    let (home, room, program) = program::room(program, engine, 20).await;
    let teacher = Client::new(&program.address, &room.teacher);
    let quiet = others(&teacher, &room.id, sleep(Duration::from_secs(10))).await.1;
    quiet.print("quiet");
    let mut sockets = vec![];
    for _ in 0..20 {
        let mut socket = socket(&program.address, &room.pupils[0]).await;
        for n in 0..50 {
            let payload = json!({ "query": CHAT, "variables": { "id": room.id } });
            send(
                &mut socket,
                &json!({ "type": "subscribe", "id": n.to_string(), "payload": payload }),
            )
            .await;
        }
        sockets.push(socket);
    }
    let heard = Arc::default();
    let listening = subscribe(&program.address, &room.id, &room.pupils[1..], &[CHAT], &heard).await;
    let before = Before::now(&program, &home);
    let (said, busy) = others(&teacher, &room.id, async {
        let said = talk(&teacher, &room.id, 200, Duration::from_millis(100)).await;
        settled(&heard, said.len()).await;
        said
    })
    .await;
    before.print(&program, &home, count(&said));
    busy.print("meanwhile");
    println!("  p99 meanwhile / quiet: {:.1}", busy.p99.as_secs_f64() / quiet.p99.as_secs_f64());
    let silent = account(&heard, &said, room.pupils.len() - 1);
    for socket in listening {
        socket.abort();
    }
    drop(sockets);
    assert!(busy.failed.is_empty(), "requests of others failed");
    assert_eq!(silent, 0, "something was neither told nor said to be missed");
}
