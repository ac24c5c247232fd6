//! A page to which something is done, as a decision finds it.

use entity::{PageId, member, page, page_grant};
use policy::PageFacts;
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Expr, Query},
};

use crate::{
    permit::{Actor, OfProject, Row},
    sql::ColumnExt,
};

/// A page to which something is done.
pub type FoundPage = Row<page::Model>;

impl OfProject for page::Model {
    type Facts = PageFacts;
    type Id = PageId;

    const NAME: &'static str = "page";
    const PROJECT: page::Column = page::Column::ProjectId;

    fn questions(actor: &Actor<'_>) -> Vec<Expr> {
        vec![given_to(actor)]
    }

    fn facts(&self, given: &[bool], _: &Actor<'_>) -> PageFacts {
        PageFacts {
            id: self.id,
            author: self.author_id,
            visibility: self.visibility,
            archived: self.archived_at.is_some(),
            given: given[0],
        }
    }
}

/// Whether whoever acts was given permission to edit a page, either individually or by role, for
/// rows with its table (T-02).
fn given_to(actor: &Actor<'_>) -> Expr {
    let Some(account) = actor.person.account else { return Expr::val(false) };
    let mine = Cond::any()
        .add(page_grant::Column::MemberId.equals(member::Column::Id))
        .add(page_grant::Column::Role.equals(member::Column::Role));
    let mut given = Query::select();
    given
        .expr(Expr::val(1))
        .from(page_grant::Entity)
        .inner_join(member::Entity, mine)
        .and_where(page_grant::Column::PageId.equals(page::Column::Id))
        .and_where(member::Column::ProjectId.equals(page::Column::ProjectId))
        .and_where(member::Column::AccountId.eq(account.0));
    Expr::exists(given)
}
