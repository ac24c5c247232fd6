//! Errors on nullable fields, and what clients learn about errors.

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Guard, Object, PathSegment, Result, Schema, Value,
};
use domain::Error;
use sea_orm::DbErr;
use twinspace::graphql::{error::describe, nullable::NullableErrors};

struct Refused;

impl Guard for Refused {
    async fn check(&self, _: &Context<'_>) -> Result<()> {
        Err(Error::Unauthenticated.into())
    }
}

struct Node;

#[Object]
impl Node {
    async fn fine(&self) -> i32 {
        1
    }

    async fn absent(&self) -> Result<Option<i32>> {
        Err(Error::NotFound("thing").into())
    }

    #[graphql(guard = "Refused")]
    async fn guarded(&self) -> Option<i32> {
        Some(1)
    }

    async fn needed(&self) -> Result<i32> {
        Err(DbErr::Custom("secret".into()).into())
    }

    async fn children(&self) -> Vec<Node> {
        vec![Node, Node]
    }
}

struct Query;

#[Object]
impl Query {
    async fn node(&self) -> Option<Node> {
        Some(Node)
    }
}

/// The data, and the path and code of each error.
async fn ask(query: &str) -> (Value, Vec<String>) {
    let schema =
        Schema::build(Query, EmptyMutation, EmptySubscription).extension(NullableErrors).finish();
    let mut response = schema.execute(query).await;
    for error in &mut response.errors {
        describe(error, "id");
        assert!(!error.message.contains("secret"), "{error:?}");
    }
    let errors = response.errors.iter().map(|error| {
        let path = error.path.iter().map(|segment| match segment {
            PathSegment::Field(name) => name.clone(),
            PathSegment::Index(index) => index.to_string(),
        });
        let code = error.extensions.as_ref().and_then(|e| e.get("code")).unwrap();
        format!("{} {code}", path.collect::<Vec<_>>().join("."))
    });
    (response.data.clone(), errors.collect())
}

#[tokio::test]
async fn a_failing_nullable_field_is_null_and_its_siblings_stay() {
    let (data, errors) = ask("{ node { fine absent guarded } }").await;
    let expected = serde_json::json!({ "node": { "fine": 1, "absent": null, "guarded": null } });
    assert_eq!(data.into_json().unwrap(), expected);
    assert_eq!(errors, ["node.absent \"NOT_FOUND\"", "node.guarded \"UNAUTHENTICATED\""]);
}

#[tokio::test]
async fn a_failing_field_that_is_needed_nulls_the_nearest_nullable_one() {
    let (data, errors) = ask("{ node { children { fine needed } } }").await;
    assert_eq!(data.into_json().unwrap(), serde_json::json!({ "node": null }));
    assert_eq!(errors, ["node.children.0.needed \"INTERNAL_SERVER_ERROR\""]);
}

#[tokio::test]
async fn an_error_keeps_its_path_through_lists() {
    let (_, errors) = ask("{ node { children { children { absent } } } }").await;
    assert_eq!(errors.len(), 4);
    assert!(errors.contains(&"node.children.1.children.0.absent \"NOT_FOUND\"".to_owned()));
}
