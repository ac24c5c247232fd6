//! Schools.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::{
    Error, Result,
    accounts::{
        school::{self as schools, Filter, SchoolCells, SchoolRow},
        subject,
    },
    error::{Flaw, Problems},
    list::{Cell, MOST, cell},
    projects::service,
    text::{self, Wanted},
};
use entity::{SchoolId, school};
use uuid::Uuid;

use crate::{
    auth::Viewer,
    graphql::{
        connection::{self, Connection, List, Paging, USUAL, cost},
        context::ContextExt,
        guard::Public,
        loader::Schools,
    },
};

pub mod confirmation;
mod merge;

pub use merge::SchoolMutation;

/// A school.
#[derive(Clone, Debug)]
pub struct School {
    id: SchoolId,
    cells: SchoolCells,
}

impl School {
    /// The school with this ID, for everyone.
    pub async fn load(ctx: &Context<'_>, id: SchoolId) -> Result<Self> {
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

/// Counts a search by somebody who is not signed in.
async fn count(ctx: &Context<'_>) -> Result<()> {
    let request = ctx.request();
    match ctx.viewer() {
        Viewer::SignedIn(_) => Ok(()),
        Viewer::Anonymous => request.count(ctx.app().limits.search(&request.client.address)).await,
    }
}

/// The queries of schools and what else is entered with them.
#[derive(Default)]
pub struct SchoolQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl SchoolQuery {
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
        let country = schools::country_asked(&country)?;
        let regions = service::regions(ctx.db().read(), &country).await?;
        Ok(Some(regions.into_iter().map(Region::from).collect()))
    }

    /// The schools of a country at which registered teachers work, ordered by region, town and name,
    /// to choose from while typing. A school that is not among them can be entered as well.
    /// Searches by people who are not signed in are rate-limited.
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, the country and the words"
    )]
    async fn schools(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The country, as an ISO 3166-1 alpha-2 code, such as `ES`.")]
        country: String,
        #[graphql(
            desc = "Returns only schools whose name, town or region contains each of these words, in any order, ignoring case and accents; at least 3 letters or digits, and at most 200 characters."
        )]
        search: String,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<School>>> {
        let filter = Filter::read(schools::country_asked(&country)?, &search)?;
        count(ctx).await?;
        let list = List { parent: Uuid::nil(), filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page_each(ctx, paging, list, async |row: SchoolRow| {
            School::of(&row.school)?.ok_or_else(|| Error::internal("a school without an ID"))
        })
        .await
        .map(Some)
    }

    /// The school subjects of registered teachers, in lower case and alphabetical order, to choose from
    /// while typing: those that at least two teachers have. Any other subject can be entered as well.
    /// Searches by people who are not signed in are rate-limited.
    #[graphql(guard = "Public")]
    async fn subjects(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Returns only subjects that contain each of these words, in any order, ignoring case; at most 200 characters."
        )]
        search: String,
        #[graphql(desc = "Returns the first *n* subjects (20 by default, at most 100).")]
        first: Option<i32>,
    ) -> Result<Option<Vec<String>>> {
        let mut problems = Problems::default();
        problems.at_most(&search, "search", Wanted::MOST);
        let first = u64::try_from(first.unwrap_or(USUAL)).ok().filter(|&first| first <= MOST);
        problems.require(first.is_some(), "first", Flaw::OutOfRange(0..=MOST));
        problems.finish()?;
        count(ctx).await?;
        subject::list(ctx.db().read(), &search, first.unwrap_or_default()).await.map(Some)
    }
}
