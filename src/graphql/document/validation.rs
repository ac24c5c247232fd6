//! Validation by the specification (<https://spec.graphql.org/September2025/#sec-Validation>), once
//! for each document. async-graphql executes without validating again.

use async_graphql::{Pos, ServerError, parser::types::ExecutableDocument};
use bluejay_validator::executable::{
    Cache,
    document::{Orchestrator, rules},
};

use super::{
    MAX_ERRORS,
    definitions::{Definitions, Schema},
    message::Messages,
    operation,
    places::Places,
    syntax::Parsed,
};
use crate::graphql::error::{ErrorCode, refuse};

type E<'a> = Parsed<'a>;

/// The rules of the validator, but for three: whether fragments contain themselves is known from
/// measuring them, subscriptions are checked by `operation`, and `Merging` comes last.
type Rules<'a> = (
    (
        rules::NamedOperationNameUniqueness<'a, E<'a>>,
        rules::LoneAnonymousOperation<'a, E<'a>>,
        rules::OperationTypeIsDefined<'a, E<'a>, Schema>,
        rules::FieldSelections<'a, E<'a>, Schema>,
        rules::LeafFieldSelections<'a, E<'a>, Schema>,
        rules::ArgumentNames<'a, E<'a>, Schema>,
        rules::ArgumentUniqueness<'a, E<'a>, Schema>,
        rules::RequiredArguments<'a, E<'a>, Schema>,
    ),
    (
        rules::FragmentNameUniqueness<'a, E<'a>>,
        rules::FragmentSpreadTypeExists<'a, E<'a>, Schema>,
        rules::FragmentsOnCompositeTypes<'a, E<'a>, Schema>,
        rules::FragmentsMustBeUsed<'a, E<'a>>,
        rules::FragmentSpreadTargetDefined<'a, E<'a>, Schema>,
        rules::FragmentSpreadIsPossible<'a, E<'a>, Schema>,
        rules::ValueIsValid<'a, E<'a>, Schema>,
    ),
    (
        rules::DirectivesAreDefined<'a, E<'a>, Schema>,
        rules::DirectivesAreInValidLocations<'a, E<'a>, Schema>,
        rules::DirectivesAreUniquePerLocation<'a, E<'a>, Schema>,
        rules::VariableUniqueness<'a, E<'a>, Schema>,
        rules::VariablesAreInputTypes<'a, E<'a>, Schema>,
        rules::AllVariableUsesDefined<'a, E<'a>, Schema>,
        rules::AllVariablesUsed<'a, E<'a>, Schema>,
        rules::AllVariableUsagesAllowed<'a, E<'a>, Schema>,
    ),
);

/// Whether fields of the same name can be merged. It follows fragments wherever they lead, and so
/// requires a document that is finite and otherwise valid.
type Merging<'a> = rules::FieldSelectionMerging<'a, E<'a>, Schema>;

/// What is wrong with a document that is within the limits, and of which these errors are known.
pub fn errors(
    definitions: Definitions,
    parsed: &Parsed<'_>,
    places: &Places<'_>,
    document: &ExecutableDocument,
    known: Vec<ServerError>,
) -> Vec<ServerError> {
    let cache = Cache::new(parsed, definitions.schema);
    let messages = Messages { definitions, parsed, places };
    let described = |(message, places): (String, Vec<Pos>)| ServerError {
        locations: places,
        ..refuse(ErrorCode::GraphqlValidationFailed, message)
    };
    let found = Orchestrator::<_, _, Rules<'_>>::validate(parsed, definitions.schema, &cache);
    let found = found.flat_map(|error| messages.of(error)).map(described);
    let mut errors: Vec<_> = known.into_iter().chain(found).take(MAX_ERRORS).collect();
    if errors.is_empty() {
        let found = Orchestrator::<_, _, Merging<'_>>::validate(parsed, definitions.schema, &cache);
        let found = found.flat_map(|error| messages.of(error)).map(described);
        errors.extend(operation::subscriptions(document).into_iter().chain(found).take(MAX_ERRORS));
    }
    errors
}
