//! What a running server holds.

pub mod housekeeping;
pub mod presence;
pub mod uploads;

use std::sync::Arc;

use presence::Presence;
use tokio::sync::Semaphore;
use uploads::Uploads;

use crate::{
    Error, Result,
    auth::{Client, Viewer, limit::Limits},
    clock,
    config::Config,
    db::Db,
    domain::{password::Passwords, session},
    graphql::{
        self, Schema,
        context::Request,
        loader::{Audience, Loaders, Sessions},
    },
    mail::Delivery,
    media::link::Links,
    storage::Storage,
};

/// How many files are looked at at the same time: each may need much memory.
const EXAMINERS: usize = 2;

/// What a running server holds; shared by all requests.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Makes and compares the hashes of passwords.
    pub passwords: Passwords,
    /// How often passwords are tried and mails asked for.
    pub limits: Limits,
    /// Who is here.
    pub presence: Presence,
    /// Where mails go.
    pub mail: Delivery,
    /// Where media are stored.
    pub storage: Storage,
    /// Makes the links to media.
    pub links: Links,
    /// Who is uploading.
    pub uploads: Uploads,
    /// Turns of those who look at files.
    pub examiners: Arc<Semaphore>,
    /// Those who hear something at the same time.
    pub audience: Audience,
}

impl App {
    /// Opens the database, brings it up to date, and makes everything ready to serve.
    pub async fn start(config: Config) -> Result<Arc<Self>> {
        let mail = Delivery::new(&config.mail, &config.data_dir)?;
        let storage = Storage::open(&config.media, &config.data_dir).await?;
        let db = Db::open(&config.database.url(&config.data_dir), &config.database).await?;
        db.migrate().await?;
        let passwords = Passwords::new(&config.accounts)?;
        let limits = Limits::new(db.clone(), &config.accounts, &config.talk);
        let links = Links::new(&db).await?;
        let uploads = Uploads::new(config.media.account_uploads);
        Ok(Arc::new(Self {
            config,
            db,
            passwords,
            limits,
            presence: Presence::default(),
            mail,
            storage,
            links,
            uploads,
            examiners: Arc::new(Semaphore::new(EXAMINERS)),
            audience: Audience::default(),
        }))
    }

    /// Who a token stands for. No token is nobody; a token that has ended is an error.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Viewer> {
        let Some(token) = token else { return Ok(Viewer::Anonymous) };
        let now = clock::now();
        let lifetime = self.config.accounts.lifetime();
        let found = session::find(self.db.read(), token, lifetime, now);
        let live = self.db.unless_away(found).await??;
        let live = live.ok_or(Error::Unauthenticated)?;
        if now - live.last_used_at >= session::USE_GRAIN {
            // Not awaited: a request that only reads does not wait for a write.
            let (db, id) = (self.db.clone(), live.id);
            tokio::spawn(async move {
                if let Err(error) = session::touch(&db, id, now).await {
                    tracing::warn!(?error, "the last use of a session could not be recorded");
                }
            });
        }
        Ok(Viewer::SignedIn(Arc::new((&live).into())))
    }

    /// Who a viewer is now: the same, unless their session has ended or their account changed.
    pub async fn revive(&self, viewer: &Viewer, loaders: &Loaders) -> Result<Viewer> {
        let Viewer::SignedIn(session) = viewer else { return Ok(Viewer::Anonymous) };
        let lifetime = self.config.accounts.lifetime();
        let live = loaders.load::<Sessions>((lifetime, session.session_id));
        let live = self.db.unless_away(live).await??.ok_or(Error::Unauthenticated)?;
        Ok(Viewer::SignedIn(Arc::new((&*live).into())))
    }

    /// The data of one GraphQL operation, to be put into `async_graphql::Request::data`.
    pub fn request(self: &Arc<Self>, viewer: Viewer, client: Client) -> Request {
        Request::new(Arc::clone(self), viewer, client)
    }

    /// The GraphQL schema. It holds no state: the app comes with each request.
    pub fn schema(&self) -> Schema {
        graphql::schema(&self.config.server)
    }
}
