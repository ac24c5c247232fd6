//! The picture that stands for a person: an avatar of the set, or a photo.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// A person's picture.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "portrait")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The name of an avatar.
    pub avatar: Option<String>,
    /// A photo: a small JPEG, kept here so that it is gone at once when it is erased.
    pub photo: Option<Vec<u8>>,
    /// Since when.
    pub changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
