//! People's pictures. A separate table, because most queries on accounts do not need the
//! photo.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// A person's picture: an avatar, a photo, both, or neither if both were removed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profile_picture")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The name of an avatar.
    pub avatar: Option<String>,
    /// A small JPEG without metadata.
    pub photo: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
