//! A page, with the columns that a request needs, and which pages a list contains.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, PageId, PageVisibility, ProjectId, TwinSpaceRole, account, page,
    page_grant, page_version,
};
use policy::{DraftsOf, PageScope};
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Condition, Expr, JoinType, Query, SelectStatement},
};

use super::version::{html, stale};
use crate::{
    column,
    list::{Cell, Column, KeyKind, Listed},
    members::pupil::rule,
    sql::{ColumnExt, join_account},
};

/// A page, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of the tables that they come from")]
pub struct PageRow {
    pub id: Cell<PageId>,
    pub project_id: Cell<ProjectId>,
    pub visibility: Cell<PageVisibility>,
    pub archived_at: Cell<Option<DateTime<Utc>>>,
    pub title: Cell<String>,
    pub version: Cell<i64>,
    pub position: Cell<i64>,
    pub created_at: Cell<DateTime<Utc>>,
    pub edited_at: Cell<DateTime<Utc>>,
    pub author: Writer,
    pub author_id: Cell<AccountId>,
    pub editor: Writer,
    pub editor_id: Cell<AccountId>,
    pub text: Cell<String>,
    /// `None` if an older renderer generated it; then `stale` has the text.
    pub html: Cell<Option<String>>,
    pub stale: Cell<Option<String>>,
}

/// An author or editor: what determines who can see the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of the tables that they come from")]
pub struct Writer {
    pub name: Cell<String>,
    pub kind: Cell<AccountKind>,
    /// The role here; `None` if they have left.
    pub role: Cell<Option<TwinSpaceRole>>,
}

const TEXT: u8 = 0;
const AUTHOR: u8 = 1;
const EDITOR: u8 = 2;

/// Filters pages. By default, all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// If true, only archived pages; if false, only others.
    pub archived: Option<bool>,
    /// Only those that everyone can read.
    pub public: bool,
    /// Only those created by this person.
    pub author: Option<AccountId>,
    /// Of the drafts, only those visible to this person.
    pub drafts: Option<DraftsOf>,
}

impl From<PageScope> for Filter {
    fn from(PageScope { archived, author, drafts }: PageScope) -> Self {
        Self { archived: Some(archived), public: false, author, drafts }
    }
}

impl Listed for PageRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        // What determines who may see it and what they may do with it.
        column!(id = page::Column::Id, for []),
        column!(project_id = page::Column::ProjectId, for []),
        column!(visibility = page::Column::Visibility, for []),
        column!(archived_at = page::Column::ArchivedAt, for []),
        column!(author_id = page::Column::AuthorId, for []),
        column!(title = page::Column::Title, for ["title"]),
        column!(version = page::Column::Version, for ["version"]),
        column!(position = page::Column::Position, for ["position"]),
        column!(created_at = page::Column::CreatedAt, for ["createdAt"]),
        column!(edited_at = page::Column::EditedAt, for ["editedAt"]),
        column!(author.name = account::Column::Name.of("author"), for ["author"], join AUTHOR),
        column!(author.kind = account::Column::Kind.of("author"), for ["author"], join AUTHOR),
        column!(
            author.role = rule::role_in(page::Column::ProjectId, page::Column::AuthorId),
            for ["author"]
        ),
        column!(editor_id = page::Column::EditorId, for ["editor"]),
        column!(editor.name = account::Column::Name.of("editor"), for ["editor"], join EDITOR),
        column!(editor.kind = account::Column::Kind.of("editor"), for ["editor"], join EDITOR),
        column!(
            editor.role = rule::role_in(page::Column::ProjectId, page::Column::EditorId),
            for ["editor"]
        ),
        column!(text = page_version::Column::Text, for ["text"], join TEXT),
        column!(html = html(), for ["html"], join TEXT),
        column!(stale = stale(), for ["html"], join TEXT),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(page::Entity);
        if needs(TEXT) {
            let newest = Cond::all()
                .add(page_version::Column::PageId.equals(page::Column::Id))
                .add(page_version::Column::Number.equals(page::Column::Version));
            query.inner_join(page_version::Entity, newest);
        }
        for (join, alias, column) in
            [(AUTHOR, "author", page::Column::AuthorId), (EDITOR, "editor", page::Column::EditorId)]
        {
            if needs(join) {
                join_account(&mut query, JoinType::InnerJoin, alias, column);
            }
        }
        query
    }

    fn id() -> Expr {
        page::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(page::Column::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some(archived) = filter.archived {
            let since = page::Column::ArchivedAt;
            all = all.add(if archived { since.is_not_null() } else { since.is_null() });
        }
        if filter.public {
            let public = PageVisibility::Public;
            all = all.add(page::Column::Visibility.eq(public));
        }
        if let Some(author) = filter.author {
            all = all.add(page::Column::AuthorId.eq(author.0));
        }
        if let Some(drafts) = &filter.drafts {
            let draft = PageVisibility::Draft;
            let mut seen = Cond::any()
                .add(page::Column::Visibility.ne(draft))
                .add(page::Column::AuthorId.eq(drafts.author.0));
            if let Some((member, role)) = drafts.given {
                let mut given = Query::select();
                given
                    .expr(Expr::val(1))
                    .from(page_grant::Entity)
                    .and_where(page_grant::Column::PageId.equals(page::Column::Id))
                    .cond_where(
                        Cond::any()
                            .add(page_grant::Column::MemberId.eq(member.0))
                            .add(page_grant::Column::Role.eq(role)),
                    );
                seen = seen.add(Expr::exists(given));
            }
            all = all.add(seen);
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((page::Column::Position.into_expr(), KeyKind::Number))
    }
}
