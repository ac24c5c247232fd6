//! The schools of a country or region, for officers and administrators.

use async_graphql::{Context, Object};
use domain::{
    Result,
    list::cell,
    projects::office::{OfficeSchoolRow, SchoolFilter, SchoolOrder},
};
use uuid::Uuid;

use crate::graphql::{
    accounts::school::School,
    connection::{self, Connection, List, Paging},
};

/// A school, as the support service of its country or region and administrators see it.
pub struct OfficeSchool(OfficeSchoolRow);

impl OfficeSchool {
    /// The schools of a place, by region, town and name; those to which another is alike, by what they
    /// have in common.
    pub async fn list(
        ctx: &Context<'_>,
        filter: SchoolFilter,
        paging: Paging,
    ) -> Result<Connection<Self>> {
        let order = if filter.alike { SchoolOrder::Alike } else { SchoolOrder::Place };
        let list = List { parent: Uuid::nil(), filter, order, descending: false };
        connection::page(ctx, paging, list, Self).await
    }
}

/// A school, as the support service of its country or region and administrators see it.
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

    /// The number of teachers whose school is not confirmed.
    async fn unconfirmed_teacher_count(&self) -> Result<i64> {
        cell(&self.0.unconfirmed)
    }

    /// The words of town and name in alphabetical order, without case and accents. Schools of a country
    /// that have this in common may be the same one, entered more than once.
    async fn alike_key(&self) -> Result<String> {
        cell(&self.0.alike_key)
    }

    /// The number of pupils' accounts at it.
    async fn pupil_count(&self) -> Result<i64> {
        cell(&self.0.pupils)
    }
}
