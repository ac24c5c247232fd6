//! The subjects and languages of teachers, by which others find them (C-01).

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The kind of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum TagKind {
    /// A school subject, in lower case.
    Subject,
    /// A language, as an ISO 639-1 code.
    Language,
}

/// A subject or language of a teacher.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_tag")]
pub struct Model {
    /// The teacher.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: TagKind,
    /// The subject or language.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
}

impl ActiveModelBehavior for ActiveModel {}
