//! Who may ask for a field.

use async_graphql::{Context, Guard, Result};

use super::context::ContextExt;
use crate::Error;

/// Anyone may ask: the field says so, because an unnamed guard is a closed one.
pub struct Public;

impl Guard for Public {
    async fn check(&self, _: &Context<'_>) -> Result<()> {
        Ok(())
    }
}

/// Anyone who is signed in may ask; what they get is their own.
pub struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.viewer().signed_in()?;
        Ok(())
    }
}

/// Closes a field that names no guard of its own. Set on every root object.
pub struct Unguarded;

impl Guard for Unguarded {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        Err(Error::internal(format!("{} has no guard", ctx.field().name())).into())
    }
}
