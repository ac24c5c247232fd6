//! Variables that the client did not send.
//!
//! An argument or input field whose variable is absent counts as absent itself, so that its default
//! applies and a partial update does not touch it
//! (<https://spec.graphql.org/September2025/#sec-Coercing-Field-Arguments>). async-graphql would make
//! it an explicit null, which erases the value.

use std::collections::HashSet;

use async_graphql::{
    Name, Positioned, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, Selection, SelectionSet},
};
use async_graphql_value::Value;

type Arguments = Vec<(Positioned<Name>, Positioned<Value>)>;

/// Removes the arguments whose variables are absent from a document with one operation.
pub fn omit(document: &mut ExecutableDocument, sent: &Variables) {
    let ExecutableDocument { operations, fragments } = document;
    let operation = match operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => operations.values_mut().next(),
    };
    let Some(operation) = operation.map(|operation| &mut operation.node) else { return };
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    let absent: HashSet<Name> = definitions
        .filter(|definition| definition.default_value.is_none())
        .map(|definition| &definition.name.node)
        .filter(|name| !sent.contains_key(*name))
        .cloned()
        .collect();
    if absent.is_empty() {
        return;
    }
    let omission = Omission { absent };
    omission.set(&mut operation.selection_set.node);
    for fragment in fragments.values_mut() {
        omission.set(&mut fragment.node.selection_set.node);
    }
}

struct Omission {
    absent: HashSet<Name>,
}

impl Omission {
    fn set(&self, set: &mut SelectionSet) {
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

    fn arguments(&self, arguments: &mut Arguments) {
        arguments.retain_mut(|(_, value)| self.keeps(&mut value.node));
    }

    /// Whether a value remains after removing what is absent.
    fn keeps(&self, value: &mut Value) -> bool {
        match value {
            Value::Variable(name) if self.absent.contains(name) => return false,
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
