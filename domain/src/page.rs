//! Pages of a TwinSpace: creating, editing, sharing, ordering, archiving, deleting (T-01, T-02).

use chrono::{DateTime, Utc};
use entity::{MemberId, PageId, PageVisibility, SearchKind, TwinSpaceRole, page};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect,
};

use super::{
    access::{self, Access},
    search,
};
use crate::{
    Error, Reason, Result,
    db::{Db, Tx},
    events::Event,
};

pub mod copy;
pub(super) mod forget;
pub mod grant;
pub mod place;
mod row;
mod version;

pub use policy::PageFacts;
pub use row::{Filter, PageRow, Writer};
pub use version::{Content, MOST_VERSIONS, VersionRow};

/// The maximum number of pages in a TwinSpace, including archived ones.
pub const MOST: u64 = 500;

/// Locks the project, and reads the current page. The basis of the decision must still hold: a
/// permission revoked meanwhile no longer counts.
async fn lock(tx: &Tx, seen: &Access, facts: &PageFacts) -> Result<page::Model> {
    access::lock_active(tx, seen).await?;
    find(tx, seen, facts).await
}

async fn find(tx: &Tx, seen: &Access, facts: &PageFacts) -> Result<page::Model> {
    let page = page::Entity::of(seen.project_id).filter(page::Column::Id.eq(facts.id));
    let page = page.one(&**tx).await?.ok_or(Error::NotFound("page"))?;
    if facts.given && !grant::stands(tx, facts.id, seen.member).await? {
        return Err(Error::Conflict(Reason::Overtaken));
    }
    Ok(page)
}

/// Whether an action is possible on a page that is archived or not, if it applies to archived pages
/// or to others.
pub fn stands(archived: bool, in_archive: bool) -> Result<(), Reason> {
    match (archived, in_archive) {
        (true, false) => Err(Reason::PageArchived),
        (false, true) => Err(Reason::PageNotArchived),
        _ => Ok(()),
    }
}

/// The page, if it is not archived.
fn in_use(page: page::Model) -> Result<page::Model> {
    stands(page.archived_at.is_some(), false).map_err(Error::Conflict)?;
    Ok(page)
}

/// Announces a change to a page, given its previous visibility.
async fn tell(
    tx: &Tx,
    before: &page::Model,
    visibility: PageVisibility,
    archived: bool,
) -> Result<()> {
    let members_see = |visibility, archived: bool| visibility != PageVisibility::Draft && !archived;
    let withdrawn = members_see(before.visibility, before.archived_at.is_some())
        && !members_see(visibility, archived);
    let event = Event::Page { project: before.project_id, page: before.id, withdrawn };
    Ok(tx.tell(event).await?)
}

/// Creates a page at the end of the order.
pub async fn create(
    db: &Db,
    seen: &Access,
    content: Content,
    visibility: PageVisibility,
    now: DateTime<Utc>,
) -> Result<PageId> {
    let author = seen.person.account.ok_or(Error::Unauthenticated)?;
    let tx = db.begin().await?;
    let project = access::lock_active(&tx, seen).await?;
    if page::Entity::of(project.id).count(&*tx).await? >= MOST {
        return Err(Error::Conflict(Reason::TooManyPages));
    }
    let last: Option<Option<i64>> = page::Entity::of(project.id)
        .select_only()
        .column_as(page::Column::Position.max(), "last")
        .into_tuple()
        .one(&*tx)
        .await?;
    let id = PageId::new();
    let row = page::ActiveModel {
        id: Set(id),
        project_id: Set(project.id),
        title: Set(content.title.clone()),
        visibility: Set(visibility),
        position: Set(last.flatten().unwrap_or(0) + place::STEP),
        version: Set(1),
        author_id: Set(author),
        editor_id: Set(author),
        created_at: Set(now),
        edited_at: Set(now),
        archived_at: Set(None),
    };
    row.insert(&*tx).await?;
    search::index(&tx, SearchKind::Page, id.0, project.id, &content.words).await?;
    version::write(&tx, id, 1, content, author, now).await?;
    tx.tell(Event::Page { project: project.id, page: id, withdrawn: false }).await?;
    tx.commit().await?;
    Ok(id)
}

/// The changes to a page; omitted fields do not change.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The title.
    pub title: Option<String>,
    /// The text, in Markdown.
    pub text: Option<String>,
}

/// Changes a page based on version `on`, unless someone else has saved a newer version.
pub async fn edit(
    db: &Db,
    seen: &Access,
    facts: &PageFacts,
    on: i64,
    change: Change,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(read) = version::find(db.read(), facts.id, on).await? else {
        let page = page::Entity::find_by_id(facts.id).one(db.read()).await?;
        return Err(page.map_or(Error::NotFound("page"), |page| Error::Stale(page.version)));
    };
    let (title, text) = (change.title.unwrap_or(read.title), change.text.unwrap_or(read.text));
    save(db, seen, facts, on, Content::new(title, text).await?, now).await
}

/// Saves the content of an earlier version as a new one, based on version `on`.
pub async fn restore_version(
    db: &Db,
    seen: &Access,
    facts: &PageFacts,
    on: i64,
    number: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let missing = Error::NotFound("version of the page");
    let earlier = version::find(db.read(), facts.id, number).await?.ok_or(missing)?;
    let content = Content::new(earlier.title, earlier.text).await?;
    save(db, seen, facts, on, content, now).await
}

async fn save(
    db: &Db,
    seen: &Access,
    facts: &PageFacts,
    on: i64,
    content: Content,
    now: DateTime<Utc>,
) -> Result<()> {
    let editor = seen.person.account.ok_or(Error::Unauthenticated)?;
    let tx = db.begin().await?;
    let page = in_use(lock(&tx, seen, facts).await?)?;
    if page.version != on {
        return Err(Error::Stale(page.version));
    }
    let newest = version::find(&*tx, page.id, on).await?;
    // Saving unchanged content is not an edit.
    if newest.is_some_and(|v| v.title == content.title && v.text == content.text) {
        return Ok(());
    }
    tell(&tx, &page, page.visibility, false).await?;
    let (id, title, number) = (page.id, content.title.clone(), on + 1);
    search::index(&tx, SearchKind::Page, id.0, page.project_id, &content.words).await?;
    version::write(&tx, id, number, content, editor, now).await?;
    let mut row = page.into_active_model();
    row.title = Set(title);
    row.version = Set(number);
    row.editor_id = Set(editor);
    row.edited_at = Set(now);
    row.update(&*tx).await?;
    Ok(tx.commit().await?)
}

/// Who can see a page, and who may edit it in addition to those who always may.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// Who can see the page.
    pub visibility: PageVisibility,
    /// The members who may edit it.
    pub members: Vec<MemberId>,
    /// The roles whose members may edit it.
    pub roles: Vec<TwinSpaceRole>,
}

/// Sets who can see and edit a page, replacing all previous settings.
pub async fn share(db: &Db, seen: &Access, facts: &PageFacts, sharing: Sharing) -> Result<()> {
    let tx = db.begin().await?;
    let page = in_use(lock(&tx, seen, facts).await?)?;
    grant::replace(&tx, &page, &sharing.members, &sharing.roles).await?;
    tell(&tx, &page, sharing.visibility, false).await?;
    let mut row = page.into_active_model();
    row.visibility = Set(sharing.visibility);
    row.update(&*tx).await?;
    Ok(tx.commit().await?)
}

/// Archives a page, even in a closed TwinSpace, so that what should not be seen can be hidden.
pub async fn archive(db: &Db, seen: &Access, facts: &PageFacts, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    access::lock_open(&tx, seen).await?;
    let page = in_use(find(&tx, seen, facts).await?)?;
    tell(&tx, &page, page.visibility, true).await?;
    let mut row = page.into_active_model();
    row.archived_at = Set(Some(now));
    row.update(&*tx).await?;
    Ok(tx.commit().await?)
}

/// Restores a page from the archive to its previous position.
pub async fn restore(db: &Db, seen: &Access, facts: &PageFacts) -> Result<()> {
    let tx = db.begin().await?;
    let page = archived(lock(&tx, seen, facts).await?)?;
    tell(&tx, &page, page.visibility, false).await?;
    let mut row = page.into_active_model();
    row.archived_at = Set(None);
    row.update(&*tx).await?;
    Ok(tx.commit().await?)
}

/// Deletes an archived page with all its versions.
pub async fn delete(db: &Db, seen: &Access, facts: &PageFacts) -> Result<()> {
    let tx = db.begin().await?;
    let page = archived(lock(&tx, seen, facts).await?)?;
    take_away(&tx, page).await?;
    Ok(tx.commit().await?)
}

/// Deletes a page, archived or not, with all its versions, as a part of a transaction that has
/// locked the project.
pub(super) async fn take_away(tx: &Tx, page: page::Model) -> Result<()> {
    if page.archived_at.is_none() {
        tell(tx, &page, page.visibility, true).await?;
    }
    forget::forget(tx, &[page.id]).await?;
    let (project, author) = (page.project_id, page.author_id);
    Ok(tx.tell(Event::PageGone { project, page: page.id, author }).await?)
}

fn archived(page: page::Model) -> Result<page::Model> {
    stands(page.archived_at.is_some(), true).map_err(Error::Conflict)?;
    Ok(page)
}
