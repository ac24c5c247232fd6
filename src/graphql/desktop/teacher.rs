//! Registered teachers, as other teachers find them (C-01).

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object};
use domain::{
    Result,
    desktop::teacher::{Filter, Order, TeacherRow},
    error::Problems,
    list::cell,
    text::Wanted,
};
use entity::{AccountId, TagKind};
use uuid::Uuid;

use crate::graphql::{
    accounts::{person::Person, school::confirmation::TeacherPermissions},
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    filter::{countries, few, languages},
    guard,
    loader::{Rows, Tags},
    members::member::list::OrderDirection,
};

/// What a registered teacher tells other teachers about themselves.
pub struct Teacher {
    id: AccountId,
    row: Arc<TeacherRow>,
}

impl Teacher {
    /// The person with this ID as a teacher; `None` unless they are one with a verified address.
    pub async fn of(ctx: &Context<'_>, id: AccountId) -> Result<Option<Self>> {
        let columns = connection::columns::<TeacherRow>(ctx);
        let row = ctx.load::<Rows<TeacherRow>>((id.0, columns)).await?;
        Ok(row.map(|row| Self { id, row }))
    }

    async fn tags(&self, ctx: &Context<'_>, kind: TagKind) -> Result<Vec<String>> {
        let tags = ctx.load::<Tags>(self.id).await?;
        let of_kind = |tags: &Vec<(TagKind, String)>| {
            tags.iter().filter(|(k, _)| *k == kind).map(|(_, value)| value.clone()).collect()
        };
        Ok(tags.as_deref().map(of_kind).unwrap_or_default())
    }
}

/// What a registered teacher with a verified address tells other teachers about themselves. It is part
/// of their `Person` and has no ID of its own.
#[Object]
impl Teacher {
    /// The profile text; empty if there is none.
    async fn profile(&self) -> Result<String> {
        cell(&self.row.profile)
    }

    /// The school subjects, in lower case and alphabetical order.
    async fn subjects(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.tags(ctx, TagKind::Subject).await
    }

    /// The languages, as ISO 639-1 codes such as `de`.
    async fn languages(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.tags(ctx, TagKind::Language).await
    }

    /// What the viewer may do with the school that they name, with a reason for anything that is not
    /// allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<TeacherPermissions> {
        TeacherPermissions::of(ctx, self.id).await
    }
}

/// Filters teachers.
#[derive(InputObject, Default)]
pub struct TeacherFilter {
    /// Returns only teachers whose name contains each of these words, in any order, ignoring case
    /// and accents; at most 200 characters.
    search: Option<String>,
    /// Returns only teachers whose school is in one of these countries, given as ISO 3166-1 alpha-2
    /// codes, such as `DE`; at most 20.
    countries: Option<Vec<String>>,
    /// Returns only teachers with one of these languages, given as ISO 639-1 codes, such as `de`; at
    /// most 20.
    languages: Option<Vec<String>>,
    /// Returns only teachers with one of these subjects; at most 20.
    subjects: Option<Vec<String>>,
    /// If true, returns only teachers whose school is confirmed; if false, only those whose school is
    /// not.
    school_confirmed: Option<bool>,
}

impl TeacherFilter {
    /// The filter of the domain.
    fn take(self) -> Result<Filter> {
        let mut problems = Problems::default();
        let countries = self.countries.map(|codes| countries(&mut problems, codes, "countries"));
        let languages = self.languages.map(|codes| languages(&mut problems, codes, "languages"));
        let subjects = self.subjects.map(|words| few(&mut problems, words, "subjects"));
        problems.finish()?;
        let search = self.search.as_deref().map(Wanted::read).transpose()?;
        Ok(Filter { search, countries, subjects, languages, confirmed: self.school_confirmed })
    }
}

/// The fields by which teachers can be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TeacherOrderField {
    /// The name.
    Name,
    /// When they registered.
    RegisteredAt,
}

/// How teachers are sorted.
#[derive(InputObject)]
pub struct TeacherOrder {
    /// The field to sort by.
    field: TeacherOrderField,
    /// The direction. Defaults to `ASC`.
    direction: Option<OrderDirection>,
}

impl TeacherOrder {
    /// The order of the domain, and whether it is reversed.
    fn take(self) -> (Order, bool) {
        let order = match self.field {
            TeacherOrderField::Name => Order::Name,
            TeacherOrderField::RegisteredAt => Order::Registered,
        };
        (order, self.direction == Some(OrderDirection::Desc))
    }
}

/// The query of teachers.
#[derive(Default)]
pub struct TeacherQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl TeacherQuery {
    /// Registered teachers, for finding new contacts. Requires a registered teacher (C-01).
    #[graphql(guard = "guard::Teacher", complexity = "cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, the filter and the order"
    )]
    async fn teachers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<TeacherFilter>,
        #[graphql(desc = "The sort order. Defaults to the name.")] order_by: Option<TeacherOrder>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Person>>> {
        let filter = filter.unwrap_or_default().take()?;
        let (order, descending) = order_by.map_or((Order::Name, false), TeacherOrder::take);
        let list = List { parent: Uuid::nil(), filter, order, descending };
        let paging = Paging { first, after, last, before };
        connection::page_each(ctx, paging, list, async |row: TeacherRow| {
            Ok(Person::teaching(cell(&row.id)?, row))
        })
        .await
        .map(Some)
    }
}
