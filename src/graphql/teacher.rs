//! Registered teachers, as they find each other (C-01).

use async_graphql::{Context, InputObject, Object};
use entity::{AccountId, TagKind, TeacherId};
use uuid::Uuid;

use super::{
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    guard,
    loader::{Rows, Tags},
    school::School,
};
use crate::{
    Error, Result,
    domain::{
        list::cell,
        school::country,
        teacher::{Filter, TeacherRow},
        text::Wanted,
    },
    error::Problems,
};

/// A registered teacher with a verified address, as other teachers see them.
pub struct Teacher(TeacherRow);

impl Teacher {
    /// The teacher with this id.
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

/// A registered teacher with a verified address, as other teachers see them.
#[Object]
impl Teacher {
    /// The teacher's id. Named elsewhere, as a `Person`, the same account has another.
    pub async fn id(&self) -> Result<TeacherId> {
        cell(&self.0.id).map(Into::into)
    }

    /// The name.
    async fn name(&self) -> Result<String> {
        cell(&self.0.name)
    }

    /// What the teacher says of themselves.
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

    /// Their languages, ISO 639-1.
    async fn languages(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.tags(ctx, TagKind::Language).await
    }
}

/// Which teachers.
#[derive(InputObject, Default)]
pub struct TeacherFilter {
    /// Only those in whose name each of these words stands, in any order, whatever the case and the
    /// accents; at most 200 characters.
    search: Option<String>,
    /// Only those whose school is in this country, ISO 3166-1 alpha-2: `DE`.
    country: Option<String>,
    /// Only those who named this subject.
    subject: Option<String>,
    /// Only those who named this language, ISO 639-1: `de`.
    language: Option<String>,
}

/// The query of teachers.
#[derive(Default)]
pub struct TeacherQuery;

#[Object(guard = "super::guard::Unguarded")]
impl TeacherQuery {
    /// Registered teachers in the order of their names, for teachers who look for contacts (C-01).
    #[graphql(guard = "guard::Teacher", complexity = "cost(first, last, child_complexity)")]
    async fn teachers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which teachers.", default)] filter: TeacherFilter,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Teacher>>> {
        let country = filter.country.map(|code| {
            country(&code).ok_or_else(|| Error::invalid("country", "must be a country's code"))
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
