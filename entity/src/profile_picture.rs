//! Pictures of people. A table of its own, because most questions about accounts do not
//! want the photo.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The picture of a person: an avatar, a photo, both, or what is left when both were taken away.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profile_picture")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The name of an avatar of the set.
    pub avatar: Option<String>,
    /// A small JPEG that holds nothing but the picture.
    pub photo: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
