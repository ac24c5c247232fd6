//! Fields that are selected several times under the same key are one field, of which all is selected
//! that is selected of any of them (<https://spec.graphql.org/September2025/#sec-Field-Collection>).
//!
//! async-graphql executes each of them, and merges what they answer: a mutation would act several times,
//! and a row would be made of several, as they were at different moments. So they are merged before.
//! Directives and fragments on unions, with which it takes liberties, are resolved as well.

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
    mem,
    rc::Rc,
};

use async_graphql::{
    Name, Pos, Positioned, ServerError, Value as ConstValue, Variables,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition,
        InlineFragment, OperationDefinition, OperationType, Selection, SelectionSet, TypeCondition,
    },
};
use async_graphql_value::Value;
use bluejay_core::{
    AsIter,
    definition::{
        FieldDefinition, FieldsDefinition, InterfaceTypeDefinition as _, ObjectTypeDefinition,
        OutputType as _, SchemaDefinition, UnionMemberType, UnionTypeDefinition as _,
    },
};

use super::definitions::{Definition, Definitions, Schema};
use crate::graphql::error::{ErrorCode, refuse, too_complex};

/// The number of selections that are looked at. Of what is larger, it is supposed.
const MOST: usize = 20_000;

/// Whether two fields in the same place have the same key, or a fragment is on a union, which
/// async-graphql executes only where the union itself is.
pub fn is_needed(document: &ExecutableDocument, definitions: Definitions) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.node);
    let mut sets = operations.chain(fragments.clone().map(|fragment| &fragment.selection_set));
    let mut search = Search { document, definitions, left: MOST };
    sets.any(|set| search.below(&set.node))
        || fragments.map(|fragment| &fragment.type_condition).any(|on| search.is_union(on))
}

struct Search<'a> {
    document: &'a ExecutableDocument,
    definitions: Definitions,
    left: usize,
}

impl<'a> Search<'a> {
    /// Whether it is so in this selection or in one that is written inside it.
    fn below(&mut self, set: &'a SelectionSet) -> bool {
        self.repeats(set, &mut HashSet::new())
            || set.items.iter().any(|selection| match &selection.node {
                Selection::Field(field) => self.below(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => {
                    inline.node.type_condition.as_ref().is_some_and(|on| self.is_union(on))
                        || self.below(&inline.node.selection_set.node)
                }
                // It is looked at where it is defined.
                Selection::FragmentSpread(_) => false,
            })
    }

    fn is_union(&self, on: &Positioned<TypeCondition>) -> bool {
        let definition = self.definitions.schema.get_type_definition(&on.node.on.node);
        matches!(definition, Some(Definition::Union(_)))
    }

    /// Whether fields have the same key in this selection, with the fragments that are part of it.
    fn repeats(&mut self, set: &'a SelectionSet, keys: &mut HashSet<&'a Name>) -> bool {
        set.items.iter().any(|selection| {
            let Some(left) = self.left.checked_sub(1) else { return true };
            self.left = left;
            match &selection.node {
                Selection::Field(field) => !keys.insert(&field.node.response_key().node),
                Selection::InlineFragment(inline) => {
                    self.repeats(&inline.node.selection_set.node, keys)
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                    fragment.is_some_and(|fragment| {
                        self.repeats(&fragment.node.selection_set.node, keys)
                    })
                }
            }
        })
    }
}

/// Turns a valid document into one with the same meaning in which no two fields of the same type have the
/// same key in the same place, and which has no directives, and no fragments but on types of objects.
/// Returns the number of bytes of its arguments, of which there are at most so many: those of a fragment
/// are there as often as it is spread.
pub fn merge(
    document: &mut ExecutableDocument,
    definitions: Definitions,
    variables: &Variables,
    most: usize,
) -> Result<usize, ServerError> {
    let fragments = mem::take(&mut document.fragments);
    let merger = Merger { fragments, definitions, variables, most, arguments: Cell::new(0) };
    match &mut document.operations {
        DocumentOperations::Single(operation) => merger.operation(operation)?,
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                merger.operation(operation)?;
            }
        }
    }
    Ok(merger.arguments.get())
}

struct Merger<'a> {
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
    definitions: Definitions,
    variables: &'a Variables,
    /// The number of bytes of arguments so far, and the maximum.
    arguments: Cell<usize>,
    most: usize,
}

/// The fields of a type of the schema.
type FieldsOf<S> = <S as SchemaDefinition>::FieldsDefinition;

/// The types of objects in a place, or those of them for which something is selected.
type Types = Rc<[&'static str]>;

/// A field, with all places in which it is selected.
struct Chosen<'a> {
    /// The type for whose objects it is; `None` if it is for all that are in this place.
    on: Option<&'static str>,
    field: &'a Positioned<Field>,
    sets: Vec<&'a SelectionSet>,
}

/// The fields of an object, in the order in which they are answered.
struct Choice<'a> {
    /// The types that the object may have.
    all: Types,
    /// The fields that can be selected without naming one of them, if these are not all.
    shared: Option<&'static FieldsOf<Schema>>,
    fields: Vec<Chosen<'a>>,
    places: HashMap<(Option<&'static str>, &'a Name), usize>,
}

impl<'a> Choice<'a> {
    /// Adds a field for objects of these types.
    fn add(&mut self, types: &Types, field: &'a Positioned<Field>) {
        let name = &*field.node.name.node;
        let shared = |fields: &FieldsOf<Schema>| fields.contains_field(name);
        let shared = name == "__typename" || self.shared.is_none_or(shared);
        if shared && types.len() == self.all.len() {
            self.add_on(None, field);
        } else {
            for on in types.iter() {
                self.add_on(Some(on), field);
            }
        }
    }

    fn add_on(&mut self, on: Option<&'static str>, field: &'a Positioned<Field>) {
        let place = (on, &field.node.response_key().node);
        let at = *self.places.entry(place).or_insert(self.fields.len());
        if at == self.fields.len() {
            self.fields.push(Chosen { on, field, sets: Vec::new() });
        }
        self.fields[at].sets.push(&field.node.selection_set.node);
    }
}

impl Merger<'_> {
    fn operation(
        &self,
        operation: &mut Positioned<OperationDefinition>,
    ) -> Result<(), ServerError> {
        let schema = self.definitions.schema;
        let root = match operation.node.ty {
            OperationType::Query => Some(schema.query()),
            OperationType::Mutation => schema.mutation(),
            OperationType::Subscription => schema.subscription(),
        };
        let set = &mut operation.node.selection_set.node;
        *set = self.merged(&[&*set], root.map_or("", |root| root.name()))?;
        Ok(())
    }

    /// What all these sets select of an object of this type.
    fn merged(
        &self,
        sets: &[&SelectionSet],
        of: &'static str,
    ) -> Result<SelectionSet, ServerError> {
        let all = self.possible(of);
        let shared = match self.definitions.schema.get_type_definition(of) {
            Some(Definition::Union(union)) => Some(union.fields_definition()),
            Some(Definition::Interface(interface)) => Some(interface.fields_definition()),
            _ => None,
        };
        let (fields, places) = (Vec::new(), HashMap::new());
        let mut choice = Choice { all: Rc::clone(&all), shared, fields, places };
        for set in sets {
            self.choose(set, &all, &mut choice)?;
        }
        let mut items = Vec::with_capacity(choice.fields.len());
        for Chosen { on, field, sets } in choice.fields {
            let Field { alias, name, arguments, selection_set, .. } = &field.node;
            let size: usize = arguments.iter().map(|(_, value)| size(&value.node)).sum();
            self.arguments.set(self.arguments.get() + size);
            if self.arguments.get() > self.most {
                return Err(too_complex("bytes", None, self.most));
            }
            let selected = match sets.iter().all(|set| set.items.is_empty()) {
                true => SelectionSet::default(),
                false => self.merged(&sets, self.type_of(on.unwrap_or(of), &name.node))?,
            };
            let merged = Field {
                alias: alias.clone(),
                name: name.clone(),
                arguments: arguments.clone(),
                directives: Vec::new(),
                selection_set: Positioned::new(selected, selection_set.pos),
            };
            let merged = Selection::Field(Positioned::new(merged, field.pos));
            let merged = Positioned::new(merged, field.pos);
            items.push(match on {
                Some(on) => fragment(on, merged),
                None => merged,
            });
        }
        Ok(SelectionSet { items })
    }

    /// Adds what a set selects of objects of these types.
    fn choose<'a>(
        &'a self,
        set: &'a SelectionSet,
        types: &Types,
        choice: &mut Choice<'a>,
    ) -> Result<(), ServerError> {
        for item in &set.items {
            if !self.is_included(item.node.directives())? {
                continue;
            }
            let (on, set) = match &item.node {
                Selection::Field(field) => {
                    choice.add(types, field);
                    continue;
                }
                Selection::InlineFragment(inline) => {
                    (inline.node.type_condition.as_ref(), &inline.node.selection_set)
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.fragments.get(name) else { continue };
                    (Some(&fragment.node.type_condition), &fragment.node.selection_set)
                }
            };
            let Some(on) = on else {
                self.choose(&set.node, types, choice)?;
                continue;
            };
            let possible = self.possible(&on.node.on.node);
            let fit = types.iter().copied().filter(|name| possible.contains(name));
            let fit: Types = fit.collect();
            if !fit.is_empty() {
                self.choose(&set.node, &fit, choice)?;
            }
        }
        Ok(())
    }

    /// Whether directives include something.
    fn is_included(&self, directives: &[Positioned<Directive>]) -> Result<bool, ServerError> {
        let mut included = true;
        for directive in directives {
            let condition = directive.node.get_argument("if").map(|condition| &condition.node);
            let condition = match condition {
                Some(Value::Boolean(condition)) => *condition,
                Some(Value::Variable(name)) => match self.variables.get(name) {
                    Some(ConstValue::Boolean(condition)) => *condition,
                    _ => return Err(no_condition(directive.pos)),
                },
                _ => return Err(no_condition(directive.pos)),
            };
            included &= condition == (directive.node.name.node == "include");
        }
        Ok(included)
    }

    /// The types of objects that meet a condition.
    fn possible(&self, name: &str) -> Types {
        let schema = self.definitions.schema;
        match schema.get_type_definition(name) {
            Some(Definition::Union(union)) => {
                union.union_member_types().iter().map(UnionMemberType::name).collect()
            }
            Some(Definition::Interface(interface)) => {
                let objects = schema.get_interface_implementors(interface);
                objects.map(ObjectTypeDefinition::name).collect()
            }
            Some(definition) => [definition.name()].into(),
            // Those about the schema itself are types of objects.
            None => [""].into(),
        }
    }

    /// The type of what a field selects from; of those about the schema itself none.
    fn type_of(&self, owner: &str, field: &str) -> &'static str {
        let definition = self.definitions.schema.get_type_definition(owner);
        let fields = definition.and_then(|definition| definition.fields_definition());
        let field = fields.and_then(|fields| fields.get(field));
        field.map_or("", |field| field.r#type().as_shallow_ref().base_name())
    }
}

/// About how many bytes a value has.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Variable(name) | Value::Enum(name) => name.len(),
        Value::Number(_) | Value::Boolean(_) | Value::Null => 4,
        Value::Binary(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(|item| 2 + size(item)).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| 2 + name.len() + size(value)).sum()
        }
    }
}

fn no_condition(pos: Pos) -> ServerError {
    let message = "Argument \"if\" of required type \"Boolean!\" must not be null.";
    let error = refuse(ErrorCode::GraphqlValidationFailed, message);
    ServerError { locations: vec![pos], ..error }
}

/// A selection for objects of a type.
fn fragment(on: &'static str, selection: Positioned<Selection>) -> Positioned<Selection> {
    let pos = selection.pos;
    let on = TypeCondition { on: Positioned::new(Name::new(on), pos) };
    let inline = InlineFragment {
        type_condition: Some(Positioned::new(on, pos)),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet { items: vec![selection] }, pos),
    };
    Positioned::new(Selection::InlineFragment(Positioned::new(inline, pos)), pos)
}
