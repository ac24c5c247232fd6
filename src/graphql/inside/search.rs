//! Searching a TwinSpace.

use async_graphql::{Context, Object, Union};
use domain::{
    Error, Result,
    access::Access,
    inside::search::{Filter, HitRow, Sought},
    list::cell,
    projects::diary,
};
use entity::SearchKind;

use crate::graphql::{
    context::ContextExt,
    guard::Public,
    inside::{
        media::{Media, MediaFilter},
        page::Page,
    },
    projects::diary::DiaryEntry,
};

/// What the viewer can find: of each kind, what its list shows them.
pub fn filter(
    ctx: &Context<'_>,
    access: &Access,
    query: &str,
    kinds: Option<&[SearchKind]>,
) -> Result<Filter> {
    let asked = |kind| kinds.is_none_or(|kinds| kinds.contains(&kind));
    Ok(Filter {
        sought: Sought::read(ctx.db(), access.project_id, query)?,
        pages: match asked(SearchKind::Page) {
            true => Some(access.pages(false).map_err(Error::forbidden)?.into()),
            false => None,
        },
        diary: asked(SearchKind::DiaryEntry)
            .then(|| diary::Filter { reach: Some(access.diary_reach()) }),
        media: match asked(SearchKind::Media) {
            true => Some(MediaFilter::default().take(access)?),
            false => None,
        },
    })
}

/// A search result.
pub struct SearchHit {
    row: HitRow,
}

impl SearchHit {
    /// A result in a list, which contains only what the viewer can see.
    pub fn new(row: HitRow) -> Self {
        Self { row }
    }
}

/// The content found by a search.
#[derive(Union)]
pub enum SearchSubject {
    /// A page.
    Page(Page),
    /// A diary entry.
    DiaryEntry(DiaryEntry),
    /// An image, video or file.
    Media(Media),
}

/// A search result.
#[Object(guard = "crate::graphql::guard::Unguarded")]
impl SearchHit {
    /// The kind of content.
    #[graphql(guard = "Public")]
    async fn kind(&self) -> Result<SearchKind> {
        cell(&self.row.kind)
    }

    /// The content that was found; null if it has been deleted or hidden since.
    #[graphql(guard = "Public")]
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<SearchSubject>> {
        let id = cell(&self.row.subject_id)?;
        let subject = match cell(&self.row.kind)? {
            SearchKind::Page => Page::load(ctx, id.into()).await.map(SearchSubject::Page),
            SearchKind::DiaryEntry => {
                DiaryEntry::load(ctx, id.into()).await.map(SearchSubject::DiaryEntry)
            }
            SearchKind::Media => Media::load(ctx, id.into()).await.map(SearchSubject::Media),
        };
        match subject {
            Err(Error::NotFound(_)) => Ok(None),
            subject => subject.map(Some),
        }
    }
}
