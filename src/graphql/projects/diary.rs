//! The diary of a project (T-05).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    list::cell,
    outcome::Once,
    projects::diary::{self, DiaryRow, Words},
};
use entity::{DiaryEntryId, DiaryVisibility, ProjectId};
use policy::{Allowance, DiaryAct, ProjectPermission, Subject, Tie};

use crate::graphql::{
    accounts::person::Person,
    connection,
    context::ContextExt,
    guard::Decides,
    loader::Rows,
    markup::{LONG, shown},
    payload::{gone, payload},
    projects::project::Project,
};

/// An entry in a project's diary.
pub struct DiaryEntry {
    row: Arc<DiaryRow>,
    /// The viewer's access.
    access: Arc<Access>,
}

impl DiaryEntry {
    /// An entry in a list of what the viewer can read.
    pub fn new(row: DiaryRow, access: Arc<Access>) -> Self {
        Self { row: Arc::new(row), access }
    }

    /// The entry with this ID, if the viewer can read it.
    pub async fn load(ctx: &Context<'_>, id: DiaryEntryId) -> Result<Self> {
        let missing = || Error::NotFound("diary entry");
        let columns = connection::columns::<DiaryRow>(ctx);
        let row = ctx.load::<Rows<DiaryRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access = ctx
            .project(cell(&row.project_id)?)
            .await
            .map_err(|error| error.within("diary entry"))?;
        match row.facts()?.seen_by(&access) {
            true => Ok(Self { row, access }),
            false => Err(missing()),
        }
    }
}

/// What the viewer may do with a diary entry, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct DiaryEntryPermissions {
    /// Edit it.
    edit: Allowance,
    /// Delete it.
    delete: Allowance,
}

/// An entry in a project's diary.
#[Object]
impl DiaryEntry {
    /// The ID.
    pub async fn id(&self) -> Result<DiaryEntryId> {
        cell(&self.row.id)
    }

    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::of(ctx, &self.access).await.map(Some)
    }

    /// The title.
    async fn title(&self) -> Result<String> {
        cell(&self.row.title)
    }

    /// The text, in Markdown, as its author wrote it.
    #[graphql(complexity = "LONG")]
    async fn text(&self, ctx: &Context<'_>) -> Result<String> {
        ctx.request().long(cell(&self.row.text)?)
    }

    /// The text as sanitised HTML, like `Page.html`.
    #[graphql(complexity = "LONG")]
    async fn html(&self, ctx: &Context<'_>) -> Result<String> {
        shown(ctx, &self.access, cell(&self.row.html)?, cell(&self.row.stale)?).await
    }

    /// The author; null for viewers who can see neither the whole project nor its TwinSpace.
    async fn author(&self) -> Result<Option<Person>> {
        let permission = ProjectPermission::SeeProject;
        let known = self.access.project_grants(permission, Tie::default()).is_ok()
            || self.access.sees_twinspace();
        if !known {
            return Ok(None);
        }
        Ok(Some(Person::new(cell(&self.row.author_id)?, self.row.author_name.clone())))
    }

    /// Who can read the entry.
    async fn visibility(&self) -> Result<DiaryVisibility> {
        cell(&self.row.visibility)
    }

    /// When it was written.
    async fn created_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.created_at)
    }

    /// When it was last edited; at first, when it was written.
    async fn edited_at(&self) -> Result<DateTime<Utc>> {
        Ok(cell(&self.row.edited_at)?.unwrap_or(cell(&self.row.created_at)?))
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self) -> Result<DiaryEntryPermissions> {
        let facts = self.row.facts()?;
        let ask = |act| facts.decide(act, &self.access).into();
        Ok(DiaryEntryPermissions { edit: ask(DiaryAct::Edit), delete: ask(DiaryAct::Delete) })
    }
}

/// Input for `writeDiaryEntry`.
#[derive(InputObject)]
pub struct WriteDiaryEntryInput {
    /// The project.
    project_id: ProjectId,
    /// The title, one line of at most 200 characters.
    title: String,
    /// The text, in Markdown, at most 50,000 characters.
    text: String,
    /// Who can read the entry.
    visibility: DiaryVisibility,
    /// A key chosen by the client, at most 100 characters. Sending again with the same key within seven
    /// days does not write a second entry.
    idempotency_key: Option<String>,
}

/// Input for `editDiaryEntry`. Fields that are omitted do not change.
#[derive(InputObject)]
pub struct EditDiaryEntryInput {
    /// The entry.
    diary_entry_id: DiaryEntryId,
    /// The title, one line of at most 200 characters.
    title: Option<String>,
    /// The text, in Markdown, at most 50,000 characters.
    text: Option<String>,
    /// Who can read the entry.
    visibility: Option<DiaryVisibility>,
}

/// Input for `deleteDiaryEntry`.
#[derive(InputObject)]
pub struct DeleteDiaryEntryInput {
    /// The entry.
    diary_entry_id: DiaryEntryId,
}

payload! {
    /// Result of `writeDiaryEntry`.
    WriteDiaryEntryPayload(DiaryEntryId) {
        /// The entry.
        diary_entry: DiaryEntry
    }
}

payload! {
    /// Result of `editDiaryEntry`.
    EditDiaryEntryPayload(DiaryEntryId) {
        /// The updated entry.
        diary_entry: DiaryEntry
    }
}

gone! {
    /// Result of `deleteDiaryEntry`.
    DeleteDiaryEntryPayload {
        /// The ID that it had.
        diary_entry_id: DiaryEntryId,
        /// The project.
        project: Project
    }
}

/// The mutations of diaries.
#[derive(Default)]
pub struct DiaryMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl DiaryMutation {
    /// Adds an entry to the diary of an active project. Requires a partner of the project (T-05).
    #[graphql(guard = "Decides(diary::WRITE)")]
    async fn write_diary_entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new diary entry.")] input: WriteDiaryEntryInput,
    ) -> Result<Option<WriteDiaryEntryPayload>> {
        let WriteDiaryEntryInput { project_id, title, text, visibility, idempotency_key: key } =
            input;
        let asked = (project_id, &title, &text, visibility);
        let once = Once::read("writeDiaryEntry", key.as_deref(), &asked)?;
        let words = [title, text];
        let id = diary::write(ctx.actor(), project_id, words, visibility, once.as_ref()).await?;
        Ok(ctx.changed(WriteDiaryEntryPayload(id)))
    }

    /// Edits one of the viewer's own diary entries (T-05).
    #[graphql(guard = "Decides(DiaryAct::Edit)")]
    async fn edit_diary_entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: EditDiaryEntryInput,
    ) -> Result<Option<EditDiaryEntryPayload>> {
        let EditDiaryEntryInput { diary_entry_id, title, text, visibility } = input;
        diary::edit(ctx.actor(), diary_entry_id, Words { title, text, visibility }).await?;
        Ok(ctx.changed(EditDiaryEntryPayload(diary_entry_id)))
    }

    /// Permanently deletes one of the viewer's own diary entries (T-05).
    #[graphql(guard = "Decides(DiaryAct::Delete)")]
    async fn delete_diary_entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The diary entry to delete.")] input: DeleteDiaryEntryInput,
    ) -> Result<Option<DeleteDiaryEntryPayload>> {
        let DeleteDiaryEntryInput { diary_entry_id } = input;
        let project = diary::delete(ctx.actor(), diary_entry_id).await?;
        Ok(ctx.changed(DeleteDiaryEntryPayload { diary_entry_id, project }))
    }
}
