//! What is acknowledged stays, also when the server is killed.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use entity::{Kind, ProjectId, mail, project};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{
    TestApp, on_both_databases,
    smtp::{Mood, Smtp},
};

/// The program, serving on a port of its own.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn serve(database: &str, folder: &std::path::Path, flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_twinspace"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(flags)
            .env("TWINSPACE_DATABASE_URL", database)
            .env("TWINSPACE_DATA_DIR", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (said, says) = std::sync::mpsc::channel();
        for output in [Box::new(out) as Box<dyn std::io::Read + Send>, Box::new(err)] {
            let said = said.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // Nobody listens once the address is known.
                    let _ = said.send(line);
                }
            });
        }
        let address = loop {
            let line = says.recv_timeout(Duration::from_mins(1)).expect("it says where it listens");
            let line: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = line.pointer("/fields/address").or(line.get("address")) {
                break address.as_str().unwrap().to_owned();
            }
        };
        Self { child, url: format!("http://{address}/graphql") }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // SIGKILL: it has no chance to tidy up. It may have ended already.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

on_both_databases! {
    async fn what_was_acknowledged_survives_a_kill(app: TestApp) {
        let teacher = app.teacher("Tove Teacher", "DK").await;
        let folder = tempfile::tempdir().unwrap();
        let program = Program::serve(&app.database_url(), folder.path(), &[]);
        let stopped = Arc::new(AtomicBool::new(false));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (client, url) = (client.clone(), program.url.clone());
                let (stopped, token) = (Arc::clone(&stopped), teacher.token.clone());
                tokio::spawn(async move {
                    let mut acknowledged = Vec::new();
                    while !stopped.load(Ordering::Relaxed) {
                        let title = format!("{writer}: {}", acknowledged.len());
                        let request = json!({
                            "query": "mutation($title: String!) {
                                createProject(input: { fields: { title: $title } }) { project { id } }
                            }",
                            "variables": { "title": title },
                        });
                        let sent = client.post(&url).bearer_auth(&token);
                        let sent = sent.header("content-type", "application/json");
                        let Ok(answer) = sent.body(request.to_string()).send().await else { break };
                        let Ok(answer) = answer.json::<Value>().await else { break };
                        let id = answer.pointer("/data/createProject/project/id").unwrap();
                        acknowledged.push(ProjectId::read(id.as_str().unwrap()).unwrap());
                    }
                    acknowledged
                })
            })
            .collect();

        tokio::time::sleep(Duration::from_millis(700)).await;
        drop(program);
        stopped.store(true, Ordering::Relaxed);

        let mut count = 0;
        for writer in writers {
            for id in writer.await.unwrap() {
                let found = project::Entity::find_by_id(id).one(app.db.read()).await.unwrap();
                assert!(found.is_some(), "{id} was acknowledged and is gone");
                count += 1;
            }
        }
        assert!(count > 0, "nothing was acknowledged");
    }

    async fn a_mail_under_way_is_delivered_once_when_the_server_is_told_to_stop(app: TestApp) {
        let smtp = Smtp::start().await;
        smtp.set(Mood::Slow);
        let folder = tempfile::tempdir().unwrap();
        let flags = ["--smtp-url", &smtp.url(), "--mail-from", "twinspace@example.org"];
        let mut program = Program::serve(&app.database_url(), folder.path(), &flags);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = json!({ "query": "mutation { register(input: { email: \"new@example.org\",
            password: \"watching bees 1\", name: \"New\",
            school: { name: \"S\", town: \"T\", country: \"PL\" } }) { accepted } }" });
        let sent = client.post(&program.url).header("content-type", "application/json");
        let answer: Value =
            sent.body(request.to_string()).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["register"]["accepted"], true, "{answer}");
        // It is being taken: half a second is left until it is said so.
        while smtp.mails().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let id = program.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let ended = tokio::task::spawn_blocking(move || {
            let status = program.child.wait().unwrap();
            drop(program);
            status
        });
        assert!(ended.await.unwrap().success());
        assert_eq!(mail::Entity::find().count(app.db.read()).await.unwrap(), 0);
        assert_eq!(smtp.mails().len(), 1);
    }
}
