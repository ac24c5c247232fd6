//! How long a class of 30 takes to be invited, against hashing 30 passwords alone, and what others
//! feel of it meanwhile.
//!
//! `cargo bench --bench class`; with `TWINSPACE_DATABASE_URL` on an empty PostgreSQL database.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser;
use domain::accounts::password::Password;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use twinspace::{app::App, config::Config, demo, server::Server};

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    config: Config,
}

const PUPILS: usize = 30;
const ROUNDS: usize = 9;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder for the bench");
    let mut config = Arguments::parse_from(["twinspace", "--listen", "127.0.0.1:0"]).config;
    config.data_dir = folder.path().to_owned();
    let app = App::start(config).await.expect("the server starts");
    println!("Making the demo, to have a TwinSpace …");
    demo::fill(&app, &|_| ()).await.expect("the demo on an empty database");
    let server = Server::bind(Arc::clone(&app)).await.expect("a port");
    let address = server.address().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async { drop(stopped.await) }));
    let client = Client { http: reqwest::Client::new(), url: format!("http://{address}/graphql") };

    let sign_in = format!(
        "mutation {{ signIn(input: {{ email: \"{}\", password: \"{}\" }}) {{
            token viewer {{ twinSpace {{ id }} memberships {{ nodes {{ twinSpace {{ id }} }} }} }}
        }} }}",
        demo::address("angel"),
        demo::PASSWORD
    );
    let answer = client.ask("", &sign_in, json!({})).await;
    let viewer = &answer["data"]["signIn"];
    let token = viewer["token"].as_str().expect("signed in").to_owned();
    let space = &viewer["viewer"]["memberships"]["nodes"][0]["twinSpace"]["id"];

    let idle = watch(&client, tokio::time::sleep(Duration::from_secs(2))).await.1;
    let (mut hashing, mut inviting, mut ratios) = (vec![], vec![], vec![]);
    let mut meanwhile = vec![];
    for round in 0..ROUNDS {
        let hash = async {
            let passwords = (0..PUPILS).map(|n| {
                let app = Arc::clone(&app);
                async move {
                    let password = Password::choose(&format!("sunflower {n:02}")).expect("a digit");
                    app.passwords.hash(&password).await
                }
            });
            try_join_all(passwords).await.expect("hashes");
        };
        let alone = timed(hash).await;
        let rows: Vec<Value> = (0..PUPILS)
            .map(
                |n| json!({ "givenName": format!("Pupil {round} {n}"), "familyName": "Łąka-Groß" }),
            )
            .collect();
        let input = json!({ "input": {
            "twinSpaceId": space, "consentGivenBy": "GUARDIAN", "rows": rows,
        } });
        let mut took = Duration::ZERO;
        let invite = async {
            let begun = Instant::now();
            let query = "mutation($input: InvitePupilsInput!) {
                invitePupils(input: $input) { created credentialSheet rows { username password } }
            }";
            let answer = client.ask(&token, query, input).await;
            took = begun.elapsed();
            assert_eq!(answer["data"]["invitePupils"]["created"], PUPILS, "{answer}");
        };
        let ((), asked) = watch(&client, invite).await;
        meanwhile.extend(asked);
        hashing.push(alone);
        inviting.push(took);
        ratios.push(took.as_secs_f64() / alone.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);

    println!("\nmedians of {ROUNDS} rounds, in turn");
    println!("hashing {PUPILS} passwords      {:>8.1} ms", millis(&mut hashing, 0.5));
    println!("inviting {PUPILS} pupils        {:>8.1} ms", millis(&mut inviting, 0.5));
    println!("inviting : hashing        {:>8.2}    (goal: at most 1.25)", ratios[ROUNDS / 2]);
    for (what, mut times) in [("idle", idle), ("while a class is invited", meanwhile)] {
        println!(
            "{{ __typename }} {what:<25} p50 {:>6.2} ms   p99 {:>6.2} ms   most {:>6.2} ms   ({} asked)",
            millis(&mut times, 0.5),
            millis(&mut times, 0.99),
            millis(&mut times, 1.0),
            times.len(),
        );
    }
    drop(stop);
    serving.await.expect("the server's task").expect("the server stops");
}

struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    async fn ask(&self, token: &str, query: &str, variables: Value) -> Value {
        let request =
            self.http.post(&self.url).json(&json!({ "query": query, "variables": variables }));
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        request.send().await.expect("an answer").json().await.expect("JSON")
    }
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let begun = Instant::now();
    work.await;
    begun.elapsed()
}

/// Asks `{ __typename }` every 2 ms while `work` is done; answers how long each took.
async fn watch<T>(client: &Client, work: impl Future<Output = T>) -> (T, Vec<Duration>) {
    let done = AtomicBool::new(false);
    let asking = async {
        let mut times = vec![];
        while !done.load(Ordering::Relaxed) {
            times.push(
                timed(async { drop(client.ask("", "{ __typename }", json!({})).await) }).await,
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        times
    };
    let work = async {
        let result = work.await;
        done.store(true, Ordering::Relaxed);
        result
    };
    tokio::join!(work, asking)
}

fn millis(times: &mut [Duration], at: f64) -> f64 {
    times.sort_unstable();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a short list"
    )]
    let place = ((times.len() - 1) as f64 * at).round() as usize;
    times[place].as_secs_f64() * 1000.0
}
