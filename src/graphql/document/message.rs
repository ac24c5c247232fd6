//! What is wrong with a document, in the words and with the places of graphql-js, which people know
//! and tools look for.

use async_graphql::Pos;
use bluejay_core::{
    AsIter,
    definition::{
        DirectiveDefinition as _, FieldDefinition as _, InputType as _, InputValueDefinition,
        OutputType as _, SchemaDefinition,
    },
    executable::{OperationDefinition as _, Selection as _, SelectionReference, VariableType as _},
};
use bluejay_parser::{
    HasSpan,
    ast::{
        Directive,
        executable::{
            Field, FragmentDefinition, OperationDefinition as Operation, SelectionSet,
            VariableDefinition,
        },
    },
};
use bluejay_validator::executable::document::{ArgumentError, DirectiveError, Error};

use super::{
    definitions::{Definitions, Schema},
    places::Places,
    syntax::Parsed,
};

mod value;

/// The longest value that is repeated in a message, in characters.
const MAX_SHOWN: usize = 100;

type Input = <Schema as SchemaDefinition>::InputValueDefinition;

/// A message and the places concerned.
type Message = (String, Vec<Pos>);

/// What differs in the newest introspection, and the validator does not know yet.
const INTROSPECTION: [(&str, &str); 3] = [
    ("__Type", "isOneOf"),
    ("__InputValue", "isDeprecated"),
    ("__InputValue", "deprecationReason"),
];

/// What is needed to describe the errors of a document.
pub struct Messages<'a> {
    /// The schema.
    pub definitions: Definitions,
    /// The document.
    pub parsed: &'a Parsed<'a>,
    /// Its places.
    pub places: &'a Places<'a>,
}

impl<'a> Messages<'a> {
    /// The messages of an error.
    pub fn of(&self, error: Error<'a, Parsed<'a>, Schema>) -> Vec<Message> {
        let message = match error {
            Error::InvalidConstValue(error) => return self.value(&error),
            Error::InvalidVariableValue(error) => return self.value(&error),
            Error::InvalidConstDirective(error) => self.directive(error),
            Error::InvalidVariableDirective(error) => self.directive(error),
            Error::InvalidConstArgument(error) => return self.argument(error),
            Error::InvalidVariableArgument(error) => return self.argument(error),
            Error::NonUniqueOperationNames { name, operations } => {
                let names = operations.iter().filter_map(|operation| operation.name());
                let text = format!("There can be only one operation named \"{name}\".");
                (text, names.map(|name| self.places.start(name)).collect())
            }
            Error::NotLoneAnonymousOperation { anonymous_operations } => (
                "This anonymous operation must be the only defined operation.".to_owned(),
                anonymous_operations
                    .iter()
                    .map(|operation| self.places.start(*operation))
                    .collect(),
            ),
            Error::SubscriptionRootNotSingleField { operation } => {
                self.at("A subscription must select exactly one field at its root.", operation)
            }
            Error::OperationTypeNotDefined { operation } => {
                self.at("The schema has no root for this operation.", operation)
            }
            Error::FieldDoesNotExistOnType { field, r#type } => {
                let (name, of) = (field.name().as_str(), r#type.name());
                if INTROSPECTION.contains(&(of, name)) {
                    return Vec::new();
                }
                let meant = self.definitions.meant(name, || self.definitions.parts(of));
                self.at(format!("Cannot query field \"{name}\" on type \"{of}\".{meant}"), field)
            }
            Error::LeafFieldSelectionNotEmpty { selection_set, r#type } => {
                let name = self.field_with(selection_set).unwrap_or_default();
                let of = r#type.display_name();
                let text = format!(
                    "Field \"{name}\" must not have a selection since type \"{of}\" has no subfields."
                );
                self.at(text, selection_set)
            }
            Error::NonLeafFieldSelectionEmpty { field, r#type } => {
                let (name, of) = (field.name().as_str(), r#type.display_name());
                let text = format!(
                    "Field \"{name}\" of type \"{of}\" must have a selection of subfields. Did you mean \"{name} {{ ... }}\"?"
                );
                self.at(text, field)
            }
            Error::NonUniqueFragmentDefinitionNames { name, fragment_definitions } => (
                format!("There can be only one fragment named \"{name}\"."),
                fragment_definitions.iter().map(|it| self.places.start(it.name())).collect(),
            ),
            Error::FragmentDefinitionTargetTypeDoesNotExist { fragment_definition } => {
                let on = fragment_definition.type_condition().named_type();
                self.at(self.unknown_type(on.as_str()), on)
            }
            Error::InlineFragmentTargetTypeDoesNotExist { inline_fragment } => {
                match inline_fragment.type_condition() {
                    Some(on) => {
                        self.at(self.unknown_type(on.named_type().as_str()), on.named_type())
                    }
                    None => self.at("Unknown type.", inline_fragment),
                }
            }
            Error::FragmentDefinitionTargetTypeNotComposite { fragment_definition } => {
                let (name, on) =
                    (fragment_definition.name(), fragment_definition.type_condition().named_type());
                let text = format!(
                    "Fragment \"{}\" cannot condition on non composite type \"{}\".",
                    name.as_str(),
                    on.as_str()
                );
                self.at(text, on)
            }
            Error::InlineFragmentTargetTypeNotComposite { inline_fragment } => {
                match inline_fragment.type_condition() {
                    Some(on) => {
                        let on = on.named_type();
                        let text = format!(
                            "Fragment cannot condition on non composite type \"{}\".",
                            on.as_str()
                        );
                        self.at(text, on)
                    }
                    None => self.at("Fragment cannot condition on this type.", inline_fragment),
                }
            }
            Error::FragmentDefinitionUnused { fragment_definition } => {
                let name = fragment_definition.name().as_str();
                self.at(format!("Fragment \"{name}\" is never used."), fragment_definition)
            }
            Error::FragmentSpreadTargetUndefined { fragment_spread } => {
                let name = fragment_spread.name();
                self.at(format!("Unknown fragment \"{}\".", name.as_str()), name)
            }
            Error::FragmentSpreadCycle { fragment_definition, fragment_spread } => {
                let name = fragment_definition.name().as_str();
                let text = format!("Cannot spread fragment \"{name}\" within itself.");
                self.at(text, fragment_spread)
            }
            Error::FieldSelectionsDoNotMergeDifferingArguments { field_a, field_b, .. } => {
                self.conflict(field_a, field_b, "they have differing arguments")
            }
            Error::FieldSelectionsDoNotMergeDifferingNames { field_a, field_b, .. } => {
                let (a, b) = (field_a.name().as_str(), field_b.name().as_str());
                self.conflict(
                    field_a,
                    field_b,
                    &format!("\"{a}\" and \"{b}\" are different fields"),
                )
            }
            Error::FieldSelectionsDoNotMergeIncompatibleTypes {
                field_a,
                field_definition_a,
                field_b,
                field_definition_b,
                ..
            } => {
                let a = field_definition_a.r#type().display_name();
                let b = field_definition_b.r#type().display_name();
                let text = format!("they return conflicting types \"{a}\" and \"{b}\"");
                self.conflict(field_a, field_b, &text)
            }
            Error::FragmentSpreadIsNotPossible { fragment_spread, parent_type } => {
                let name = fragment_spread.name().as_str();
                let fragments = self.parsed.fragment_definitions();
                let on = fragments.iter().find(|fragment| fragment.name().as_str() == name);
                let on = on.map_or("", |fragment| fragment.type_condition().named_type().as_str());
                let text = format!(
                    "Fragment \"{name}\" cannot be spread here as objects of type \"{}\" can never be of type \"{on}\".",
                    parent_type.name()
                );
                self.at(text, fragment_spread)
            }
            Error::InlineFragmentSpreadIsNotPossible { inline_fragment, parent_type } => {
                let on = inline_fragment.type_condition().map_or("", |on| on.named_type().as_str());
                let text = format!(
                    "Fragment cannot be spread here as objects of type \"{}\" can never be of type \"{on}\".",
                    parent_type.name()
                );
                self.at(text, inline_fragment)
            }
            Error::NonUniqueVariableDefinitionNames { name, variable_definitions } => (
                format!("There can be only one variable named \"${name}\"."),
                variable_definitions.iter().map(|it| self.places.start(it.variable())).collect(),
            ),
            Error::VariableDefinitionTypeNotInput { variable_definition } => {
                let ty = variable_definition.r#type();
                let name = ty.as_ref().name();
                let text = match self.definitions.schema.get_type_definition(name) {
                    None => self.unknown_type(name),
                    Some(_) => format!(
                        "Variable \"${}\" cannot be non-input type \"{}\".",
                        variable_definition.variable().as_str(),
                        ty.as_ref().display_name()
                    ),
                };
                self.at(text, ty)
            }
            Error::VariableNotDefined { variable, operation_definition } => {
                let operation = operation_definition.as_ref().name();
                let by = operation.map(|name| format!(" by operation \"{name}\""));
                let text = format!(
                    "Variable \"${}\" is not defined{}.",
                    variable.as_str(),
                    by.unwrap_or_default()
                );
                (text, vec![self.places.start(variable), self.places.start(operation_definition)])
            }
            Error::VariableDefinitionUnused { variable_definition } => {
                let of = self.operation_with(variable_definition);
                let of = of.map(|name| format!(" in operation \"{name}\"")).unwrap_or_default();
                let variable = variable_definition.variable();
                self.at(format!("Variable \"${}\" is never used{of}.", variable.as_str()), variable)
            }
            Error::InvalidVariableUsage { variable, variable_type, location_type } => {
                let text = format!(
                    "Variable \"${}\" of type \"{}\" used in position expecting type \"{}\".",
                    variable.as_str(),
                    variable_type.as_ref().display_name(),
                    location_type.display_name()
                );
                self.at(text, variable)
            }
            Error::InvalidOneOfVariableUsage { variable, variable_type, parent_type_name } => {
                let text = format!(
                    "Variable \"${}\" is of type \"{}\" but must be non-nullable to be used for OneOf Input Object \"{parent_type_name}\".",
                    variable.as_str(),
                    variable_type.as_ref().display_name(),
                );
                self.at(text, variable)
            }
        };
        vec![message]
    }

    fn directive<const CONST: bool>(
        &self,
        error: DirectiveError<'a, CONST, Parsed<'a>, Schema>,
    ) -> Message {
        let name = |directive: &Directive<'a, CONST>| directive.name().as_str();
        match error {
            DirectiveError::DirectiveDoesNotExist { directive } => {
                self.at(format!("Unknown directive \"@{}\".", name(directive)), directive)
            }
            DirectiveError::DirectiveInInvalidLocation { directive, location, .. } => {
                let text =
                    format!("Directive \"@{}\" may not be used on {location}.", name(directive));
                self.at(text, directive)
            }
            DirectiveError::DirectivesNotUniquePerLocation { directives, directive_definition } => {
                (
                    format!(
                        "The directive \"@{}\" can only be used once at this location.",
                        directive_definition.name()
                    ),
                    directives.iter().map(|directive| self.places.start(*directive)).collect(),
                )
            }
        }
    }

    fn argument<const CONST: bool>(
        &self,
        error: ArgumentError<'a, CONST, Parsed<'a>, Schema>,
    ) -> Vec<Message> {
        match error {
            ArgumentError::NonUniqueArgumentNames { arguments, name } => vec![(
                format!("There can be only one argument named \"{name}\"."),
                arguments.iter().map(|argument| self.places.start(argument.name())).collect(),
            )],
            ArgumentError::ArgumentDoesNotExistOnField { argument, field_definition } => {
                let (name, field) = (argument.name().as_str(), field_definition.name());
                let of = self.definitions.owner(field_definition);
                let meant = self.definitions.meant(name, || {
                    let known = field_definition.arguments_definition().into_iter();
                    known.flat_map(AsIter::iter).map(InputValueDefinition::name).collect()
                });
                let text = format!("Unknown argument \"{name}\" on field \"{of}.{field}\".{meant}");
                vec![self.at(text, argument)]
            }
            ArgumentError::ArgumentDoesNotExistOnDirective { argument, directive_definition } => {
                let (name, of) = (argument.name().as_str(), directive_definition.name());
                let text = format!("Unknown argument \"{name}\" on directive \"@{of}\".");
                vec![self.at(text, argument)]
            }
            ArgumentError::DirectiveMissingRequiredArguments {
                directive,
                missing_argument_definitions,
                ..
            } => {
                let of = format!("Directive \"@{}\"", directive.name().as_str());
                self.missing(&of, &missing_argument_definitions, directive)
            }
            ArgumentError::FieldMissingRequiredArguments {
                field,
                missing_argument_definitions,
                ..
            } => {
                let of = format!("Field \"{}\"", field.name().as_str());
                self.missing(&of, &missing_argument_definitions, field)
            }
        }
    }

    fn missing(&self, of: &str, definitions: &[&Input], place: &impl HasSpan) -> Vec<Message> {
        let text = |definition: &&Input| {
            format!(
                "{of} argument \"{}\" of type \"{}\" is required, but it was not provided.",
                definition.name(),
                definition.r#type().display_name()
            )
        };
        definitions.iter().map(|definition| self.at(text(definition), place)).collect()
    }

    fn conflict(&self, a: &Field<'a>, b: &Field<'a>, because: &str) -> Message {
        let text = format!(
            "Fields \"{}\" conflict because {because}. Use different aliases on the fields to fetch both if this was intentional.",
            a.response_key()
        );
        (text, vec![self.places.start(a), self.places.start(b)])
    }

    fn unknown_type(&self, name: &str) -> String {
        format!(
            "Unknown type \"{name}\".{}",
            self.definitions.meant(name, || self.definitions.types())
        )
    }

    fn at(&self, text: impl Into<String>, place: &impl HasSpan) -> Message {
        (text.into(), vec![self.places.start(place)])
    }

    /// The operation that defines this variable.
    fn operation_with(&self, variable: &VariableDefinition<'a>) -> Option<&str> {
        let operations = self.parsed.operation_definitions().iter();
        operations.map(|operation| operation.as_ref()).find_map(|operation| {
            let mut variables = operation.variable_definitions()?.iter();
            variables.any(|other| std::ptr::eq(other, variable)).then(|| operation.name())?
        })
    }

    /// The name of the field with this selection.
    fn field_with(&self, wanted: &SelectionSet<'a>) -> Option<&str> {
        let operations = self.parsed.operation_definitions().iter();
        let fragments = self.parsed.fragment_definitions().iter();
        operations
            .map(Operation::selection_set)
            .chain(fragments.map(FragmentDefinition::selection_set))
            .find_map(|set| field_with(set, wanted))
    }
}

/// A value as a message repeats it.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn field_with<'b>(set: &'b SelectionSet<'_>, wanted: &SelectionSet<'_>) -> Option<&'b str> {
    set.iter().find_map(|selection| match selection.as_ref() {
        SelectionReference::Field(field) => {
            let own = field.selection_set()?;
            if own.span() == wanted.span() {
                return Some(field.name().as_str());
            }
            field_with(own, wanted)
        }
        SelectionReference::InlineFragment(inline) => field_with(inline.selection_set(), wanted),
        SelectionReference::FragmentSpread(_) => None,
    })
}
