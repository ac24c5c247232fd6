//! The state of a running server.

pub mod housekeeping;
pub mod presence;

use std::sync::Arc;

use domain::{
    Error, Result,
    accounts::{password::Passwords, session},
    clock,
    db::{Db, Position},
};
use entity::ProjectId;
use presence::Presence;
use tokio::sync::Semaphore;

use crate::{
    archive::Turns,
    auth::{Client, Viewer, limit::Limits},
    config::Config,
    graphql::{
        self, Schema,
        context::{Known, Request},
        loader::{Audience, Loaders, Sessions},
        trusted::Trusted,
    },
    mail::Delivery,
    media::link::Links,
    proof::Prover,
    storage::Storage,
    traces,
};

/// The number of files inspected at the same time: each may need a lot of memory.
const EXAMINERS: usize = 2;

/// Who makes a request, and what was found with that.
#[derive(Clone, Debug, Default)]
pub struct Recognised {
    /// The viewer.
    pub viewer: Viewer,
    /// What was read together with the viewer.
    pub known: Known,
    /// How far the replica must be to answer the request; `None` if the primary has to.
    pub position: Option<Position>,
}

/// The state of a running server, shared by all requests.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Limits on password attempts and requested mails.
    pub limits: Limits,
    /// Who is online.
    pub presence: Presence,
    /// How mails are delivered.
    pub mail: Delivery,
    /// Where media are stored.
    pub storage: Storage,
    /// Makes links to media.
    pub links: Links,
    /// Proves to those who can read the database that a response comes from here.
    pub prover: Prover,
    /// Downloads of whole TwinSpaces in progress.
    pub archives: Turns,
    /// Permits for inspecting files.
    pub examiners: Arc<Semaphore>,
    /// Subscribers who receive an event at the same time.
    pub audience: Audience,
    /// The documents that apps are known to send.
    pub trusted: Trusted,
}

impl App {
    /// Opens and migrates the database, and gets everything ready to serve.
    pub async fn start(config: Config) -> Result<Arc<Self>> {
        let trusted = Trusted::load(&config.server).map_err(Error::internal)?;
        let mail = Delivery::new(&config.mail, &config.data_dir)?;
        let storage = Storage::open(&config.media, &config.data_dir).await?;
        let mut settings = config.database.settings();
        settings.replica_url.clone_from(&config.database.database_replica_url);
        settings.observer = config.traces.otlp_endpoint.as_ref().map(|_| traces::statement as _);
        let db = Db::open(&config.database.url(&config.data_dir), &settings).await?;
        db.migrate().await?;
        let passwords = Passwords::new(config.accounts.password_cost())?;
        let limits = Limits::new(db.clone(), &config.accounts, &config.talk);
        let links = Links::new(&db).await?;
        let prover = Prover::new(&db).await?;
        Ok(Arc::new(Self {
            config,
            db,
            passwords,
            limits,
            presence: Presence::default(),
            mail,
            storage,
            links,
            prover,
            archives: Turns::default(),
            examiners: Arc::new(Semaphore::new(EXAMINERS)),
            audience: Audience::default(),
            trusted,
        }))
    }

    /// The viewer to whom a token belongs. Without a token the viewer is anonymous; an expired
    /// token is an error.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Viewer> {
        Ok(self.recognise(token, None).await?.viewer)
    }

    /// The same, with what else a request that is `about` this project needs.
    pub async fn recognise(
        &self,
        token: Option<&str>,
        about: Option<ProjectId>,
    ) -> Result<Recognised> {
        let Some(token) = token else { return Ok(Recognised::default()) };
        let now = clock::now();
        let lifetime = self.config.accounts.lifetime();
        let found = session::find(&self.db, token, about, lifetime, now);
        let found = self.db.unless_away(found).await??;
        let session::Found { live, access, position } = found.ok_or(Error::Unauthenticated)?;
        if now - live.last_used_at >= session::USE_GRAIN {
            // Not awaited: a request that only reads does not wait for a write.
            let (db, id) = (self.db.clone(), live.id);
            tokio::spawn(async move {
                if let Err(error) = session::touch(&db, id, now).await {
                    tracing::warn!(?error, "the last use of a session could not be recorded");
                }
            });
        }
        let viewer = Viewer::SignedIn(Arc::new((&live).into()));
        let known = Known { name: Some(live.name.into()), access: access.map(Arc::new) };
        Ok(Recognised { viewer, known, position })
    }

    /// The viewer as of now: the same, unless their session has ended or their account has changed.
    pub async fn revive(&self, viewer: &Viewer, loaders: &Loaders) -> Result<Viewer> {
        let Viewer::SignedIn(session) = viewer else { return Ok(Viewer::Anonymous) };
        let lifetime = self.config.accounts.lifetime();
        let live = loaders.load::<Sessions>((lifetime, session.session_id));
        let live = self.db.unless_away(live).await??.ok_or(Error::Unauthenticated)?;
        Ok(Viewer::SignedIn(Arc::new((&*live).into())))
    }

    /// The data of one GraphQL operation on this database, for `async_graphql::Request::data`.
    pub fn request(self: &Arc<Self>, db: Db, viewer: Viewer, client: Client) -> Request {
        Request::new(Arc::clone(self), db, viewer, client)
    }

    /// The GraphQL schema. It is stateless: the app comes with each request.
    pub fn schema(&self) -> Schema {
        graphql::schema(&self.config.server)
    }

    /// The same for queries that had no errors the last time.
    pub fn quick_schema(&self) -> Schema {
        graphql::quick_schema(&self.config.server)
    }
}
