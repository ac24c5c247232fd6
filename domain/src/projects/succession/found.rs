//! A proposed succession that is decided on, as a decision finds it.

use entity::{
    SuccessionId,
    succession::{self, Column as Col},
};
use policy::SuccessionFacts;
use sea_orm::sea_query::Expr;

use super::row::{are_founders, is_back, is_partner};
use crate::permit::{Actor, OfProject, Row};

/// A proposal to which something is done.
pub type FoundSuccession = Row<succession::Model>;

impl OfProject for succession::Model {
    type Facts = SuccessionFacts;
    type Id = SuccessionId;

    const NAME: &'static str = "succession";
    const PROJECT: Col = Col::ProjectId;

    fn questions(_: &Actor<'_>) -> Vec<Expr> {
        vec![are_founders(), is_back(), is_partner()]
    }

    fn facts(&self, answers: &[bool], _: &Actor<'_>) -> SuccessionFacts {
        SuccessionFacts {
            services: [self.service_id, self.region_service_id],
            state: self.state,
            founders: answers[0],
            back: answers[1],
            partner: answers[2],
        }
    }
}
