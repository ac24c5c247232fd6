//! The schema as the tests read it, and a check that everything in it has a description.

use std::{collections::BTreeMap, sync::LazyLock};

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{InputValueDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition},
    },
};
use clap::Parser;
use twinspace::graphql::{self, about::DESCRIPTION};

use crate::support::Arguments;

/// The text of the schema.
pub fn text() -> String {
    graphql::sdl(&graphql::schema(&Arguments::parse_from(["twinspace"]).config.server))
}

/// Its types, which are read once: that takes a while, and is asked for each field.
pub fn types() -> &'static [TypeDefinition] {
    static TYPES: LazyLock<Vec<TypeDefinition>> = LazyLock::new(|| {
        // async-graphql cannot read the description of a schema.
        let about = format!("\"\"\"\n{DESCRIPTION}\n\"\"\"\n");
        let text = text();
        let (before, after) = text.split_once(&about).unwrap();
        let definitions = parse_schema(before.to_owned() + after).unwrap().definitions.into_iter();
        let types = definitions.filter_map(|definition| match definition {
            TypeSystemDefinition::Type(ty) => Some(ty.node),
            _ => None,
        });
        types.collect()
    });
    &TYPES
}

/// A type without brackets and exclamation marks.
pub fn base(ty: &Type) -> String {
    ty.to_string().replace(['[', ']', '!'], "")
}

/// The object types: the name and base type of every field that needs no argument.
pub fn objects() -> BTreeMap<String, Vec<(String, String)>> {
    let objects = types().iter().filter_map(|ty| match &ty.kind {
        TypeKind::Object(object) => Some((ty.name.to_string(), &object.fields)),
        _ => None,
    });
    let optional = |argument: &Positioned<InputValueDefinition>| {
        argument.node.ty.node.nullable || argument.node.default_value.is_some()
    };
    objects
        .map(|(name, fields)| {
            let fields = fields.iter().filter(|f| f.node.arguments.iter().all(optional));
            (name, fields.map(|f| (f.node.name.to_string(), base(&f.node.ty.node))).collect())
        })
        .collect()
}

/// Whether this is a union or an interface.
pub fn is_union(name: &str) -> bool {
    let union = |ty: &TypeDefinition| {
        matches!(ty.kind, TypeKind::Union(_) | TypeKind::Interface(_)) && ty.name.node == name
    };
    types().iter().any(union)
}

/// The names of all fields of an object type.
pub fn fields(of: &str) -> Vec<String> {
    let ty = types().iter().find(|ty| ty.name.node == of);
    let Some(TypeKind::Object(object)) = ty.map(|ty| &ty.kind) else { panic!("no type {of}") };
    object.fields.iter().map(|field| format!("{of}.{}", field.node.name.node)).collect()
}

#[test]
fn everything_in_the_schema_has_a_description() {
    let mut bare = Vec::new();
    let inputs = |of: &str, inputs: &[Positioned<InputValueDefinition>]| -> Vec<String> {
        let bare = inputs.iter().filter(|input| input.node.description.is_none());
        bare.map(|input| format!("{of}.{}", input.node.name.node)).collect()
    };
    for ty in types() {
        let name = ty.name.node.to_string();
        // The file scalar belongs to async-graphql, and links to its specification.
        let theirs = name == "Upload";
        if ty.description.is_none() && !theirs {
            bare.push(name.clone());
        }
        let fields = match &ty.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::InputObject(input) => {
                bare.extend(inputs(&name, &input.fields));
                continue;
            }
            TypeKind::Enum(ty) => {
                let values = ty.values.iter().filter(|value| value.node.description.is_none());
                bare.extend(values.map(|value| format!("{name}.{}", value.node.value.node)));
                continue;
            }
            TypeKind::Scalar | TypeKind::Union(_) => continue,
        };
        for field in fields {
            let field = &field.node;
            let path = format!("{name}.{}", field.name.node);
            if field.description.is_none() {
                bare.push(path.clone());
            }
            bare.extend(inputs(&path, &field.arguments));
        }
    }
    assert_eq!(bare, [] as [String; 0], "these have no description");
}
