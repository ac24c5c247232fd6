//! Those who write, what was acknowledged to them, and whether it is there.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use clap::Parser;
use domain::db::Db;
use entity::{chat_message, invitation};
use sea_orm::EntityTrait;
use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

use crate::{Arguments, client::Client, program::Home, room::Room};

/// What was acknowledged: the texts of chat messages, and the addresses that were invited.
#[derive(Default)]
pub struct Acknowledged {
    said: Mutex<Vec<String>>,
    invited: Mutex<Vec<String>>,
    /// How much was refused, and has left no trace.
    pub refused: AtomicU64,
    next: AtomicU64,
}

impl Acknowledged {
    /// Says something new; whether it was acknowledged.
    pub async fn say(&self, client: &Client, room: &Room) -> Result<(), String> {
        let text = format!("acknowledged {}", self.next.fetch_add(1, Ordering::Relaxed));
        let said = client.say(&room.id, &text).await.map(|_| text);
        self.note(said, &self.said)
    }

    /// Invites somebody new, which writes a mail too.
    pub async fn invite(&self, client: &Client, room: &Room) -> Result<(), String> {
        let email = format!("guest{}@example.org", self.next.fetch_add(1, Ordering::Relaxed));
        let query = "mutation($input: InviteMemberInput!) {
            inviteMember(input: $input) { invitation { id } }
        }";
        let input = json!({ "twinSpaceId": room.id, "email": email, "role": "VISITOR" });
        let invited = client.ask(query, json!({ "input": input })).await.map(|_| email);
        self.note(invited, &self.invited)
    }

    fn note(&self, done: Result<String, String>, list: &Mutex<Vec<String>>) -> Result<(), String> {
        match done {
            Ok(done) => list.lock().expect("no panic").push(done),
            Err(error) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    }

    /// How much was acknowledged.
    pub fn count(&self) -> usize {
        self.said.lock().expect("no panic").len() + self.invited.lock().expect("no panic").len()
    }

    /// How much of it is not in the database, as another connection sees it.
    pub async fn lost(&self, home: &Home) -> usize {
        let arguments = ["twinspace".to_owned()].into_iter().chain(home.flags());
        let config = Arguments::parse_from(arguments).config;
        let url = config.database.url(&config.data_dir);
        let db = Db::open(&url, &config.database.settings()).await.expect("the database opens");
        let said = chat_message::Entity::find().all(db.read()).await.expect("messages");
        let said: HashSet<String> = said.into_iter().map(|message| message.text).collect();
        let invited = invitation::Entity::find().all(db.read()).await.expect("invitations");
        let invited: HashSet<String> =
            invited.into_iter().map(|invitation| invitation.email).collect();
        db.close().await.expect("at rest");
        let missing = |list: &Mutex<Vec<String>>, there: &HashSet<String>| {
            list.lock().expect("no panic").iter().filter(|item| !there.contains(*item)).count()
        };
        missing(&self.said, &said) + missing(&self.invited, &invited)
    }
}

/// Writes with several clients until it is stopped or nobody answers.
pub struct Writers {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Writers {
    pub fn start(address: &str, room: &Arc<Room>, acknowledged: &Arc<Acknowledged>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for n in 0..8 {
            let client = Client::new(address, &room.teacher);
            let (stop, room, acknowledged) =
                (Arc::clone(&stop), Arc::clone(room), Arc::clone(acknowledged));
            tasks.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let done = match n % 4 {
                        0 => acknowledged.invite(&client, &room).await,
                        _ => acknowledged.say(&client, &room).await,
                    };
                    if done.is_err() {
                        sleep(Duration::from_millis(20)).await;
                    }
                }
            });
        }
        Self { stop, tasks }
    }

    pub async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
    }
}
