//! The server itself, as administrators see it: storage and settings.

use async_graphql::{Object, SimpleObject};
use domain::{Result, care::administration::StorageRow, inside::media::Usage, list::cell};
use entity::ProjectId;

use crate::config::in_force::{Setting, Source};

/// What media take up. Sizes are whole numbers of type `Float`, because `Int` ends at 2 GiB.
#[derive(SimpleObject)]
pub struct StorageTotal {
    /// The total size in bytes, including uploads in progress.
    bytes: f64,
    /// The number of media, including uploads in progress.
    count: u64,
}

impl From<Usage> for StorageTotal {
    #[expect(clippy::cast_precision_loss, reason = "no storage has 2^53 bytes")]
    fn from(usage: Usage) -> Self {
        Self { bytes: usage.bytes as f64, count: usage.count }
    }
}

/// What the media of a TwinSpace take up. Administrators see how much it is, but not what.
pub struct TwinSpaceStorage(pub StorageRow);

/// What the media of a TwinSpace take up. Administrators see how much it is, but not what.
#[Object]
impl TwinSpaceStorage {
    /// The ID of the project.
    async fn project_id(&self) -> Result<ProjectId> {
        cell(&self.0.id)
    }

    /// The title of the project.
    async fn project_title(&self) -> Result<String> {
        cell(&self.0.title)
    }

    /// The total size in bytes, including uploads in progress: a whole number of type `Float`.
    #[expect(clippy::cast_precision_loss, reason = "no storage has 2^53 bytes")]
    async fn bytes(&self) -> Result<f64> {
        cell(&self.0.bytes).map(|bytes| bytes as f64)
    }

    /// The number of media, including uploads in progress.
    async fn count(&self) -> Result<i64> {
        cell(&self.0.count)
    }
}

/// A setting of the server.
#[derive(SimpleObject)]
pub struct ServerSetting {
    /// The name of its flag, such as `session-days`.
    name: String,
    /// The value, masked if it is a secret; null if it is not set.
    value: Option<String>,
    /// Where it comes from.
    source: Source,
}

impl From<&Setting> for ServerSetting {
    fn from(setting: &Setting) -> Self {
        let Setting { name, value, source, .. } = setting.clone();
        Self { name, value, source }
    }
}
