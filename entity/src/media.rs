//! Images, videos and files of TwinSpaces (T-03).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, MediaId, ProjectId};

/// The kind of media.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Enum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))", rename_all = "snake_case")]
pub enum MediaKind {
    /// An image: PNG, JPEG, GIF or WebP.
    Image,
    /// A video: MP4, WebM or Ogg, or a link to a video.
    Video,
    /// Any other file, such as a document, spreadsheet or audio recording.
    File,
}

/// How far a row and its object have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))", rename_all = "snake_case")]
pub enum MediaState {
    /// The object is being written.
    Pending,
    /// It is there.
    Ready,
    /// It is gone for everyone; the object is yet to be deleted.
    Deleted,
}

/// An image, a video or a file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MediaId,
    /// The project in whose TwinSpace it is.
    pub project_id: ProjectId,
    /// Who added it.
    pub uploader_id: AccountId,
    /// The kind of media.
    pub kind: MediaKind,
    /// The processing state.
    pub state: MediaState,
    /// The title.
    pub title: String,
    /// The title as it is searched.
    pub title_key: String,
    /// What it shows, in words.
    pub description: String,
    /// The media type, by the content; empty for links.
    pub content_type: String,
    /// How large it is.
    pub bytes: i64,
    /// The width of an image.
    pub width: Option<i32>,
    /// The height of an image.
    pub height: Option<i32>,
    /// SHA-256 of the object, in hexadecimal; empty for links.
    pub sha256: String,
    /// Where the object is stored; several rows may share one.
    pub object_key: Option<String>,
    /// Where the thumbnail is stored.
    pub thumbnail_key: Option<String>,
    /// The address of a linked video's player.
    pub video_url: Option<String>,
    /// When it was added.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// All rows of a project, whatever their state.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
