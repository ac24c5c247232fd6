//! Made-up people, projects and members, as many as are asked for and the same each time, but for what
//! day it is: to measure how the server does at a certain size.
//!
//! TwinSpaces are of different sizes, as in life: most have a few dozen members, some a few hundred.
//! The first ones are large, and have a long chat, a full inbox and a page with many versions.

use sea_orm::{ActiveModelBehavior, EntityTrait, IntoActiveModel, Iterable, ModelTrait};

use crate::{
    Result,
    db::{Db, rows_at_once},
};

mod plan;
mod rows;

pub use plan::Plan;
use rows::{CHAT, MESSAGES, PAGES};

/// The number of statements in a transaction.
const STATEMENTS: usize = 20;

/// Who hears how far it is: of what, how many of about how many; of just as many, once all are there.
pub type Progress<'a> = &'a (dyn Fn(&'static str, u64, u64) + Sync);

/// Fills an empty database. Everybody has the password with this hash. If it is interrupted, the
/// database is of no use.
pub async fn fill(db: &Db, plan: &Plan, password_hash: &str, progress: Progress<'_>) -> Result<()> {
    db.refuse_filled().await?;
    let (projects, members) = (plan.projects(), plan.members());
    let pages = PAGES * projects;
    let seed = Writing { db, progress };
    seed.write("schools", plan.schools, plan.school_rows()).await?;
    seed.write("people", plan.people(), plan.account_rows(password_hash)).await?;
    seed.write("projects", projects, plan.project_rows()).await?;
    seed.write("founders", 2 * projects, plan.partner_rows()).await?;
    seed.write("members", members, plan.member_rows()).await?;
    seed.write("consents", members, plan.consent_rows()).await?;
    seed.write("pages", pages, plan.page_rows()).await?;
    seed.write("versions of pages", pages + plan.versions(0), plan.version_rows()).await?;
    seed.write("chat messages", plan.long() + CHAT * projects, plan.chat_rows()).await?;
    seed.write("messages", plan.long() + MESSAGES * projects, plan.message_rows()).await?;
    Ok(db.take_stock().await?)
}

struct Writing<'a> {
    db: &'a Db,
    progress: Progress<'a>,
}

impl Writing<'_> {
    /// Writes rows of a table, of which there are about `all`.
    async fn write<M, A>(
        &self,
        what: &'static str,
        all: u64,
        rows: impl Iterator<Item = M>,
    ) -> Result<()>
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelBehavior<Entity = M::Entity> + Send,
        M::Entity: EntityTrait<ActiveModel = A>,
    {
        let at_once = rows_at_once(<M::Entity as EntityTrait>::Column::iter().count());
        let mut rows = rows.map(IntoActiveModel::into_active_model).peekable();
        let mut done = 0;
        while rows.peek().is_some() {
            let tx = self.db.begin().await?;
            for _ in 0..STATEMENTS {
                let some: Vec<A> = rows.by_ref().take(at_once).collect();
                done += some.len() as u64;
                if !some.is_empty() {
                    M::Entity::insert_many(some).exec_without_returning(&*tx).await?;
                }
            }
            tx.commit().await?;
            (self.progress)(what, done, all.max(done + 1));
        }
        (self.progress)(what, done, done);
        Ok(())
    }
}
