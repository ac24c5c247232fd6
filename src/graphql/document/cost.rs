//! What a document requests, counted with all fragments expanded.
//!
//! Each fragment is measured once, so that the time is proportional to the length of the document
//! even if its expansion would be exponentially long.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Pos, ServerError,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

use super::MAX_NESTING;
use crate::{
    config::limits,
    graphql::error::{ErrorCode, refuse, too_complex},
};

/// The maximum number of operations in a document, of which only one is executed.
const MAX_OPERATIONS: usize = 50;
/// The maximum nesting of lists of the schema: types have fields, whose types have fields, and so on
/// in circles.
const MAX_SCHEMA_NESTING: usize = 2;
/// The lists of the schema that lead to types again.
const SCHEMA_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// What a document requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// The operations.
    operations: usize,
    /// The maximum nesting of lists of the schema.
    schema: usize,
    /// Fields and fragments of all operations, expanded.
    pub fields: usize,
    /// The maximum nesting of fields.
    depth: usize,
    /// The maximum nesting of fields and fragments.
    nesting: usize,
    /// The aliases, and the fields that are written twice in a selection, of the operation that has
    /// the most.
    aliases: usize,
    /// The directives of the operation that has the most.
    pub directives: usize,
    /// Fields and fragments, as written.
    pub written: usize,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth);
        self.nesting = self.nesting.max(other.nesting);
        self.schema = self.schema.max(other.schema);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
    }

    /// Rejects a document that requests too much.
    pub fn check(&self, limits: &limits::Config) -> Result<(), ServerError> {
        let most = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        for (name, is, most) in [
            ("operations", self.operations, MAX_OPERATIONS),
            ("nesting", self.nesting, MAX_NESTING),
            ("introspection", self.schema, MAX_SCHEMA_NESTING),
            ("depth", self.depth, usize::from(limits.max_depth)),
            ("fields", self.fields, most(limits.max_fields)),
            ("aliases", self.aliases, most(limits.max_aliases)),
            ("directives", self.directives, most(limits.max_directives)),
        ] {
            if is > most {
                return Err(too_complex(name, Some(is), most));
            }
        }
        Ok(())
    }
}

/// Measures a document. A fragment that contains itself is an error, which belongs to the others
/// that validation finds; what cannot be measured is refused at once.
pub fn measure(document: &ExecutableDocument) -> Result<(Cost, Vec<ServerError>), ServerError> {
    let mut walk = Walk {
        document,
        fragments: HashMap::new(),
        within: Vec::new(),
        written: 0,
        cycles: Vec::new(),
    };
    let mut all = Cost::default();
    for (_, operation) in document.operations.iter() {
        let mut cost = walk.set(&operation.node.selection_set.node, 0)?;
        cost.directives = cost.directives.saturating_add(operation.node.directives.len());
        all = Cost {
            fields: all.fields.saturating_add(cost.fields),
            depth: all.depth.max(cost.depth),
            nesting: all.nesting.max(cost.nesting),
            operations: all.operations + 1,
            schema: all.schema.max(cost.schema),
            aliases: all.aliases.max(cost.aliases),
            directives: all.directives.max(cost.directives),
            written: 0,
        };
    }
    // Validation also walks fragments that no operation uses.
    for (name, fragment) in &document.fragments {
        let unused = walk.fragment(name, fragment.pos, 0)?;
        all.nesting = all.nesting.max(unused.nesting);
        all.fields = all.fields.max(unused.fields);
    }
    all.written = walk.written;
    Ok((all, walk.cycles))
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// The cost of each fragment; `None` while it is being measured.
    fragments: HashMap<&'a str, Option<Cost>>,
    /// The fragments that are being measured, from the outermost.
    within: Vec<&'a str>,
    written: usize,
    cycles: Vec<ServerError>,
}

impl<'a> Walk<'a> {
    fn set(&mut self, set: &'a SelectionSet, level: usize) -> Result<Cost, ServerError> {
        if level > MAX_NESTING {
            return Err(too_complex("nesting", None, MAX_NESTING));
        }
        let mut total = Cost::default();
        let mut keys = HashSet::new();
        for item in &set.items {
            self.written += 1;
            let mut cost = match &item.node {
                Selection::Field(field) => {
                    let mut cost = self.set(&field.node.selection_set.node, level + 1)?;
                    cost.depth += 1;
                    cost.schema += usize::from(SCHEMA_LISTS.contains(&&*field.node.name.node));
                    let again = !keys.insert(&field.node.response_key().node);
                    let aliases = field.node.alias.iter().len() + usize::from(again);
                    cost.aliases = cost.aliases.saturating_add(aliases);
                    cost
                }
                Selection::InlineFragment(inline) => {
                    self.set(&inline.node.selection_set.node, level + 1)?
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, item.pos, level + 1)?
                }
            };
            cost.fields = cost.fields.saturating_add(1);
            cost.nesting += 1;
            cost.directives = cost.directives.saturating_add(item.node.directives().len());
            total.add(cost);
        }
        Ok(total)
    }

    fn fragment(&mut self, name: &str, at: Pos, level: usize) -> Result<Cost, ServerError> {
        match self.fragments.get(name) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => {
                self.cycle(name, at);
                return Ok(Cost::default());
            }
            None => {}
        }
        // Validation reports fragments that do not exist.
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Cost::default());
        };
        self.fragments.insert(name, None);
        self.within.push(name);
        let cost = self.set(&fragment.node.selection_set.node, level)?;
        self.within.pop();
        self.fragments.insert(name, Some(cost));
        Ok(cost)
    }

    fn cycle(&mut self, name: &str, at: Pos) {
        let via = self.within.iter().rev().take_while(|within| **within != name);
        let mut via: Vec<_> = via.map(|name| format!("\"{name}\"")).collect();
        via.reverse();
        let via = if via.is_empty() { String::new() } else { format!(" via {}", via.join(", ")) };
        let message = format!("Cannot spread fragment \"{name}\" within itself{via}.");
        let error = refuse(ErrorCode::GraphqlValidationFailed, message);
        self.cycles.push(ServerError { locations: vec![at], ..error });
    }
}
