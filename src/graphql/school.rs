//! Schools.

use async_graphql::{InputObject, Object};
use entity::{SchoolId, school};

use crate::{
    Result,
    domain::{
        list::{Cell, cell},
        school::{self as schools, SchoolCells},
    },
    error::Problems,
};

/// A school.
#[derive(Clone, Debug)]
pub struct School {
    id: SchoolId,
    cells: SchoolCells,
}

impl School {
    /// The school in a row of a list, if there is one.
    pub fn of(cells: &SchoolCells) -> Result<Option<Self>> {
        Ok(cell(&cells.id)?.map(|id| Self { id, cells: cells.clone() }))
    }
}

fn word(word: Cell<&Option<String>>) -> Result<String> {
    Ok(cell(&word)?.clone().unwrap_or_default())
}

/// A school.
#[Object]
impl School {
    /// Its id.
    async fn id(&self) -> SchoolId {
        self.id
    }

    /// Its name.
    async fn name(&self) -> Result<String> {
        word(self.cells.name.as_ref())
    }

    /// The town.
    async fn town(&self) -> Result<String> {
        word(self.cells.town.as_ref())
    }

    /// The region within the country; null where none was given.
    async fn region(&self) -> Result<Option<String>> {
        Ok(Some(word(self.cells.region.as_ref())?).filter(|region| !region.is_empty()))
    }

    /// The country, ISO 3166-1 alpha-2: `DE`.
    async fn country(&self) -> Result<String> {
        word(self.cells.country.as_ref())
    }
}

impl From<school::Model> for School {
    fn from(row: school::Model) -> Self {
        let school::Model { id, name, town, region, country, .. } = row;
        let cells = SchoolCells {
            id: Some(Some(id)),
            name: Some(Some(name)),
            town: Some(Some(town)),
            region: Some(Some(region)),
            country: Some(Some(country)),
        };
        Self { id, cells }
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
