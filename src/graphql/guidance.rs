//! Guidance on what to publish about pupils (M-14).

use async_graphql::{Context, Object, SimpleObject};

use super::{context::ContextExt, guard::Public};

/// What to think of before something about pupils is published, as the server's administrator set
/// it. Clients show it where pupils are invited and pictures uploaded.
#[derive(SimpleObject)]
pub struct PublishingGuidance {
    /// The text, for people.
    text: String,
    /// Where more is said.
    url: Option<String>,
}

/// The query of the guidance.
#[derive(Default)]
pub struct GuidanceQuery;

#[Object(guard = "super::guard::Unguarded")]
impl GuidanceQuery {
    /// What to think of before something about pupils is published (M-14).
    #[graphql(guard = "Public")]
    async fn publishing_guidance(&self, ctx: &Context<'_>) -> PublishingGuidance {
        let guidance = &ctx.app().config.guidance;
        PublishingGuidance { text: guidance.text.clone(), url: guidance.url.clone() }
    }
}
