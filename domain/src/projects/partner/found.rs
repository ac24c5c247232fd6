//! A partner to whom something is done, as a decision finds them.

use entity::{PartnerId, partner};
use policy::PartnerFacts;
use sea_orm::sea_query::Expr;

use crate::{
    members::member,
    permit::{Actor, OfProject, Row},
};

/// A partner to whom something is done.
pub type FoundPartner = Row<partner::Model>;

impl OfProject for partner::Model {
    type Facts = PartnerFacts;
    type Id = PartnerId;

    const NAME: &'static str = "partner";
    const PROJECT: partner::Column = partner::Column::ProjectId;

    fn questions(_: &Actor<'_>) -> Vec<Expr> {
        let (project, account) = (partner::Column::ProjectId, partner::Column::AccountId);
        let mut last_admin = member::place(project, account);
        last_admin.and_where(member::last_admin());
        vec![Expr::exists(last_admin)]
    }

    fn facts(&self, last_admin: &[bool], _: &Actor<'_>) -> PartnerFacts {
        PartnerFacts { founder: self.founder, last_admin: last_admin[0] }
    }
}
