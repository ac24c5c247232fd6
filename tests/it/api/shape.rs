//! The rules by which the schema is made, so that whoever knows a part of it can guess the rest.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{
    Positioned, Value,
    parser::types::{FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind},
};

use super::sdl;

/// The fields of an object type.
fn fields(of: &str) -> &'static [Positioned<FieldDefinition>] {
    let ty = sdl::types().iter().find(|ty| ty.name.node == of).unwrap();
    let TypeKind::Object(object) = &ty.kind else { panic!("{of} is no object type") };
    &object.fields
}

/// The fields of all object types, each with its type.
fn all_fields() -> impl Iterator<Item = (&'static str, &'static FieldDefinition)> {
    sdl::types().iter().flat_map(|ty| match &ty.kind {
        TypeKind::Object(object) => {
            object.fields.iter().map(|field| (ty.name.node.as_str(), &field.node)).collect()
        }
        _ => vec![],
    })
}

/// The input types, each with its fields.
fn inputs()
-> impl Iterator<Item = (&'static TypeDefinition, &'static [Positioned<InputValueDefinition>])> {
    sdl::types().iter().filter_map(|ty| match &ty.kind {
        TypeKind::InputObject(input) => Some((ty, input.fields.as_slice())),
        _ => None,
    })
}

/// All arguments and input fields, each with its path.
fn given() -> Vec<(String, &'static InputValueDefinition)> {
    let mut all: Vec<(String, &'static InputValueDefinition)> = vec![];
    for (of, field) in all_fields() {
        let arguments = field.arguments.iter().map(|argument| &argument.node);
        all.extend(
            arguments.map(|it| (format!("{of}.{}({}:)", field.name.node, it.name.node), it)),
        );
    }
    for (ty, fields) in inputs() {
        let fields = fields.iter().map(|field| &field.node);
        all.extend(fields.map(|it| (format!("{}.{}", ty.name.node, it.name.node), it)));
    }
    all
}

fn capital(name: &str) -> String {
    format!("{}{}", name[..1].to_uppercase(), &name[1..])
}

#[test]
fn every_mutation_has_an_input_and_a_payload_of_its_own() {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for (_, it) in given() {
        *uses.entry(sdl::base(&it.ty.node)).or_default() += 1;
    }
    for (_, field) in all_fields() {
        *uses.entry(sdl::base(&field.ty.node)).or_default() += 1;
    }
    for field in fields("Mutation") {
        let (name, field) = (field.node.name.node.as_str(), &field.node);
        let (input, payload) = (capital(name) + "Input", capital(name) + "Payload");
        // Null if it fails, which takes nothing from the others in the request.
        assert_eq!(field.ty.node.to_string(), payload);
        assert_eq!(uses[&payload], 1, "{payload}");
        match &field.arguments[..] {
            [] => {}
            [one] => {
                let (given, ty) = (&one.node.name.node, one.node.ty.node.to_string());
                assert_eq!((given.as_str(), ty), ("input", input.clone() + "!"), "{name}");
                assert_eq!(uses[&input], 1, "{input}");
            }
            more => panic!("{name} has {} arguments", more.len()),
        }
    }
}

#[test]
fn exactly_one_field_is_given_of_what_is_a_choice() {
    let mut choices = BTreeSet::new();
    for (ty, fields) in inputs() {
        if ty.directives.iter().all(|directive| directive.node.name.node != "oneOf") {
            continue;
        }
        choices.insert(ty.name.node.as_str());
        assert!(fields.len() > 1, "{} is no choice", ty.name.node);
        for field in fields {
            assert!(field.node.ty.node.nullable && field.node.default_value.is_none());
        }
    }
    let known = [
        "AcceptInvitationInput",
        "ConsentingPupil",
        "ConsentingPupils",
        "DeclineInvitationInput",
        "PupilReference",
    ];
    assert_eq!(choices, BTreeSet::from(known));
}

/// What is omitted or null filters nothing and sorts as usual: whoever has a variable for each need not
/// leave any out.
#[test]
fn filters_and_orders_can_be_null() {
    for (ty, fields) in inputs() {
        let (name, order) = (ty.name.node.as_str(), ty.name.node.ends_with("Order"));
        if !order && !name.ends_with("Filter") {
            continue;
        }
        for field in fields.iter().map(|field| &field.node) {
            let path = format!("{name}.{}", field.name.node);
            let needed = order && field.name.node == "field";
            assert_eq!(field.ty.node.nullable, !needed, "{path}: {}", field.ty.node);
            assert!(field.default_value.is_none(), "{path} has a default");
        }
    }
    for (of, field) in all_fields().filter(|(of, _)| *of != "Mutation") {
        for argument in field.arguments.iter().map(|argument| &argument.node) {
            let path = format!("{of}.{}({}:)", field.name.node, argument.name.node);
            assert!(argument.default_value.is_none(), "{path} has a default");
        }
    }
}

/// A document can ask all members of a union for what they have in common, without an alias for each:
/// what has the same name is null or not, and a list or not, in all of them.
#[test]
fn members_of_a_union_agree_on_what_can_be_null() {
    let shape = |field: &FieldDefinition| {
        let ty = field.ty.node.to_string();
        ty.replace(&sdl::base(&field.ty.node), "_")
    };
    let unions = sdl::types().iter().filter_map(|ty| match &ty.kind {
        TypeKind::Union(union) => Some((ty.name.node.as_str(), union)),
        _ => None,
    });
    let mut seen = 0;
    for (name, union) in unions {
        let mut shapes: BTreeMap<&str, (String, &str)> = BTreeMap::new();
        for member in union.members.iter().map(|member| member.node.as_str()) {
            for field in fields(member).iter().map(|field| &field.node) {
                let (first, of) = shapes
                    .entry(field.name.node.as_str())
                    .or_insert_with(|| (shape(field), member));
                assert_eq!(
                    *first,
                    shape(field),
                    "{name}: {} of {of} and {member}",
                    field.name.node
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

/// What is omitted is not there: nothing is filtered, and nothing changes.
#[test]
fn no_list_and_no_filter_has_a_default() {
    for (path, it) in given() {
        let default = it.default_value.as_ref().map(|value| &value.node);
        let empties = matches!(default, Some(Value::List(_) | Value::Null));
        let filters = sdl::base(&it.ty.node).ends_with("Filter");
        assert!(!(empties || filters && default.is_some()), "{path} has the default {default:?}");
        assert!(!filters || it.ty.node.nullable, "{path} is required");
    }
}

#[test]
fn an_edit_leaves_alone_what_it_does_not_mention() {
    let edits = inputs().filter(|(ty, _)| ty.name.node.starts_with("Edit"));
    let of_more = inputs().filter(|(ty, _)| ty.name.node == "ProjectFieldsInput");
    for (ty, fields) in edits.chain(of_more) {
        for field in fields {
            let field = &field.node;
            assert!(field.default_value.is_none(), "{}.{}", ty.name.node, field.name.node);
        }
    }
}

/// What is done to an object itself is a bare verb.
#[test]
fn permissions_do_not_repeat_the_name_of_their_object() {
    let mut seen = 0;
    for (of, field) in all_fields() {
        let Some(object) = of.strip_suffix("Permissions") else { continue };
        let (name, ty) = (&field.name.node, field.ty.node.to_string());
        assert_eq!(ty, "Allowance!", "{of}.{name}");
        assert!(!capital(name).contains(object), "{of}.{name} repeats {object}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
    for (of, field) in all_fields().filter(|(_, field)| field.name.node == "permissions") {
        // An officer's view of a teacher has the permissions of a teacher.
        let of_what = sdl::base(&field.ty.node);
        let of_what = of_what.strip_suffix("Permissions");
        assert!(of_what.is_some_and(|object| of.ends_with(object)), "{of}.permissions");
    }
}

#[test]
fn a_name_says_what_kind_of_thing_a_field_is() {
    let enums = sdl::types().iter().filter(|ty| matches!(ty.kind, TypeKind::Enum(_)));
    let enums: BTreeSet<_> = enums.map(|ty| ty.name.node.as_str()).collect();
    let returned = all_fields().map(|(of, field)| {
        (format!("{of}.{}", field.name.node), field.name.node.as_str(), sdl::base(&field.ty.node))
    });
    let taken =
        given().into_iter().map(|(path, it)| (path, it.name.node.as_str(), sdl::base(&it.ty.node)));
    for (path, name, ty) in returned.chain(taken) {
        let one_of = ["state", "kind", "role", "visibility", "scope", "mode", "format"];
        if let Some(word) = one_of.iter().find(|word| **word == name) {
            assert!(enums.contains(ty.as_str()) && ty.ends_with(&capital(word)), "{path}: {ty}");
        }
        // A person, page or message that is given is its ID, and says so.
        if ty == "ID" {
            let says =
                ["id", "ids"].contains(&name) || name.ends_with("Id") || name.ends_with("Ids");
            let known = ["subject"];
            assert!(says || known.contains(&name), "{path}: {ty}");
        }
        match ty.as_str() {
            "DateTime" => {
                let times = ["at", "since", "until"];
                assert!(
                    times.contains(&name) || name.ends_with("At") || name.ends_with("Since"),
                    "{path}"
                );
            }
            "Date" => {
                let days = ["lastAccess", "month"];
                assert!(days.contains(&name) || name.ends_with("On"), "{path}");
            }
            _ => {}
        }
        if path.starts_with("Mutation") || ty != "Int" {
            continue;
        }
        // Numbers of things in payloads.
        if path.split('.').next().unwrap().ends_with("Payload") {
            assert!(name.ends_with("Count"), "{path} is a number of things");
        }
    }
}

#[test]
fn lists_filters_and_orders_are_named_alike() {
    for (path, it) in given() {
        let (name, ty) = (it.name.node.as_str(), sdl::base(&it.ty.node));
        assert_eq!(name == "filter", ty.ends_with("Filter"), "{path}: {ty}");
        assert_eq!(name == "orderBy", ty.ends_with("Order"), "{path}: {ty}");
    }
}

/// `extensions.code` is one of these: every error is made with one of them, as a value of that type.
#[test]
fn the_manual_describes_each_code_of_an_error() {
    let codes = sdl::types().iter().find(|ty| ty.name.node == "ErrorCode").unwrap();
    let TypeKind::Enum(codes) = &codes.kind else { panic!("no codes") };
    let codes: BTreeSet<_> =
        codes.values.iter().map(|code| code.node.value.node.as_str()).collect();
    let manual = include_str!("../../../docs/errors.md");
    let (manual, _) = manual.split_once("## Reasons").unwrap();
    let described = manual.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(described.collect::<BTreeSet<_>>(), codes);
}
