//! Schools.

use async_graphql::{InputObject, SimpleObject};
use entity::{SchoolId, school};

use crate::{domain::school as schools, error::Problems};

/// A school.
#[derive(SimpleObject)]
pub struct School {
    /// Its id.
    id: SchoolId,
    /// Its name.
    name: String,
    /// The town.
    town: String,
    /// The region within the country; null where none was given.
    region: Option<String>,
    /// The country, ISO 3166-1 alpha-2: `DE`.
    country: String,
}

impl From<school::Model> for School {
    fn from(row: school::Model) -> Self {
        let school::Model { id, name, town, region, country, .. } = row;
        Self { id, name, town, region: Some(region).filter(|r| !r.is_empty()), country }
    }
}

/// A school, by its name and place. The same name in the same place is the same school.
#[derive(InputObject)]
pub struct SchoolInput {
    /// Its name, at most 200 characters.
    name: String,
    /// The town, at most 100 characters.
    town: String,
    /// The region within the country, at most 100 characters.
    region: Option<String>,
    /// The country, ISO 3166-1 alpha-2: `DE`.
    country: String,
}

impl SchoolInput {
    /// Takes it; notes what is wrong with it.
    pub(super) fn take(self, problems: &mut Problems) -> schools::Named {
        let region = self.region.filter(|region| !region.trim().is_empty());
        let country = schools::country(&self.country);
        let known = country.is_some();
        problems.require(known, "school.country", "must be a country's two-letter code");
        schools::Named {
            name: problems.line(&self.name, "school.name", 200),
            town: problems.line(&self.town, "school.town", 100),
            region: region
                .map(|region| problems.line(&region, "school.region", 100))
                .unwrap_or_default(),
            country: country.unwrap_or_default(),
        }
    }
}
