//! The life of media: uploads are inspected, sanitised, stored, and shown; deleted media is also
//! removed from the store, either immediately or by the next round of housekeeping.

use std::sync::Arc;

use async_graphql::UploadValue;
use chrono::{DateTime, Utc};
use domain::{
    Actor, Error, Result,
    access::Access,
    accounts::picture as pictures,
    clock,
    error::Flaw,
    inside::media::{self, Facts, Reserved, Words},
    outcome::Once,
};
use entity::{AccountId, MediaId, MemberId, TwinSpaceId};

use crate::app::App;

pub mod avatar;
mod colour;
pub mod content;
mod film;
mod gif;
pub mod host;
mod jpeg;
pub mod link;
pub mod name;
mod package;
mod pdf;
mod photo;
pub mod picture;
mod png;
mod sound;
mod webp;
mod words;

use content::{Content, Refusal};

/// Adds an upload. If anything fails on the way, nothing is left behind. Returns the media, and how the
/// actor stands to the TwinSpace.
pub async fn add(
    app: &Arc<App>,
    actor: Actor<'_>,
    space: TwinSpaceId,
    upload: UploadValue,
    words: Words,
    pictured: &[MemberId],
    once: Option<Once>,
) -> Result<(MediaId, Access)> {
    let content = examine(app, upload).await?;
    let Content { kind, content_type, file, bytes, sha256, size, thumbnail } = content;
    let once = once.map(|once| once.and(&sha256));
    let facts = Facts {
        kind,
        content_type: content_type.into(),
        bytes,
        size,
        sha256,
        thumbnail: thumbnail.is_some(),
    };
    let quota = app.config.media.quota();
    let reserved =
        media::reserve(actor, space, words, facts, pictured, quota, once.as_ref()).await?;
    let place = match reserved {
        Reserved::Place(place) => place,
        Reserved::Added(id, by) => return Ok((id, by)),
    };
    let unfinished = Unfinished(Some((Arc::clone(app), place.id)));
    let stored = async {
        app.storage.put(&place.object, file, bytes, content_type).await?;
        if let (Some(key), Some(jpeg)) = (&place.thumbnail, thumbnail) {
            app.storage.put_bytes(key, jpeg, media::THUMBNAIL).await?;
        }
        let actor = Actor { now: clock::now(), ..actor };
        media::finish(actor, space, place.id, once.as_ref()).await
    };
    let added = stored.await;
    unfinished.keep();
    if !matches!(added, Ok((id, _)) if id == place.id) {
        discard(app, place.id).await;
    }
    added
}

/// Deletes media, and its object unless other media shares it. Returns how the actor stands to the
/// TwinSpace.
pub async fn delete(app: &App, actor: Actor<'_>, id: MediaId) -> Result<Access> {
    let by = media::delete(actor, id).await?;
    sweep(app, id).await;
    Ok(by)
}

/// Deletes the object of deleted media unless other media shares it.
pub async fn sweep(app: &App, id: MediaId) {
    if let Err(error) = clear(app, id).await {
        // It is deleted for everyone, and housekeeping will retry.
        tracing::warn!(%id, ?error, "an object has yet to be deleted");
    }
}

/// A round of housekeeping: deletes what was interrupted or could not be deleted before.
pub async fn tidy(app: &App, now: DateTime<Utc>) -> Result<usize> {
    let unsettled = media::unsettled(&app.db, now).await?;
    let mut cleared = 0;
    for id in unsettled {
        media::abandon(&app.db, id).await?;
        match clear(app, id).await {
            Ok(()) => cleared += 1,
            Err(error) => tracing::error!(%id, ?error, "an object could not be deleted"),
        }
    }
    Ok(cleared)
}

/// Inspects a file without blocking others, and only a few at a time.
async fn examine(app: &App, upload: UploadValue) -> Result<Content> {
    let scratch = app.storage.scratch_folder().to_owned();
    let UploadValue { filename, content, .. } = upload;
    blocking(app, move || content::examine(content, &filename, &scratch)).await
}

/// Makes an upload the photo of a person, scaled down and without metadata.
pub async fn portray(app: &App, account: AccountId, upload: UploadValue) -> Result<()> {
    let photo = blocking(app, move || content::portrait(upload.content)).await?;
    pictures::set_photo(&app.db, account, photo).await
}

async fn blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T> {
    let turn = Arc::clone(&app.examiners).acquire_owned().await.map_err(Error::internal)?;
    let worked = tokio::task::spawn_blocking(move || {
        // Released when the work ends, even if nobody waits for it any more.
        let _turn = turn;
        work()
    });
    match worked.await {
        Ok(done) => Ok(done?),
        Err(error) => {
            tracing::error!(%error, "a file could not be inspected");
            Err(Error::invalid("file", Flaw::Malformed("could not be read".into())))
        }
    }
}

/// What is in progress. If it is dropped with the request of a client that has disconnected, it is
/// undone.
struct Unfinished(Option<(Arc<App>, MediaId)>);

impl Unfinished {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let (Some((app, id)), Ok(runtime)) =
            (self.0.take(), tokio::runtime::Handle::try_current())
        {
            runtime.spawn(async move { discard(&app, id).await });
        }
    }
}

async fn discard(app: &App, id: MediaId) {
    let discarded = async {
        media::abandon(&app.db, id).await?;
        clear(app, id).await
    };
    if let Err(error) = discarded.await {
        tracing::warn!(%id, ?error, "the remains of a failed upload are left to housekeeping");
    }
}

/// Deletes the object of a deleted row, unless others share it, and then the row.
async fn clear(app: &App, id: MediaId) -> Result<()> {
    for key in media::unshared(&app.db, id).await? {
        app.storage.delete(&key).await?;
    }
    media::forget(&app.db, id).await
}
