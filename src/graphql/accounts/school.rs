//! Schools.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::{
    Error, Result,
    accounts::school::{self as schools, SchoolCells},
    error::Problems,
    list::{Cell, cell},
    projects::service,
    text,
};
use entity::{SchoolId, school};

use crate::graphql::{context::ContextExt, guard::Public, loader::Schools};

/// A school.
#[derive(Clone, Debug)]
pub struct School {
    id: SchoolId,
    cells: SchoolCells,
}

impl School {
    /// The school with this ID, for everyone who is signed in.
    pub async fn load(ctx: &Context<'_>, id: SchoolId) -> Result<Self> {
        ctx.signed_in()?;
        let row = ctx.load::<Schools>(id).await?.ok_or(Error::NotFound("school"))?;
        Ok((*row).clone().into())
    }

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
    /// The ID.
    pub async fn id(&self) -> SchoolId {
        self.id
    }

    /// The name.
    async fn name(&self) -> Result<String> {
        word(self.cells.name.as_ref())
    }

    /// The town or city.
    async fn town(&self) -> Result<String> {
        word(self.cells.town.as_ref())
    }

    /// The region within the country; null if none was given.
    async fn region(&self) -> Result<Option<String>> {
        Ok(Some(word(self.cells.region.as_ref())?).filter(|region| !region.is_empty()))
    }

    /// The country, as an ISO 3166-1 alpha-2 code, such as `DE`.
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

/// A school, identified by its name and place. The same name in the same place refers to the same
/// school.
#[derive(InputObject)]
pub struct SchoolInput {
    /// The name, at most 200 characters.
    name: String,
    /// The town or city, at most 100 characters.
    town: String,
    /// The region within the country, at most 100 characters. If it is one of the country's
    /// `regions`, that region's support service decides too; alternative spellings are accepted and
    /// replaced by the name.
    region: Option<String>,
    /// The country, as an ISO 3166-1 alpha-2 code, such as `DE`.
    country: String,
}

impl SchoolInput {
    /// Takes the school; records what is wrong with it.
    pub(crate) fn take(self, problems: &mut Problems) -> schools::Named {
        let region = self.region.filter(|region| !text::is_blank(region));
        let country = problems.country(&self.country, "school.country");
        schools::Named {
            name: problems.line(&self.name, "school.name", 200),
            town: problems.line(&self.town, "school.town", 100),
            region: region
                .map(|region| problems.line(&region, "school.region", 100))
                .unwrap_or_default(),
            country,
        }
    }
}

/// A region of a country that has its own support service.
#[derive(SimpleObject)]
pub struct Region {
    /// The name to pass as `school.region`.
    name: String,
    /// Alternative spellings that are accepted.
    spellings: Vec<String>,
}

impl From<service::Region> for Region {
    fn from(service::Region { name, spellings }: service::Region) -> Self {
        Self { name, spellings }
    }
}

/// The query of regions.
#[derive(Default)]
pub struct RegionQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl RegionQuery {
    /// The regions of a country that have their own support service, ordered by name, from which
    /// teachers choose when they enter a school (P-06). Empty if the country has at most one
    /// support service.
    #[graphql(guard = "Public")]
    async fn regions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The country, as an ISO 3166-1 alpha-2 code, such as `ES`.")]
        country: String,
    ) -> Result<Option<Vec<Region>>> {
        let country = schools::country(&country)
            .ok_or_else(|| Error::invalid("country", "must be a two-letter country code"))?;
        let regions = service::regions(ctx.db().read(), &country).await?;
        Ok(Some(regions.into_iter().map(Region::from).collect()))
    }
}
