//! The scalars of the API besides those of GraphQL itself, in the words of its clients.

use async_graphql::{
    InputValueError, InputValueResult, Json, ObjectType, Scalar, ScalarType, SchemaBuilder,
    SubscriptionType, Value,
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::audit::Details;

/// A day.
#[derive(Clone, Copy, Debug)]
pub struct Date(pub NaiveDate);

/// A day, without a time, as `YYYY-MM-DD`.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text
                .parse()
                .map(Self)
                .map_err(|_| InputValueError::custom("must be a day, such as 2026-09-01")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Describes the scalars that are defined elsewhere.
pub fn describe<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    builder
        .override_output_type_description::<DateTime<Utc>>(
            "A moment, in UTC, as in RFC 3339: `2026-09-01T07:30:00Z`. Fractions of a second are \
             possible.",
        )
        .override_output_type_description::<Json<Details>>("Any JSON value.")
}
