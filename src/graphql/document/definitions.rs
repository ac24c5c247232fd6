//! The schema as documents are validated against it.

use bluejay_core::{
    AsIter, Directive as _,
    definition::{
        EnumTypeDefinition as _, EnumValueDefinition, FieldDefinition, HasDirectives as _,
        InputFieldsDefinition as _, InputObjectTypeDefinition as _, InputType as _,
        InputValueDefinition, SchemaDefinition, TypeDefinitionReference,
    },
};
use bluejay_parser::ast::{
    Parse,
    definition::{self, DefinitionDocument},
};
use strsim::damerau_levenshtein;

/// The schema of the validator.
pub type Schema = definition::SchemaDefinition<'static>;

/// A type of the schema.
pub type Definition<'a> = TypeDefinitionReference<'a, Schema>;

/// The definitions of a schema.
#[derive(Clone, Copy, Debug)]
pub struct Definitions {
    /// The schema.
    pub schema: &'static Schema,
    /// Whether errors suggest names of the schema.
    pub suggest: bool,
}

impl Definitions {
    /// Reads the text of a schema. It stays in memory: read each schema once.
    pub fn read(text: String) -> Self {
        let document = DefinitionDocument::parse(text.leak()).result;
        let document = document.expect("a schema's own text can be parsed");
        let document: &'static DefinitionDocument<'static> = Box::leak(Box::new(document));
        let schema = Schema::try_from(document).map_err(|errors| errors.len());
        let schema = schema.expect("a schema's own text is valid");
        Self { schema: Box::leak(Box::new(schema)), suggest: true }
    }

    /// The type that has this very field.
    pub fn owner(self, field: &<Schema as SchemaDefinition>::FieldDefinition) -> &'static str {
        let has = |definition: &Definition<'static>| {
            let fields = definition.fields_definition();
            fields.is_some_and(|fields| {
                fields.iter().any(|other| std::ptr::eq(other.name(), field.name()))
            })
        };
        self.schema.type_definitions().find(has).map_or("", |definition| definition.name())
    }

    /// The names of the parts of a type: fields, input fields or values.
    pub fn parts(self, of: &str) -> Vec<&'static str> {
        match self.schema.get_type_definition(of) {
            Some(Definition::InputObject(input)) => {
                input.input_field_definitions().iter().map(InputValueDefinition::name).collect()
            }
            Some(Definition::Enum(of)) => {
                of.enum_value_definitions().iter().map(EnumValueDefinition::name).collect()
            }
            Some(definition) => {
                let fields = definition.fields_definition().into_iter().flat_map(AsIter::iter);
                fields.map(FieldDefinition::name).collect()
            }
            None => Vec::new(),
        }
    }

    /// The type of an input field.
    pub fn input_field(self, of: &str, name: &str) -> Option<String> {
        let Some(Definition::InputObject(input)) = self.schema.get_type_definition(of) else {
            return None;
        };
        input.input_field_definitions().get(name).map(|field| field.r#type().display_name())
    }

    /// The names that somebody may have meant, as a question.
    pub fn meant<'n>(self, name: &str, names: impl FnOnce() -> Vec<&'n str>) -> String {
        if self.suggest { did_you_mean(name, names()) } else { String::new() }
    }

    /// The names of all types.
    pub fn types(self) -> Vec<&'static str> {
        self.schema.type_definitions().map(|definition| definition.name()).collect()
    }
}

/// Whether exactly one field of an input object must be given.
pub fn is_one_of(input: &<Schema as SchemaDefinition>::InputObjectTypeDefinition) -> bool {
    let mut directives = input.directives().into_iter().flat_map(AsIter::iter);
    directives.any(|directive| directive.name() == "oneOf")
}

/// The names that somebody may have meant, as a question; empty if there are none.
fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let near = name.chars().count() * 2 / 5 + 1;
    let distance = |other: &str| damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
    let mut near: Vec<_> = names
        .into_iter()
        .filter(|other| other.len().abs_diff(name.len()) <= near)
        .map(|other| (distance(other), other))
        .filter(|(distance, _)| *distance <= near)
        .collect();
    near.sort_unstable();
    let quoted: Vec<_> = near.iter().take(5).map(|(_, other)| format!("\"{other}\"")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => format!(" Did you mean {only}?"),
        Some((last, rest)) => format!(" Did you mean {} or {last}?", rest.join(", ")),
    }
}
