//! Which teachers know each other (C-01).

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

/// Two teachers who know each other, or of whom one has asked the other.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactId,
    /// Who asked.
    pub requester_id: AccountId,
    /// Who was asked.
    pub addressee_id: AccountId,
    /// Both ids in order: two teachers have one row, whoever asked.
    #[sea_orm(unique)]
    pub pair_key: String,
    /// How far they have come.
    pub state: ContactState,
    /// When the request was made.
    pub created_at: DateTimeUtc,
    /// When it was accepted.
    pub accepted_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The key of two teachers, in whichever order they are named.
    pub fn pair(one: AccountId, other: AccountId) -> String {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        format!("{}:{}", low.0.simple(), high.0.simple())
    }
}
