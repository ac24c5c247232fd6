//! Texts as HTML, for the one who reads them.

use std::sync::Arc;

use async_graphql::Context;
use futures_util::future::try_join_all;

use super::{context::ContextExt, media::Media};
use crate::{
    Result,
    domain::{access::Access, markup},
};

/// What a text costs besides the one of every field: it may be long.
pub const LONG: usize = 20;

/// The HTML of a text of a project, with those media in it that the viewer sees: none for those
/// outside the TwinSpace (T-03). `kept` and `stale` are the columns of that name.
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
