//! A page to which something is done, as a decision finds it.

use entity::{PageId, ProjectId, member, page, page_grant};
use policy::{PageAct, PageFacts};
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, QuerySelect, QueryTrait,
    sea_query::{Cond, Expr, ExprTrait, Query},
};

use crate::{
    Result, access,
    db::Tx,
    permit::{Actor, Found, Held},
};

/// A page to which something is done.
#[derive(Debug)]
pub struct FoundPage {
    /// The page.
    pub page: page::Model,
    facts: PageFacts,
}

impl Found for FoundPage {
    type Facts = PageFacts;
    type Id = PageId;

    const NAME: &'static str = "page";

    async fn lock(tx: &Tx, _: PageAct, id: &PageId) -> Result<Held> {
        let page = page::Entity::find_by_id(*id).select_only().column(page::Column::ProjectId);
        access::hold(tx, page.into_query()).await
    }

    async fn find(
        db: &impl ConnectionTrait,
        actor: &Actor<'_>,
        id: &PageId,
    ) -> Result<Option<(ProjectId, Self)>> {
        let query = page::Entity::find_by_id(*id).expr_as(given_to(actor), "is_given");
        let Some(row) = db.query_one(&query.into_query()).await? else { return Ok(None) };
        let page = page::Model::from_query_result(&row, "")?;
        let facts = PageFacts {
            id: page.id,
            author: page.author_id,
            visibility: page.visibility,
            archived: page.archived_at.is_some(),
            given: row.try_get("", "is_given")?,
        };
        Ok(Some((page.project_id, Self { page, facts })))
    }

    fn facts(&self) -> &PageFacts {
        &self.facts
    }
}

/// Whether whoever acts was given permission to edit a page, either individually or by role, for
/// rows with its table (T-02).
fn given_to(actor: &Actor<'_>) -> Expr {
    let Some(account) = actor.person.account else { return Expr::val(false) };
    let grant = |column| Expr::col((page_grant::Entity, column));
    let place = |column| Expr::col((member::Entity, column));
    let mine = Cond::any()
        .add(grant(page_grant::Column::MemberId).eq(place(member::Column::Id)))
        .add(grant(page_grant::Column::Role).eq(place(member::Column::Role)));
    let mut given = Query::select();
    given
        .expr(Expr::val(1))
        .from(page_grant::Entity)
        .inner_join(member::Entity, mine)
        .and_where(grant(page_grant::Column::PageId).equals((page::Entity, page::Column::Id)))
        .and_where(place(member::Column::ProjectId).equals((page::Entity, page::Column::ProjectId)))
        .and_where(place(member::Column::AccountId).eq(account.0));
    Expr::exists(given)
}
