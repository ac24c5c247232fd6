//! A row as JSON.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use data_encoding::BASE64;
use domain::db::Row;
use entity::table::{Column, Kind};
use sea_orm::Value;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// A row as a JSON object; `None` if a value is not of its column's kind.
pub fn to_json(row: Row, columns: &[Column]) -> Option<Map<String, Json>> {
    let cells = row.into_iter().zip(columns);
    cells.map(|(value, column)| Some((column.name.clone(), encode(value)?))).collect()
}

/// A row from a JSON object; `None` if a value is missing or not of its column's kind.
pub fn from_json(mut row: Map<String, Json>, columns: &[Column]) -> Option<Row> {
    let cells: Option<Row> =
        columns.iter().map(|column| decode(row.remove(&column.name)?, column.kind)).collect();
    cells.filter(|_| row.is_empty())
}

fn encode(value: Value) -> Option<Json> {
    Some(match value {
        Value::Uuid(value) => value.map(|uuid| uuid.to_string()).into(),
        Value::String(value) => value.into(),
        Value::Int(value) => value.into(),
        Value::BigInt(value) => value.into(),
        Value::Bool(value) => value.into(),
        Value::ChronoDateTimeUtc(value) => {
            value.map(|time| time.to_rfc3339_opts(SecondsFormat::Micros, true)).into()
        }
        Value::ChronoDate(value) => value.map(|day| day.to_string()).into(),
        Value::Json(value) => value.map_or(Json::Null, |json| *json),
        Value::Bytes(value) => value.map(|bytes| BASE64.encode(&bytes)).into(),
        _ => return None,
    })
}

fn decode(json: Json, kind: Kind) -> Option<Value> {
    if json.is_null() {
        return Some(null(kind));
    }
    Some(match kind {
        Kind::Uuid => json.as_str()?.parse::<Uuid>().ok()?.into(),
        Kind::Text => json.as_str()?.into(),
        Kind::Integer => i32::try_from(json.as_i64()?).ok()?.into(),
        Kind::BigInteger => json.as_i64()?.into(),
        Kind::Boolean => json.as_bool()?.into(),
        Kind::Time => json.as_str()?.parse::<DateTime<Utc>>().ok()?.into(),
        Kind::Date => json.as_str()?.parse::<NaiveDate>().ok()?.into(),
        Kind::Json => json.into(),
        Kind::Bytes => BASE64.decode(json.as_str()?.as_bytes()).ok()?.into(),
    })
}

fn null(kind: Kind) -> Value {
    match kind {
        Kind::Uuid => None::<Uuid>.into(),
        Kind::Text => None::<String>.into(),
        Kind::Integer => None::<i32>.into(),
        Kind::BigInteger => None::<i64>.into(),
        Kind::Boolean => None::<bool>.into(),
        Kind::Time => None::<DateTime<Utc>>.into(),
        Kind::Date => None::<NaiveDate>.into(),
        Kind::Json => None::<Json>.into(),
        Kind::Bytes => None::<Vec<u8>>.into(),
    }
}
