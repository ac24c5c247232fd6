//! The people whom an officer can look up by ID: those whom the lists of the office name.

use entity::{AccountId, account, admission, partner, project, school};
use policy::{Person, ServerPermission};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Cond, Expr, ExprTrait, Query},
};

use super::sch;
use crate::{Result, access, desktop::teacher::is_seen};

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
    let id = || Expr::col((account::Entity, account::Column::Id));
    let of = |column: admission::Column| Expr::col((admission::Entity, column));
    let services = [of(admission::Column::ServiceId), of(admission::Column::RegionServiceId)];
    let asks = Query::select()
        .expr(Expr::val(1))
        .from(admission::Entity)
        .and_where(of(admission::Column::AccountId).eq(id()))
        .and_where(access::decides_where(officer, services).unwrap_or_else(|| Expr::val(false)))
        .take();
    let of = |column: project::Column| Expr::col((project::Entity, column));
    let joined = Query::select()
        .expr(Expr::val(1))
        .from(partner::Entity)
        .and_where(
            Expr::col((partner::Entity, partner::Column::ProjectId)).eq(of(project::Column::Id)),
        )
        .and_where(Expr::col((partner::Entity, partner::Column::AccountId)).eq(id()))
        .take();
    let takes_part = Cond::any()
        .add(of(project::Column::ProposerId).eq(id()))
        .add(of(project::Column::CofounderId).eq(id()))
        .add(Expr::exists(joined));
    let works = Query::select()
        .expr(Expr::val(1))
        .from(project::Entity)
        .cond_where(takes_part)
        .cond_where(access::decided_by(officer))
        .take();
    let school =
        sch(school::Column::Id).eq(Expr::col((account::Entity, account::Column::SchoolId)));
    let seen = Cond::any()
        .add(is_seen().add(place.has_school()))
        .add(Expr::exists(asks))
        .add(Expr::exists(works));
    let mut query = Query::select();
    query
        .expr(id())
        .from(account::Entity)
        .left_join(school::Entity, school)
        .and_where(id().is_in(ids.iter().map(|id| id.0)))
        .cond_where(seen);
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
