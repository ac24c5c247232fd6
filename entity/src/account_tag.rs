//! The subjects and languages that teachers name, by which they find each other (C-01).

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// What a tag names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum TagKind {
    /// A school subject, lower case.
    Subject,
    /// A language by its ISO 639-1 code.
    Language,
}

/// A subject or language of a teacher.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_tag")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// What it names.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: TagKind,
    /// The subject or language.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
}

impl ActiveModelBehavior for ActiveModel {}
