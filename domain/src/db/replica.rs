//! Reading from a replica of the database, if there is one.

use sea_orm::sea_query::Expr;

use super::{
    Db, Unreached,
    postgresql::replica::{self, AboutReplica, Position, Unused},
};

impl Db {
    /// What a statement selects to learn how far the replica has to be, if there is one.
    pub(crate) fn position(&self) -> Option<Expr> {
        self.replica.as_ref().map(|_| Expr::cust(replica::POSITION))
    }

    /// Runs `work` with the replica for reading, once it has replayed the log up to this position. It
    /// is dropped if the replica goes away, or not begun if the replica is behind.
    pub async fn with_replica<F: Future>(
        &self,
        position: Position,
        work: impl FnOnce(Self) -> F,
    ) -> Result<F::Output, Unused> {
        let replica = self.replica.as_ref().ok_or(Unused::Away)?;
        let reader = replica.reader().clone();
        let db = Self { reader, on_replica: true, ..self.clone() };
        replica.run(position, work(db)).await
    }

    /// Has the replica looked at, because a query could not be read from it.
    pub fn doubt_replica(&self) {
        if let Some(replica) = &self.replica {
            replica.doubt();
        }
    }

    /// Waits for a moment until what has just been written can be read, if this reads from the replica.
    pub async fn catch_up(&self) {
        let Some(replica) = self.replica.as_ref().filter(|_| self.on_replica) else { return };
        if let Ok(Some(position)) = replica::position(&self.writer).await {
            let _ = replica.reached(position).await;
        }
    }

    /// Examines a replica of this database.
    pub async fn about_replica(&self, url: &str) -> Result<AboutReplica, Unreached> {
        replica::examine(url, &self.writer).await
    }
}
