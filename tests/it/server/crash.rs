//! What was acknowledged is kept, even if the server is killed.

use std::{
    path::Path,
    process::Command,
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
    program::Program,
    smtp::{Mood, Smtp},
};

/// The program, serving the database of a test.
fn serve(app: &TestApp, folder: &Path, flags: &[&str]) -> Program {
    let home = [
        format!("--database-url={}", app.database_url()),
        format!("--data-dir={}", folder.display()),
    ];
    let flags: Vec<_> = home.iter().map(String::as_str).chain(flags.iter().copied()).collect();
    Program::serve(env!("CARGO_BIN_EXE_twinspace"), &flags)
}

fn url(program: &Program) -> String {
    format!("http://{}/graphql", program.address)
}

on_both_databases! {
    async fn what_was_acknowledged_survives_a_kill(app: TestApp) {
        let teacher = app.teacher("Tove Teacher", "DK").await;
        let folder = tempfile::tempdir().unwrap();
        let program = serve(&app, folder.path(), &[]);
        let stopped = Arc::new(AtomicBool::new(false));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (client, url) = (client.clone(), url(&program));
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
        let mut program = serve(&app, folder.path(), &flags);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = json!({ "query": "mutation { register(input: { email: \"new@example.org\",
            password: \"watching bees 1\", name: \"New\",
            school: { name: \"S\", town: \"T\", country: \"PL\" } }) { accepted } }" });
        let sent = client.post(url(&program)).header("content-type", "application/json");
        let answer: Value =
            sent.body(request.to_string()).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["register"]["accepted"], true, "{answer}");
        // It is being accepted: half a second is left until that is recorded.
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
