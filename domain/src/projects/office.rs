//! What officers see of the country or region that their support service serves: projects in every
//! state, teachers, schools, what was decided, and numbers.
//!
//! A place is a country, or a region of it in every known spelling. Nothing here is about a single
//! pupil: pupils are counted.

mod decision;
mod numbers;
mod person;
mod project;
mod school;
mod teacher;

use entity::{SchoolId, ServiceId, account, region_spelling, school as schools, service};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Cond, Condition, Query, SelectStatement},
};

use crate::{Error, Result, sql::ColumnExt, text};

pub use decision::{DecisionRow, Filter as DecisionFilter};
pub use numbers::{MonthlyNumbers, check_months, csv, export, numbers, take};
pub(crate) use person::people;
pub use project::{Filter as ProjectFilter, OfficeProjectRow};
pub use school::{Filter as SchoolFilter, OfficeSchoolRow, Order as SchoolOrder};
pub use teacher::{Filter as TeacherFilter, OfficeTeacherRow};

/// The country or region that a support service serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The country, as an ISO 3166-1 alpha-2 code.
    pub country: String,
    /// The keys of all spellings of the region; empty for the whole country.
    pub regions: Vec<String>,
}

/// A support service and the place that it serves.
#[derive(Clone, Debug)]
pub struct Office {
    /// The service.
    pub service: service::Model,
    /// The place.
    pub place: Place,
}

/// The office of a support service: two statements.
pub async fn of(db: &impl ConnectionTrait, id: ServiceId) -> Result<Office> {
    let service = service::Entity::find_by_id(id).one(db).await?;
    let service = service.ok_or(Error::NotFound("support service"))?;
    let mut regions = Vec::new();
    if !service.region_key.is_empty() {
        regions.push(service.region_key.clone());
        let spelled: Vec<String> = region_spelling::Entity::find()
            .select_only()
            .column(region_spelling::Column::SpellingKey)
            .filter(region_spelling::Column::ServiceId.eq(id))
            .into_tuple()
            .all(db)
            .await?;
        regions.extend(spelled);
        regions.sort();
    }
    let place = Place { country: service.country.clone(), regions };
    Ok(Office { service, place })
}

impl Place {
    /// A whole country, given as an ISO 3166-1 alpha-2 code.
    pub fn country(country: String) -> Self {
        Self { country, regions: Vec::new() }
    }

    /// Whether a school is in this place.
    pub(crate) fn has_school(&self) -> Condition {
        let all = Cond::all().add(schools::Column::Country.eq(&self.country));
        if self.regions.is_empty() {
            return all;
        }
        let country = text::key(&self.country);
        let any = self.regions.iter().fold(Cond::any(), |any, region| {
            // A key has the parts of a place in lines: country, region, town, name.
            let start = format!("{country}\n{region}\n");
            any.add(schools::Column::IdentityKey.like(text::starting_with(&start)))
        });
        all.add(any)
    }

    /// Whether all these schools are in this place.
    pub(crate) async fn holds(&self, db: &impl ConnectionTrait, ids: &[SchoolId]) -> Result<bool> {
        let outside = schools::Entity::find()
            .filter(schools::Column::Id.is_in(ids.iter().copied()))
            .filter(self.has_school().not());
        Ok(outside.count(db).await? == 0)
    }

    /// The accounts whose school is in this place.
    fn accounts(&self) -> SelectStatement {
        let mut query = Query::select();
        query
            .column((account::Entity, account::Column::Id))
            .from(schools::Entity)
            .inner_join(account::Entity, account::Column::SchoolId.equals(schools::Column::Id))
            .cond_where(self.has_school());
        query
    }
}
