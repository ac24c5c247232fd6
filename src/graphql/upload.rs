//! Files in variables, as the GraphQL multipart request has them
//! (<https://github.com/jaydenseric/graphql-multipart-request-spec>).

use async_graphql::{
    Context, InputValueError, InputValueResult, Scalar, ScalarType, UploadValue, Value,
};

use super::context::ContextExt;
use crate::{Error, Result};

/// What stands in a variable for a file of the request, before its number.
const FILE: &str = "#__graphql_file__:";

/// A file that comes with the request.
#[derive(Clone, Copy, Debug)]
pub struct Upload(usize);

/// A file sent with a GraphQL multipart request. Each file can be used for one field.
#[Scalar(
    name = "Upload",
    specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec"
)]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::String(text) => text.strip_prefix(FILE).and_then(|text| text.parse().ok()),
            _ => None,
        };
        let missing = || InputValueError::custom("must be a file sent with the request");
        number.map(Self).ok_or_else(missing)
    }

    fn to_value(&self) -> Value {
        Value::String(format!("{FILE}{}", self.0))
    }
}

impl Upload {
    /// The file: once, so that few bytes do not make much work.
    pub fn take(self, ctx: &Context<'_>) -> Result<UploadValue> {
        // A client may name a file that it has not sent.
        let Some(file) = ctx.query_env.uploads.get(self.0) else {
            return Err(Error::invalid("file", "must be sent with the request"));
        };
        match ctx.request().takes(self.0) {
            true => file.try_clone().map_err(Error::internal),
            false => Err(Error::invalid("file", "is already used by another field of the request")),
        }
    }
}
