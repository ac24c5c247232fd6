//! A TwinSpace to which a class is invited, as a decision finds it.

use entity::{TwinSpaceId, account};
use policy::{TwinSpaceAct, TwinSpaceFacts};
use sea_orm::{
    ColumnTrait, QueryResult,
    sea_query::{SelectStatement, UnionType},
};

use crate::{
    Result, access,
    db::Tx,
    members::custody::watch,
    permit::{Actor, Found, Held},
};

/// The TwinSpace, and the usernames of the pupils who have accounts.
#[derive(Debug)]
pub(super) struct Class {
    pub space: TwinSpaceId,
    pub usernames: Vec<String>,
}

/// A TwinSpace to which a class is invited.
#[derive(Debug)]
pub(super) struct Joining(TwinSpaceFacts);

impl Found for Joining {
    type Facts = TwinSpaceFacts;
    type Id = Class;

    const NAME: &'static str = TwinSpaceFacts::NAME;

    fn project(class: &Class) -> SelectStatement {
        TwinSpaceFacts::project(&class.space)
    }

    /// It stands in the logs of the pupils' other TwinSpaces, too.
    async fn lock(tx: &Tx, _: TwinSpaceAct, class: &Class) -> Result<Held> {
        let mut projects = Self::project(class);
        if !class.usernames.is_empty() {
            let pupils =
                account::Column::Username.is_in(class.usernames.iter().map(String::as_str));
            projects.union(UnionType::All, watch::places(pupils));
        }
        access::hold(tx, projects).await
    }

    fn ask(actor: &Actor<'_>, class: &Class) -> SelectStatement {
        TwinSpaceFacts::ask(actor, &class.space)
    }

    fn read(
        rows: &[QueryResult],
        first: usize,
        actor: &Actor<'_>,
        class: &Class,
    ) -> Result<Option<Self>> {
        Ok(TwinSpaceFacts::read(rows, first, actor, &class.space)?.map(Self))
    }

    fn facts(&self) -> &TwinSpaceFacts {
        &self.0
    }
}
