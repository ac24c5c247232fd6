//! The numbers of a country or region.

use async_graphql::Object;
use domain::projects::office;

use crate::graphql::scalar::Date;

/// The numbers of a country or region in a month (UTC).
pub struct MonthlyNumbers(pub office::MonthlyNumbers);

/// The numbers of a country or region in a month (UTC).
#[Object]
impl MonthlyNumbers {
    /// The first day of the month.
    async fn month(&self) -> Date {
        Date(self.0.month)
    }

    /// The number of projects begun, drafts included.
    async fn projects(&self) -> u64 {
        self.0.projects
    }

    /// The number of TwinSpaces opened.
    async fn twin_spaces(&self) -> u64 {
        self.0.twin_spaces
    }

    /// The number of teachers who registered, as far as they still have an account.
    async fn teachers(&self) -> u64 {
        self.0.teachers
    }

    /// The number of pupils' accounts made, as far as they still exist.
    async fn pupils(&self) -> u64 {
        self.0.pupils
    }

    /// The number of quality labels granted to teachers.
    async fn labels(&self) -> u64 {
        self.0.labels
    }
}
