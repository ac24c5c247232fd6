//! Which operation of a document is executed.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{
        DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition,
        OperationType, Selection, SelectionSet,
    },
};

use crate::graphql::error::refuse;

/// Finds the operation to execute and removes the others, along with fragments that only they use:
/// async-graphql confuses variables of the same name in several operations.
pub fn choose(
    document: &mut ExecutableDocument,
    name: Option<&str>,
) -> Result<(OperationType, Option<String>), ServerError> {
    let unknown = |name: &str| {
        refuse("GRAPHQL_VALIDATION_FAILED", format!("Unknown operation named \"{name}\"."))
    };
    let operations = match (&mut document.operations, name) {
        (DocumentOperations::Single(operation), None) => return Ok((operation.node.ty, None)),
        (DocumentOperations::Single(_), Some(name)) => return Err(unknown(name)),
        (DocumentOperations::Multiple(operations), _) => operations,
    };
    let chosen = match name {
        Some(name) => operations.get_key_value(name).ok_or_else(|| unknown(name))?,
        None if operations.len() > 1 => {
            let message =
                "The document contains several operations. Choose one with operationName.";
            return Err(refuse("GRAPHQL_VALIDATION_FAILED", message));
        }
        None => operations.iter().next().ok_or_else(|| unknown(""))?,
    };
    let (name, kind) = (chosen.0.clone(), chosen.1.node.ty);
    if operations.len() > 1 {
        let fragments = &document.fragments;
        let spread = |operation: &OperationDefinition| {
            let mut names = HashSet::new();
            spreads(&operation.selection_set.node, fragments, &mut names);
            names
        };
        let wanted = spread(&operations[&name].node);
        let unwanted: HashSet<Name> = operations
            .iter()
            .filter(|(other, _)| **other != name)
            .flat_map(|(_, operation)| spread(&operation.node))
            .filter(|fragment| !wanted.contains(fragment))
            .collect();
        operations.retain(|other, _| *other == name);
        document.fragments.retain(|fragment, _| !unwanted.contains(fragment));
    }
    Ok((kind, Some(name.to_string())))
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The names of all fragments that a selection leads to.
fn spreads(set: &SelectionSet, fragments: &Fragments, names: &mut HashSet<Name>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => spreads(&field.node.selection_set.node, fragments, names),
            Selection::InlineFragment(inline) => {
                spreads(&inline.node.selection_set.node, fragments, names);
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(fragment) = fragments.get(name)
                    && names.insert(name.clone())
                {
                    spreads(&fragment.node.selection_set.node, fragments, names);
                }
            }
        }
    }
}

/// A subscription must have one field at its root, which async-graphql does not check.
pub fn single_root_field(document: &ExecutableDocument) -> Result<(), ServerError> {
    fn keys<'a>(
        set: &'a SelectionSet,
        document: &'a ExecutableDocument,
        found: &mut BTreeSet<&'a str>,
    ) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    found.insert(field.node.response_key().node.as_str());
                }
                Selection::InlineFragment(inline) => {
                    keys(&inline.node.selection_set.node, document, found);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node)
                    {
                        keys(&fragment.node.selection_set.node, document, found);
                    }
                }
            }
        }
    }
    for (_, operation) in document.operations.iter() {
        let mut found = BTreeSet::new();
        keys(&operation.node.selection_set.node, document, &mut found);
        if found.len() != 1 {
            return Err(ServerError {
                locations: vec![operation.pos],
                ..refuse(
                    "GRAPHQL_VALIDATION_FAILED",
                    "A subscription must select exactly one field at its root.",
                )
            });
        }
    }
    Ok(())
}
