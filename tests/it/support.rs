//! The fixture: the whole application on a fresh database.

use std::{fs, ops::Deref, path::PathBuf, sync::Arc, time::Duration};

use async_graphql::{Request, Response, Variables};
use clap::Parser;
use domain::{
    db::{Db, statements::counted},
    events::Event,
};
use entity::{AccountId, mail};
use futures_util::{StreamExt, stream, stream::BoxStream};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    sync::OnceCell,
    time::{sleep, timeout},
};
use twinspace::{
    app::App,
    config::{Config, database::Synchronous},
    graphql::{
        api::{Api, Caller, refused},
        error::whole,
        json::Json,
    },
    mail::{Pace, deliver_next},
};

use received::Received;

pub mod cast;
pub mod command;
pub mod ear;
pub mod log;
pub mod play;
pub mod postgres;
pub mod program;
pub mod received;
pub mod s3;
pub mod smtp;
pub mod standby;

/// Defines a test once and runs it on SQLite and PostgreSQL, as two tests.
macro_rules! on_both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: TestApp $(,)?) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn test($app: TestApp) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let app = TestApp::on_sqlite().await;
                let kept = app.kept();
                test(app).await;
                kept.is_right().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgresql() {
                if let Some(app) = TestApp::on_postgresql().await {
                    let kept = app.kept();
                    test(app).await;
                    kept.is_right().await;
                }
            }
        }
    )+};
}
pub(crate) use on_both_databases;

/// Waits for a condition that should soon be true.
pub async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_mins(2), wait).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// The settings, as the command line reads them.
#[derive(Parser)]
pub struct Arguments {
    /// The settings.
    #[command(flatten)]
    pub config: Config,
}

/// The settings without any flag.
pub fn config() -> Config {
    Arguments::parse_from(["twinspace"]).config
}

/// The database of a test. It is deleted with the last instance that uses it.
#[derive(Debug)]
pub enum Database {
    /// A file in this folder.
    Sqlite(TempDir),
    /// A database of the cluster.
    Postgresql(postgres::Database),
    /// One with a standby.
    Replicated(standby::Standby),
}

impl Database {
    /// A fresh SQLite file with all tables.
    pub async fn sqlite() -> Self {
        static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(|| async {
            let database = Self::empty_sqlite();
            let config = Arguments::parse_from(["twinspace"]).config.database;
            let db = Db::open(&database.url(), &config.settings()).await.unwrap();
            db.migrate().await.unwrap();
            // Closing moves the write-ahead log into the file.
            db.close().await.unwrap();
            fs::read(database.file()).unwrap()
        });
        let database = Self::empty_sqlite();
        fs::write(database.file(), template.await).unwrap();
        database
    }

    /// A SQLite file that has yet to be created.
    pub fn empty_sqlite() -> Self {
        Self::Sqlite(TempDir::new().unwrap())
    }

    /// The URL.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(_) => format!("sqlite:{}", self.file().display()),
            Self::Postgresql(database) => database.url(),
            Self::Replicated(standby) => standby.url(),
        }
    }

    pub fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().join("test.db"),
            Self::Postgresql(_) | Self::Replicated(_) => unreachable!("PostgreSQL is no file"),
        }
    }
}

/// The numbers that a database keeps beside the rows that they count.
pub struct Kept {
    db: Db,
    _database: Arc<Database>,
}

impl Kept {
    /// Fails if a number is wrong: whatever a test does, the database keeps them.
    pub async fn is_right(&self) {
        // Some tests end with a closed or broken database.
        if let Ok(wrong) = domain::members::member::stale(&self.db).await {
            assert_eq!(wrong, 0, "kept numbers or names of members are wrong");
        }
    }
}

/// The whole application. It dereferences to the `App`: `app.db`, `app.config`.
pub struct TestApp {
    app: Arc<App>,
    api: Api,
    database: Arc<Database>,
    _data_dir: TempDir,
}

impl Deref for TestApp {
    type Target = Arc<App>;

    fn deref(&self) -> &Arc<App> {
        &self.app
    }
}

impl TestApp {
    /// On a fresh SQLite file.
    pub async fn on_sqlite() -> Self {
        Self::start(Arc::new(Database::sqlite().await), |_| ()).await
    }

    /// On a fresh PostgreSQL database; none where there is no PostgreSQL.
    pub async fn on_postgresql() -> Option<Self> {
        let database = postgres::Database::fresh().await?;
        Some(Self::start(Arc::new(Database::Postgresql(database)), |_| ()).await)
    }

    /// On this database, with other settings.
    pub async fn on(database: Database, set: impl FnOnce(&mut Config)) -> Self {
        Self::start(Arc::new(database), set).await
    }

    async fn start(database: Arc<Database>, set: impl FnOnce(&mut Config)) -> Self {
        let data_dir = TempDir::new().unwrap();
        let mut config = Arguments::parse_from(["twinspace", "--listen", "127.0.0.1:0"]).config;
        config.data_dir = data_dir.path().to_owned();
        config.server.public_url = Some("http://127.0.0.1:8000".into());
        config.database.database_url = Some(database.url());
        // Nothing has to outlive the machine, as on PostgreSQL.
        config.database.sqlite_synchronous = Synchronous::Normal;
        config.accounts.argon2_memory = 8;
        config.accounts.argon2_passes = 1;
        set(&mut config);
        let app = App::start(config).await.unwrap();
        Self { api: Api::new(Arc::clone(&app)), app, database, _data_dir: data_dir }
    }

    /// The standby of its database.
    pub fn standby(&self) -> &standby::Standby {
        let Database::Replicated(standby) = &*self.database else { panic!("there is none") };
        standby
    }

    /// Another instance of the server on the same database, with its own data folder.
    pub async fn another_instance(&self) -> Self {
        self.another_instance_with(|_| ()).await
    }

    /// Another instance, with other settings.
    pub async fn another_instance_with(&self, set: impl FnOnce(&mut Config)) -> Self {
        Self::start(Arc::clone(&self.database), set).await
    }

    /// The numbers that its database keeps.
    pub fn kept(&self) -> Kept {
        Kept { db: self.db.clone(), _database: Arc::clone(&self.database) }
    }

    /// The URL of its database.
    pub fn database_url(&self) -> String {
        self.database.url()
    }

    /// Whether it runs on PostgreSQL.
    pub fn is_postgresql(&self) -> bool {
        !matches!(*self.database, Database::Sqlite(_))
    }

    /// Executes an operation as the server does, for the owner of this session token.
    pub async fn respond(&self, token: Option<&str>, operation: &str, input: Value) -> Response {
        let request = Request::new(operation).variables(Variables::from_json(input));
        let prepared = self.api.prepare(request);
        let about = prepared.as_ref().ok().and_then(|prepared| prepared.about);
        // The account may be erased while this is under way.
        let recognised = match self.app.recognise(token, about).await {
            Ok(found) => found,
            Err(error) => return refused(whole(error), "test"),
        };
        let request_id = "test".to_owned();
        match prepared {
            Ok(prepared) => {
                let caller = Caller { request_id, ..recognised.into() };
                Box::pin(self.api.run(prepared, caller)).await
            }
            Err(refusal) => refused(refusal, &request_id),
        }
    }

    /// Asks for a subscription as the server does. It begins when it is polled for the first time.
    pub async fn stream(
        &self,
        token: Option<&str>,
        operation: &str,
        input: Value,
    ) -> BoxStream<'static, Response> {
        let viewer = self.app.authenticate(token).await.unwrap();
        let caller = Caller { viewer, request_id: "test".into(), ..Caller::default() };
        let request = Request::new(operation).variables(Variables::from_json(input));
        let events = self.db.events().listen();
        self.api.subscribe(events, self.api.prepare(request).unwrap(), caller)
    }

    /// Starts a subscription. Once this returns, it is active or has failed.
    pub async fn subscribe(
        &self,
        token: Option<&str>,
        operation: &str,
        input: Value,
    ) -> BoxStream<'static, Response> {
        self.told().await;
        let mut answers = self.stream(token, operation, input).await;
        let before = self.db.events().listeners();
        let first = tokio::select! {
            first = answers.next() => first,
            () = self.listens(before) => return answers,
        };
        stream::iter(first).chain(answers).boxed()
    }

    /// Waits until this instance has more subscribers than `before`.
    pub async fn listens(&self, before: usize) {
        until("somebody listens", async || self.db.events().listeners() > before).await;
    }

    /// Waits until this instance has received the events of everything that was done before.
    /// PostgreSQL delivers them in order, some time after the commit.
    pub async fn told(&self) {
        let mut events = self.db.events().listen();
        let mark = Event::SignedOut { account: AccountId::new() };
        let tx = self.db.begin().await.unwrap();
        tx.tell(mark.clone()).await.unwrap();
        tx.commit().await.unwrap();
        while events.recv().await.unwrap() != mark {}
    }

    /// The whole response to an operation, as JSON.
    pub async fn execute(&self, token: Option<&str>, operation: &str, input: Value) -> Value {
        let mut response = self.respond(token, operation, input).await;
        let data = serde_json::to_value(Json(&response.data)).unwrap();
        response.data = async_graphql::Value::Null;
        let mut whole = serde_json::to_value(response).unwrap();
        whole["data"] = data;
        whole
    }

    /// `OK`, or the code of the first error.
    pub async fn outcome(&self, token: Option<&str>, operation: &str, input: Value) -> String {
        let answer = self.execute(token, operation, input).await;
        let Some(error) = answer.pointer("/errors/0") else { return "OK".to_owned() };
        match error.pointer("/extensions/code") {
            Some(Value::String(code)) => code.clone(),
            _ => panic!("an error without a code: {error}"),
        }
    }

    /// The result of `work`, and the number of SQL statements that it executed itself, whatever the
    /// server does meanwhile.
    pub async fn statements<T>(&self, work: impl Future<Output = T>) -> (T, u64) {
        counted(work).await
    }

    /// The pending mails, oldest first.
    pub async fn outbox(&self) -> Vec<mail::Model> {
        mail::Entity::find().order_by_asc(mail::Column::Id).all(self.db.read()).await.unwrap()
    }

    /// Delivers the outbox into this instance's mail folder, and reads the whole folder, oldest
    /// mail first.
    pub async fn mails(&self) -> Vec<Received> {
        while deliver_next(self, &Pace::default()).await.unwrap() {}
        let folder = self.config.data_dir.join("mail");
        let Ok(files) = fs::read_dir(folder) else { return vec![] };
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| Received::read(&fs::read(file).unwrap())).collect()
    }
}
