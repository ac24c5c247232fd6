//! Objects whose fields are resolved where they stand, and written as [JSON](super::json), as long as
//! nothing has to be waited for.
//!
//! async-graphql makes a boxed future of every field of every row, as large as the largest field of
//! its type, joins them, and keeps the values in maps until they are written. Most fields of a list are
//! at hand, however: here they are polled once, on the stack, and written at once; only those that wait
//! are boxed and joined. Which ones wait is learned from the first row.
//!
//! This is done in queries that [run without extensions](super::api), and in which nothing has to be
//! merged that was selected twice; others take the ordinary path, on which the errors of nullable
//! fields are what they should be.

use std::{
    borrow::Cow,
    ptr,
    sync::{Mutex, PoisonError},
};

use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::{resolve_container, resolve_list},
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, try_join_all},
};

use crate::graphql::{
    context::ContextExt,
    json::{write, write_key},
    nullable::is_refused_column,
};

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

/// A field, with what is written before it: the text since the field before, and its key.
type Later<'a> = BoxFuture<'a, ServerResult<(Vec<u8>, Value)>>;

/// Resolves an object.
async fn object<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    waiting: &Waiting,
    root: &T,
) -> ServerResult<Value> {
    let Some(fields) = fields::<T>(ctx) else { return resolve_container(ctx, root).await };
    let mut json = vec![b'{'];
    let mut later: Vec<Later<'_>> = Vec::new();
    for (n, &field) in fields.iter().enumerate() {
        if n > 0 {
            json.push(b',');
        }
        if !waiting.has(field) {
            match now(ctx, field, root, &mut json) {
                Some(written) => {
                    written?;
                    continue;
                }
                None => waiting.add(field),
            }
        }
        write_key(&mut json, &field.node.response_key().node);
        let before = std::mem::take(&mut json);
        later.push(Box::pin(async move {
            let ctx = ctx.with_field(field);
            let value = root.resolve_field(&ctx).await;
            Ok((before, shown::<T>(&ctx, value)?))
        }));
    }
    json.push(b'}');
    let mut whole = Vec::new();
    for (before, value) in try_join_all(later).await? {
        whole.extend_from_slice(&before);
        write(&mut whole, &value);
    }
    whole.extend_from_slice(&json);
    Ok(Value::Binary(whole.into()))
}

/// Writes a field with its key, if it is at hand; otherwise nothing.
fn now<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    root: &T,
    json: &mut Vec<u8>,
) -> Option<ServerResult<()>> {
    let value = if field.node.name.node == "__typename" {
        Value::String(root.introspection_type_name().into_owned())
    } else {
        let ctx = ctx.with_field(field);
        match shown::<T>(&ctx, root.resolve_field(&ctx).now_or_never()?) {
            Ok(value) => value,
            Err(error) => return Some(Err(error)),
        }
    };
    write_key(json, &field.node.response_key().node);
    write(json, &value);
    Some(Ok(()))
}

/// The value of a field; null if it is refused in the rows of a list or in an event.
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
        Some(path) if nullable && is_refused_column(ctx, &error, path) => Ok(Value::Null),
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
    let Some(fields) = fields::<T>(ctx) else {
        return resolve_list(ctx, field, rows, Some(rows.len())).await;
    };
    let mut json = vec![b'['];
    let at_hand = if waiting.has(field) { 0 } else { written(ctx, &fields, rows, &mut json)? };
    if at_hand < rows.len() {
        waiting.add(field);
    }
    let later = rows.iter().enumerate().skip(at_hand).map(|(at, row)| async move {
        let ctx = ctx.with_index(at);
        object(&ctx, waiting, row).await
    });
    for (n, row) in try_join_all(later).await?.iter().enumerate() {
        if at_hand + n > 0 {
            json.push(b',');
        }
        write(&mut json, row);
    }
    json.push(b']');
    Ok(Value::Binary(json.into()))
}

/// Writes rows up to the first one that has to wait for something; returns how many.
fn written<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    fields: &[&Positioned<Field>],
    rows: &[T],
    json: &mut Vec<u8>,
) -> ServerResult<usize> {
    for (at, row) in rows.iter().enumerate() {
        let ctx = ctx.with_index(at);
        let before = json.len();
        json.extend_from_slice(if at > 0 { b",{" } else { b"{" });
        for (n, &field) in fields.iter().enumerate() {
            if n > 0 {
                json.push(b',');
            }
            let Some(written) = now(&ctx, field, row, json) else {
                json.truncate(before);
                return Ok(at);
            };
            written?;
        }
        json.push(b'}');
    }
    Ok(rows.len())
}

/// The fields selected of a type, including those in fragments on this very type; `None` if there is
/// anything else.
fn fields<'a, T: ObjectType>(ctx: &ContextSelectionSet<'a>) -> Option<Vec<&'a Positioned<Field>>> {
    let mut fields = Vec::with_capacity(ctx.item.node.items.len());
    collect::<T>(ctx, &ctx.item.node, &mut fields).then_some(fields)
}

fn collect<'a, T: ObjectType>(
    ctx: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    fields: &mut Vec<&'a Positioned<Field>>,
) -> bool {
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => {
            let key = &field.node.response_key().node;
            // Selected twice, it is the same: objects to be merged are not resolved here.
            if fields.iter().all(|other| other.node.response_key().node != *key) {
                fields.push(field);
            }
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
