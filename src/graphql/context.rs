//! What a resolver knows of its request.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::{MemberId, ProjectId};

use super::loader::{Accesses, Batch, Loaders};
use crate::{
    Error, Result,
    app::{App, presence::Listening},
    auth::{Client, SignedIn, Viewer},
    clock,
    db::Db,
    domain::{Actor, access::Access, session::Entry},
};

/// The data of one operation.
#[derive(Debug)]
pub struct Request {
    /// The server.
    pub app: Arc<App>,
    /// Where the request comes from.
    pub client: Client,
    moment: Mutex<Moment>,
    /// How many bytes of long texts the answer has.
    long: AtomicUsize,
    /// The files that were taken, by their numbers.
    taken: Mutex<HashSet<usize>>,
    /// As which members the viewer listens; none but in a subscription.
    listening: Option<Mutex<HashMap<MemberId, Listening>>>,
    /// How the subscription stands, if it is one.
    pub hearing: Arc<Hearing>,
}

/// How a subscription stands.
#[derive(Debug, Default)]
pub struct Hearing {
    /// Whether it has begun to hear.
    begun: AtomicBool,
    /// Whether something could not be told.
    missed: AtomicBool,
}

impl Hearing {
    /// From now on what cannot be told is told as missed.
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// Notes that something could not be told; false where the subscription has not begun.
    pub fn miss(&self) -> bool {
        let begun = self.begun.load(Ordering::Relaxed);
        self.missed.fetch_or(begun, Ordering::Relaxed);
        begun
    }

    /// Whether something could not be told since this was asked last.
    pub fn take_missed(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
    }
}

/// The most bytes of long texts that an answer has.
pub const MOST_TEXT: usize = 16 << 20;

/// Who asks, and what they have been shown: it ends when something changes.
#[derive(Debug)]
struct Moment {
    viewer: Viewer,
    loaders: Arc<Loaders>,
}

impl Moment {
    fn of(viewer: Viewer, db: &Db) -> Self {
        let loaders = Arc::new(Loaders::new(db.clone()));
        Self { viewer, loaders }
    }
}

impl Request {
    /// The data of an operation of `viewer`.
    pub fn new(app: Arc<App>, viewer: Viewer, client: Client) -> Self {
        let moment = Mutex::new(Moment::of(viewer, &app.db));
        let (long, taken, listening, hearing) = Default::default();
        Self { app, client, moment, long, taken, listening, hearing }
    }

    /// The data of a subscription: whoever it is told to is here for as long as it lasts.
    #[must_use]
    pub fn listening(self) -> Self {
        Self { listening: Some(Mutex::default()), ..self }
    }

    /// Notes that a member is here: whatever they do or hear inside a TwinSpace is a visit (M-02).
    pub async fn visits(&self, access: &Access) {
        let Some((member, _)) = access.member.filter(|_| access.sees_twinspace()) else { return };
        if let Some(listening) = &self.listening {
            let mut listening = listening.lock().unwrap_or_else(PoisonError::into_inner);
            listening.entry(member).or_insert_with(|| self.app.presence.listens(member));
        }
        self.app.presence.seen(&self.app.db, member, clock::now()).await;
    }

    fn moment(&self) -> MutexGuard<'_, Moment> {
        self.moment.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who asks.
    pub fn viewer(&self) -> Viewer {
        self.moment().viewer.clone()
    }

    /// Who asks from here on: the rest of an operation that signs in is its new viewer's.
    pub fn turn_into(&self, viewer: Viewer) {
        *self.moment() = Moment::of(viewer, &self.app.db);
    }

    /// A long text, if the answer has room for it.
    pub fn long(&self, text: String) -> Result<String> {
        match self.long.fetch_add(text.len(), Ordering::Relaxed) + text.len() <= MOST_TEXT {
            true => Ok(text),
            false => Err(Error::TooMuchText(MOST_TEXT)),
        }
    }

    /// Whether the file with this number is taken for the first time.
    pub fn takes(&self, file: usize) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(file)
    }

    /// Forgets what was loaded: something has changed.
    pub fn refresh(&self) {
        let mut moment = self.moment();
        let viewer = moment.viewer.clone();
        *moment = Moment::of(viewer, &self.app.db);
    }
}

/// What resolvers and guards ask of the context.
pub trait ContextExt {
    /// The data of the operation.
    fn request(&self) -> &Request;

    /// The server.
    fn app(&self) -> &Arc<App> {
        &self.request().app
    }

    /// The database.
    fn db(&self) -> &Db {
        &self.request().app.db
    }

    /// Who asks.
    fn viewer(&self) -> Viewer {
        self.request().viewer()
    }

    /// Who asks, or the error for those who are not signed in.
    fn signed_in(&self) -> Result<Arc<SignedIn>> {
        self.viewer().signed_in().cloned()
    }

    /// What time it is.
    fn now(&self) -> DateTime<Utc> {
        clock::now()
    }

    /// Who acts, and when.
    fn actor(&self) -> Actor<'_> {
        Actor { db: self.db(), person: self.viewer().person(), now: self.now() }
    }

    /// How the client comes in, if it signs in now.
    fn entry(&self) -> Entry<'_> {
        let user_agent = &self.request().client.user_agent;
        let lifetime = self.app().config.accounts.lifetime();
        Entry { user_agent, lifetime, now: self.now() }
    }

    /// Loads something together with all of its kind that are asked for at this time.
    fn load<B: Batch>(
        &self,
        key: B::Key,
    ) -> impl Future<Output = Result<Option<Arc<B::Value>>>> + Send {
        let loaders = Arc::clone(&self.request().moment().loaders);
        async move { loaders.load::<B>(key).await }
    }

    /// The facts of how the viewer stands to a project.
    fn access(&self, id: ProjectId) -> impl Future<Output = Result<Option<Arc<Access>>>> + Send {
        self.load::<Accesses>((self.viewer().person(), id))
    }

    /// How the viewer stands to a project. What they may not know of is not found.
    fn project(&self, id: ProjectId) -> impl Future<Output = Result<Arc<Access>>> + Send {
        let access = self.access(id);
        async move {
            let access = access.await?.filter(|access| access.sees_project());
            access.ok_or(Error::NotFound("project"))
        }
    }

    /// How the viewer, who goes inside, stands in a TwinSpace: a visit. To all but its members there
    /// is none.
    fn twin_space(&self, id: ProjectId) -> impl Future<Output = Result<Arc<Access>>> + Send {
        let (request, access) = (self.request(), self.twin_space_from_outside(id));
        async move {
            let access = access.await?;
            request.visits(&access).await;
            Ok(access)
        }
    }

    /// The same for what is looked at from outside, like a list of the viewer's TwinSpaces.
    fn twin_space_from_outside(
        &self,
        id: ProjectId,
    ) -> impl Future<Output = Result<Arc<Access>>> + Send {
        let (viewer, access) = (self.viewer(), self.access(id));
        async move {
            viewer.signed_in()?;
            let access = access.await?.filter(|access| access.sees_twinspace());
            access.ok_or(Error::NotFound("TwinSpace"))
        }
    }

    /// Asks again who asks, and forgets what was loaded: a subscription goes on from here as if it
    /// had just begun, with what all who hear something now load. An error if the session has ended
    /// meanwhile.
    fn renew(&self) -> impl Future<Output = Result<()>> + Send {
        let request = self.request();
        let viewer = request.viewer();
        let loaders = request.app.audience.now(&request.app.db);
        async move {
            let viewer = request.app.revive(&viewer, &loaders).await?;
            *request.moment() = Moment { viewer, loaders };
            Ok(())
        }
    }

    /// Ends a change: what is shown after it is as it is now.
    fn changed<T>(&self, value: T) -> T {
        self.request().refresh();
        value
    }
}

impl ContextExt for Context<'_> {
    fn request(&self) -> &Request {
        self.data_unchecked()
    }
}
