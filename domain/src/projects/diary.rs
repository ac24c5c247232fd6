//! The diary of a project, written by its partners; each entry belongs to its author (T-05).

use chrono::{DateTime, Utc};
use entity::{
    AccountId, DiaryEntryId, DiaryVisibility, ProjectId, SearchKind, account,
    diary::{self, Column as Col},
};
pub use policy::Reach;
use policy::{DiaryAct, DiaryFacts, ProjectAct, ProjectPermission};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ModelTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    Actor, Permit, Result, column,
    db::Tx,
    error::{Flaw, Problems},
    events::Event,
    inside::search,
    list::{Cell, Column, KeyKind, Listed, cell},
    markup::{self, RENDERER},
    outcome::{self, Once},
    permit::{OfProject, Row},
    projects::project::Past,
    sql::ColumnExt,
};

/// What it takes to write an entry.
pub const WRITE: ProjectAct = ProjectAct::May(ProjectPermission::WriteDiary);

/// An entry to which something is done.
pub type FoundEntry = Row<diary::Model>;

impl OfProject for diary::Model {
    type Facts = DiaryFacts;
    type Id = DiaryEntryId;

    const NAME: &'static str = "diary entry";
    const PROJECT: Col = Col::ProjectId;

    fn facts(&self, _: &[bool], _: &Actor<'_>) -> DiaryFacts {
        DiaryFacts { author: self.author_id, visibility: self.visibility }
    }
}

/// The maximum length of a title, in characters.
const TITLE: usize = 200;

/// The maximum length of a text, in characters.
pub const TEXT: usize = 50_000;

/// What an author writes. In an edit, `None` keeps the current value.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The title, one line of at most 200 characters.
    pub title: Option<String>,
    /// The text, in Markdown, at most 50,000 characters.
    pub text: Option<String>,
    /// Who can read the entry.
    pub visibility: Option<DiaryVisibility>,
}

impl Words {
    /// Validates the input, and converts it to what is stored.
    async fn put(self, row: &mut diary::ActiveModel) -> Result<()> {
        let mut problems = Problems::default();
        let title = self.title.map(|title| problems.line(&title, "title", TITLE));
        let text = self.text.map(|text| {
            let text = problems.prose(&text, "text", TEXT);
            problems.require(!text.is_empty(), "text", Flaw::EMPTY);
            text
        });
        problems.finish()?;
        if let Some(title) = title {
            row.title = Set(title);
        }
        if let Some(text) = text {
            // Once here, and not on every read.
            row.html = Set(markup::render(&text).await?);
            row.renderer = Set(RENDERER);
            row.text = Set(text);
        }
        if let Some(visibility) = self.visibility {
            row.visibility = Set(visibility);
        }
        Ok(())
    }
}

/// Adds an entry, or returns the one that the same request has added before.
pub async fn write(
    actor: Actor<'_>,
    project: ProjectId,
    [title, text]: [String; 2],
    visibility: DiaryVisibility,
    once: Option<&Once>,
) -> Result<DiaryEntryId> {
    let (id, author) = (DiaryEntryId::new(), actor.account()?);
    let mut row = diary::ActiveModel {
        id: Set(id),
        project_id: Set(project),
        author_id: Set(author),
        created_at: Set(actor.now),
        edited_at: Set(None),
        ..Default::default()
    };
    // Rendering a text takes long: not for what is refused.
    actor.preview::<Past>(WRITE, &project).await?;
    Words { title: Some(title), text: Some(text), visibility: Some(visibility) }
        .put(&mut row)
        .await?;
    let tx = actor.permit::<Past>(WRITE, project).await?.tx;
    if let Some(made) = outcome::made(&*tx, author, once).await? {
        return Ok(made);
    }
    let entry = row.insert(&*tx).await?;
    index(&tx, &entry).await?;
    outcome::keep(&tx, author, once, id.0, actor.now).await?;
    tell(&tx, &entry, None).await?;
    tx.commit().await?;
    Ok(id)
}

/// Edits one of the author's own entries.
pub async fn edit(actor: Actor<'_>, id: DiaryEntryId, words: Words) -> Result<()> {
    let mut row = diary::ActiveModel { edited_at: Set(Some(actor.now)), ..Default::default() };
    actor.preview::<FoundEntry>(DiaryAct::Edit, &id).await?;
    words.put(&mut row).await?;
    let Permit { tx, on: FoundEntry { row: before, .. }, .. } =
        actor.permit::<FoundEntry>(DiaryAct::Edit, id).await?;
    row.id = Set(before.id);
    index(&tx, &row.update(&*tx).await?).await?;
    tell(&tx, &before, Some(before.visibility)).await?;
    Ok(tx.commit().await?)
}

/// Permanently deletes one of the author's own entries. Returns the project.
pub async fn delete(actor: Actor<'_>, id: DiaryEntryId) -> Result<ProjectId> {
    let Permit { tx, by, on: FoundEntry { row: entry, .. }, .. } =
        actor.permit::<FoundEntry>(DiaryAct::Delete, id).await?;
    take_away(&tx, entry).await?;
    tx.commit().await?;
    Ok(by.project_id)
}

/// Deletes an entry, as a part of a transaction that has locked the project.
pub(crate) async fn take_away(tx: &Tx, entry: diary::Model) -> Result<()> {
    search::forget(tx, entry.id.0).await?;
    tell(tx, &entry, Some(entry.visibility)).await?;
    entry.delete(&**tx).await?;
    Ok(())
}

/// Announces that an entry changed, given who could read it until then.
async fn tell(tx: &Tx, entry: &diary::Model, before: Option<DiaryVisibility>) -> Result<()> {
    let diary::Model { id: entry, project_id: project, author_id: author, .. } = *entry;
    Ok(tx.tell(Event::DiaryEntry { project, entry, author, before }).await?)
}

async fn index(tx: &Tx, entry: &diary::Model) -> Result<()> {
    let words = search::Words::of(&[&entry.title, &entry.text]);
    search::index(tx, SearchKind::DiaryEntry, entry.id.0, entry.project_id, &words).await
}

impl DiaryRow {
    /// What the policy decides on.
    pub fn facts(&self) -> Result<DiaryFacts> {
        Ok(DiaryFacts { author: cell(&self.author_id)?, visibility: cell(&self.visibility)? })
    }
}

/// The same as [`Reach::covers`], of rows.
fn condition(reach: Reach) -> Condition {
    let is = |visibility: DiaryVisibility| Col::Visibility.eq(visibility);
    let mut any = Cond::any().add(is(DiaryVisibility::Public));
    if reach.teachers {
        any = any.add(is(DiaryVisibility::Teachers));
    }
    if reach.private {
        any = any.add(is(DiaryVisibility::Private));
    }
    if let Some(author) = reach.own {
        let own = Col::AuthorId.eq(author.0);
        any = any.add(is(DiaryVisibility::Private).and(own));
    }
    any
}

/// An entry, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::diary`")]
pub struct DiaryRow {
    pub id: Cell<DiaryEntryId>,
    pub project_id: Cell<ProjectId>,
    pub author_id: Cell<AccountId>,
    pub author_name: Cell<String>,
    pub visibility: Cell<DiaryVisibility>,
    pub title: Cell<String>,
    pub text: Cell<String>,
    /// `None` if an older renderer generated it; then `stale` has the text.
    pub html: Cell<Option<String>>,
    pub stale: Cell<Option<String>>,
    pub created_at: Cell<DateTime<Utc>>,
    pub edited_at: Cell<Option<DateTime<Utc>>>,
}

const AUTHOR: u8 = 0;

/// Filters entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those that someone may read.
    pub reach: Option<Reach>,
}

impl Listed for DiaryRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = Col::Id, for []),
        column!(project_id = Col::ProjectId, for []),
        column!(author_id = Col::AuthorId, for []),
        column!(visibility = Col::Visibility, for []),
        column!(
            author_name = account::Column::Name,
            for ["author.name"], join AUTHOR
        ),
        column!(title = Col::Title, for ["title"]),
        column!(text = Col::Text, for ["text"]),
        column!(html = markup::kept(Col::Html.into_expr(), Col::Renderer.into_expr()), for ["html"]),
        column!(stale = markup::stale(Col::Text.into_expr(), Col::Renderer.into_expr()), for ["html"]),
        column!(created_at = Col::CreatedAt, for ["createdAt", "editedAt"]),
        column!(edited_at = Col::EditedAt, for ["editedAt"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(diary::Entity);
        if needs(AUTHOR) {
            let same = account::Column::Id.equals(Col::AuthorId);
            query.inner_join(account::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        Col::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(Col::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        filter.reach.map_or_else(Cond::all, |reach| Cond::all().add(condition(reach)))
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
