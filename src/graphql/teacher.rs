//! Registered teachers, as other teachers find them (C-01).

use async_graphql::{Context, InputObject, Object};
use domain::{
    Error, Result,
    error::Problems,
    list::cell,
    school::country,
    teacher::{Filter, TeacherRow},
    text::Wanted,
};
use entity::{AccountId, TagKind, TeacherId};
use uuid::Uuid;

use super::{
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    guard,
    loader::{Rows, Tags},
    school::School,
};

/// A registered teacher with a verified address, as shown to other teachers.
pub struct Teacher(TeacherRow);

impl Teacher {
    /// The teacher with this ID.
    pub async fn load(ctx: &Context<'_>, id: AccountId) -> Result<Self> {
        let columns = connection::columns::<TeacherRow>(ctx);
        let row = ctx.load::<Rows<TeacherRow>>((id.0, columns)).await?;
        row.map(|row| Self((*row).clone())).ok_or(Error::NotFound("teacher"))
    }

    async fn tags(&self, ctx: &Context<'_>, kind: TagKind) -> Result<Vec<String>> {
        let tags = ctx.load::<Tags>(cell(&self.0.id)?).await?;
        let of_kind = |tags: &Vec<(TagKind, String)>| {
            tags.iter().filter(|(k, _)| *k == kind).map(|(_, value)| value.clone()).collect()
        };
        Ok(tags.as_deref().map(of_kind).unwrap_or_default())
    }
}

/// A registered teacher with a verified address, as shown to other teachers.
#[Object]
impl Teacher {
    /// The teacher's ID. The same account has a different ID as a `Person`.
    pub async fn id(&self) -> Result<TeacherId> {
        cell(&self.0.id).map(Into::into)
    }

    /// The name.
    async fn name(&self) -> Result<String> {
        cell(&self.0.name)
    }

    /// The teacher's profile text.
    async fn profile(&self) -> Result<String> {
        cell(&self.0.profile)
    }

    /// The school.
    async fn school(&self) -> Result<Option<School>> {
        School::of(&self.0.school)
    }

    /// Their school subjects.
    async fn subjects(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.tags(ctx, TagKind::Subject).await
    }

    /// Their languages, as ISO 639-1 codes.
    async fn languages(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.tags(ctx, TagKind::Language).await
    }
}

/// Filters teachers.
#[derive(InputObject, Default)]
pub struct TeacherFilter {
    /// Returns only teachers whose name contains each of these words, in any order, ignoring case
    /// and accents; at most 200 characters.
    search: Option<String>,
    /// Returns only teachers whose school is in this country, given as an ISO 3166-1 alpha-2 code,
    /// such as `DE`.
    country: Option<String>,
    /// Returns only teachers with this subject.
    subject: Option<String>,
    /// Returns only teachers with this language, given as an ISO 639-1 code, such as `de`.
    language: Option<String>,
}

/// The query of teachers.
#[derive(Default)]
pub struct TeacherQuery;

#[Object(guard = "super::guard::Unguarded")]
impl TeacherQuery {
    /// Registered teachers, ordered by name, for finding new contacts. Requires a registered
    /// teacher (C-01).
    #[graphql(guard = "guard::Teacher", complexity = "cost(first, last, child_complexity)")]
    async fn teachers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.", default)] filter: TeacherFilter,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Teacher>>> {
        let country = filter.country.map(|code| {
            country(&code)
                .ok_or_else(|| Error::invalid("country", "must be a two-letter country code"))
        });
        let mut problems = Problems::default();
        problems.at_most(filter.subject.as_deref().unwrap_or_default(), "subject", Wanted::MOST);
        problems.at_most(filter.language.as_deref().unwrap_or_default(), "language", Wanted::MOST);
        problems.finish()?;
        let filter = Filter {
            search: filter.search.as_deref().map(Wanted::read).transpose()?,
            country: country.transpose()?,
            subject: filter.subject,
            language: filter.language,
        };
        let list = List { parent: Uuid::nil(), filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, Teacher).await.map(Some)
    }
}
