//! Lists of projects: their filter and their order.

use async_graphql::{Enum, InputObject};
use domain::{
    Result,
    error::Problems,
    projects::project::{Filter, Order},
    text::Wanted,
};
use entity::ProjectState;

use crate::graphql::{
    filter::{countries, few, languages},
    members::member::list::OrderDirection,
};

/// Filters projects.
#[derive(InputObject, Default)]
pub struct ProjectFilter {
    /// Returns only projects in one of these states.
    states: Option<Vec<ProjectState>>,
    /// Returns only projects with a founder whose school is in one of these countries, given as ISO
    /// 3166-1 alpha-2 codes, such as `DE`; at most 20.
    countries: Option<Vec<String>>,
    /// Returns only projects in one of these languages, given as ISO 639-1 codes, such as `de`; at
    /// most 20.
    languages: Option<Vec<String>>,
    /// Returns only projects with one of these subjects; at most 20.
    subjects: Option<Vec<String>>,
    /// Returns only projects with pupils of this age, in years, or older.
    age_from: Option<i32>,
    /// Returns only projects with pupils of this age, in years, or younger.
    age_to: Option<i32>,
    /// If true, returns only projects of which a partner holds the quality label; if false, only
    /// others (L-01).
    label: Option<bool>,
    /// Returns only projects whose title contains each of these words, in any order, ignoring case and
    /// accents; at most 200 characters.
    search: Option<String>,
}

impl ProjectFilter {
    /// Whether it asks about what is visible only to those who see all of a project.
    pub fn looks_inside(&self) -> bool {
        self.languages.is_some()
            || self.subjects.is_some()
            || self.age_from.is_some()
            || self.age_to.is_some()
    }

    /// The filter of the domain.
    pub fn take(self) -> Result<Filter> {
        let mut problems = Problems::default();
        let countries = self.countries.map(|codes| countries(&mut problems, codes, "countries"));
        let languages = self.languages.map(|codes| languages(&mut problems, codes, "languages"));
        let subjects = self.subjects.map(|words| few(&mut problems, words, "subjects"));
        problems.finish()?;
        Ok(Filter {
            states: self.states,
            search: self.search.as_deref().map(Wanted::read).transpose()?,
            countries,
            languages,
            subjects,
            age_from: self.age_from,
            age_to: self.age_to,
            label: self.label,
            of: None,
        })
    }
}

/// The fields by which projects can be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ProjectOrderField {
    /// The title.
    Title,
    /// When the project was created.
    CreatedAt,
    /// When the project entered its current state.
    StateSince,
}

/// How projects are sorted.
#[derive(InputObject)]
pub struct ProjectOrder {
    /// The field to sort by.
    field: ProjectOrderField,
    /// The direction. Defaults to `ASC`.
    direction: Option<OrderDirection>,
}

impl ProjectOrder {
    /// The order of the domain, and whether it is reversed.
    pub fn take(self) -> (Order, bool) {
        let order = match self.field {
            ProjectOrderField::Title => Order::Title,
            ProjectOrderField::CreatedAt => Order::Created,
            ProjectOrderField::StateSince => Order::StateSince,
        };
        (order, self.direction == Some(OrderDirection::Desc))
    }
}
