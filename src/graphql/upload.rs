//! Files in variables, according to the GraphQL multipart request specification
//! (<https://github.com/jaydenseric/graphql-multipart-request-spec>).

use async_graphql::{Context, InputValueResult, Scalar, ScalarType, UploadValue, Value};
use domain::{Error, Result, error::Flaw};

use crate::graphql::context::ContextExt;

/// The placeholder for a file of the request in a variable, before its number.
const FILE: &str = "#__graphql_file__:";

/// A file sent with the request, by its number; none if the value stands for no file.
#[derive(Clone, Copy, Debug)]
pub struct Upload(Option<usize>);

/// A file sent with a GraphQL multipart request. Each file can be used for one field.
#[Scalar(
    name = "Upload",
    specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec"
)]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(match &value {
            Value::String(text) => text.strip_prefix(FILE).and_then(|text| text.parse().ok()),
            _ => None,
        }))
    }

    fn to_value(&self) -> Value {
        self.0.map_or(Value::Null, |number| Value::String(format!("{FILE}{number}")))
    }
}

impl Upload {
    /// Whether a value stands for one of so many files of the request.
    pub fn stands_for_one_of(value: &Value, files: usize) -> bool {
        let number = Self::parse(value.clone()).ok().and_then(|file| file.0);
        number.is_some_and(|number| number < files)
    }

    /// The file, which can be taken only once, so that few bytes cannot cause much work.
    pub fn take(self, ctx: &Context<'_>) -> Result<UploadValue> {
        // A client may name a file that it did not send.
        let sent = |number| Some((number, ctx.query_env.uploads.get(number)?));
        let Some((number, file)) = self.0.and_then(sent) else {
            return Err(Error::invalid(
                "file",
                Flaw::Missing("must be sent as a file of a multipart request".into()),
            ));
        };
        if ctx.request().takes(number) {
            return file.try_clone().map_err(Error::internal);
        }
        let used = "is already used by another field of the request";
        Err(Error::invalid("file", Flaw::NotAllowed(used.into())))
    }
}
