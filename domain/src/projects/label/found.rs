//! An application for the label that is decided on, as a decision finds it.

use entity::{
    LabelApplicationId,
    label::{self, Column as Col},
};
use policy::LabelFacts;
use sea_orm::sea_query::Expr;

use super::row::is_partner;
use crate::permit::{Actor, OfProject, Row};

/// An application to which something is done.
pub type FoundLabel = Row<label::Model>;

impl OfProject for label::Model {
    type Facts = LabelFacts;
    type Id = LabelApplicationId;

    const NAME: &'static str = "label application";
    const PROJECT: Col = Col::ProjectId;

    fn questions(_: &Actor<'_>) -> Vec<Expr> {
        vec![is_partner()]
    }

    fn facts(&self, partner: &[bool], _: &Actor<'_>) -> LabelFacts {
        LabelFacts {
            applicant: self.applicant_id,
            services: [self.service_id, self.region_service_id],
            state: self.state,
            partner: partner[0],
        }
    }
}
