//! The diary of a project (T-05).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{DiaryEntryId, DiaryVisibility, ProjectId};

use super::{
    connection,
    context::ContextExt,
    guard::{InProject, OnDiaryEntry},
    loader::Rows,
    markup::{LONG, shown},
    payload::payload,
    person::Person,
    project::Project,
};
use crate::{
    Error, Reason, Result,
    domain::{
        access::Access,
        diary::{self, DiaryRow, Words},
        list::{Columns, cell},
    },
    policy::{Allowance, ProjectPermission, Tie},
};

/// An entry of a project's diary.
pub struct DiaryEntry {
    row: Arc<DiaryRow>,
    /// How the viewer stands to the project.
    access: Arc<Access>,
}

impl DiaryEntry {
    /// An entry that was read in a list of what the viewer reads.
    pub fn new(row: DiaryRow, access: Arc<Access>) -> Self {
        Self { row: Arc::new(row), access }
    }

    /// The entry with this id, if the viewer reads it.
    pub async fn load(ctx: &Context<'_>, id: DiaryEntryId) -> Result<Self> {
        Self::one(ctx, id, connection::columns::<DiaryRow>(ctx)).await
    }

    /// The entry with this id, if the viewer reads it, as far as a decision needs it.
    pub async fn subject(ctx: &Context<'_>, id: DiaryEntryId) -> Result<Self> {
        Self::one(ctx, id, Columns::of::<DiaryRow>(|_| false)).await
    }

    async fn one(ctx: &Context<'_>, id: DiaryEntryId, columns: Columns) -> Result<Self> {
        let missing = || Error::NotFound("diary entry");
        let columns = columns.and::<DiaryRow>(&[]);
        let row = ctx.load::<Rows<DiaryRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access = ctx
            .project(cell(&row.project_id)?)
            .await
            .map_err(|error| error.within("diary entry"))?;
        match access.diary_reach().covers(cell(&row.visibility)?, cell(&row.author_id)?) {
            true => Ok(Self { row, access }),
            false => Err(missing()),
        }
    }

    /// Whether the viewer may edit or delete it.
    pub fn may_edit(&self) -> Result<Result<(), Reason>> {
        Ok(self.access.may_edit_diary(cell(&self.row.author_id)?))
    }
}

/// What the viewer may do with a diary entry, and if not, why.
#[derive(SimpleObject)]
pub struct DiaryEntryPermissions {
    /// Edit it.
    edit: Allowance,
    /// Delete it.
    delete: Allowance,
}

/// An entry of a project's diary.
#[Object]
impl DiaryEntry {
    /// Its id.
    pub async fn id(&self) -> Result<DiaryEntryId> {
        cell(&self.row.id)
    }

    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::load(ctx, self.access.project_id).await.map(Some)
    }

    /// The title.
    async fn title(&self) -> Result<String> {
        cell(&self.row.title)
    }

    /// The text, in Markdown as its author wrote it.
    #[graphql(complexity = "LONG")]
    async fn text(&self, ctx: &Context<'_>) -> Result<String> {
        ctx.request().long(cell(&self.row.text)?)
    }

    /// The text as HTML that is safe to show, like `Page.html`.
    #[graphql(complexity = "LONG")]
    async fn html(&self, ctx: &Context<'_>) -> Result<String> {
        shown(ctx, &self.access, cell(&self.row.html)?, cell(&self.row.stale)?).await
    }

    /// Who wrote it; null for those who see neither all of the project nor its TwinSpace.
    async fn author(&self) -> Result<Option<Person>> {
        let permission = ProjectPermission::SeeProject;
        let known = self.access.project_grants(permission, Tie::default()).is_ok()
            || self.access.sees_twinspace();
        if !known {
            return Ok(None);
        }
        Ok(Some(Person::new(cell(&self.row.author_id)?, self.row.author_name.clone())))
    }

    /// Who reads it.
    async fn visibility(&self) -> Result<DiaryVisibility> {
        cell(&self.row.visibility)
    }

    /// When it was written.
    async fn created_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.created_at)
    }

    /// When it was last edited; null if never.
    async fn edited_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.edited_at)
    }

    /// What the viewer may do with it, and if not, why.
    #[graphql(complexity = 5)]
    async fn permissions(&self) -> Result<DiaryEntryPermissions> {
        let may: Allowance = self.may_edit()?.into();
        Ok(DiaryEntryPermissions { edit: may, delete: may })
    }
}

/// What is written into the diary.
#[derive(InputObject)]
pub struct WriteDiaryEntryInput {
    /// The project.
    project_id: ProjectId,
    /// The title, one line of at most 200 characters.
    title: String,
    /// The text, Markdown of at most 50,000 characters.
    text: String,
    /// Who reads it.
    visibility: DiaryVisibility,
}

/// What is to change of a diary entry. What is left out stays as it is.
#[derive(InputObject)]
pub struct EditDiaryEntryInput {
    /// The entry.
    entry_id: DiaryEntryId,
    /// The title, one line of at most 200 characters.
    title: Option<String>,
    /// The text, Markdown of at most 50,000 characters.
    text: Option<String>,
    /// Who reads it.
    visibility: Option<DiaryVisibility>,
}

/// Which diary entry is deleted.
#[derive(InputObject)]
pub struct DeleteDiaryEntryInput {
    /// The entry.
    entry_id: DiaryEntryId,
}

payload! {
    /// What came of writing into the diary.
    WriteDiaryEntryPayload(DiaryEntryId) {
        /// The entry.
        entry: DiaryEntry
    }
}

payload! {
    /// What came of editing a diary entry.
    EditDiaryEntryPayload(DiaryEntryId) {
        /// The entry, as it is now.
        entry: DiaryEntry
    }
}

/// Which diary entry was deleted.
#[derive(SimpleObject)]
pub struct DeleteDiaryEntryPayload {
    /// The id that it had.
    entry_id: DiaryEntryId,
}

/// What can be done with a diary.
#[derive(Default)]
pub struct DiaryMutation;

#[Object(guard = "super::guard::Unguarded")]
impl DiaryMutation {
    /// Writes an entry into the diary of an active project, as a partner (T-05).
    #[graphql(guard = "InProject(ProjectPermission::WriteDiary, input.project_id)")]
    async fn write_diary_entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is written into the diary.")] input: WriteDiaryEntryInput,
    ) -> Result<WriteDiaryEntryPayload> {
        let WriteDiaryEntryInput { project_id, title, text, visibility } = input;
        let access = ctx.project(project_id).await?;
        let id = diary::write(ctx.db(), &access, [title, text], visibility, ctx.now()).await?;
        Ok(ctx.changed(WriteDiaryEntryPayload(id)))
    }

    /// Edits an entry that the viewer wrote (T-05).
    #[graphql(guard = "OnDiaryEntry(input.entry_id)")]
    async fn edit_diary_entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: EditDiaryEntryInput,
    ) -> Result<EditDiaryEntryPayload> {
        let EditDiaryEntryInput { entry_id, title, text, visibility } = input;
        let access = DiaryEntry::subject(ctx, entry_id).await?.access;
        let words = Words { title, text, visibility };
        diary::edit(ctx.db(), &access, entry_id, words, ctx.now()).await?;
        Ok(ctx.changed(EditDiaryEntryPayload(entry_id)))
    }

    /// Deletes an entry that the viewer wrote (T-05). It does not come back.
    #[graphql(guard = "OnDiaryEntry(input.entry_id)")]
    async fn delete_diary_entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which diary entry is deleted.")] input: DeleteDiaryEntryInput,
    ) -> Result<DeleteDiaryEntryPayload> {
        let DeleteDiaryEntryInput { entry_id } = input;
        let access = DiaryEntry::subject(ctx, entry_id).await?.access;
        diary::delete(ctx.db(), &access, entry_id).await?;
        Ok(ctx.changed(DeleteDiaryEntryPayload { entry_id }))
    }
}
