//! The schools of a country or region.

use async_graphql::Object;
use domain::{Result, list::cell, projects::office::OfficeSchoolRow};

use crate::graphql::accounts::school::School;

/// A school, as the support service of the country or region sees it.
pub struct OfficeSchool(pub OfficeSchoolRow);

/// A school, as the support service of the country or region sees it.
#[Object]
impl OfficeSchool {
    /// The school.
    async fn school(&self) -> Result<Option<School>> {
        School::of(&self.0.school)
    }

    /// The number of its teachers.
    async fn teacher_count(&self) -> Result<i64> {
        cell(&self.0.teachers)
    }

    /// The number of pupils' accounts at it.
    async fn pupil_count(&self) -> Result<i64> {
        cell(&self.0.pupils)
    }
}
