//! Whether a document selects objects twice, so that what is selected of them has to be merged.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql_value::Name;

/// The number of selections that are looked at. Of what is larger, it is supposed.
const MOST: usize = 20_000;

/// Whether two selections of an object in the same place have the same key. Leaves do not count: their
/// value is the same.
pub fn merges(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
    let mut search = Search { document, left: MOST };
    operations.chain(fragments).any(|set| search.below(&set.node))
}

struct Search<'a> {
    document: &'a ExecutableDocument,
    left: usize,
}

impl<'a> Search<'a> {
    /// Whether it is so in this selection or in one that is written inside it.
    fn below(&mut self, set: &'a SelectionSet) -> bool {
        self.here(set, &mut HashSet::new(), &mut HashSet::new())
            || set.items.iter().any(|selection| match &selection.node {
                Selection::Field(field) => self.below(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => self.below(&inline.node.selection_set.node),
                // It is looked at where it is defined.
                Selection::FragmentSpread(_) => false,
            })
    }

    /// Whether it is so in this selection, with the fragments that are part of it.
    fn here(
        &mut self,
        set: &'a SelectionSet,
        keys: &mut HashSet<&'a Name>,
        spread: &mut HashSet<&'a Name>,
    ) -> bool {
        set.items.iter().any(|selection| {
            let Some(left) = self.left.checked_sub(1) else { return true };
            self.left = left;
            match &selection.node {
                Selection::Field(field) => {
                    let object = !field.node.selection_set.node.items.is_empty();
                    object && !keys.insert(&field.node.response_key().node)
                }
                Selection::InlineFragment(inline) => {
                    self.here(&inline.node.selection_set.node, keys, spread)
                }
                Selection::FragmentSpread(used) => {
                    let name = &used.node.fragment_name.node;
                    let document = self.document;
                    let fragment = document.fragments.get(name).filter(|_| spread.insert(name));
                    fragment.is_some_and(|fragment| {
                        self.here(&fragment.node.selection_set.node, keys, spread)
                    })
                }
            }
        })
    }
}
