//! Support services of countries and regions (P-06); they are set up from the command line.

use entity::{AccountKind, ServiceId, account, school, service};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect,
};

use super::text;
use crate::{
    Error, Result,
    db::{Tx, is_duplicate},
};

/// Sets up the service of a country, or of a region of it; `region` is empty for the whole country.
///
/// A place has one service: a second one is refused as `AlreadyDone`.
pub async fn add(tx: &Tx, name: &str, country: &str, region: &str) -> Result<ServiceId> {
    let id = ServiceId::new();
    let row = service::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        country: Set(country.to_owned()),
        region: Set(region.to_owned()),
        region_key: Set(text::key(region)),
    };
    match row.insert(&**tx).await {
        Ok(_) => Ok(id),
        Err(cause) if is_duplicate(&cause) => Err(Error::Conflict(crate::Reason::AlreadyDone)),
        Err(cause) => Err(cause.into()),
    }
}

/// Who decides on what somebody at a school asks for: the service of the country, and the one of
/// the school's region. With neither it is the administrators.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deciding {
    pub country: Option<ServiceId>,
    pub region: Option<ServiceId>,
}

/// Who decides on what somebody at this school asks for.
pub(super) async fn deciding(tx: &Tx, school: &school::Model) -> Result<Deciding> {
    at(tx, &school.country, &text::key(&school.region)).await
}

/// The same of whoever is in this region of a country; an empty one for no region.
pub(super) async fn at(tx: &Tx, country: &str, region_key: &str) -> Result<Deciding> {
    let services = service::Entity::find()
        .filter(service::Column::Country.eq(country))
        .filter(service::Column::RegionKey.is_in(["", region_key]))
        .all(&**tx)
        .await?;
    let mut deciding = Deciding::default();
    for service in services {
        match service.region_key.is_empty() {
            true => deciding.country = Some(service.id),
            false => deciding.region = Some(service.id),
        }
    }
    Ok(deciding)
}

impl Deciding {
    /// Each of them; none for the administrators.
    pub fn each(self) -> Vec<Option<ServiceId>> {
        match [self.country, self.region] {
            [None, None] => vec![None],
            both => both.into_iter().flatten().map(Some).collect(),
        }
    }

    /// The officers of all of them, or the administrators.
    pub async fn officers(self, tx: &Tx) -> Result<Vec<account::Model>> {
        let mut all = Vec::new();
        for service in self.each() {
            all.extend(officers(tx, service).await?);
        }
        Ok(all)
    }
}

/// The officers of a service, or the administrators: those who can sign in.
pub(super) async fn officers(tx: &Tx, service: Option<ServiceId>) -> Result<Vec<account::Model>> {
    let query = match service {
        Some(id) => account::Entity::find()
            .filter(account::Column::ServiceId.eq(id))
            .filter(account::Column::Kind.eq(AccountKind::Officer)),
        None => {
            account::Entity::find().filter(account::Column::Kind.eq(AccountKind::Administrator))
        }
    };
    let at_work = query
        .filter(account::Column::Email.is_not_null())
        .filter(account::Column::BlockedAt.is_null());
    Ok(at_work.all(&**tx).await?)
}

/// The service of exactly this place; `region` is empty for the whole country.
pub async fn of(
    db: &impl ConnectionTrait,
    country: &str,
    region: &str,
) -> Result<Option<ServiceId>> {
    let id = service::Entity::find()
        .select_only()
        .column(service::Column::Id)
        .filter(service::Column::Country.eq(country))
        .filter(service::Column::RegionKey.eq(text::key(region)))
        .into_tuple()
        .one(db)
        .await?;
    Ok(id)
}
