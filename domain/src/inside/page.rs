//! Pages of a TwinSpace: creating, editing, sharing, ordering, archiving, deleting (T-01, T-02).

use entity::{MemberId, PageId, PageVisibility, SearchKind, TwinSpaceId, TwinSpaceRole, page};
use policy::{PageAct, TwinSpaceAct, TwinSpaceFacts};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, PaginatorTrait, QuerySelect,
};

use crate::{
    Actor, Error, Permit, Reason, Result,
    access::Access,
    db::Tx,
    events::Event,
    inside::search,
    outcome::{self, Once},
};

pub mod copy;
pub(crate) mod forget;
mod found;
pub mod grant;
pub mod place;
mod row;
mod version;

use found::FoundPage;
pub use policy::PageFacts;
pub use row::{Filter, PageRow, Writer};
pub use version::{Content, MOST_VERSIONS, VersionRow};

/// The maximum number of pages in a TwinSpace, including archived ones.
pub const MOST: u64 = 500;

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

/// Creates a page at the end of the order, unless the same request has created one before. Returns the
/// page, and how the author stands to the TwinSpace.
pub async fn create(
    actor: Actor<'_>,
    id: TwinSpaceId,
    [title, text]: [String; 2],
    visibility: PageVisibility,
    once: Option<&Once>,
) -> Result<(PageId, Access)> {
    let (author, now) = (actor.account()?, actor.now);
    let act = TwinSpaceAct::CreatePage(visibility);
    // Rendering a text takes long: not for what is refused.
    actor.preview::<TwinSpaceFacts>(act, &id).await?;
    let content = Content::new(title, text).await?;
    let Permit { tx, by, .. } = actor.permit::<TwinSpaceFacts>(act, id).await?;
    let project = by.project_id;
    if let Some(made) = outcome::made(&*tx, author, once).await? {
        return Ok((made, by));
    }
    if page::Entity::of(project).count(&*tx).await? >= MOST {
        return Err(Error::Conflict(Reason::TooManyPages));
    }
    let last: Option<Option<i64>> = page::Entity::of(project)
        .select_only()
        .column_as(page::Column::Position.max(), "last")
        .into_tuple()
        .one(&*tx)
        .await?;
    let id = PageId::new();
    let row = page::ActiveModel {
        id: Set(id),
        project_id: Set(project),
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
    search::index(&tx, SearchKind::Page, id.0, project, &content.words).await?;
    version::write(&tx, id, 1, content, author, now).await?;
    outcome::keep(&tx, author, once, id.0, now).await?;
    tx.tell(Event::Page { project, page: id, withdrawn: false }).await?;
    tx.commit().await?;
    Ok((id, by))
}

/// The changes to a page; omitted fields do not change.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The title.
    pub title: Option<String>,
    /// The text, in Markdown.
    pub text: Option<String>,
}

/// Changes a page based on version `on`, unless someone else has saved a newer version. Returns how
/// the actor stands to the TwinSpace.
pub async fn edit(actor: Actor<'_>, id: PageId, on: i64, change: Change) -> Result<Access> {
    // Rendering a text takes long: not for what is refused.
    let FoundPage { row: page, .. } = actor.preview::<FoundPage>(PageAct::Edit, &id).await?.on;
    let mut versions = version::find(actor.db.read(), id, &[on, page.version]).await?;
    if page.version != on {
        return Err(version::overtaken(&page, on, versions.remove(&page.version)));
    }
    let missing = || Error::NotFound("version of the page");
    let read = versions.remove(&on).ok_or_else(missing)?;
    let (title, text) = (change.title, change.text);
    // Saving unchanged content is not an edit.
    let same = title.as_ref().is_none_or(|title| *title == read.title)
        && text.as_ref().is_none_or(|text| *text == read.text);
    let (title, text) = (title.unwrap_or(read.title), text.unwrap_or(read.text));
    save(actor, id, on, Content::new(title, text).await?, same).await
}

/// Saves the content of an earlier version as a new one, based on version `on`. Returns how the
/// actor stands to the TwinSpace.
pub async fn restore_version(actor: Actor<'_>, id: PageId, on: i64, number: i64) -> Result<Access> {
    actor.preview::<FoundPage>(PageAct::Edit, &id).await?;
    let mut versions = version::find(actor.db.read(), id, &[on, number]).await?;
    let missing = || Error::NotFound("version of the page");
    let earlier = versions.get(&number).cloned().ok_or_else(missing)?;
    let same = versions
        .remove(&on)
        .is_some_and(|newest| newest.title == earlier.title && newest.text == earlier.text);
    save(actor, id, on, Content::new(earlier.title, earlier.text).await?, same).await
}

/// Saves new content, unless it is the `same` as in version `on`.
async fn save(
    actor: Actor<'_>,
    id: PageId,
    on: i64,
    content: Content,
    same: bool,
) -> Result<Access> {
    let (editor, now) = (actor.account()?, actor.now);
    let Permit { tx, by, on: FoundPage { row: page, .. }, .. } =
        actor.permit::<FoundPage>(PageAct::Edit, id).await?;
    if page.version != on {
        let newest = version::find(&*tx, id, &[page.version]).await?.remove(&page.version);
        return Err(version::overtaken(&page, on, newest));
    }
    if same {
        return Ok(by);
    }
    tell(&tx, &page, page.visibility, false).await?;
    let (title, number) = (content.title.clone(), on + 1);
    search::index(&tx, SearchKind::Page, id.0, page.project_id, &content.words).await?;
    version::write(&tx, id, number, content, editor, now).await?;
    let mut row = page.into_active_model();
    row.title = Set(title);
    row.version = Set(number);
    row.editor_id = Set(editor);
    row.edited_at = Set(now);
    row.update(&*tx).await?;
    tx.commit().await?;
    Ok(by)
}

/// Who can see a page, and who may edit it in addition to those who always may; `None` changes nothing.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// Who can see the page.
    pub visibility: Option<PageVisibility>,
    /// The members who may edit it.
    pub members: Option<Vec<MemberId>>,
    /// The roles whose members may edit it.
    pub roles: Option<Vec<TwinSpaceRole>>,
}

/// Sets who can see and edit a page. Returns how the actor stands to the TwinSpace.
pub async fn share(actor: Actor<'_>, id: PageId, sharing: Sharing) -> Result<Access> {
    let permit = actor.permit::<FoundPage>(PageAct::Share, id).await?;
    let (members, roles) = (sharing.members.as_deref(), sharing.roles.as_deref());
    grant::replace(&permit.tx, &permit.on.row, members, roles).await?;
    set(permit, |page, row| {
        let visibility = sharing.visibility.unwrap_or(page.visibility);
        row.visibility = Set(visibility);
        (visibility, page.archived_at.is_some())
    })
    .await
}

/// Archives a page, even in a closed TwinSpace, so that what should not be seen can be hidden.
/// Returns how the actor stands to the TwinSpace.
pub async fn archive(actor: Actor<'_>, id: PageId) -> Result<Access> {
    let permit = actor.permit::<FoundPage>(PageAct::Archive, id).await?;
    set(permit, |page, row| {
        row.archived_at = Set(Some(actor.now));
        (page.visibility, true)
    })
    .await
}

/// Restores a page from the archive to its previous position. Returns how the actor stands to the
/// TwinSpace.
pub async fn restore(actor: Actor<'_>, id: PageId) -> Result<Access> {
    let permit = actor.permit::<FoundPage>(PageAct::Restore, id).await?;
    set(permit, |page, row| {
        row.archived_at = Set(None);
        (page.visibility, false)
    })
    .await
}

/// Changes the row of a page, and tells who sees it from now on: its visibility, and whether it is
/// archived.
async fn set(
    permit: Permit<FoundPage>,
    change: impl FnOnce(&page::Model, &mut page::ActiveModel) -> (PageVisibility, bool),
) -> Result<Access> {
    let Permit { tx, by, on: FoundPage { row: page, .. }, .. } = permit;
    let mut row = page.clone().into_active_model();
    let (visibility, archived) = change(&page, &mut row);
    tell(&tx, &page, visibility, archived).await?;
    row.update(&*tx).await?;
    tx.commit().await?;
    Ok(by)
}

/// Deletes an archived page with all its versions. Returns how the actor stands to the TwinSpace.
pub async fn delete(actor: Actor<'_>, id: PageId) -> Result<Access> {
    let Permit { tx, by, on: FoundPage { row: page, .. }, .. } =
        actor.permit::<FoundPage>(PageAct::Delete, id).await?;
    take_away(&tx, page).await?;
    tx.commit().await?;
    Ok(by)
}

/// Deletes a page, archived or not, with all its versions, as a part of a transaction that has
/// locked the project.
pub(crate) async fn take_away(tx: &Tx, page: page::Model) -> Result<()> {
    if page.archived_at.is_none() {
        tell(tx, &page, page.visibility, true).await?;
    }
    forget::forget(tx, &[page.id]).await?;
    let (project, author) = (page.project_id, page.author_id);
    Ok(tx.tell(Event::PageGone { project, page: page.id, author }).await?)
}
