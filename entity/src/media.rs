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

/// The processing state of a row and its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))", rename_all = "snake_case")]
pub enum MediaState {
    /// The object is being written.
    Pending,
    /// The object is stored.
    Ready,
    /// It is deleted for everyone, but the object has yet to be deleted.
    Deleted,
}

/// An image, video or other file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MediaId,
    /// The project of the TwinSpace.
    pub project_id: ProjectId,
    /// The person who added it.
    pub uploader_id: AccountId,
    /// The kind of media.
    pub kind: MediaKind,
    /// The processing state.
    pub state: MediaState,
    /// The title.
    pub title: String,
    /// The title, as used for searching.
    pub title_key: String,
    /// A text alternative.
    pub description: String,
    /// The media type determined by the content; empty for links.
    pub content_type: String,
    /// The size in bytes.
    pub bytes: i64,
    /// The width of an image.
    pub width: Option<i32>,
    /// The height of an image.
    pub height: Option<i32>,
    /// The SHA-256 hash of the object, in hexadecimal; empty for links.
    pub sha256: String,
    /// The key of the object, which several rows may share.
    pub object_key: Option<String>,
    /// The key of the thumbnail.
    pub thumbnail_key: Option<String>,
    /// The URL of a linked video's player.
    pub video_url: Option<String>,
    /// When it was added.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// All rows of a project, in any state.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
