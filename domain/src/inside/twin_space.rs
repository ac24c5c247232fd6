//! A TwinSpace in which something is done, as a decision finds it.

use entity::TwinSpaceId;
use policy::TwinSpaceFacts;
use sea_orm::{QueryResult, sea_query::SelectStatement};

use crate::{
    Result, access,
    permit::{Actor, Found},
};

pub mod export;

impl Found for TwinSpaceFacts {
    type Facts = Self;
    type Id = TwinSpaceId;

    const NAME: &'static str = "TwinSpace";

    fn project(id: &TwinSpaceId) -> SelectStatement {
        access::itself((*id).into())
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
