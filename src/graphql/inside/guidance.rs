//! Guidance on publishing about pupils (M-14).

use async_graphql::{Context, Object, SimpleObject};

use crate::graphql::{context::ContextExt, guard::Public};

/// Guidance to consider before publishing anything about pupils, as set by the server's
/// administrator. Clients show it where pupils are invited and pictures are uploaded.
#[derive(SimpleObject)]
pub struct PublishingGuidance {
    /// The guidance, as human-readable text.
    text: String,
    /// A link to more information.
    url: Option<String>,
}

/// The query of the guidance.
#[derive(Default)]
pub struct GuidanceQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl GuidanceQuery {
    /// The guidance to consider before publishing anything about pupils (M-14).
    #[graphql(guard = "Public")]
    async fn publishing_guidance(&self, ctx: &Context<'_>) -> PublishingGuidance {
        let guidance = &ctx.app().config.guidance;
        PublishingGuidance { text: guidance.text.clone(), url: guidance.url.clone() }
    }
}
