//! What is loaded in batches of the content of TwinSpaces.

use std::collections::HashMap;

use domain::{
    Result,
    db::Db,
    inside::{
        chat, media,
        message::thread,
        page::grant::{self, Editors, Place},
    },
};
use entity::{AccountId, MediaId, MemberId, MessageId, PageId, ProjectId, ThreadId};
use uuid::Uuid;

use super::{Batch, kinds::grouped};

/// Whether members were given permission to edit pages; nothing for those who were not.
pub struct Given;

impl Batch for Given {
    type Key = (PageId, Place);
    type Value = ();

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, ()>> {
        let given = grant::given(db.read(), keys).await?;
        Ok(given.into_iter().map(|key| (key, ())).collect())
    }
}

/// Who was given permission to edit pages.
pub struct PageEditors;

impl Batch for PageEditors {
    type Key = PageId;
    type Value = Editors;

    async fn load(db: &Db, keys: &[PageId]) -> Result<HashMap<PageId, Editors>> {
        grant::editors(db.read(), keys).await
    }
}

/// The pupils shown in media.
pub struct Pictured;

impl Batch for Pictured {
    type Key = MediaId;
    type Value = Vec<MemberId>;

    async fn load(db: &Db, keys: &[MediaId]) -> Result<HashMap<MediaId, Vec<MemberId>>> {
        media::pictured(db.read(), keys).await
    }
}

/// How many chat messages members have yet to read.
pub struct Unread;

impl Batch for Unread {
    type Key = MemberId;
    type Value = u64;

    async fn load(db: &Db, keys: &[MemberId]) -> Result<HashMap<MemberId, u64>> {
        chat::unread(db.read(), keys).await
    }
}

/// The latest messages of threads in people's mailboxes.
pub struct LatestIn;

impl Batch for LatestIn {
    type Key = (AccountId, ThreadId);
    type Value = MessageId;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, MessageId>> {
        let mut found = HashMap::new();
        for (owner, threads) in grouped(keys.iter().copied()) {
            let latest = thread::latest(db.read(), owner, &threads).await?;
            found.extend(latest.into_iter().map(|(thread, it)| ((owner, thread), it)));
        }
        Ok(found)
    }
}

/// The threads of people in TwinSpaces with others; nothing where there are no messages.
pub struct ThreadsWith;

impl Batch for ThreadsWith {
    type Key = ((AccountId, ProjectId), AccountId);
    type Value = ThreadId;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, ThreadId>> {
        let mut found = HashMap::new();
        for (place, others) in grouped(keys.iter().copied()) {
            let (owner, project) = place;
            let threads = thread::with(db.read(), owner, project, &others).await?;
            found.extend(threads.into_iter().map(|(other, it)| ((place, other), it)));
        }
        Ok(found)
    }
}

/// How many messages of threads people have yet to read; nothing where it is none.
pub struct UnreadIn;

impl Batch for UnreadIn {
    type Key = (AccountId, ThreadId);
    type Value = u64;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, u64>> {
        let mut found = HashMap::new();
        for (owner, threads) in grouped(keys.iter().copied()) {
            let unread = thread::unread(db.read(), owner, &threads).await?;
            found.extend(unread.into_iter().map(|(thread, it)| ((owner, thread), it)));
        }
        Ok(found)
    }
}

/// The media storage used by TwinSpaces.
pub struct Usages;

impl Batch for Usages {
    type Key = Uuid;
    type Value = media::Usage;

    async fn load(db: &Db, keys: &[Uuid]) -> Result<HashMap<Uuid, media::Usage>> {
        media::usage(db.read(), keys, true).await
    }
}

/// The media storage used by TwinSpaces, without hidden media.
pub struct UsagesSeen;

impl Batch for UsagesSeen {
    type Key = Uuid;
    type Value = media::Usage;

    async fn load(db: &Db, keys: &[Uuid]) -> Result<HashMap<Uuid, media::Usage>> {
        media::usage(db.read(), keys, false).await
    }
}
