//! Which pupils a picture shows (M-14).

use sea_orm::entity::prelude::*;

use crate::{AccountId, MediaId};

/// A pupil on a picture.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media_pictured")]
pub struct Model {
    /// The picture.
    #[sea_orm(primary_key, auto_increment = false)]
    pub media_id: MediaId,
    /// The pupil.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
