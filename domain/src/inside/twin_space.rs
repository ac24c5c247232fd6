//! A TwinSpace in which something is done, as a decision finds it.

use entity::{ProjectId, TwinSpaceId, project};
use policy::TwinSpaceFacts;
use sea_orm::{EntityTrait, QueryResult, QuerySelect, QueryTrait, sea_query::SelectStatement};

use crate::{
    Result,
    permit::{Actor, Found},
};

impl Found for TwinSpaceFacts {
    type Facts = Self;
    type Id = TwinSpaceId;

    const NAME: &'static str = "TwinSpace";

    fn project(id: &TwinSpaceId) -> SelectStatement {
        let project = project::Entity::find_by_id(ProjectId::from(*id)).select_only();
        project.column(project::Column::Id).into_query()
    }

    fn ask(_: &Actor<'_>, id: &TwinSpaceId) -> SelectStatement {
        Self::project(id)
    }

    fn read(
        rows: &[QueryResult],
        _: usize,
        _: &Actor<'_>,
        _: &TwinSpaceId,
    ) -> Result<Option<Self>> {
        Ok(rows.first().map(|_| Self))
    }

    fn facts(&self) -> &Self {
        self
    }
}
