//! Which operation of a document is executed.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Pos, Positioned, ServerError, Value as ConstValue, Variables,
    parser::types::{
        DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition,
        OperationType, Selection, SelectionSet,
    },
};
use async_graphql_value::Value;
use entity::{Kind, ProjectId, TwinSpaceId};

use crate::graphql::error::{ErrorCode, refuse};

/// The number of characters of a name that are worth knowing.
const NAME: usize = 100;

/// Finds the operation to execute and removes the others, along with fragments that only they use:
/// async-graphql confuses variables of the same name in several operations.
pub fn choose(
    document: &mut ExecutableDocument,
    name: Option<&str>,
) -> Result<(OperationType, Option<String>), ServerError> {
    let unknown = |name: &str| {
        refuse(ErrorCode::GraphqlValidationFailed, format!("Unknown operation named \"{name}\"."))
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
            return Err(refuse(ErrorCode::GraphqlValidationFailed, message));
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
    Ok((kind, Some(name.chars().take(NAME).collect())))
}

/// The project or TwinSpace that the first field has as its argument `id`.
pub fn about(document: &ExecutableDocument, variables: &Variables) -> Option<ProjectId> {
    let (_, operation) = document.operations.iter().next()?;
    let Selection::Field(first) = &operation.node.selection_set.node.items.first()?.node else {
        return None;
    };
    let id = match &first.node.get_argument("id")?.node {
        Value::Variable(name) => match variables.get(name)? {
            ConstValue::String(id) => id,
            _ => return None,
        },
        Value::String(id) => id,
        _ => return None,
    };
    ProjectId::read(id).or_else(|| TwinSpaceId::read(id).map(ProjectId::from))
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

/// What is wrong with the subscriptions of a document that is otherwise valid: each must have one
/// field at its root, whatever its variables.
pub fn subscriptions(document: &ExecutableDocument) -> Vec<ServerError> {
    let subscriptions = document.operations.iter();
    let subscriptions =
        subscriptions.filter(|(_, operation)| operation.node.ty == OperationType::Subscription);
    subscriptions
        .filter_map(|(name, operation)| {
            let mut root = Root::default();
            root.add(&operation.node.selection_set.node, document);
            let (place, requirement) = root.problem()?;
            let subject = name.map_or_else(
                || "A subscription".to_owned(),
                |name| format!("Subscription \"{name}\""),
            );
            let message = format!("{subject} {requirement}");
            let error = refuse(ErrorCode::GraphqlValidationFailed, message);
            Some(ServerError { locations: vec![place], ..error })
        })
        .collect()
}

/// The root of a subscription.
#[derive(Default)]
struct Root<'a> {
    /// The names in the response, with their places.
    keys: Vec<(&'a str, Pos)>,
    introspects: Option<Pos>,
    conditional: Option<Pos>,
}

impl<'a> Root<'a> {
    fn add(&mut self, set: &'a SelectionSet, document: &'a ExecutableDocument) {
        for item in &set.items {
            if let Some(directive) = item.node.directives().first() {
                self.conditional.get_or_insert(directive.pos);
            }
            match &item.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    if field.node.name.node.starts_with("__") {
                        self.introspects.get_or_insert(field.pos);
                    }
                    if self.keys.iter().all(|(other, _)| *other != key) {
                        self.keys.push((key, field.pos));
                    }
                }
                Selection::InlineFragment(inline) => {
                    self.add(&inline.node.selection_set.node, document);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node)
                    {
                        self.add(&fragment.node.selection_set.node, document);
                    }
                }
            }
        }
    }

    fn problem(&self) -> Option<(Pos, &'static str)> {
        if let Some((_, second)) = self.keys.get(1) {
            return Some((*second, "must select exactly one field at its root."));
        }
        if let Some(place) = self.introspects {
            return Some((place, "must not select an introspection field at its root."));
        }
        let place = self.conditional?;
        Some((place, "must not skip or include its root field by a directive."))
    }
}
