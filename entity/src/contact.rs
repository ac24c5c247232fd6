//! Contacts between teachers (C-01).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;

use crate::{AccountId, ContactId};

/// The state of a contact between two teachers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum ContactState {
    /// One teacher has sent a request; the other has not responded.
    Pending,
    /// The teachers are contacts.
    Accepted,
}

/// A contact between two teachers, or a request for one.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactId,
    /// The teacher who sent the request.
    pub requester_id: AccountId,
    /// The teacher who received it.
    pub addressee_id: AccountId,
    /// Both IDs in order, so that two teachers have one row, whoever sent the request.
    #[sea_orm(unique)]
    pub pair_key: String,
    /// The state.
    pub state: ContactState,
    /// When the request was made.
    pub created_at: DateTimeUtc,
    /// When it was accepted.
    pub accepted_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The key of two teachers, regardless of their order.
    pub fn pair(one: AccountId, other: AccountId) -> String {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        format!("{}:{}", low.0.simple(), high.0.simple())
    }
}
