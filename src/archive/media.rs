//! The media of an archive: each as it is stored.

use domain::{
    Error, Result,
    inside::{media::MediaRow, twin_space::export},
    list::{Columns, Walk, cell},
};
use entity::{MediaId, MediaKind};
use futures_util::TryStreamExt;

use super::{Archive, Kept, name, zip::Packing};

/// How many are looked up at a time.
pub(super) const AT_A_TIME: u64 = 100;
/// What is needed of each.
const NEEDED: &[&str] = &["kind", "title", "contentType", "bytes", "url", "videoUrl", "createdAt"];

impl Archive {
    /// Adds all media whose readers and models do not object.
    pub(super) async fn media(&mut self) -> Result<()> {
        let key = Columns::key::<MediaRow>();
        let mut walk = Walk::<MediaRow>::new(self.reader.project.0, (), key, AT_A_TIME);
        loop {
            let access = self.reader.access().await?;
            let Some(filter) = export::media(&access) else { return Ok(()) };
            let rows = walk.next(self.reader.app.db.read(), filter).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                self.medium(cell(&row.id)?).await?;
            }
        }
    }

    /// Adds media, if it may be seen now.
    async fn medium(&mut self, id: MediaId) -> Result<()> {
        let Some(row) = self.seen(id).await? else { return Ok(()) };
        if let Some(video) = cell(&row.video_url)? {
            self.media.insert(id, Kept::Video(video));
            return Ok(());
        }
        let Some(key) = cell(&row.object_key)? else { return Ok(()) };
        let (title, content_type) = (cell(&row.title)?, cell(&row.content_type)?);
        let bytes = cell(&row.bytes)?.unsigned_abs();
        let app = &self.reader.app;
        let mut content = match app.storage.read(&key, bytes, 0..bytes).await {
            Ok(content) => content,
            Err(Error::NotFound(_)) => {
                // Unless it has just been deleted, the operator should know.
                if self.seen(id).await?.is_some() {
                    self.reader.app.storage.miss(&key);
                    self.media.insert(id, Kept::Lost);
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let file = format!("media/{}", name::media(self.media.len() + 1, &title, &content_type));
        self.zip.begin(&file, Packing::Stored, cell(&row.created_at)?)?;
        let mut sent = 0;
        while let Some(part) = content.try_next().await.map_err(Error::internal)? {
            self.zip.add(&part).await?;
            sent += part.len() as u64;
        }
        if sent != bytes {
            return Err(Error::internal(format!("{key} has {sent} bytes and not {bytes}")));
        }
        self.media.insert(id, Kept::File(file, cell(&row.kind)? == MediaKind::Image));
        Ok(())
    }

    async fn seen(&self, id: MediaId) -> Result<Option<MediaRow>> {
        let access = self.reader.access().await?;
        let columns = Columns::default().and::<MediaRow>(NEEDED);
        let db = self.reader.app.db.read();
        Ok(export::media_now(db, &access, &[id], columns).await?.remove(&id))
    }
}
