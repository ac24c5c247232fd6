//! The errors of a response that are told.

use std::collections::HashSet;

use async_graphql::{PathSegment, Pos, ServerError};
use domain::Error;

use crate::graphql::document::MAX_ERRORS;

/// Keeps the errors that are told: the first ones, in the order of the document.
pub fn sift(errors: &mut Vec<ServerError>) {
    // Fields fail in any order.
    errors.sort_by_cached_key(place);
    one_of_each(errors);
    errors.truncate(MAX_ERRORS);
}

/// Where the field that failed is in the document and in the response; nowhere for errors of the
/// document itself, which are in order.
fn place(error: &ServerError) -> (Option<Pos>, Vec<(usize, String)>) {
    let path = error.path.iter().map(|segment| match segment {
        PathSegment::Field(name) => (0, name.clone()),
        PathSegment::Index(at) => (*at, String::new()),
    });
    let location = error.locations.first().filter(|_| !error.path.is_empty());
    (location.copied(), path.collect())
}

/// Keeps one of the errors that occur in each row of a list for the same reason: the others would
/// displace the errors of other fields.
fn one_of_each(errors: &mut Vec<ServerError>) {
    let mut told = HashSet::new();
    errors.retain(|error| {
        let refused = matches!(
            error.source::<Error>(),
            Some(Error::Forbidden(_) | Error::NotFound(_) | Error::Unauthenticated)
        );
        let column: Vec<String> = error
            .path
            .iter()
            .map(|segment| match segment {
                PathSegment::Field(name) => name.clone(),
                PathSegment::Index(_) => String::new(),
            })
            .collect();
        !refused || told.insert((column, error.message.clone()))
    });
}
