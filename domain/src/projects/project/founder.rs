//! The founders of a project, and the countries from which it was founded.

use std::collections::{BTreeSet, HashMap};

use entity::{AccountId, Decision, ProjectId, account, approval, project, school};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType},
};

use crate::{Error, Reason, Result, db::Tx, desktop::teacher::is_seen, sql::ColumnExt};

/// A founder, and the school where they work.
#[derive(Clone, Debug)]
pub(crate) struct Founder {
    pub account: account::Model,
    pub school: school::Model,
}

/// The two founders, with their schools.
pub(crate) async fn founders(tx: &Tx, project: &project::Model) -> Result<[Founder; 2]> {
    let find = async |id: AccountId| -> Result<Founder> {
        let found = account::Entity::find_by_id(id)
            .filter(is_seen())
            .select_also(school::Entity)
            .join(
                JoinType::InnerJoin,
                account::Entity::belongs_to(school::Entity)
                    .from(account::Column::SchoolId)
                    .to(school::Column::Id)
                    .into(),
            )
            .one(&**tx)
            .await?;
        match found {
            Some((account, Some(school))) => Ok(Founder { account, school }),
            _ => Err(Error::Conflict(Reason::NotATeacher)),
        }
    };
    let cofounder = project.cofounder_id.ok_or(Error::Conflict(Reason::NotAContact))?;
    Ok([find(project.proposer_id).await?, find(cofounder).await?])
}

/// The countries of the founders' schools of several projects, with one statement.
pub async fn countries(
    db: &impl ConnectionTrait,
    projects: &[ProjectId],
) -> Result<HashMap<ProjectId, Vec<String>>> {
    let founder = account::Column::Id;
    let mut query = Query::select();
    query
        .expr(project::Column::Id.into_expr())
        .expr(school::Column::Country.into_expr())
        .from(project::Entity)
        .inner_join(
            account::Entity,
            founder
                .equals(project::Column::ProposerId)
                .or(founder.equals(project::Column::CofounderId)),
        )
        .inner_join(school::Entity, school::Column::Id.equals(account::Column::SchoolId))
        .and_where(project::Column::Id.is_in(projects.iter().map(|id| id.0)))
        .union(UnionType::All, approved_in(projects));
    let mut countries: HashMap<ProjectId, BTreeSet<String>> = HashMap::new();
    for row in db.query_all(&query).await? {
        countries.entry(row.try_get_by_index(0)?).or_default().insert(row.try_get_by_index(1)?);
    }
    let sorted = countries.into_iter().map(|(id, countries)| (id, countries.into_iter().collect()));
    Ok(sorted.collect())
}

/// The countries in which projects were approved for a founder whose account, and with it the
/// school, has been erased.
fn approved_in(projects: &[ProjectId]) -> SelectStatement {
    let founder = account::Column::Id;
    let mut gone = Query::select();
    gone.expr(Expr::val(1))
        .from(account::Entity)
        .and_where(
            founder
                .equals(project::Column::ProposerId)
                .or(founder.equals(project::Column::CofounderId)),
        )
        .and_where(account::Column::SchoolId.is_null());
    let mut last = Query::select();
    last.expr(approval::Column::Round.of("later").max())
        .from_as(approval::Entity, "later")
        .and_where(approval::Column::ProjectId.of("later").eq(project::Column::Id.into_expr()));
    let mut approved = Query::select();
    approved
        .expr(project::Column::Id.into_expr())
        .expr(approval::Column::Country.into_expr())
        .from(project::Entity)
        .inner_join(approval::Entity, approval::Column::ProjectId.equals(project::Column::Id))
        .and_where(project::Column::Id.is_in(projects.iter().map(|id| id.0)))
        .and_where(approval::Column::Decision.eq(Decision::Approved))
        .and_where(approval::Column::Round.equals(Expr::from(last)))
        .and_where(Expr::exists(gone));
    approved
}
