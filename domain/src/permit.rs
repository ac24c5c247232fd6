//! How an act on something begins: its transaction is opened, what it is done to is locked, and the
//! policy decides on what stands then. Nothing that changes meanwhile can be missed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::ProjectId;
use policy::{Access, Person, Subject};

use crate::{
    Error, Reason, Result, access,
    db::{Db, Tx},
};

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
    pub held: BTreeSet<ProjectId>,
}

/// Something of a project to which things are done, as the database has it.
pub trait Found: Subject + Sized {
    /// How it is named.
    type Id: Copy + Send;

    /// What there is none of where it is not found.
    const NAME: &'static str;

    /// Locks the projects that the act concerns: the one that this belongs to, and others.
    fn lock(
        tx: &Tx,
        act: Self::Act,
        id: Self::Id,
    ) -> impl Future<Output = Result<Option<Locked>>> + Send;

    /// Reads it, under the lock.
    fn find(tx: &Tx, id: Self::Id) -> impl Future<Output = Result<Option<Self>>> + Send;
}

/// What is locked for an act.
#[derive(Debug)]
pub struct Locked {
    /// The project that the thing belongs to.
    pub project: ProjectId,
    /// All projects that are locked, this one among them.
    pub held: BTreeSet<ProjectId>,
}

impl Actor<'_> {
    /// Begins an act, if the policy allows it.
    pub async fn permit<S: Found>(&self, act: S::Act, id: S::Id) -> Result<Permit<S>> {
        if self.person.account.is_none() {
            return Err(Error::Unauthenticated);
        }
        let missing = || Error::NotFound(S::NAME);
        let tx = self.db.begin().await?;
        let Locked { project, held } = S::lock(&tx, act, id).await?.ok_or_else(missing)?;
        // The account was erased since the request came in.
        let by = access::current(&tx, self.person, project).await?;
        let by = by.ok_or(Error::Conflict(Reason::Overtaken))?;
        let on = S::find(&tx, id).await?.ok_or_else(missing)?;
        on.decide(act, &by).map_err(|refusal| Error::refused(S::NAME, refusal))?;
        Ok(Permit { tx, by, on, held })
    }
}
