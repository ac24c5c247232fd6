//! The people whom an officer can look up by ID: those whom the lists of the office name.

use entity::{AccountId, account, admission, partner, project, school};
use policy::{Person, ServerPermission};
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Cond, Expr, Query},
};

use crate::{Result, access, desktop::teacher::is_seen, sql::ColumnExt};

/// Those of these people whom this officer sees: the teachers of the place, those whose admission is
/// theirs to decide, and those who take part in a project on which they decide, or are asked to. One
/// statement, after two for the place.
pub(crate) async fn people(
    db: &impl ConnectionTrait,
    officer: Person,
    ids: &[AccountId],
) -> Result<Vec<AccountId>> {
    let Ok(service) = officer.service_for(ServerPermission::SeeOffice) else {
        return Ok(Vec::new());
    };
    let place = super::of(db, service).await?.place;
    let services = [admission::Column::ServiceId, admission::Column::RegionServiceId];
    let asks = Query::select()
        .expr(Expr::val(1))
        .from(admission::Entity)
        .and_where(admission::Column::AccountId.equals(account::Column::Id))
        .and_where(access::decides_where(officer, services).unwrap_or_else(|| Expr::val(false)))
        .take();
    let joined = Query::select()
        .expr(Expr::val(1))
        .from(partner::Entity)
        .and_where(partner::Column::ProjectId.equals(project::Column::Id))
        .and_where(partner::Column::AccountId.equals(account::Column::Id))
        .take();
    let takes_part = Cond::any()
        .add(project::Column::ProposerId.equals(account::Column::Id))
        .add(project::Column::CofounderId.equals(account::Column::Id))
        .add(Expr::exists(joined));
    let works = Query::select()
        .expr(Expr::val(1))
        .from(project::Entity)
        .cond_where(takes_part)
        .cond_where(access::decided_by(officer))
        .take();
    let school = school::Column::Id.equals(account::Column::SchoolId);
    let seen = Cond::any()
        .add(is_seen().add(place.has_school()))
        .add(Expr::exists(asks))
        .add(Expr::exists(works));
    let mut query = Query::select();
    query
        .expr(account::Column::Id.into_expr())
        .from(account::Entity)
        .left_join(school::Entity, school)
        .and_where(account::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .cond_where(seen);
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
