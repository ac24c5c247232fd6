//! Who decides on the succession of a founder whose account, and with it the school, has been
//! erased: the project's history determines the country (P-15).

use entity::{AccountId, SuccessionState, approval, project, service, succession};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Error, Reason, Result,
    db::Tx,
    projects::service::{Deciding, at},
};

/// The country of a former founder, and who decides there: where the project was approved for them
/// or, if they had succeeded someone, where that was decided.
pub(super) async fn decided_for(
    tx: &Tx,
    project: &project::Model,
    founder: AccountId,
) -> Result<(String, Deciding)> {
    let unknown = || Error::Conflict(Reason::NotATeacher);
    let founded = founder == project.proposer_id || Some(founder) == project.cofounder_id;
    if !founded {
        let before = succession::Entity::of(project.id)
            .filter(succession::Column::SuccessorId.eq(founder))
            .filter(succession::Column::State.eq(SuccessionState::Approved))
            .order_by_desc(succession::Column::Id)
            .one(&**tx)
            .await?
            .ok_or_else(unknown)?;
        let services = [before.service_id, before.region_service_id];
        return decided_in(tx, before.country, services.into_iter().flatten().collect()).await;
    }
    // The decisions of the last round, those for the proposer before those for the co-founder.
    let asked = approval::Entity::of(project.id)
        .order_by_asc(approval::Column::Round)
        .order_by_asc(approval::Column::Id)
        .all(&**tx)
        .await?;
    let last = asked.last().ok_or_else(unknown)?;
    let mut round = asked.iter().filter(|one| one.round == last.round);
    let theirs = match founder == project.proposer_id {
        true => round.next().ok_or_else(unknown)?,
        false => last,
    };
    let country = theirs.country.clone();
    let services = asked
        .iter()
        .filter(|one| one.round == last.round && one.country == country)
        .filter_map(|one| one.service_id)
        .collect();
    decided_in(tx, country, services).await
}

/// The current support service of the country, and that of its region that was asked at the time.
async fn decided_in(
    tx: &Tx,
    country: String,
    services: Vec<entity::ServiceId>,
) -> Result<(String, Deciding)> {
    let then = service::Entity::find().filter(service::Column::Id.is_in(services));
    let region = then.all(&**tx).await?.into_iter().map(|service| service.region_key);
    let region = region.into_iter().find(|key| !key.is_empty());
    let deciding = at(tx, &country, &region.unwrap_or_default()).await?;
    Ok((country, deciding))
}
