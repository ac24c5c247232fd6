//! What is wrong with a value in a document.

use bluejay_parser::{HasSpan, ast::Value};
use bluejay_validator::value::input_coercion::Error;

use super::{Message, Messages, shortened};

impl Messages<'_> {
    pub(super) fn value<const CONST: bool>(
        &self,
        error: &Error<'_, CONST, Value<'_, CONST>>,
    ) -> Vec<Message> {
        let (text, at): (String, &dyn HasSpan) = match error {
            Error::NullValueForRequiredType { value, input_type_name, .. } => {
                (format!("Expected value of type \"{input_type_name}\", found null."), *value)
            }
            Error::NoImplicitConversion { value, input_type_name, .. } => {
                let found = self.shown(*value);
                (format!("Expected value of type \"{input_type_name}\", found {found}."), *value)
            }
            Error::IntegerOutOfRange { value, .. } => {
                let found = self.shown(*value);
                let text = format!("Int cannot represent non 32-bit signed integer value: {found}");
                (text, *value)
            }
            Error::NonFiniteFloat { value, .. } => {
                let found = self.shown(*value);
                (format!("Float cannot represent non numeric value: {found}"), *value)
            }
            Error::NoEnumMemberWithName { name, value, enum_type_name, .. } => {
                let meant = self.definitions.meant(name, || self.definitions.parts(enum_type_name));
                let text =
                    format!("Value \"{name}\" does not exist in \"{enum_type_name}\" enum.{meant}");
                (text, *value)
            }
            Error::NoValueForRequiredFields {
                value, field_names, input_object_type_name, ..
            } => {
                let of = input_object_type_name;
                let place = self.places.start(*value);
                let text = |name: &&str| {
                    let ty = self.definitions.input_field(of, name).unwrap_or_default();
                    format!("Field \"{of}.{name}\" of required type \"{ty}\" was not provided.")
                };
                return field_names.iter().map(|name| (text(name), vec![place])).collect();
            }
            Error::NonUniqueFieldNames { field_name, keys, .. } => {
                let places = keys.iter().map(|key| self.places.start(*key)).collect();
                let text = format!("There can be only one input field named \"{field_name}\".");
                return vec![(text, places)];
            }
            Error::NoInputFieldWithName { field, input_object_type_name, .. } => {
                let (name, of) = (field.as_str(), input_object_type_name);
                let meant = self.definitions.meant(name, || self.definitions.parts(of));
                (format!("Field \"{name}\" is not defined by type \"{of}\".{meant}"), *field)
            }
            Error::CustomScalarInvalidValue { value, custom_scalar_type_name, message, .. } => (
                format!("Expected value of type \"{custom_scalar_type_name}\": {message}."),
                *value,
            ),
            Error::OneOfInputNullValues { null_entries, input_object_type_name, .. } => {
                let of = input_object_type_name;
                let entries = null_entries.iter();
                return entries
                    .map(|(key, value)| {
                        let text = format!("Field \"{of}.{}\" must be non-null.", key.as_str());
                        (text, vec![self.places.start(*value)])
                    })
                    .collect();
            }
            Error::OneOfInputNotSingleNonNullValue { value, input_object_type_name, .. } => {
                let of = input_object_type_name;
                (format!("OneOf Input Object \"{of}\" must specify exactly one key."), *value)
            }
        };
        vec![(text, vec![self.places.at(at.span().byte_range().start)])]
    }

    /// A value as it is written, shortened.
    fn shown(&self, value: &impl HasSpan) -> String {
        shortened(&self.places.text[value.span().byte_range()])
    }
}
