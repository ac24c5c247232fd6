//! The limit on the cost of an operation, which depends on the schema: each list costs as many rows
//! as it may return. If an operation exceeds the limit, the error gives its cost.

use std::sync::Arc;

use async_graphql::{
    ServerError, ValidationResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
};

use super::error::too_complex;

/// Rejects operations that cost more than this.
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
