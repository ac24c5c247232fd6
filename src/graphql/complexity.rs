//! The limit on the cost of an operation, which depends on the schema: each list costs as many rows
//! as it may return. If an operation exceeds the limit, the error gives its cost, and so does the
//! response to a request that asks for it: `extensions: { cost: true }`.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_graphql::{
    Request, Response, ServerError, ServerResult, ValidationResult, Value,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest, NextRequest,
        NextValidation,
    },
    value,
};

use crate::graphql::error::too_complex;

/// The extension of requests and responses.
const COST: &str = "cost";

/// Rejects operations that cost more than this.
pub struct Limit(pub usize);

impl ExtensionFactory for Limit {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Measure {
            most: self.0,
            asked: AtomicBool::default(),
            cost: AtomicUsize::default(),
        })
    }
}

/// Whether a request asks for its cost.
pub fn asks(request: &Request) -> bool {
    request.extensions.get(COST) == Some(&Value::Boolean(true))
}

/// The cost of one operation.
struct Measure {
    most: usize,
    asked: AtomicBool,
    /// As far as it is known.
    cost: AtomicUsize,
}

#[async_trait::async_trait]
impl Extension for Measure {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let mut response = next.run(ctx).await;
        let cost = self.cost.load(Ordering::Relaxed);
        if self.asked.load(Ordering::Relaxed) && cost > 0 {
            let cost = value!({ "requested": cost, "most": self.most });
            response.extensions.insert(COST.to_owned(), cost);
        }
        response
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        self.asked.store(asks(&request), Ordering::Relaxed);
        next.run(ctx, request).await
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let valid = next.run(ctx).await?;
        self.cost.store(valid.complexity, Ordering::Relaxed);
        match valid.complexity <= self.most {
            true => Ok(valid),
            false => Err(vec![too_complex("complexity", Some(valid.complexity), self.most)]),
        }
    }
}
