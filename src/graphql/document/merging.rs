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

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn objects_that_are_selected_twice_are_found() {
        for (document, expected) in [
            ("{ a { id } b { id } }", false),
            ("{ a { id id } id id }", false),
            ("{ a { id } a { name } }", true),
            ("{ a { id } b: a { name } }", false),
            ("{ b: a { id } b: a { name } }", true),
            ("{ a { id ... { b { id } } b { name } } }", true),
            (
                "{ a { ...A ...B } } fragment A on T { id b { id } } fragment B on T { id c { id } }",
                false,
            ),
            (
                "{ a { ...A ...B } } fragment A on T { b { id } } fragment B on T { ... { b { id } } }",
                true,
            ),
            ("{ a { ...A ...A } } fragment A on T { b { id } }", false),
            ("{ a { ...A } } fragment A on T { b { c { id } c { name } } }", true),
            ("{ a { b { id } ...A } } fragment A on T { ...B } fragment B on T { b { id } }", true),
            ("{ a { c { b { id } } ...A } } fragment A on T { b { id } }", false),
        ] {
            assert_eq!(merges(&parse_query(document).unwrap()), expected, "{document}");
        }
        let many = |count: usize| {
            let fields =
                (0..count).map(|n| format!("f{n}: a {{ ...A }} ")).collect::<Vec<_>>().concat();
            let leaves = (0..200).map(|n| format!("l{n} ")).collect::<Vec<_>>().concat();
            merges(&parse_query(format!("{{ {fields} }} fragment A on T {{ {leaves} }}")).unwrap())
        };
        assert!(!many(10));
        assert!(many(200));
    }
}
