//! A partner to whom something is done, as a decision finds them.

use entity::{PartnerId, ProjectId, partner};
use policy::{PartnerAct, PartnerFacts};
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, QuerySelect, QueryTrait, sea_query::Expr,
};

use crate::{
    Result, access,
    db::Tx,
    member,
    permit::{Actor, Found, Held},
};

/// A partner to whom something is done.
#[derive(Debug)]
pub struct FoundPartner {
    /// The partner.
    pub partner: partner::Model,
    facts: PartnerFacts,
}

impl Found for FoundPartner {
    type Facts = PartnerFacts;
    type Id = PartnerId;

    const NAME: &'static str = "partner";

    async fn lock(tx: &Tx, _: PartnerAct, id: &PartnerId) -> Result<Held> {
        let partner = partner::Entity::find_by_id(*id).select_only();
        access::hold(tx, partner.column(partner::Column::ProjectId).into_query()).await
    }

    async fn find(
        db: &impl ConnectionTrait,
        _: &Actor<'_>,
        id: &PartnerId,
    ) -> Result<Option<(ProjectId, Self)>> {
        let col = |column| Expr::col((partner::Entity, column));
        let (project, account) = (partner::Column::ProjectId, partner::Column::AccountId);
        let mut last_admin = member::place(col(project), col(account));
        last_admin.and_where(member::last_admin());
        let query =
            partner::Entity::find_by_id(*id).expr_as(Expr::exists(last_admin), "is_last_admin");
        let Some(row) = db.query_one(&query.into_query()).await? else { return Ok(None) };
        let partner = partner::Model::from_query_result(&row, "")?;
        let last_admin = row.try_get("", "is_last_admin")?;
        let facts = PartnerFacts { founder: partner.founder, last_admin };
        Ok(Some((partner.project_id, Self { partner, facts })))
    }

    fn facts(&self) -> &PartnerFacts {
        &self.facts
    }
}
