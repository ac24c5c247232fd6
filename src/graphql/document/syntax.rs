//! The text of a document as the parser reads it, and as async-graphql executes it.

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{
        BaseType, Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition,
        FragmentSpread, InlineFragment, OperationDefinition, OperationType, Selection,
        SelectionSet, Type, TypeCondition, VariableDefinition,
    },
};
use async_graphql_value::{Number, Value};
use bluejay_core::{
    AsIter, Directive as _, IntegerValue, OperationType as Kind, Value as _, ValueReference,
    executable::{
        Field as _, FragmentDefinition as _, FragmentSpread as _, InlineFragment as _,
        OperationDefinition as _, VariableDefinition as _,
    },
};
use bluejay_parser::{
    Error, HasSpan,
    ast::{self, Parse, executable as read},
};

use super::places::Places;
use crate::graphql::error::{ErrorCode, refuse};

/// A document as the parser reads it.
pub type Parsed<'a> = read::ExecutableDocument<'a>;

/// Parses a text whose nesting has been checked.
pub fn parse<'a>(places: &Places<'a>) -> Result<Parsed<'a>, ServerError> {
    Parsed::parse(places.text).result.map_err(|errors| {
        let first = Error::into_graphql_errors(places.text, errors).into_iter().next();
        let (problem, place) = first.map_or_else(Default::default, |error| {
            (error.message, error.locations.into_iter().next())
        });
        let byte =
            place.map_or(places.text.len(), |place| byte(places.text, place.line, place.col));
        let message = format!("Syntax error at {}: {problem}.", token(&places.text[byte..]));
        ServerError {
            locations: vec![places.at(byte)],
            ..refuse(ErrorCode::GraphqlParseFailed, message)
        }
    })
}

/// The byte at a line and a column of the parser, which counts characters.
fn byte(text: &str, line: usize, column: usize) -> usize {
    let start = match line {
        0 | 1 => 0,
        _ => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1),
    };
    let column = column.saturating_sub(1);
    text[start..].char_indices().nth(column).map_or(text.len(), |(at, _)| start + at)
}

/// The token with which a text begins.
fn token(text: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let length = match text.find(|character: char| !is_word(character)) {
        Some(0) => text.chars().next().map_or(0, char::len_utf8),
        Some(length) => length,
        None => text.len(),
    };
    match text[..length].chars().take(40).collect::<String>() {
        token if token.is_empty() => "the end of the document".to_owned(),
        token => format!("{token:?}"),
    }
}

/// The document as async-graphql executes it, whether valid or not. Of operations and fragments of
/// the same name it has the last.
pub fn executable(parsed: &Parsed<'_>, places: &Places<'_>) -> ExecutableDocument {
    let convert = Convert(places);
    let mut operations = parsed.operation_definitions().iter();
    let operations = match (operations.next(), operations.len()) {
        (Some(only), 0) if only.as_ref().name().is_none() => {
            DocumentOperations::Single(convert.operation(only))
        }
        _ => DocumentOperations::Multiple(
            parsed
                .operation_definitions()
                .iter()
                .map(|operation| {
                    let name = operation.as_ref().name().unwrap_or_default();
                    (Name::new(name), convert.operation(operation))
                })
                .collect(),
        ),
    };
    let fragments = parsed.fragment_definitions().iter();
    let fragments = fragments
        .map(|fragment| (Name::new(fragment.name().as_str()), convert.fragment(fragment)))
        .collect();
    ExecutableDocument { operations, fragments }
}

struct Convert<'a>(&'a Places<'a>);

impl Convert<'_> {
    fn operation(
        &self,
        operation: &read::OperationDefinition<'_>,
    ) -> Positioned<OperationDefinition> {
        let core = operation.as_ref();
        let variables = core.variable_definitions();
        let variables =
            variables.map(|all| all.iter().map(|variable| self.variable(variable)).collect());
        let definition = OperationDefinition {
            ty: match core.operation_type() {
                Kind::Query => OperationType::Query,
                Kind::Mutation => OperationType::Mutation,
                Kind::Subscription => OperationType::Subscription,
            },
            variable_definitions: variables.unwrap_or_default(),
            directives: self.directives(core.directives()),
            selection_set: self.selection_set(operation.selection_set()),
        };
        Positioned::new(definition, self.0.start(operation))
    }

    fn fragment(&self, fragment: &read::FragmentDefinition<'_>) -> Positioned<FragmentDefinition> {
        let definition = FragmentDefinition {
            type_condition: self.condition(fragment.type_condition()),
            directives: self.directives(fragment.directives()),
            selection_set: self.selection_set(fragment.selection_set()),
        };
        Positioned::new(definition, self.0.start(fragment))
    }

    fn variable(&self, variable: &read::VariableDefinition<'_>) -> Positioned<VariableDefinition> {
        let position = self.0.start(variable.variable());
        let default = variable.default_value();
        let definition = VariableDefinition {
            name: Positioned::new(Name::new(variable.variable().as_str()), position),
            var_type: Positioned::new(ty(variable.r#type()), self.0.start(variable.r#type())),
            directives: self.directives(variable.directives()),
            default_value: default.and_then(|default| {
                Some(Positioned::new(value(default).into_const()?, self.0.start(default)))
            }),
        };
        Positioned::new(definition, position)
    }

    fn selection_set(&self, set: &read::SelectionSet<'_>) -> Positioned<SelectionSet> {
        let items = set.iter().map(|selection| self.selection(selection)).collect();
        Positioned::new(SelectionSet { items }, self.0.start(set))
    }

    fn selection(&self, selection: &read::Selection<'_>) -> Positioned<Selection> {
        match selection {
            read::Selection::Field(field) => {
                let position = self.0.start(field);
                let selection = Selection::Field(Positioned::new(self.field(field), position));
                Positioned::new(selection, position)
            }
            read::Selection::FragmentSpread(spread) => {
                let position = self.0.start(spread);
                let spread = FragmentSpread {
                    fragment_name: self.name(spread.name(), spread.name().as_str()),
                    directives: self.directives(spread.directives()),
                };
                let selection = Selection::FragmentSpread(Positioned::new(spread, position));
                Positioned::new(selection, position)
            }
            read::Selection::InlineFragment(inline) => {
                let position = self.0.start(inline);
                let inline = InlineFragment {
                    type_condition: inline.type_condition().map(|on| self.condition(on)),
                    directives: self.directives(inline.directives()),
                    selection_set: self.selection_set(inline.selection_set()),
                };
                let selection = Selection::InlineFragment(Positioned::new(inline, position));
                Positioned::new(selection, position)
            }
        }
    }

    fn field(&self, field: &read::Field<'_>) -> Field {
        let alias = field.alias();
        let selection_set = field.selection_set();
        Field {
            alias: alias.map(|alias| Positioned::new(Name::new(alias), self.0.start(field))),
            name: self.name(field.name(), field.name().as_str()),
            arguments: self.arguments(field.arguments()),
            directives: self.directives(field.directives()),
            selection_set: selection_set.map(|set| self.selection_set(set)).unwrap_or_default(),
        }
    }

    fn directives<const CONST: bool>(
        &self,
        directives: Option<&ast::Directives<'_, CONST>>,
    ) -> Vec<Positioned<Directive>> {
        let convert = |directive: &ast::Directive<'_, CONST>| {
            let name = self.name(directive.name(), directive.name().as_str());
            let arguments = self.arguments(directive.arguments());
            Positioned::new(Directive { name, arguments }, self.0.start(directive))
        };
        directives.map(|all| all.iter().map(convert).collect()).unwrap_or_default()
    }

    fn arguments<const CONST: bool>(
        &self,
        arguments: Option<&ast::Arguments<'_, CONST>>,
    ) -> Vec<(Positioned<Name>, Positioned<Value>)> {
        let convert = |argument: &ast::Argument<'_, CONST>| {
            let name = self.name(argument.name(), argument.name().as_str());
            let value = Positioned::new(value(argument.value()), self.0.start(argument.value()));
            (name, value)
        };
        // Introspection once took null for false, and async-graphql does not.
        let kept = |(name, value): &(Positioned<Name>, Positioned<Value>)| {
            name.node != "includeDeprecated" || value.node != Value::Null
        };
        let convert_all =
            |all: &ast::Arguments<'_, CONST>| all.iter().map(convert).filter(kept).collect();
        arguments.map(convert_all).unwrap_or_default()
    }

    fn condition(&self, on: &read::TypeCondition<'_>) -> Positioned<TypeCondition> {
        let on = self.name(on.named_type(), on.named_type().as_str());
        let position = on.pos;
        Positioned::new(TypeCondition { on }, position)
    }

    fn name(&self, at: &impl HasSpan, name: &str) -> Positioned<Name> {
        Positioned::new(Name::new(name), self.0.start(at))
    }
}

fn ty(read: &read::VariableType<'_>) -> Type {
    match read {
        read::VariableType::Named { name, is_required, .. } => {
            Type { base: BaseType::Named(Name::new(name.as_str())), nullable: !is_required }
        }
        read::VariableType::List { inner, is_required, .. } => {
            Type { base: BaseType::List(Box::new(ty(inner))), nullable: !is_required }
        }
    }
}

fn value<const CONST: bool>(read: &ast::Value<'_, CONST>) -> Value {
    match read.as_ref() {
        ValueReference::Variable(variable) => Value::Variable(Name::new(variable.as_str())),
        ValueReference::Integer(integer) => number(integer),
        ValueReference::Float(float) => Number::from_f64(float).map_or(Value::Null, Value::Number),
        ValueReference::String(text) => Value::String(text.to_owned()),
        ValueReference::Boolean(boolean) => Value::Boolean(boolean),
        ValueReference::Null => Value::Null,
        ValueReference::Enum(name) => Value::Enum(Name::new(name)),
        ValueReference::List(items) => Value::List(items.iter().map(value).collect()),
        ValueReference::Object(fields) => Value::Object(
            AsIter::iter(fields)
                .map(|(name, field)| (Name::new(name.as_str()), value(field)))
                .collect(),
        ),
    }
}

/// What is too large for an integer can only be a `Float`, or an `ID` that does not exist.
fn number(integer: IntegerValue<'_>) -> Value {
    let number = integer.as_i64().map(Number::from).or_else(|| integer.as_u64().map(Number::from));
    let number = number.or_else(|| integer.as_f64().and_then(Number::from_f64));
    number.map_or(Value::Null, Value::Number)
}
