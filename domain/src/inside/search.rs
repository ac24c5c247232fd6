//! The search index, which ignores case and accents: pages, diary entries, media.
//!
//! The words are written in the same transaction as their subject. Results are limited by the
//! filters of the lists in which the viewer sees the same objects.

use std::collections::BTreeSet;

use entity::{
    ProjectId, SearchKind,
    search_entry::{self, Column as Col},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DbBackend, EntityTrait, QueryFilter,
    sea_query::{
        Cond, Condition, Expr, ExprTrait, Query, SelectStatement,
        extension::{postgres::PgBinOper, sqlite::SqliteBinOper},
    },
};
use uuid::Uuid;

use crate::{
    Result, column,
    db::{Db, Tx},
    error::{Flaw, Problems},
    inside::{
        media::{self, MediaRow},
        page::{self, PageRow},
    },
    list::{Cell, Column, KeyKind, Listed},
    projects::diary::{self, DiaryRow},
    text,
};

/// The maximum length of a query, in characters.
pub const QUERY: usize = 200;

/// The maximum number of letters of a word that count.
const WORD: usize = 40;

/// The maximum number of bytes of one subject's words. PostgreSQL accepts at most twice as many.
const MOST: usize = 500_000;

/// The words of a text, as indexed and searched: Latin letters and digits, each word once.
/// Extracting them takes time for long texts, so it is done before a transaction begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Words(BTreeSet<String>);

impl Words {
    /// The words of all these texts.
    pub fn of(texts: &[&str]) -> Self {
        let keys = texts.iter().map(|text| text::key(text));
        let mut words = BTreeSet::new();
        for key in keys {
            let found = key.split(|letter: char| !letter.is_ascii_alphanumeric());
            let found = found.filter(|word| !word.is_empty());
            words.extend(found.map(|word| word.chars().take(WORD).collect()));
        }
        Self(words)
    }

    /// The words as they are in the index. Each is prefixed with the end of the project's ID, which
    /// is random: a prefix search does not scan the words of all other projects. The column is what
    /// decides.
    fn within(&self, project: ProjectId) -> impl Iterator<Item = String> {
        let scope: String = project.0.simple().to_string().chars().skip(26).collect();
        self.0.iter().map(move |word| format!("{scope}{word}"))
    }
}

/// Sets the words by which something is found.
pub async fn index(
    tx: &Tx,
    kind: SearchKind,
    subject: Uuid,
    project: ProjectId,
    words: &Words,
) -> Result<()> {
    let row = entry(kind, subject, project, words);
    let replaced = search_entry::Entity::replaced();
    search_entry::Entity::insert(row).on_conflict(replaced).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Sets the words by which several new objects are found.
pub async fn index_all(
    tx: &Tx,
    kind: SearchKind,
    project: ProjectId,
    subjects: Vec<(Uuid, Words)>,
) -> Result<()> {
    let rows = subjects.iter().map(|(subject, words)| entry(kind, *subject, project, words));
    search_entry::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    Ok(())
}

fn entry(
    kind: SearchKind,
    subject: Uuid,
    project: ProjectId,
    words: &Words,
) -> search_entry::ActiveModel {
    let mut all = String::new();
    for word in words.within(project) {
        if all.len() + word.len() > MOST {
            break;
        }
        let space = if all.is_empty() { "" } else { " " };
        all.extend([space, &*word]);
    }
    search_entry::ActiveModel {
        id: NotSet,
        kind: Set(kind),
        subject_id: Set(subject),
        project_id: Set(project),
        words: Set(all),
    }
}

/// Removes a deleted subject from the index.
pub async fn forget(tx: &Tx, subject: Uuid) -> Result<()> {
    search_entry::Entity::delete_many().filter(Col::SubjectId.eq(subject)).exec(&**tx).await?;
    Ok(())
}

/// The words of a query: beginnings of words, all of which must be present.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sought {
    words: BTreeSet<String>,
    postgresql: bool,
}

impl Sought {
    /// Parses a query for a project.
    pub fn read(db: &Db, project: ProjectId, query: &str) -> Result<Self> {
        let mut problems = Problems::default();
        problems.at_most(query, "query", QUERY);
        problems.finish()?;
        let words: BTreeSet<_> = Words::of(&[query]).within(project).collect();
        problems = Problems::default();
        let bare = "must contain a letter or a digit";
        problems.require(!words.is_empty(), "query", Flaw::Missing(bare.into()));
        problems.finish()?;
        let postgresql = db.read().get_database_backend() == DbBackend::Postgres;
        Ok(Self { words, postgresql })
    }

    /// The condition on a row. The words consist only of letters and digits: neither engine can
    /// interpret anything in them.
    fn condition(&self) -> Expr {
        let terms = |before: &str, after: &str, between: &str| {
            let terms = self.words.iter().map(|word| format!("{before}{word}{after}"));
            terms.collect::<Vec<_>>().join(between)
        };
        if self.postgresql {
            let terms = Expr::val(terms("", ":*", " & ")).cast_as("tsquery");
            let vector = Expr::col((search_entry::Entity, "vector"));
            return vector.binary(PgBinOper::Matches, terms);
        }
        let index = "search_word";
        let matches = Expr::col(index).binary(SqliteBinOper::Match, terms("\"", "\"*", " AND "));
        let mut found = Query::select();
        found.column("rowid").from(index).and_where(matches);
        Col::Id.in_subquery(found)
    }
}

/// A query, and what the viewer can see: a kind without a filter is not searched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The words.
    pub sought: Sought,
    /// The pages visible to the viewer.
    pub pages: Option<page::Filter>,
    /// The diary entries that the viewer may read.
    pub diary: Option<diary::Filter>,
    /// The media visible to the viewer.
    pub media: Option<media::Filter>,
}

/// A search result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::search_entry`")]
pub struct HitRow {
    pub kind: Cell<SearchKind>,
    pub subject_id: Cell<Uuid>,
}

/// Whether a row's subject is in the list of `R` with this filter.
fn among<R: Listed>(kind: SearchKind, filter: &R::Filter) -> Condition {
    let mut subject = R::from(filter, &|join| R::filter_needs(filter, join));
    subject
        .expr(Expr::val(1))
        .and_where(R::id().eq(Col::SubjectId.into_expr()))
        .cond_where(R::condition(filter));
    Cond::all().add(Col::Kind.eq(kind)).add(Expr::exists(subject))
}

impl Listed for HitRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] =
        &[column!(kind = Col::Kind, for []), column!(subject_id = Col::SubjectId, for [])];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(search_entry::Entity);
        query
    }

    /// Keys are in chronological order, even across tables.
    fn id() -> Expr {
        Col::SubjectId.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(Col::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        let Filter { sought, pages, diary, media } = filter;
        let kinds = [
            pages.as_ref().map(|filter| among::<PageRow>(SearchKind::Page, filter)),
            diary.as_ref().map(|filter| among::<DiaryRow>(SearchKind::DiaryEntry, filter)),
            media.as_ref().map(|filter| among::<MediaRow>(SearchKind::Media, filter)),
        ];
        let kinds = kinds.into_iter().flatten().fold(Cond::any(), Condition::add);
        Cond::all().add(sought.condition()).add(kinds)
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
