//! A whole TwinSpace as a folder of web pages in a ZIP file (P-18), which is sent while it is made.
//!
//! Nothing of it is ever complete in memory or on the disk, and no transaction is open meanwhile.
//! Instead each file is decided on when its turn comes: whoever may no longer have the archive gets
//! no more of it, and what they may no longer see is left out from then on. Media come first and the
//! index last, because pages and index lead only to what is there.

use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::{self, Access},
    clock,
    inside::twin_space::export,
};
use entity::{MediaId, PageId, ProjectId};
use futures_util::{Stream, stream};
use tokio::sync::mpsc;
use url::{Origin, Url};

use crate::{
    app::{App, Recognised},
    auth::Viewer,
};

pub mod html;
mod index;
mod media;
pub mod name;
mod texts;
mod turns;
pub mod zip;

use html::Frame;
pub use turns::{Turn, Turns};
use zip::{Sent, Zip};

/// The maximum duration of a download, however steadily the client receives it.
const DEADLINE: Duration = Duration::from_hours(6);
/// How much is ready before the client takes it: so many chunks.
const AHEAD: usize = 2;

/// Sends the archive of a TwinSpace to the owner of a session, for as long as they take it.
pub fn send(
    app: Arc<App>,
    token: String,
    project: ProjectId,
    turn: Turn,
) -> impl Stream<Item = Sent> + Send + 'static {
    let (to, mut from) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        let _turn = turn;
        let zip = Zip::new(to.clone());
        let work = tokio::time::timeout(DEADLINE, write(app, token, project, zip));
        let failure = tokio::select! {
            done = work => match done {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error),
                Err(_) => Some(Error::NotFound("end of the download")),
            },
            () = to.closed() => Some(Error::NotFound("client")),
        };
        match failure {
            None => return,
            Some(error @ (Error::Internal(_) | Error::Unavailable(..))) => {
                tracing::warn!(?error, %project, "the download of a TwinSpace was broken off");
            }
            Some(error) => tracing::debug!(?error, %project, "the download of a TwinSpace ended"),
        }
        // A client takes what ends orderly for complete.
        let _ = to.send(Err(io::Error::other("broken off"))).await;
    });
    stream::poll_fn(move |cx| from.poll_recv(cx))
}

async fn write(app: Arc<App>, token: String, project: ProjectId, zip: Zip) -> Result<()> {
    let reader = Reader { app, token, project };
    let access = reader.access().await?;
    let (project, partners) = export::project(reader.app.db.read(), access.project_id).await?;
    let language = match &project.languages.0[..] {
        [one] => one.clone(),
        _ => String::new(),
    };
    let frame = Frame { project: project.title.clone(), language };
    let here = [reader.app.config.server.public_url(), reader.app.config.server.app_url()];
    let here = here.iter().filter_map(|url| Url::parse(url).ok()).map(|url| url.origin()).collect();
    let mut archive = Archive {
        reader,
        zip,
        frame,
        here,
        made: clock::now(),
        media: BTreeMap::new(),
        names: Arc::default(),
    };
    archive.media().await?;
    let contents = archive.texts().await?;
    archive.index(&project, &partners, &contents).await?;
    archive.zip.end().await
}

/// Whoever downloads the archive.
struct Reader {
    app: Arc<App>,
    /// Of their session.
    token: String,
    project: ProjectId,
}

impl Reader {
    /// How they stand to the project as of now, if they may still have its archive.
    async fn access(&self) -> Result<Arc<Access>> {
        let about = Some(self.project);
        let Recognised { viewer, known, .. } = self.app.recognise(Some(&self.token), about).await?;
        let access = match known.access {
            Some(access) => access,
            None => self.find(&viewer).await?,
        };
        export::check(&access)?;
        Ok(access)
    }

    async fn find(&self, viewer: &Viewer) -> Result<Arc<Access>> {
        let access = access::find(self.app.db.read(), viewer.person(), self.project).await?;
        access.map(Arc::new).ok_or(Error::NotFound("project"))
    }
}

/// An archive in progress.
struct Archive {
    reader: Reader,
    zip: Zip,
    frame: Frame,
    /// Where this server and its app are.
    here: Arc<[Origin]>,
    made: DateTime<Utc>,
    /// What has become of each of the media.
    media: BTreeMap<MediaId, Kept>,
    /// The addresses of pages in the archive.
    names: Arc<BTreeMap<PageId, String>>,
}

/// Media in the archive.
#[derive(Clone, Debug)]
enum Kept {
    /// A file; and whether it is an image.
    File(String, bool),
    /// A link to a video.
    Video(String),
    /// The store has no such file any more.
    Lost,
}

/// What the index lists, besides media.
#[derive(Debug, Default)]
struct Contents {
    pages: Vec<texts::Entry>,
    archived: Vec<texts::Entry>,
    entries: u64,
}
