//! Where pages begin and end.

use std::{fmt::Debug, hash::Hash};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use data_encoding::BASE64URL_NOPAD;
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The years of times and days that clients may send: databases know fewer than the calendar has.
pub const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// The type of values by which a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Text.
    Text,
    /// A timestamp.
    Time,
    /// A date.
    Day,
    /// An integer.
    Number,
}

/// Where a page begins or ends: the sort key and ID of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor(pub(super) Key, pub(super) Uuid);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Key {
    #[serde(rename = "i")]
    Id,
    #[serde(rename = "w")]
    Text(String),
    #[serde(rename = "t")]
    Time(DateTime<Utc>),
    #[serde(rename = "d")]
    Day(NaiveDate),
    #[serde(rename = "n")]
    Number(i64),
}

impl Cursor {
    /// The form that clients see.
    pub fn show(&self) -> String {
        let json = serde_json::to_vec(self).expect("a cursor is plain data");
        BASE64URL_NOPAD.encode(&json)
    }

    /// Parses what [`show`](Self::show) produced.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
    }

    pub(super) fn fits(&self, kind: Option<KeyKind>) -> bool {
        match (&self.0, kind) {
            (Key::Id, None) | (Key::Number(_), Some(KeyKind::Number)) => true,
            // Databases support fewer years than the calendar.
            (Key::Time(time), Some(KeyKind::Time)) => YEARS.contains(&time.year()),
            (Key::Day(day), Some(KeyKind::Day)) => YEARS.contains(&day.year()),
            // No key contains a control character but line ends, and PostgreSQL does not accept a NUL
            // byte.
            (Key::Text(words), Some(KeyKind::Text)) => {
                !words.contains(|c: char| c.is_control() && c != '\n')
            }
            _ => false,
        }
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Id => Self::from(None::<bool>),
            Key::Text(words) => words.into(),
            Key::Time(time) => time.into(),
            Key::Day(day) => day.into(),
            Key::Number(number) => number.into(),
        }
    }
}
