//! The limit on what an operation costs, which needs the schema: each list costs as many rows as may
//! come. Who asks for too much is told what it would cost.

use std::sync::Arc;

use async_graphql::{
    ServerError, ValidationResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
};

use super::error::too_complex;

/// Refuses operations that cost more than this.
pub struct Limit(pub usize);

impl ExtensionFactory for Limit {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self(self.0))
    }
}

#[async_trait::async_trait]
impl Extension for Limit {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let valid = next.run(ctx).await?;
        match valid.complexity <= self.0 {
            true => Ok(valid),
            false => Err(vec![too_complex("complexity", Some(valid.complexity), self.0)]),
        }
    }
}
