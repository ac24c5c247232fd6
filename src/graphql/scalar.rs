//! The scalars of the API besides those of GraphQL itself, in the words of its clients.

use async_graphql::{
    InputValueError, InputValueResult, ObjectType, Scalar, ScalarType, SchemaBuilder,
    SubscriptionType, Value,
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::list::YEARS;

/// A time, as an input. Times that are returned need no check.
#[derive(Clone, Copy, Debug)]
pub struct Time(pub DateTime<Utc>);

/// A moment, in UTC.
#[Scalar(name = "DateTime", specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        let read = |text: &String| text.parse::<DateTime<Utc>>().ok();
        let time = match &value {
            Value::String(text) => read(text).filter(|time| YEARS.contains(&time.year())),
            _ => None,
        };
        time.map(Self).ok_or_else(|| {
            InputValueError::custom(
                "A time in the years 1 to 9999 is expected, such as 2026-09-01T07:30:00Z.",
            )
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339())
    }
}

impl From<Time> for DateTime<Utc> {
    fn from(time: Time) -> Self {
        time.0
    }
}

/// A day.
#[derive(Clone, Copy, Debug)]
pub struct Date(pub NaiveDate);

/// A day, without a time, as `YYYY-MM-DD`.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let read = |text: &String| text.parse::<NaiveDate>().ok();
        let day = match &value {
            Value::String(text) => read(text).filter(|day| YEARS.contains(&day.year())),
            _ => None,
        };
        day.map(Self).ok_or_else(|| {
            InputValueError::custom("A day in the years 1 to 9999 is expected, such as 2026-09-01.")
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Describes the scalar that is defined elsewhere.
pub fn describe<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    builder.override_output_type_description::<DateTime<Utc>>(
        "A moment, in UTC, as in RFC 3339: `2026-09-01T07:30:00Z`. Fractions of a second are possible.",
    )
}
