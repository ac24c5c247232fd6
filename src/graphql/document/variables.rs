//! Variables that the client did not send.
//!
//! An argument or input field whose variable is absent counts as absent itself, so that its default
//! applies and a partial update does not touch it
//! (<https://spec.graphql.org/October2021/#sec-Coercing-Field-Arguments>). async-graphql would make
//! it an explicit null, which erases the value.

use std::collections::HashSet;

use async_graphql::{
    Name, Positioned, ServerError, Variables,
    parser::types::{Directive, DocumentOperations, ExecutableDocument, Selection, SelectionSet},
};
use async_graphql_value::Value;

use crate::graphql::error::refuse;

type Arguments = Vec<(Positioned<Name>, Positioned<Value>)>;

/// Removes the arguments whose variables are absent from a document with one operation.
pub fn omit(document: &mut ExecutableDocument, sent: &Variables) -> Result<(), ServerError> {
    let ExecutableDocument { operations, fragments } = document;
    let operation = match operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => operations.values_mut().next(),
    };
    let Some(operation) = operation.map(|operation| &mut operation.node) else { return Ok(()) };
    let mut absent = HashSet::new();
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let name = &definition.name;
        if sent.contains_key(&name.node) || definition.default_value.is_some() {
            continue;
        }
        if !definition.var_type.node.nullable {
            let kind = &definition.var_type.node;
            let message = format!(
                "Variable \"${}\" of required type \"{kind}\" was not provided.",
                name.node
            );
            return Err(ServerError {
                locations: vec![name.pos],
                ..refuse("GRAPHQL_VALIDATION_FAILED", message)
            });
        }
        absent.insert(name.node.clone());
    }
    if absent.is_empty() {
        return Ok(());
    }
    let mut omission = Omission { absent, omitted: HashSet::new() };
    omission.set(&mut operation.selection_set.node);
    for fragment in fragments.values_mut() {
        omission.set(&mut fragment.node.selection_set.node);
    }
    // Variables that are no longer used must not count as unused.
    let mut used = HashSet::new();
    uses_of_set(&operation.selection_set.node, &mut used);
    uses_of_directives(&operation.directives, &mut used);
    for fragment in fragments.values() {
        uses_of_set(&fragment.node.selection_set.node, &mut used);
        uses_of_directives(&fragment.node.directives, &mut used);
    }
    operation.variable_definitions.retain(|definition| {
        let name = &definition.node.name.node;
        !omission.omitted.contains(name) || used.contains(name)
    });
    Ok(())
}

struct Omission {
    absent: HashSet<Name>,
    omitted: HashSet<Name>,
}

impl Omission {
    fn set(&mut self, set: &mut SelectionSet) {
        for item in &mut set.items {
            match &mut item.node {
                Selection::Field(field) => {
                    self.arguments(&mut field.node.arguments);
                    self.set(&mut field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => {
                    self.set(&mut inline.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn arguments(&mut self, arguments: &mut Arguments) {
        arguments.retain_mut(|(_, value)| self.keeps(&mut value.node));
    }

    /// Whether a value remains after removing what is absent.
    fn keeps(&mut self, value: &mut Value) -> bool {
        match value {
            Value::Variable(name) if self.absent.contains(name) => {
                self.omitted.insert(name.clone());
                return false;
            }
            Value::Object(fields) => fields.retain(|_, value| self.keeps(value)),
            // An absent item of a list is null: the list keeps its length.
            Value::List(items) => {
                for item in items {
                    if matches!(item, Value::Object(_) | Value::List(_)) {
                        self.keeps(item);
                    }
                }
            }
            _ => {}
        }
        true
    }
}

fn uses_of_set(set: &SelectionSet, used: &mut HashSet<Name>) {
    for item in &set.items {
        uses_of_directives(item.node.directives(), used);
        match &item.node {
            Selection::Field(field) => {
                for (_, value) in &field.node.arguments {
                    uses_of_value(&value.node, used);
                }
                uses_of_set(&field.node.selection_set.node, used);
            }
            Selection::InlineFragment(inline) => {
                uses_of_set(&inline.node.selection_set.node, used);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn uses_of_directives(directives: &[Positioned<Directive>], used: &mut HashSet<Name>) {
    for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
        uses_of_value(&value.node, used);
    }
}

fn uses_of_value(value: &Value, used: &mut HashSet<Name>) {
    match value {
        Value::Variable(name) => {
            used.insert(name.clone());
        }
        Value::Object(fields) => fields.values().for_each(|value| uses_of_value(value, used)),
        Value::List(items) => items.iter().for_each(|item| uses_of_value(item, used)),
        _ => {}
    }
}
