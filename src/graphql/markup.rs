//! Texts as HTML, for a viewer.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Context, Object};
use domain::{Result, access::Access, error::Problems, markup};
use entity::TwinSpaceId;
use futures_util::future::try_join_all;

use crate::graphql::{
    context::ContextExt,
    guard::SignedIn,
    inside::{media::Media, page::TEXT},
};

/// The additional cost of a text, which may be long.
pub const LONG: usize = 20;

/// The HTML of a text of a project, with the media that the viewer can see: none outside the
/// TwinSpace (T-03). `kept` and `stale` are the columns of those names.
pub async fn shown(
    ctx: &Context<'_>,
    access: &Arc<Access>,
    kept: Option<String>,
    stale: Option<String>,
) -> Result<String> {
    link(ctx, Some(access), markup::current(kept, stale).await?).await
}

/// HTML with the media that the viewer can see: none without access to a TwinSpace.
async fn link(ctx: &Context<'_>, access: Option<&Arc<Access>>, html: String) -> Result<String> {
    let html = ctx.request().long(html)?;
    let media = markup::media(&html);
    if media.is_empty() {
        return Ok(html);
    }
    let Some(access) = access else { return markup::link(html, BTreeMap::new()).await };
    let links = media.iter().map(|&id| Media::link_in_text(ctx, access, id));
    let links = media.iter().copied().zip(try_join_all(links).await?);
    markup::link(html, links.filter_map(|(id, link)| Some((id, link?))).collect()).await
}

/// The query of previews.
#[derive(Default)]
pub struct MarkupQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl MarkupQuery {
    /// A text as HTML, as a page or a diary entry with this text would show it: for a preview. Safe to
    /// insert. Requires a signed-in viewer (T-01).
    #[graphql(guard = "SignedIn", complexity = "10 * LONG")]
    async fn render_markdown(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text, in Markdown, at most 100,000 characters.")] text: String,
        #[graphql(
            desc = "The TwinSpace whose media the text shows. Without it, media are replaced by their descriptions."
        )]
        twin_space_id: Option<TwinSpaceId>,
    ) -> Result<Option<String>> {
        let mut problems = Problems::default();
        let text = problems.prose(&text, "text", TEXT);
        problems.finish()?;
        let access = match twin_space_id {
            Some(id) => Some(ctx.twin_space(id.into()).await?),
            None => None,
        };
        link(ctx, access.as_ref(), markup::render(&text).await?).await.map(Some)
    }
}
