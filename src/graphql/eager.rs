//! Objects whose fields are resolved where they stand as long as nothing has to be waited for.
//!
//! async-graphql makes a boxed future of every field of every row, as large as the largest field of
//! its type, and joins them. Most fields of a list are at hand, however: here they are polled once, on
//! the stack, and only those that wait are boxed and joined. Which ones wait is learned from the
//! first row.
//!
//! This is done in queries that [run without extensions](super::api); others take the ordinary path,
//! on which the errors of nullable fields are what they should be.

use std::{
    borrow::Cow,
    ptr,
    sync::{Mutex, PoisonError},
};

use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::{resolve_container, resolve_list},
};
use async_graphql_value::Name;
use futures_util::{
    FutureExt,
    future::{BoxFuture, try_join_all},
};

use crate::graphql::{context::ContextExt, nullable::is_refused_column};

/// An object that is resolved where it stands.
#[derive(Clone, Debug)]
pub struct Eager<T>(pub T);

/// A list of such objects.
#[derive(Clone, Debug)]
pub struct EagerList<T>(pub Vec<T>);

/// The fields of the operation that have waited for something, by their place in the document.
#[derive(Debug, Default)]
pub struct Waiting(Mutex<Vec<usize>>);

impl Waiting {
    fn has(&self, field: &Positioned<Field>) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains(&ptr::from_ref(field).addr())
    }

    fn add(&self, field: &Positioned<Field>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push(ptr::from_ref(field).addr());
    }
}

impl<T: ObjectType> OutputType for Eager<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        match waiting(ctx) {
            Some(waiting) => object(ctx, waiting, &self.0).await,
            None => resolve_container(ctx, &self.0).await,
        }
    }
}

impl<T: ObjectType> OutputType for EagerList<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        match waiting(ctx) {
            Some(waiting) => list(ctx, waiting, field, &self.0).await,
            None => resolve_list(ctx, field, &self.0, Some(self.0.len())).await,
        }
    }
}

fn waiting<'a>(ctx: &'a ContextSelectionSet<'a>) -> Option<&'a Waiting> {
    ctx.request().waiting.as_ref()
}

/// Resolves an object.
async fn object<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    waiting: &Waiting,
    root: &T,
) -> ServerResult<Value> {
    let mut fields = Vec::with_capacity(ctx.item.node.items.len());
    if !collect::<T>(ctx, &ctx.item.node, &mut fields) {
        return resolve_container(ctx, root).await;
    }
    let mut object = IndexMap::with_capacity(fields.len());
    let mut later: Vec<BoxFuture<'_, ServerResult<(Name, Value)>>> = Vec::new();
    for field in fields {
        let key = &field.node.response_key().node;
        if field.node.name.node == "__typename" {
            merge(&mut object, key, Value::String(root.introspection_type_name().into_owned()));
            continue;
        }
        if !waiting.has(field) {
            let ctx = ctx.with_field(field);
            if let Some(value) = root.resolve_field(&ctx).now_or_never() {
                merge(&mut object, key, shown::<T>(&ctx, value)?);
                continue;
            }
            waiting.add(field);
        }
        object.entry(key.clone()).or_insert_with(Value::default);
        later.push(Box::pin(async move {
            let ctx = ctx.with_field(field);
            let value = root.resolve_field(&ctx).await;
            Ok((key.clone(), shown::<T>(&ctx, value)?))
        }));
    }
    for (key, value) in try_join_all(later).await? {
        merge(&mut object, &key, value);
    }
    Ok(Value::Object(object))
}

/// The value of a field; null if it is refused in the rows of a list.
fn shown<T: ObjectType>(
    ctx: &Context<'_>,
    value: ServerResult<Option<Value>>,
) -> ServerResult<Value> {
    let error = match value {
        Ok(value) => return Ok(value.unwrap_or_default()),
        Err(error) => error,
    };
    let types = &ctx.schema_env.registry.types;
    let field = types.get(&*T::type_name()).and_then(|of| of.field_by_name(ctx.field().name()));
    let nullable = field.is_some_and(|field| !field.ty.ends_with('!'));
    match &ctx.path_node {
        Some(path) if nullable && is_refused_column(&error, path) => Ok(Value::Null),
        _ => Err(error),
    }
}

/// Resolves a list of objects.
async fn list<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    waiting: &Waiting,
    field: &Positioned<Field>,
    rows: &[T],
) -> ServerResult<Value> {
    let mut values = vec![Value::Null; rows.len()];
    let mut later: Vec<BoxFuture<'_, ServerResult<(usize, Value)>>> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if !waiting.has(field) {
            let ctx = ctx.with_index(at);
            if let Some(value) = object(&ctx, waiting, row).now_or_never() {
                values[at] = value?;
                continue;
            }
            waiting.add(field);
        }
        later.push(Box::pin(async move {
            let ctx = ctx.with_index(at);
            Ok((at, object(&ctx, waiting, row).await?))
        }));
    }
    for (at, value) in try_join_all(later).await? {
        values[at] = value;
    }
    Ok(Value::List(values))
}

/// Collects the fields selected of a type, including those in fragments on this very type; false if
/// there is anything else.
fn collect<'a, T: ObjectType>(
    ctx: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    fields: &mut Vec<&'a Positioned<Field>>,
) -> bool {
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => {
            fields.push(field);
            field.node.directives.is_empty()
        }
        Selection::FragmentSpread(spread) => {
            let fragment = ctx.query_env.fragments.get(&spread.node.fragment_name.node);
            fragment.is_some_and(|fragment| {
                *fragment.node.type_condition.node.on.node == *T::type_name()
                    && collect::<T>(ctx, &fragment.node.selection_set.node, fields)
            })
        }
        Selection::InlineFragment(fragment) => {
            let on = fragment.node.type_condition.as_ref();
            on.is_none_or(|on| *on.node.on.node == *T::type_name())
                && collect::<T>(ctx, &fragment.node.selection_set.node, fields)
        }
    })
}

/// Adds a value; what has been selected twice under the same key is merged.
fn merge(object: &mut IndexMap<Name, Value>, key: &Name, value: Value) {
    match object.get_mut(key) {
        None => {
            object.insert(key.clone(), value);
        }
        Some(old) => merge_values(old, value),
    }
}

fn merge_values(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            new.into_iter().for_each(|(key, value)| merge(old, &key, value));
        }
        (Value::List(old), Value::List(new)) => {
            old.iter_mut().zip(new).for_each(|(old, new)| merge_values(old, new));
        }
        (old, new) => *old = new,
    }
}
