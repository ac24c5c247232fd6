//! Errors of nullable fields, as the specification requires: the field is null, its siblings are
//! kept, and the error has the path of the field that raised it.
//!
//! In the rows of a list, and in the events of a subscription, a field that is refused is null without
//! an error.
//!
//! By default, async-graphql also nulls the parent, and truncates paths through lists.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{
    DataContext, PathSegment, Pos, QueryPathNode, QueryPathSegment, Response, ServerError,
    ServerResult, Value,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo,
    },
};
use domain::Error;

use crate::graphql::context::Request;

/// Whether a field is refused in the rows of a list, or in one event of many: the same would be said
/// of each of them, and of nearly all lists to nearly all pupils.
pub fn is_refused_column<'a>(
    ctx: &impl DataContext<'a>,
    error: &ServerError,
    path: &QueryPathNode<'_>,
) -> bool {
    let in_list = || path.parents().any(|node| matches!(node.segment, QueryPathSegment::Index(_)));
    let in_event = || {
        path.parents().next().is_some()
            && ctx.data_opt::<Request>().is_some_and(Request::is_subscription)
    };
    matches!(error.source::<Error>(), Some(Error::Forbidden(_))) && (in_list() || in_event())
}

/// Makes a failing nullable field null, and nothing else.
pub struct NullableErrors;

impl ExtensionFactory for NullableErrors {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Operation::default())
    }
}

/// The errors of one operation, or of one event of a subscription.
#[derive(Default)]
struct Operation(Mutex<Errors>);

#[derive(Default)]
struct Errors {
    /// Errors that ended at a nullable field.
    caught: Vec<ServerError>,
    /// Where each error arose.
    origins: Vec<Origin>,
}

struct Origin {
    path: Vec<PathSegment>,
    locations: Vec<Pos>,
}

impl Errors {
    /// Restores the path of an error that passed through a list; returns whether the error was
    /// known.
    fn restore(&self, error: &mut ServerError) -> bool {
        let origin = self.origins.iter().find(|origin| {
            origin.locations == error.locations && origin.path.starts_with(&error.path)
        });
        if let Some(origin) = origin {
            error.path.clone_from(&origin.path);
        }
        origin.is_some()
    }
}

#[async_trait::async_trait]
impl Extension for Operation {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let mut response = next.run(ctx, name).await;
        let errors = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for error in &mut response.errors {
            errors.restore(error);
        }
        response.errors.extend(errors.caught);
        response
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let nullable = !info.return_type.ends_with('!');
        let path = info.path_node;
        let mut error = match next.run(ctx, info).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if nullable && is_refused_column(ctx, &error, path) {
            return Ok(Some(Value::Null));
        }
        let mut errors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !errors.restore(&mut error) {
            let (path, locations) = (error.path.clone(), error.locations.clone());
            errors.origins.push(Origin { path, locations });
        }
        if !nullable {
            return Err(error);
        }
        errors.caught.push(error);
        Ok(Some(Value::Null))
    }
}
