//! The versions of a page: the columns that a request needs, and writing new ones (T-01).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{AccountId, PageId, PageVersionId, account, page, page_version};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Cond, Condition, Expr, Query, SelectStatement},
};
use tokio::task::spawn_blocking;

use crate::{
    Error, Result, column,
    db::Tx,
    error::{Flaw, Newer},
    inside::search::Words,
    list::{Cell, Column, KeyKind, Listed},
    markup::{self, RENDERER},
    sql::ColumnExt,
};

/// The maximum number of versions kept per page; the oldest are deleted.
pub const MOST_VERSIONS: i64 = 200;

/// The content of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The title.
    pub title: String,
    /// The text, in Markdown.
    pub text: String,
    /// The text as sanitised HTML.
    html: String,
    /// The words by which it is found.
    pub(super) words: Words,
}

impl Content {
    /// Renders the text and extracts its words where that blocks nobody.
    pub async fn new(title: String, text: String) -> Result<Self> {
        let html = markup::render(&text).await?;
        let content = move || {
            let words = Words::of(&[&title, &text]);
            Self { title, text, html, words }
        };
        spawn_blocking(content).await.map_err(Error::internal)
    }
}

/// Writes a version of a page, and deletes the oldest if there are too many.
pub(super) async fn write(
    tx: &Tx,
    page: PageId,
    number: i64,
    content: Content,
    editor: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = page_version::ActiveModel {
        id: Set(PageVersionId::new()),
        page_id: Set(page),
        number: Set(number),
        title: Set(content.title),
        text: Set(content.text),
        html: Set(content.html),
        renderer: Set(RENDERER),
        editor_id: Set(editor),
        edited_at: Set(now),
    };
    row.insert(&**tx).await?;
    if number > MOST_VERSIONS {
        page_version::Entity::delete_many()
            .filter(page_version::Column::PageId.eq(page))
            .filter(page_version::Column::Number.lte(number - MOST_VERSIONS))
            .exec(&**tx)
            .await?;
    }
    Ok(())
}

/// Versions of a page, as far as they ever existed and are still kept: one statement.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    page: PageId,
    numbers: &[i64],
) -> Result<HashMap<i64, page_version::Model>> {
    let numbers = page_version::Column::Number.is_in(numbers.iter().copied());
    let versions = page_version::Entity::of(page).filter(numbers).all(db).await?;
    Ok(versions.into_iter().map(|version| (version.number, version)).collect())
}

/// The error that somebody else has saved a newer version than `on`, with what is in it: those who may
/// edit a page may read it. Or that there is no such version yet.
pub(super) fn overtaken(page: &page::Model, on: i64, newest: Option<page_version::Model>) -> Error {
    if on > page.version {
        let later = "must not be later than the newest version";
        return Error::invalid("expectedVersion", Flaw::Unknown(later.into()));
    }
    let text = newest.map(|newest| newest.text);
    Error::Stale(Box::new(Newer { version: page.version, title: page.title.clone(), text }))
}

/// A version, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::page_version`")]
pub struct VersionRow {
    pub id: Cell<PageVersionId>,
    pub number: Cell<i64>,
    pub title: Cell<String>,
    pub text: Cell<String>,
    /// `None` if an older renderer generated it; then `stale` has the text.
    pub html: Cell<Option<String>>,
    pub stale: Cell<Option<String>>,
    pub editor_id: Cell<AccountId>,
    pub editor_name: Cell<String>,
    pub edited_at: Cell<DateTime<Utc>>,
}

const EDITOR: u8 = 0;

/// The HTML, if the current renderer generated it.
pub(super) fn html() -> Expr {
    markup::kept(page_version::Column::Html.into_expr(), page_version::Column::Renderer.into_expr())
}

/// The text to render, if another renderer did.
pub(super) fn stale() -> Expr {
    markup::stale(
        page_version::Column::Text.into_expr(),
        page_version::Column::Renderer.into_expr(),
    )
}

impl Listed for VersionRow {
    type Filter = ();
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = page_version::Column::Id, for []),
        column!(number = page_version::Column::Number, for ["version"]),
        column!(title = page_version::Column::Title, for ["title"]),
        column!(text = page_version::Column::Text, for ["text"]),
        column!(html = html(), for ["html"]),
        column!(stale = stale(), for ["html"]),
        column!(editor_id = page_version::Column::EditorId, for ["editor"]),
        column!(
            editor_name = account::Column::Name,
            for ["editor.name"], join EDITOR
        ),
        column!(edited_at = page_version::Column::EditedAt, for ["editedAt"]),
    ];

    fn from((): &(), needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(page_version::Entity);
        if needs(EDITOR) {
            let same = account::Column::Id.equals(page_version::Column::EditorId);
            query.inner_join(account::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        page_version::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(page_version::Column::PageId.into_expr())
    }

    fn condition((): &()) -> Condition {
        Cond::all()
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((page_version::Column::Number.into_expr(), KeyKind::Number))
    }
}
