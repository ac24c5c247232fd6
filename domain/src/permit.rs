//! How an act on something begins: its transaction is opened, what it is done to is locked, and the
//! policy decides on what stands then. Nothing that changes meanwhile can be missed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{AccountId, ProjectId, project};
use policy::{Access, Person, Subject};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryResult,
    sea_query::{Asterisk, Query, SelectStatement},
};

use crate::{
    Error, Reason, Result, access,
    accounts::account as accounts,
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

/// An act that the policy would allow as of now.
#[derive(Debug)]
pub struct Preview<S> {
    /// How whoever acts stands to the project.
    pub by: Access,
    /// What it is done to.
    pub on: S,
    /// What the decision rests on.
    pub basis: Basis,
}

/// What a decision rests on: it stands for as long as nobody acts on the project.
#[derive(Clone, Copy, Debug)]
pub struct Basis {
    /// The project.
    pub project: ProjectId,
    /// How many acts there had been on it.
    pub acts: i64,
}

/// Something of a project to which things are done, as the database has it.
pub trait Found: Sized + Send {
    /// What of it the policy decides on.
    type Facts: Subject + ?Sized;

    /// How it is named.
    type Id: Send + Sync;

    /// What there is none of where it is not found.
    const NAME: &'static str;

    /// The key of the project to which it belongs.
    fn project(id: &Self::Id) -> SelectStatement;

    /// Locks the projects that the act concerns: the one that this belongs to, and others. None
    /// are locked if there is no such thing.
    fn lock(
        tx: &Tx,
        _: <Self::Facts as Subject>::Act,
        id: &Self::Id,
    ) -> impl Future<Output = Result<Held>> + Send {
        access::hold(tx, Self::project(id))
    }

    /// Asks for it. What it is to somebody is what it is to this actor.
    fn ask(actor: &Actor<'_>, id: &Self::Id) -> SelectStatement;

    /// Reads what was asked for, in the columns from the one with the number `first`; `None` if that
    /// is not found.
    fn read(
        rows: &[QueryResult],
        first: usize,
        actor: &Actor<'_>,
        id: &Self::Id,
    ) -> Result<Option<Self>>;

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
        let tx = self.db.begin().await?;
        let held = S::lock(&tx, act, &id).await?;
        if held.is_empty() {
            return Err(Error::NotFound(S::NAME));
        }
        let Preview { by, on, .. } = self.decide::<S>(&*tx, act, &id).await?;
        match held.contains_key(&by.project_id) {
            true => Ok(Permit { tx, by, on, held }),
            false => Err(Error::NotFound(S::NAME)),
        }
    }

    /// Whether the policy would allow an act as of now, for what takes long or is counted before the
    /// act begins. The act asks again when it does, or rests on the same [`Basis`].
    pub async fn preview<S: Found>(&self, act: ActOn<S>, id: &S::Id) -> Result<Preview<S>> {
        self.decide(self.db.read(), act, id).await
    }

    /// Decides on what one statement finds.
    async fn decide<S: Found>(
        &self,
        db: &impl ConnectionTrait,
        act: ActOn<S>,
        id: &S::Id,
    ) -> Result<Preview<S>> {
        let missing = || Error::NotFound(S::NAME);
        let mut facts = access::facts_in(self.person, S::project(id));
        facts.expr_as(project::Column::Acts.into_expr(), "acts");
        facts.expr_as(accounts::there(self.account()?), "there");
        let mut query = Query::select();
        query
            .column(Asterisk)
            .from_subquery(facts, "facts")
            .from_subquery(S::ask(self, id), "subject");
        let rows = db.query_all(&query).await?;
        let first = rows.first().ok_or_else(missing)?;
        let by = access::read(first, self.person)?;
        let acts = first.try_get_by_index(access::WIDTH)?;
        let there: bool = first.try_get_by_index(access::WIDTH + 1)?;
        let on = S::read(&rows, access::WIDTH + 2, self, id)?.ok_or_else(missing)?;
        if !there {
            // The account was erased or blocked since the request came in.
            return Err(Error::Conflict(Reason::Overtaken));
        }
        on.facts().decide(act, &by).map_err(|refusal| Error::refused(S::NAME, refusal))?;
        let basis = Basis { project: by.project_id, acts };
        Ok(Preview { by, on, basis })
    }
}

impl<S> Permit<S> {
    /// The project in which it is done.
    pub fn project(&self) -> Result<&project::Model> {
        self.held.get(&self.by.project_id).ok_or(Error::NotFound("project"))
    }

    /// The transaction, the project, and what it is done to.
    pub fn into_parts(mut self) -> Result<(Tx, project::Model, S)> {
        let project = self.held.remove(&self.by.project_id);
        Ok((self.tx, project.ok_or(Error::NotFound("project"))?, self.on))
    }
}
