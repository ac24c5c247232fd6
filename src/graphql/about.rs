//! What the schema says of itself, in its text and to introspection. async-graphql describes only types.

use std::sync::Arc;

use async_graphql::{
    ServerResult, Value,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo},
};

/// The description of the schema.
pub const DESCRIPTION: &str = "\
TwinSpace: twinned school projects, and the online workspaces in which teachers, their pupils and guests meet.

Sign in with `signIn` or `signInPupil`, and send the token with every request: `Authorization: Bearer TOKEN`. \
Start at `viewer`. Errors have an `ErrorCode` in `extensions.code`; what may be done with an object is in its \
`permissions`. Times are in UTC. Servers with a playground have a guide for app developers at `/docs/clients`.

Version 1.0-rc. Additions can come at any time; nothing is broken without notice.";

/// The text of a schema, with its description.
pub fn describe(sdl: &str) -> String {
    let schema = format!("\n\"\"\"\n{DESCRIPTION}\n\"\"\"\nschema {{\n");
    sdl.replacen("\nschema {\n", &schema, 1)
}

/// Answers what the schema says of itself.
pub struct About;

impl ExtensionFactory for About {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for About {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        match (info.parent_type, info.name) {
            ("__Schema", "description") => Ok(Some(Value::from(DESCRIPTION))),
            _ => next.run(ctx, info).await,
        }
    }
}
