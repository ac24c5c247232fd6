//! All tables, as backups, restores and copies see them: names, and columns of a few kinds.

use sea_orm::{ColumnTrait, ColumnType, EntityTrait, IdenStatic, Iterable};
use serde::{Deserialize, Serialize};

use crate::{
    account, account_tag, admission, approval, audit, brought_in, chat_message, consent, contact,
    custody_transfer, diary, email_change, follow_up, former_teacher, guest_registration,
    invitation, label, mail, media, media_pictured, member, member_count, message, nomination,
    outcome, page, page_grant, page_version, partner, profile_picture, project, pupil_news,
    pupil_request, rate_limit, region_spelling, report, school, school_confirmation, search_entry,
    secret, service, session, succession, token,
};

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name in the database.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// A column that refers to another row of the same table, which has to be written first. Such
    /// a row refers to none itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether triggers write its rows while another table is filled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept_by_triggers: bool,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the database.
    pub name: String,
    /// What it contains.
    pub kind: Kind,
}

/// What a column contains; any may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A key.
    Uuid,
    /// Text, or one of several names.
    Text,
    /// A number of 32 bits.
    Integer,
    /// A number of 64 bits.
    BigInteger,
    /// True or false.
    Boolean,
    /// A time in UTC.
    Time,
    /// A day.
    Date,
    /// JSON.
    Json,
    /// Bytes.
    Bytes,
}

impl Kind {
    fn of(column: &ColumnType) -> Option<Self> {
        Some(match column {
            ColumnType::Uuid => Self::Uuid,
            ColumnType::Char(_) | ColumnType::String(_) | ColumnType::Text => Self::Text,
            ColumnType::Integer => Self::Integer,
            ColumnType::BigInteger => Self::BigInteger,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::TimestampWithTimeZone => Self::Time,
            ColumnType::Date => Self::Date,
            ColumnType::Json | ColumnType::JsonBinary => Self::Json,
            ColumnType::Blob | ColumnType::Binary(_) | ColumnType::VarBinary(_) => Self::Bytes,
            _ => return None,
        })
    }
}

impl Table {
    fn of<E: EntityTrait>() -> Self {
        let columns = E::Column::iter().map(|column| Column {
            name: column.as_str().to_owned(),
            kind: Kind::of(column.def().get_column_type())
                .expect("the tables use only types that both databases have"),
        });
        Self {
            name: E::default().table_name().to_owned(),
            columns: columns.collect(),
            parent: None,
            kept_by_triggers: false,
        }
    }
}

/// All tables, each after those to which it refers.
pub fn all() -> Vec<Table> {
    let accounts = Table { parent: Some("custodian_id".into()), ..Table::of::<account::Entity>() };
    let schools = Table { parent: Some("merged_into_id".into()), ..Table::of::<school::Entity>() };
    let counts = Table { kept_by_triggers: true, ..Table::of::<member_count::Entity>() };
    vec![
        Table::of::<secret::Entity>(),
        Table::of::<service::Entity>(),
        Table::of::<region_spelling::Entity>(),
        schools,
        accounts,
        Table::of::<account_tag::Entity>(),
        Table::of::<school_confirmation::Entity>(),
        Table::of::<profile_picture::Entity>(),
        Table::of::<session::Entity>(),
        Table::of::<token::Entity>(),
        Table::of::<email_change::Entity>(),
        Table::of::<guest_registration::Entity>(),
        Table::of::<admission::Entity>(),
        Table::of::<outcome::Entity>(),
        Table::of::<rate_limit::Entity>(),
        Table::of::<contact::Entity>(),
        Table::of::<project::Entity>(),
        Table::of::<follow_up::Entity>(),
        Table::of::<partner::Entity>(),
        Table::of::<approval::Entity>(),
        Table::of::<succession::Entity>(),
        Table::of::<label::Entity>(),
        Table::of::<nomination::Entity>(),
        Table::of::<invitation::Entity>(),
        Table::of::<member::Entity>(),
        counts,
        Table::of::<former_teacher::Entity>(),
        Table::of::<brought_in::Entity>(),
        Table::of::<consent::Entity>(),
        Table::of::<custody_transfer::Entity>(),
        Table::of::<pupil_request::Entity>(),
        Table::of::<pupil_news::Entity>(),
        Table::of::<page::Entity>(),
        Table::of::<page_version::Entity>(),
        Table::of::<page_grant::Entity>(),
        Table::of::<media::Entity>(),
        Table::of::<media_pictured::Entity>(),
        Table::of::<chat_message::Entity>(),
        Table::of::<message::Entity>(),
        Table::of::<report::Entity>(),
        Table::of::<diary::Entity>(),
        Table::of::<search_entry::Entity>(),
        Table::of::<mail::Entity>(),
        Table::of::<audit::Entity>(),
    ]
}
