//! What resolvers know about their request.

use std::{
    any::TypeId,
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_graphql::{ContextBase, Positioned, parser::types::Field};
use chrono::{DateTime, Utc};
use domain::{
    Actor, Error, Result, access::Access, accounts::session::Entry, clock, db::Db,
    download::Origin, events::Event,
};
use entity::{AccountId, MemberId, ProjectId};
use futures_util::FutureExt;
use tokio::sync::broadcast::Receiver;

use crate::{
    app::{App, presence::Listening},
    auth::{Client, SignedIn, Viewer},
    graphql::{
        connection::Selected,
        loader::{Accesses, Batch, Loaders},
        round::{Rounds, place},
    },
};

mod hearing;
mod tally;

pub use hearing::Hearing;
pub use tally::{MOST_TEXT, Tally};

/// The data of one operation.
#[derive(Debug)]
pub struct Request {
    /// The server.
    pub app: Arc<App>,
    /// The database: a query may read from the replica.
    db: Db,
    /// Where the request comes from.
    pub client: Client,
    moment: Mutex<Moment>,
    tally: Tally,
    /// The files that have been taken, by number.
    taken: Mutex<HashSet<usize>>,
    /// The members as which the viewer is subscribed; `None` outside a subscription.
    listening: Option<Mutex<HashMap<MemberId, Listening>>>,
    /// The events since the subscription was asked for, until it takes them.
    events: Mutex<Option<Receiver<Event>>>,
    /// The state of the subscription, if it is one.
    pub hearing: Arc<Hearing>,
    /// What is selected of connections, by their place in the document and the kind of their rows.
    selected: Mutex<Vec<((usize, TypeId), Selected)>>,
    /// The rounds of a query that runs without extensions.
    pub rounds: Option<Rounds>,
}

/// The viewer, and what they have been shown; valid until something changes.
#[derive(Debug)]
struct Moment {
    viewer: Viewer,
    loaders: Arc<Loaders>,
    known: Known,
}

/// What was read together with the viewer.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The viewer's name.
    pub name: Option<Arc<str>>,
    /// The viewer's access to the project that the operation is about.
    pub access: Option<Arc<Access>>,
}

impl Moment {
    fn of(viewer: Viewer, db: &Db) -> Self {
        let loaders = Arc::new(Loaders::new(db.clone()));
        Self { viewer, loaders, known: Known::default() }
    }
}

impl Request {
    /// The data of an operation of `viewer`.
    pub fn new(app: Arc<App>, db: Db, viewer: Viewer, client: Client) -> Self {
        let moment = Mutex::new(Moment::of(viewer, &db));
        Self {
            app,
            db,
            client,
            moment,
            tally: Tally::default(),
            taken: Mutex::default(),
            listening: None,
            events: Mutex::default(),
            hearing: Arc::default(),
            selected: Mutex::default(),
            rounds: None,
        }
    }

    /// The data of a subscription to these events: members to whom it sends them are online while it
    /// lasts.
    #[must_use]
    pub fn listening(self, events: Receiver<Event>) -> Self {
        Self { listening: Some(Mutex::default()), events: Mutex::new(Some(events)), ..self }
    }

    /// Whether it is a subscription.
    pub const fn is_subscription(&self) -> bool {
        self.listening.is_some()
    }

    /// The events since the subscription was asked for.
    pub fn events(&self) -> Receiver<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner).take();
        events.unwrap_or_else(|| self.app.db.events().listen())
    }

    /// The same, knowing what was read together with the viewer.
    #[must_use]
    pub fn knowing(self, known: Known) -> Self {
        self.moment().known = known;
        self
    }

    /// The name of this account, if it is the viewer's and nothing has changed since it was read.
    pub fn name_of(&self, account: AccountId) -> Option<Arc<str>> {
        let moment = self.moment();
        moment.known.name.clone().filter(|_| moment.viewer.account() == Some(account))
    }

    /// The data of a query that runs without extensions.
    #[must_use]
    pub fn quick(self) -> Self {
        Self { rounds: Some(Rounds::default()), ..self }
    }

    /// Records that a member is online: everything they do or receive inside a TwinSpace is a visit
    /// (M-02).
    pub async fn visits(&self, access: &Access) {
        let Some((member, _)) = access.member.filter(|_| access.sees_twinspace()) else { return };
        if let Some(listening) = &self.listening {
            let mut listening = listening.lock().unwrap_or_else(PoisonError::into_inner);
            listening.entry(member).or_insert_with(|| self.app.presence.listens(member));
        }
        let Some(recorded) = self.app.presence.seen(&self.db, member, clock::now()) else { return };
        let db = self.db.clone();
        let recorded = async move {
            recorded.await;
            db.catch_up().await;
        };
        match self.rounds.as_ref().and_then(Rounds::in_progress) {
            Some(round) => round.ask(None, || recorded.boxed()).await,
            None => recorded.await,
        }
    }

    fn moment(&self) -> MutexGuard<'_, Moment> {
        self.moment.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The viewer.
    pub fn viewer(&self) -> Viewer {
        self.moment().viewer.clone()
    }

    /// Changes the viewer for the rest of the operation, after it signed in.
    pub fn turn_into(&self, viewer: Viewer) {
        *self.moment() = Moment::of(viewer, &self.db);
    }

    /// What is selected of the connection at this place in the document, which is found out once.
    pub fn selected<R: 'static>(
        &self,
        field: &Positioned<Field>,
        find: impl FnOnce() -> Selected,
    ) -> Selected {
        let place = (place(field), TypeId::of::<R>());
        let mut known = self.selected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, selected)) = known.iter().find(|(other, _)| *other == place) {
            return *selected;
        }
        let selected = find();
        known.push((place, selected));
        selected
    }

    /// Whether the file with this number is taken for the first time.
    pub fn takes(&self, file: usize) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(file)
    }

    /// Discards what was loaded, because something has changed.
    pub fn refresh(&self) {
        let mut moment = self.moment();
        let viewer = moment.viewer.clone();
        *moment = Moment::of(viewer, &self.db);
    }
}

/// The access of somebody who is inside a TwinSpace. For everyone else, the result is not found.
pub fn inside(access: Option<Arc<Access>>) -> Result<Arc<Access>> {
    access.filter(|access| access.sees_twinspace()).ok_or(Error::NotFound("TwinSpace"))
}

/// What resolvers and guards get from the context.
pub trait ContextExt {
    /// The data of the operation.
    fn request(&self) -> &Request;

    /// The server.
    fn app(&self) -> &Arc<App> {
        &self.request().app
    }

    /// The database.
    fn db(&self) -> &Db {
        &self.request().db
    }

    /// The viewer.
    fn viewer(&self) -> Viewer {
        self.request().viewer()
    }

    /// The signed-in viewer, or an error if the request is anonymous.
    fn signed_in(&self) -> Result<Arc<SignedIn>> {
        self.viewer().signed_in().cloned()
    }

    /// The current time.
    fn now(&self) -> DateTime<Utc> {
        clock::now()
    }

    /// Who acts, and when.
    fn actor(&self) -> Actor<'_> {
        Actor { db: self.db(), person: self.viewer().person(), now: self.now() }
    }

    /// What is known about the client if it signs in now.
    fn entry(&self) -> Entry<'_> {
        let user_agent = &self.request().client.user_agent;
        let lifetime = self.app().config.accounts.lifetime();
        Entry { user_agent, lifetime, now: self.now() }
    }

    /// Loads something together with everything else of its kind that is requested at the same
    /// time.
    fn load<B: Batch>(
        &self,
        key: B::Key,
    ) -> impl Future<Output = Result<Option<Arc<B::Value>>>> + Send {
        let request = self.request();
        let loaders = Arc::clone(&request.moment().loaders);
        async move { loaders.load_in::<B>(request.rounds.as_ref(), key).await }
    }

    /// Notes what is at hand, so that it need not be loaded.
    fn at_hand<B: Batch>(
        &self,
        key: B::Key,
        value: impl Into<Arc<B::Value>> + Send,
    ) -> impl Future<Output = ()> + Send {
        let loaders = Arc::clone(&self.request().moment().loaders);
        async move { loaders.prime::<B>(key, value).await }
    }

    /// The facts about the viewer's access to a project.
    fn access(&self, id: ProjectId) -> impl Future<Output = Result<Option<Arc<Access>>>> + Send {
        let known = self.request().moment().known.access.clone();
        let known = known.filter(|access| access.project_id == id);
        let load = self.load::<Accesses>((self.viewer().person(), id));
        async move {
            match known {
                Some(access) => Ok(Some(access)),
                None => load.await,
            }
        }
    }

    /// The viewer's access to a project. If they may not know about it, the result is not found
    ///
    fn project(&self, id: ProjectId) -> impl Future<Output = Result<Arc<Access>>> + Send {
        let access = self.access(id);
        async move {
            let access = access.await?.filter(|access| access.sees_project());
            access.ok_or(Error::NotFound("project"))
        }
    }

    /// The viewer's access to a TwinSpace that they enter, which counts as a visit. For everyone
    /// but its members, the result is not found.
    fn twin_space(&self, id: ProjectId) -> impl Future<Output = Result<Arc<Access>>> + Send {
        let (request, access) = (self.request(), self.twin_space_from_outside(id));
        async move {
            let access = access.await?;
            request.visits(&access).await;
            Ok(access)
        }
    }

    /// Like `twin_space`, but without a visit, as for a list of the viewer's TwinSpaces.
    fn twin_space_from_outside(
        &self,
        id: ProjectId,
    ) -> impl Future<Output = Result<Arc<Access>>> + Send {
        let (viewer, access) = (self.viewer(), self.access(id));
        async move {
            viewer.signed_in()?;
            inside(access.await?)
        }
    }

    /// The same for a change under the lock of a project, which does not change how the viewer stands to
    /// it: that is known, and not loaded again. It counts as a visit.
    fn changed_by<T: Send>(&self, by: Access, value: T) -> impl Future<Output = Option<T>> + Send {
        let request = self.request();
        async move {
            request.visits(&by).await;
            request.refresh();
            let loaders = Arc::clone(&request.moment().loaders);
            loaders.prime::<Accesses>((by.person, by.project_id), by).await;
            Some(value)
        }
    }

    /// Authenticates the viewer again and discards what was loaded: a subscription continues as if
    /// it had just begun, sharing what everyone who receives an event now loads. Returns an error
    /// if the session has ended.
    fn renew(&self) -> impl Future<Output = Result<()>> + Send {
        let request = self.request();
        let viewer = request.viewer();
        let loaders = request.app.audience.now(&request.app.db);
        async move {
            let viewer = request.app.revive(&viewer, &loaders).await?;
            *request.moment() = Moment { viewer, loaders, known: Known::default() };
            Ok(())
        }
    }

    /// Counts an export that the viewer requests; returns where its link works.
    fn export<'a>(&self, content: &'a str) -> impl Future<Output = Result<Origin<'a>>> + Send {
        let (app, viewer) = (Arc::clone(self.app()), self.viewer());
        async move {
            let viewer = viewer.signed_in()?;
            app.limits.export(viewer.account_id).await?;
            Ok(Origin { session: viewer.session_id, content })
        }
    }

    /// Where an export can be downloaded with this secret.
    fn export_url(&self, secret: &str, content: &str) -> String {
        let server = self.app().config.server.public_url();
        format!("{server}/exports?token={secret}&{content}")
    }

    /// Completes a change: what is loaded afterwards is up to date. Returns the payload, which is null
    /// only where a mutation fails, so that it takes nothing from the others in the request.
    fn changed<T>(&self, value: T) -> Option<T> {
        self.request().refresh();
        Some(value)
    }
}

impl<T> ContextExt for ContextBase<'_, T> {
    fn request(&self) -> &Request {
        self.data_unchecked()
    }
}
