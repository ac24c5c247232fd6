//! Values as JSON.
//!
//! What [lists](super::eager) have resolved is already JSON: async-graphql has no such value, and no
//! type of this schema is binary, so that it stands in a binary one.

use async_graphql::{Number, Value};
use async_graphql_value::Name;
use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

/// A value as the client receives it.
#[derive(Clone, Copy, Debug)]
pub struct Json<'a>(pub &'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = Vec::new();
        write(&mut json, self.0);
        let json: &RawValue = serde_json::from_slice(&json).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }
}

/// Appends a value to a JSON text.
pub fn write(json: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => json.extend(b"null"),
        Value::Boolean(true) => json.extend(b"true"),
        Value::Boolean(false) => json.extend(b"false"),
        Value::Number(number) => write_number(json, number),
        Value::String(text) => write_text(json, text),
        Value::Enum(name) => write_name(json, name),
        Value::Binary(written) => json.extend_from_slice(written),
        Value::List(items) => {
            json.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    json.push(b',');
                }
                write(json, item);
            }
            json.push(b']');
        }
        Value::Object(fields) => {
            json.push(b'{');
            for (n, (key, value)) in fields.iter().enumerate() {
                if n > 0 {
                    json.push(b',');
                }
                write_key(json, key);
                write(json, value);
            }
            json.push(b'}');
        }
    }
}

/// Appends a key.
pub fn write_key(json: &mut Vec<u8>, key: &Name) {
    write_name(json, key);
    json.push(b':');
}

/// No character of a name needs to be escaped.
fn write_name(json: &mut Vec<u8>, name: &Name) {
    json.push(b'"');
    json.extend_from_slice(name.as_bytes());
    json.push(b'"');
}

fn write_text(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text).expect("a text can be written to memory");
}

fn write_number(json: &mut Vec<u8>, number: &Number) {
    serde_json::to_writer(json, number).expect("a number can be written to memory");
}
