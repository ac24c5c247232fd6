//! The variables of a request, checked against their types before anything is executed
//! (<https://spec.graphql.org/September2025/#sec-Coercing-Variable-Values>). What custom scalars
//! accept is decided by their fields.

use async_graphql::{
    InputType, Name, Pos, ServerError, Value, Variables,
    parser::types::{BaseType, OperationDefinition, Type},
};
use async_graphql_value::Number;
use bluejay_core::{
    AsIter, BuiltinScalarDefinition as Scalar,
    definition::{
        EnumTypeDefinition as _, EnumValueDefinition as _, InputFieldsDefinition as _,
        InputObjectTypeDefinition as _, InputType as _, InputValueDefinition as _,
        SchemaDefinition, ShallowInputTypeReference,
    },
};

use super::{
    MAX_ERRORS,
    definitions::{Definition, Definitions, Schema, is_one_of},
    message::shortened,
};
use crate::graphql::{
    error::{ErrorCode, refuse},
    upload::Upload,
};

/// What is wrong with the variables, which contain so many files; numbers become integers where their
/// types are, and those that are absent get their defaults.
pub fn coerce(
    definitions: Definitions,
    operation: &OperationDefinition,
    sent: &mut Variables,
    files: usize,
) -> Vec<ServerError> {
    let mut errors = Vec::new();
    for definition in &operation.variable_definitions {
        let name = &definition.node.name;
        let ty = &definition.node.var_type.node;
        let mut check = Check { definitions, files, name: &name.node, at: name.pos, errors };
        match sent.get_mut(&name.node) {
            None if let Some(default) = &definition.node.default_value => {
                sent.insert(name.node.clone(), default.node.clone());
            }
            None if ty.nullable => {}
            None => check.whole(&format!("of required type \"{ty}\" was not provided.")),
            Some(Value::Null) if !ty.nullable => {
                check.whole(&format!("of non-null type \"{ty}\" must not be null."));
            }
            Some(value) => check.value(Expected::Written(ty), value, ""),
        }
        errors = check.errors;
    }
    errors.truncate(MAX_ERRORS);
    errors
}

/// The type of a value: as the document writes it, or of an input field.
#[derive(Clone, Copy)]
enum Expected<'a> {
    Written(&'a Type),
    Defined(&'a <Schema as SchemaDefinition>::InputType),
}

enum Shape<'a> {
    Named(&'a str),
    List(Expected<'a>),
}

impl<'a> Expected<'a> {
    /// The type without an exclamation mark, and whether it had one.
    fn shape(self) -> (Shape<'a>, bool) {
        match self {
            Self::Written(ty) => match &ty.base {
                BaseType::Named(name) => (Shape::Named(name), !ty.nullable),
                BaseType::List(inner) => (Shape::List(Self::Written(inner)), !ty.nullable),
            },
            Self::Defined(ty) => match ty.as_shallow_ref() {
                ShallowInputTypeReference::Base(name, required) => (Shape::Named(name), required),
                ShallowInputTypeReference::List(inner, required) => {
                    (Shape::List(Self::Defined(inner)), required)
                }
            },
        }
    }

    fn text(self) -> String {
        match self {
            Self::Written(ty) => ty.to_string(),
            Self::Defined(ty) => ty.display_name(),
        }
    }
}

/// The check of one variable.
struct Check<'a> {
    definitions: Definitions,
    /// The number of files sent with the request.
    files: usize,
    name: &'a Name,
    at: Pos,
    errors: Vec<ServerError>,
}

impl Check<'_> {
    fn value(&mut self, expected: Expected<'_>, value: &mut Value, path: &str) {
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        match (expected.shape(), &mut *value) {
            ((_, false), Value::Null) => {}
            ((_, true), Value::Null) => {
                let ty = expected.text();
                self.wrong(
                    value,
                    path,
                    &format!("Expected non-nullable type \"{ty}\" not to be null."),
                );
            }
            ((Shape::List(inner), _), Value::List(items)) => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.value(inner, item, &format!("{path}[{at}]"));
                }
            }
            // A single value counts as a list of one.
            ((Shape::List(inner), _), value) => self.value(inner, value, path),
            ((Shape::Named(name), _), value) => self.named(name, value, path),
        }
    }

    fn named(&mut self, ty: &str, value: &mut Value, path: &str) {
        // Otherwise what stands for a file would be taken for a text.
        if Upload::stands_for_one_of(value, self.files) && ty != Upload::type_name() {
            let problem = format!("{ty} cannot represent a file.");
            return self.refuse(path, "value <file>", &problem);
        }
        let schema = self.definitions.schema;
        match schema.get_type_definition(ty) {
            Some(Definition::BuiltinScalar(scalar)) => self.scalar(scalar, value, path),
            Some(Definition::Enum(of)) => {
                let Value::String(name) = &*value else {
                    let told = self.told(value, path);
                    let problem =
                        format!("Enum \"{ty}\" cannot represent non-string value: {told}.");
                    return self.wrong(value, path, &problem);
                };
                if of.enum_value_definitions().iter().all(|known| known.name() != name) {
                    let meant = self.definitions.meant(name, || self.definitions.parts(ty));
                    let problem =
                        format!("Value \"{name}\" does not exist in \"{ty}\" enum.{meant}");
                    self.wrong(value, path, &problem);
                }
            }
            Some(Definition::InputObject(input)) => {
                let Value::Object(fields) = value else {
                    return self.wrong(
                        value,
                        path,
                        &format!("Expected type \"{ty}\" to be an object."),
                    );
                };
                let known = input.input_field_definitions();
                let unknown = fields.keys().find(|name| known.get(name).is_none());
                if let Some(name) = unknown {
                    let meant = self.definitions.meant(name, || self.definitions.parts(ty));
                    let problem =
                        format!("Field \"{name}\" is not defined by type \"{ty}\".{meant}");
                    return self.wrong(value, path, &problem);
                }
                if is_one_of(input)
                    && (fields.len() != 1 || fields.values().any(|it| *it == Value::Null))
                {
                    let problem = format!(
                        "Exactly one key must be specified for OneOf type \"{ty}\", with a value that is not null."
                    );
                    return self.wrong(value, path, &problem);
                }
                for field in known.iter() {
                    match fields.get_mut(field.name()) {
                        Some(value) => {
                            let path = format!("{path}.{}", field.name());
                            self.value(Expected::Defined(field.r#type()), value, &path);
                        }
                        None if field.is_required() => {
                            let (name, of) = (field.name(), field.r#type().display_name());
                            let problem = format!(
                                "Field \"{name}\" of required type \"{of}\" was not provided."
                            );
                            let value = Value::Object(fields.clone());
                            self.wrong(&value, path, &problem);
                        }
                        None => {}
                    }
                }
            }
            // Custom scalars; others are no types of variables.
            _ => {}
        }
    }

    fn scalar(&mut self, scalar: Scalar, value: &mut Value, path: &str) {
        match as_scalar(scalar, value) {
            Ok(None) => {}
            Ok(Some(coerced)) => *value = coerced,
            Err(problem) => {
                let told = self.told(value, path);
                self.wrong(value, path, &format!("{problem}: {told}"));
            }
        }
    }

    fn wrong(&mut self, value: &Value, path: &str, problem: &str) {
        self.refuse(path, &format!("value {}", self.told(value, path)), problem);
    }

    /// A value as a message repeats it: not the fields of an object, nor what may be a secret.
    fn told(&self, value: &Value, path: &str) -> String {
        let field = path.rsplit('.').next().unwrap_or_default();
        let name = if field.is_empty() { self.name.as_str() } else { field };
        let name = name.to_ascii_lowercase();
        let is_object = |value: &Value| matches!(value, Value::Object(_));
        match value {
            Value::Object(_) => "{…}".to_owned(),
            Value::List(items) if items.iter().any(is_object) => "[…]".to_owned(),
            _ if ["password", "token"].iter().any(|secret| name.contains(secret)) => "…".to_owned(),
            _ => shown(value),
        }
    }

    fn refuse(&mut self, path: &str, what: &str, problem: &str) {
        let at = match path {
            "" => String::new(),
            path => format!(" at \"{}{path}\"", self.name),
        };
        self.whole(&format!("got invalid {what}{at}; {problem}"));
    }

    fn whole(&mut self, problem: &str) {
        let message = format!("Variable \"${}\" {problem}", self.name);
        let error = refuse(ErrorCode::GraphqlValidationFailed, message);
        self.errors.push(ServerError { locations: vec![self.at], ..error });
    }
}

/// What a value becomes as this scalar, unless it stays as it is; or what is wrong with it.
fn as_scalar(scalar: Scalar, value: &Value) -> Result<Option<Value>, &'static str> {
    match (scalar, value) {
        (Scalar::Boolean, Value::Boolean(_))
        | (Scalar::String | Scalar::ID, Value::String(_))
        | (Scalar::Float, Value::Number(_)) => Ok(None),
        (Scalar::ID, Value::Number(number)) => match whole(number) {
            Some(whole) => Ok(Some(Value::String(whole.to_string()))),
            None => Err("ID cannot represent value"),
        },
        (Scalar::Int, Value::Number(number)) => match whole(number).map(i32::try_from) {
            Some(Ok(whole)) => Ok(Some(Value::Number(whole.into()))),
            Some(Err(_)) => Err("Int cannot represent non 32-bit signed integer value"),
            None => Err("Int cannot represent non-integer value"),
        },
        (Scalar::Int, _) => Err("Int cannot represent non-integer value"),
        (Scalar::Float, _) => Err("Float cannot represent non numeric value"),
        (Scalar::String, _) => Err("String cannot represent a non string value"),
        (Scalar::Boolean, _) => Err("Boolean cannot represent a non boolean value"),
        (Scalar::ID, _) => Err("ID cannot represent value"),
    }
}

/// The value of a number without a fraction.
fn whole(number: &Number) -> Option<i128> {
    if let Some(whole) = number.as_i64() {
        return Some(whole.into());
    }
    if let Some(whole) = number.as_u64() {
        return Some(whole.into());
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
    format!("{float:.0}").parse().ok()
}

/// A value as JSON, shortened.
fn shown(value: &Value) -> String {
    let text = value.clone().into_json().map(|json| json.to_string()).unwrap_or_default();
    shortened(&text)
}
