//! Pages of a TwinSpace (T-01, T-02).

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    inside::page::{PageFacts, PageRow, VersionRow, Writer, grant::Editors},
    list::{Columns, cell},
};
use entity::{AccountId, PageId, PageVisibility, TwinSpaceRole};
use futures_util::future::try_join_all;
use policy::{Allowance, PageAct, Subject, TwinSpacePermission};

use crate::graphql::{
    accounts::person::Person,
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    guard::{Public, WithPage},
    inside::twin_space::TwinSpace,
    loader::{Given, PageEditors, Rows},
    markup::{LONG, shown},
    members::member::Member,
    projects::project::Project,
};

mod act;
mod subscription;
mod version;

pub use act::{PageMutation, TEXT};
pub use subscription::PageSubscription;
pub use version::PageVersion;

/// A page of a TwinSpace.
#[derive(Clone, Debug)]
pub struct Page {
    row: Arc<PageRow>,
    /// The viewer's access.
    access: Arc<Access>,
}

impl Page {
    /// A page in a list, which contains only what the viewer can see.
    pub fn new(row: PageRow, access: Arc<Access>) -> Self {
        Self { row: Arc::new(row), access }
    }

    /// The page with this ID, with the requested columns.
    pub async fn load(ctx: &Context<'_>, id: PageId) -> Result<Self> {
        let (page, _) = Self::one(ctx, id, connection::columns::<PageRow>(ctx)).await?;
        Ok(page)
    }

    /// The access of a signed-in viewer to the page with this ID, and what determines what they may
    /// do with it.
    pub async fn subject(ctx: &Context<'_>, id: PageId) -> Result<(Arc<Access>, PageFacts)> {
        ctx.signed_in()?;
        let (page, facts) = Self::one(ctx, id, Columns::default().and::<PageRow>(&[])).await?;
        Ok((page.access, facts))
    }

    async fn one(ctx: &Context<'_>, id: PageId, columns: Columns) -> Result<(Self, PageFacts)> {
        let missing = || Error::NotFound("page");
        let row = ctx.load::<Rows<PageRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access = ctx.access(cell(&row.project_id)?).await?.ok_or_else(missing)?;
        let page = Self { row, access };
        let facts = page.facts(ctx).await?;
        if !page.access.sees_page(&facts) {
            return Err(missing());
        }
        ctx.request().visits(&page.access).await;
        Ok((page, facts))
    }

    /// What determines who may see it and do what with it.
    async fn facts(&self, ctx: &Context<'_>) -> Result<PageFacts> {
        let id = cell(&self.row.id)?;
        let given = match self.access.member {
            Some(place) => ctx.load::<Given>((id, place)).await?.is_some(),
            None => false,
        };
        Ok(PageFacts {
            id,
            author: cell(&self.row.author_id)?,
            visibility: cell(&self.row.visibility)?,
            archived: cell(&self.row.archived_at)?.is_some(),
            given,
        })
    }

    /// Refuses viewers who do not have this permission for this page.
    pub async fn granted(&self, ctx: &Context<'_>, permission: TwinSpacePermission) -> Result<()> {
        let facts = self.facts(ctx).await?;
        self.access.grants_with_page(permission, &facts).map_err(Error::forbidden)
    }

    /// The author or editor, for viewers who may see the name.
    fn writer(&self, id: AccountId, writer: &Writer) -> Result<Option<Person>> {
        if !self.access.sees_writer(id, cell(&writer.kind)?, cell(&writer.role)?) {
            return Ok(None);
        }
        let name = cell(&writer.name)?;
        Ok(Some(match self.access.sees_twinspace() {
            true => Person::new(id, Some(name)),
            false => Person::by_name_only(id, name),
        }))
    }
}

/// A page of a TwinSpace. Public pages are visible to everyone, signed in or not.
#[Object(guard = "crate::graphql::guard::Unguarded")]
impl Page {
    /// The ID.
    #[graphql(guard = "Public")]
    pub async fn id(&self) -> Result<PageId> {
        cell(&self.row.id)
    }

    /// The title of its project.
    #[graphql(guard = "Public")]
    async fn project_title(&self) -> &str {
        &self.access.title
    }

    /// Its project; null for viewers who cannot see it.
    #[graphql(guard = "Public")]
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        match Project::of(ctx, &self.access).await {
            Err(Error::NotFound(_)) => Ok(None),
            project => project.map(Some),
        }
    }

    /// Its TwinSpace; null for viewers who are not members.
    #[graphql(guard = "Public")]
    async fn twin_space(&self) -> Option<TwinSpace> {
        TwinSpace::of(&self.access)
    }

    /// The title: one line of plain text, not HTML.
    #[graphql(guard = "Public")]
    async fn title(&self) -> Result<String> {
        cell(&self.row.title)
    }

    /// The text, in Markdown with tables, strikethrough, footnotes and task lists.
    #[graphql(guard = "Public", complexity = "LONG")]
    async fn text(&self, ctx: &Context<'_>) -> Result<String> {
        ctx.request().long(cell(&self.row.text)?)
    }

    /// The text as sanitised HTML, without scripts, styles, forms or external images. Links to
    /// media of the TwinSpace work only for the viewer and expire like `Media.url`.
    #[graphql(guard = "Public", complexity = "LONG")]
    async fn html(&self, ctx: &Context<'_>) -> Result<String> {
        shown(ctx, &self.access, cell(&self.row.html)?, cell(&self.row.stale)?).await
    }

    /// Who can see the page.
    #[graphql(guard = "Public")]
    async fn visibility(&self) -> Result<PageVisibility> {
        cell(&self.row.visibility)
    }

    /// The number of the latest version, starting at 1. Pass it to `editPage` as the version on
    /// which the edit is based.
    #[graphql(guard = "Public")]
    async fn version(&self) -> Result<i64> {
        cell(&self.row.version)
    }

    /// When it was created.
    #[graphql(guard = "Public")]
    async fn created_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.created_at)
    }

    /// When it was last edited.
    #[graphql(guard = "Public")]
    async fn edited_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.edited_at)
    }

    /// When it was archived; null if it is not archived.
    #[graphql(guard = "Public")]
    async fn archived_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.archived_at)
    }

    /// The author. Outside the TwinSpace, visible only to teachers; visitors cannot see authors who
    /// are pupils (M-20).
    #[graphql(guard = "Public")]
    async fn author(&self) -> Result<Option<Person>> {
        self.writer(cell(&self.row.author_id)?, &self.row.author)
    }

    /// The author's membership in the TwinSpace; null if they have left or are not visible to the
    /// viewer.
    #[graphql(guard = "Public")]
    async fn author_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, self.access.project_id, cell(&self.row.author_id)?).await
    }

    /// The position by which to sort pages. Moving a page changes only its own position; if all
    /// positions are renumbered, `pagesChanged` sends `ChangesMissed`. Null for viewers outside the
    /// TwinSpace, who are not told what other pages exist.
    #[graphql(guard = "Public")]
    async fn position(&self) -> Result<Option<f64>> {
        #[expect(clippy::cast_precision_loss, reason = "positions are far below 2^53")]
        let position = cell(&self.row.position)? as f64;
        Ok(self.access.sees_twinspace().then_some(position))
    }

    /// The member who last edited it. Visible to members; visitors cannot see editors who are
    /// pupils (M-20).
    #[graphql(guard = "Public")]
    async fn editor(&self) -> Result<Option<Person>> {
        match self.access.sees_twinspace() {
            true => self.writer(cell(&self.row.editor_id)?, &self.row.editor),
            false => Ok(None),
        }
    }

    /// Who has been given permission to edit it. Visible to those who may give that permission.
    #[graphql(guard = "WithPage(TwinSpacePermission::SharePage, self.clone())")]
    async fn given_to(&self, ctx: &Context<'_>) -> Result<Option<PageGrants>> {
        let editors = ctx.load::<PageEditors>(cell(&self.row.id)?).await?;
        let editors = editors.as_deref().cloned().unwrap_or_default();
        Ok(Some(PageGrants(editors)))
    }

    /// Its earlier versions, newest first. Visible to those who may edit the page.
    #[graphql(
        guard = "WithPage(TwinSpacePermission::EditPage, self.clone())",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<PageVersion>>> {
        let parent = cell(&self.row.id)?.0;
        let list = List::<VersionRow> { parent, filter: (), order: (), descending: true };
        let paging = Paging { first, after, last, before };
        let version = |row| PageVersion::new(row, Arc::clone(&self.access));
        connection::page(ctx, paging, list, version).await.map(Some)
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(guard = "Public", complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<PagePermissions> {
        let facts = self.facts(ctx).await?;
        let ask = |act| facts.decide(act, &self.access).into();
        Ok(PagePermissions {
            edit: ask(PageAct::Edit),
            share: ask(PageAct::Share),
            archive: ask(PageAct::Archive),
            r#move: ask(PageAct::Move),
            restore: ask(PageAct::Restore),
            delete: ask(PageAct::Delete),
        })
    }
}

/// Who may edit a page, in addition to those who always may. Visitors have read-only access
/// regardless of permissions given.
pub struct PageGrants(Editors);

/// Who may edit a page, in addition to those who always may. Visitors have read-only access
/// regardless of permissions given.
#[Object]
impl PageGrants {
    /// These members.
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        try_join_all(self.0.members.iter().map(|&id| Member::load(ctx, id))).await
    }

    /// All members who have one of these roles.
    async fn roles(&self) -> &[TwinSpaceRole] {
        &self.0.roles
    }
}

/// What the viewer may do with a page, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct PagePermissions {
    /// Edit it and restore earlier versions.
    edit: Allowance,
    /// Set who can see and edit it.
    share: Allowance,
    /// Archive it.
    archive: Allowance,
    /// Move it.
    r#move: Allowance,
    /// Restore it from the archive.
    restore: Allowance,
    /// Delete it permanently, once it is archived.
    delete: Allowance,
}

/// The query of a page.
#[derive(Default)]
pub struct PageQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PageQuery {
    /// A page, visible to everyone if it is public, and otherwise to the members of the TwinSpace
    /// who may see it.
    #[graphql(guard = "Public")]
    async fn page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The page.")] id: PageId,
    ) -> Result<Option<Page>> {
        Page::load(ctx, id).await.map(Some)
    }
}
