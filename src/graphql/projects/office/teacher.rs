//! The teachers of a country or region.

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use domain::{Result, list::cell, projects::office::OfficeTeacherRow};

use crate::graphql::accounts::{
    person::Person,
    school::{
        School,
        confirmation::{SchoolConfirmation, TeacherPermissions},
    },
};

/// A registered teacher, as the support service of the country or region sees them.
pub struct OfficeTeacher(pub OfficeTeacherRow);

/// A registered teacher, as the support service of the country or region sees them.
#[Object]
impl OfficeTeacher {
    /// The teacher.
    async fn person(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.id)?, self.0.name.clone()))
    }

    /// The school.
    async fn school(&self) -> Result<Option<School>> {
        School::of(&self.0.school)
    }

    /// Whether it is confirmed that they belong to the school.
    async fn school_confirmed(&self) -> Result<bool> {
        Ok(cell(&self.0.school_confirmed)?.unwrap_or(false))
    }

    /// The confirmation of the school: when, and by whom; null if it is not confirmed.
    async fn school_confirmation(&self, ctx: &Context<'_>) -> Result<Option<SchoolConfirmation>> {
        SchoolConfirmation::of(ctx, cell(&self.0.id)?).await
    }

    /// When they registered.
    async fn registered_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.registered_at)
    }

    /// Whether an administrator has blocked the account.
    async fn blocked(&self) -> Result<bool> {
        Ok(cell(&self.0.blocked_at)?.is_some())
    }

    /// The number of projects of which they are a partner.
    async fn project_count(&self) -> Result<i64> {
        cell(&self.0.projects)
    }

    /// What the viewer may do with the school that they name, with a reason for anything that is not
    /// allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<TeacherPermissions> {
        TeacherPermissions::of(ctx, cell(&self.0.id)?).await
    }
}
