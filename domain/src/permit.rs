//! How an act on something begins: its transaction is opened, what it is done to is locked, and the
//! policy decides on what stands then. Nothing that changes meanwhile can be missed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{AccountId, ProjectId, project};
use policy::{Access, Person, Subject};
use sea_orm::ConnectionTrait;

use crate::{
    Error, Reason, Result, access,
    db::{Db, Tx},
};

mod row;

pub use row::{OfProject, Row};

/// Who acts, and when.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// Where it is done.
    pub db: &'a Db,
    /// Who acts.
    pub person: Person,
    /// When.
    pub now: DateTime<Utc>,
}

/// An act that the policy allows, in its open transaction.
#[derive(Debug)]
pub struct Permit<S> {
    /// The transaction; undone unless it is committed.
    pub tx: Tx,
    /// How whoever acts stands to the project.
    pub by: Access,
    /// What it is done to.
    pub on: S,
    /// The projects that are locked.
    pub held: Held,
}

/// Projects that are locked for the rest of a transaction.
pub type Held = BTreeMap<ProjectId, project::Model>;

/// Something of a project to which things are done, as the database has it.
pub trait Found: Sized + Send {
    /// What of it the policy decides on.
    type Facts: Subject + ?Sized;

    /// How it is named.
    type Id: Send + Sync;

    /// What there is none of where it is not found.
    const NAME: &'static str;

    /// Locks the projects that the act concerns: the one that this belongs to, and others. None
    /// are locked if there is no such thing.
    fn lock(
        tx: &Tx,
        act: <Self::Facts as Subject>::Act,
        id: &Self::Id,
    ) -> impl Future<Output = Result<Held>> + Send;

    /// Reads it, and to which project it belongs. What it is to somebody is what it is to this
    /// actor.
    fn find(
        db: &impl ConnectionTrait,
        actor: &Actor<'_>,
        id: &Self::Id,
    ) -> impl Future<Output = Result<Option<(ProjectId, Self)>>> + Send;

    /// What the policy decides on.
    fn facts(&self) -> &Self::Facts;
}

type ActOn<S> = <<S as Found>::Facts as Subject>::Act;

impl Actor<'_> {
    /// The account of whoever acts.
    pub fn account(&self) -> Result<AccountId> {
        self.person.account.ok_or(Error::Unauthenticated)
    }

    /// Begins an act, if the policy allows it.
    pub async fn permit<S: Found>(&self, act: ActOn<S>, id: S::Id) -> Result<Permit<S>> {
        self.account()?;
        let missing = || Error::NotFound(S::NAME);
        let tx = self.db.begin().await?;
        let held = S::lock(&tx, act, &id).await?;
        let found = match held.is_empty() {
            true => None,
            false => S::find(&*tx, self, &id).await?,
        };
        let (project, on) =
            found.filter(|(project, _)| held.contains_key(project)).ok_or_else(missing)?;
        // The account was erased or blocked since the request came in.
        let by = access::current(&tx, self.person, project).await?;
        let by = by.ok_or(Error::Conflict(Reason::Overtaken))?;
        on.facts().decide(act, &by).map_err(|refusal| Error::refused(S::NAME, refusal))?;
        Ok(Permit { tx, by, on, held })
    }

    /// Whether the policy would allow an act as of now, for what takes long or is counted before the
    /// act begins. The act asks again when it does.
    pub async fn preview<S: Found>(&self, act: ActOn<S>, id: &S::Id) -> Result<(Access, S)> {
        self.account()?;
        let missing = || Error::NotFound(S::NAME);
        let db = self.db.read();
        let (project, on) = S::find(db, self, id).await?.ok_or_else(missing)?;
        let by = access::find(db, self.person, project).await?.ok_or_else(missing)?;
        on.facts().decide(act, &by).map_err(|refusal| Error::refused(S::NAME, refusal))?;
        Ok((by, on))
    }
}

impl<S> Permit<S> {
    /// The project in which it is done.
    pub fn project(&self) -> Result<&project::Model> {
        self.held.get(&self.by.project_id).ok_or(Error::NotFound("project"))
    }
}
