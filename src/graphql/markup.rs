//! Texts as HTML, for a viewer.

use std::sync::Arc;

use async_graphql::Context;
use domain::{Result, access::Access, markup};
use futures_util::future::try_join_all;

use crate::graphql::{context::ContextExt, inside::media::Media};

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
    let html = ctx.request().long(markup::current(kept, stale).await?)?;
    let media = markup::media(&html);
    if media.is_empty() {
        return Ok(html);
    }
    let links = media.iter().map(|&id| Media::link_in_text(ctx, access, id));
    let links = media.iter().copied().zip(try_join_all(links).await?);
    markup::link(html, links.filter_map(|(id, link)| Some((id, link?))).collect()).await
}
