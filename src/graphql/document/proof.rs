//! Which documents have been executed without an error before, and so need not be validated again.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{
    Name, Value, Variables,
    parser::types::{BaseType, OperationDefinition, OperationType},
};

/// Most forms of one document that are remembered. Others are validated each time.
const MAX_FORMS: usize = 8;

/// What of a document is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Form {
    operation: Option<String>,
    /// The variables that the client left out, with the arguments that use them.
    absent: Vec<Name>,
}

/// The forms of a document that were executed without an error.
#[derive(Debug, Default)]
pub struct Proven(Mutex<Vec<Form>>);

/// A query of which it is known, or may become known, that its document is valid.
#[derive(Debug)]
pub struct Proof {
    proven: Arc<Proven>,
    form: Form,
}

impl Proof {
    /// None where validity depends on the values of variables: those of enums, lists and input objects
    /// are only looked at by validation.
    pub fn of(
        proven: &Arc<Proven>,
        name: Option<&str>,
        operation: &OperationDefinition,
        sent: &Variables,
    ) -> Option<Self> {
        if operation.ty != OperationType::Query {
            return None;
        }
        let mut absent = Vec::new();
        for definition in &operation.variable_definitions {
            let definition = &definition.node;
            let name = &definition.name.node;
            match (sent.get(name), &definition.var_type.node.base) {
                (None, _) => absent.push(name.clone()),
                (Some(Value::Null), _) if definition.var_type.node.nullable => {}
                (Some(value), BaseType::Named(scalar)) if fits(scalar, value) => {}
                _ => return None,
            }
        }
        let form = Form { operation: name.map(str::to_owned), absent };
        Some(Self { proven: Arc::clone(proven), form })
    }

    /// Whether the document is known to be valid.
    pub fn stands(&self) -> bool {
        self.proven.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&self.form)
    }

    /// Notes that the document was validated and executed without an error.
    pub fn found(self) {
        let mut forms = self.proven.0.lock().unwrap_or_else(PoisonError::into_inner);
        if forms.len() < MAX_FORMS && !forms.contains(&self.form) {
            forms.push(self.form);
        }
    }
}

/// Whether a value is one of a built-in scalar.
fn fits(scalar: &Name, value: &Value) -> bool {
    match (scalar.as_str(), value) {
        ("ID" | "String", Value::String(_)) | ("Boolean", Value::Boolean(_)) => true,
        ("Int", Value::Number(number)) => {
            number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{parser::parse_query, value};

    use super::*;

    fn proof(text: &str, variables: Value) -> Option<Proof> {
        let document = parse_query(text).expect("the document can be read");
        let (_, operation) = document.operations.iter().next().expect("it has an operation");
        Proof::of(&Arc::default(), None, &operation.node, &Variables::from_value(variables))
    }

    #[test]
    fn only_variables_of_built_in_scalars_leave_validity_to_the_document() {
        let query = "query ($id: ID!, $first: Int, $after: String, $all: Boolean!) { __typename }";
        assert!(
            proof(query, value!({ "id": "1", "first": 3, "after": null, "all": true })).is_some()
        );
        assert!(proof(query, value!({ "id": "1", "all": true })).is_some());
        for wrong in [
            value!({ "id": null, "all": true }),
            value!({ "id": "1", "first": "3", "all": true }),
            value!({ "id": "1", "first": 3_000_000_000_u64, "all": true }),
            value!({ "id": ["1"], "all": true }),
        ] {
            assert!(proof(query, wrong.clone()).is_none(), "{wrong}");
        }
        assert!(proof("query ($r: Role) { __typename }", value!({ "r": "A" })).is_none());
        assert!(proof("query ($r: [ID]) { __typename }", value!({ "r": ["A"] })).is_none());
        assert!(proof("mutation ($id: ID) { __typename }", value!({ "id": "1" })).is_none());
    }

    #[test]
    fn a_form_that_was_not_executed_is_not_proven_by_another() {
        let query = "query ($id: ID, $first: Int) { __typename }";
        let document = parse_query(query).expect("the document can be read");
        let (_, operation) = document.operations.iter().next().expect("it has an operation");
        let proven = Arc::default();
        let of = |variables| {
            Proof::of(&proven, None, &operation.node, &Variables::from_value(variables))
                .expect("it can be proven")
        };
        of(value!({ "id": "1", "first": 2 })).found();
        assert!(of(value!({ "id": "2", "first": 3 })).stands());
        assert!(!of(value!({ "id": "2" })).stands(), "an argument is missing in this one");
    }
}
