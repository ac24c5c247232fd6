//! Objects whose fields are resolved where they stand, and written as [JSON](super::json), as long as
//! nothing has to be waited for but batches.
//!
//! async-graphql makes a boxed future of every field of every row, as large as the largest field of
//! its type, joins them, polls all of them whenever one of them may go on, and keeps the values in maps
//! until they are written. Most fields of a list are at hand, however: here they are polled once, on the
//! stack, and written at once. What a [batch](super::loader) brings is at hand in the next
//! [round](super::round): until then a row is only asked what it needs. Rows that wait for anything
//! else are boxed and joined.
//!
//! This is done in queries that [run without extensions](super::api); others take the ordinary path, on
//! which the errors of nullable fields are what they should be.

use std::{borrow::Cow, future::pending, slice};

use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::{resolve_container, resolve_list},
};
use futures_util::future::{BoxFuture, join_all, try_join_all};

use crate::graphql::{
    context::ContextExt,
    json::{write, write_key},
    nullable::is_refused_column,
    round::{Rounds, Wait},
};

/// An object that is resolved where it stands.
#[derive(Clone, Debug)]
pub struct Eager<T>(pub T);

/// A list of such objects.
#[derive(Clone, Debug)]
pub struct EagerList<T>(pub Vec<T>);

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
        match rounds(ctx) {
            Some(rounds) => object(ctx, rounds, &self.0).await,
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
        match rounds(ctx) {
            Some(rounds) => list(ctx, rounds, field, &self.0).await,
            None => resolve_list(ctx, field, &self.0, Some(self.0.len())).await,
        }
    }
}

fn rounds<'a>(ctx: &'a ContextSelectionSet<'a>) -> Option<&'a Rounds> {
    ctx.request().rounds.as_ref()
}

/// The number of rounds after which the rest is boxed: more would not bring it any further.
const MOST: usize = 16;

/// The fields selected of an object.
type Fields<'a> = [&'a Positioned<Field>];

/// Resolves an object.
async fn object<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    rounds: &Rounds,
    root: &T,
) -> ServerResult<Value> {
    let Some(fields) = fields::<T>(ctx) else { return resolve_container(ctx, root).await };
    let mut json = Vec::new();
    let at = |_| ctx.clone();
    if write_rows(at, rounds, &fields, slice::from_ref(root), &mut json).await? == 0 {
        json = boxed(ctx, rounds, &fields, root).await?;
    }
    Ok(Value::Binary(json.into()))
}

/// Resolves a list of objects.
async fn list<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    rounds: &Rounds,
    field: &Positioned<Field>,
    rows: &[T],
) -> ServerResult<Value> {
    let Some(fields) = fields::<T>(ctx) else {
        return resolve_list(ctx, field, rows, Some(rows.len())).await;
    };
    let mut json = vec![b'['];
    let at = |row| ctx.with_index(row);
    let written = write_rows(at, rounds, &fields, rows, &mut json).await?;
    let others = rows.iter().enumerate().skip(written).map(|(at, row)| {
        let (ctx, fields) = (ctx.with_index(at), &fields);
        async move { boxed(&ctx, rounds, fields, row).await }
    });
    for (n, row) in try_join_all(others).await?.iter().enumerate() {
        if written + n > 0 {
            json.push(b',');
        }
        json.extend_from_slice(row);
    }
    json.push(b']');
    Ok(Value::Binary(json.into()))
}

/// Writes rows until one waits for something that no batch brings; returns how many.
async fn write_rows<'a, T: ObjectType>(
    ctx: impl Fn(usize) -> ContextSelectionSet<'a>,
    rounds: &Rounds,
    fields: &Fields<'a>,
    rows: &[T],
    json: &mut Vec<u8>,
) -> ServerResult<usize> {
    let mut done = 0;
    for _ in 0..MOST {
        let (work, other) = {
            let round = rounds.begin();
            while let Some(row) = rows.get(done) {
                let before = json.len();
                if done > 0 {
                    json.push(b',');
                }
                let Some(written) = write_row(&ctx(done), rounds, fields, row, json) else {
                    json.truncate(before);
                    break;
                };
                written?;
                done += 1;
            }
            if done == rows.len() {
                return Ok(done);
            }
            let other = fields.iter().any(|field| rounds.wait(field) == Some(Wait::Other));
            let others = rows.iter().enumerate().skip(done + 1);
            for (at, row) in others.filter(|_| !other) {
                ask(&ctx(at), rounds, fields, row);
            }
            (round.end(), other)
        };
        match work {
            Some(work) => drop(join_all(work).await),
            // The list around this one waits for it, and then asks again.
            None => pending().await,
        }
        if other {
            return Ok(done);
        }
    }
    Ok(done)
}

/// Writes an object, if all of it is at hand. Otherwise all that it needs of batches has been asked for.
fn write_row<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    rounds: &Rounds,
    fields: &Fields<'_>,
    root: &T,
    json: &mut Vec<u8>,
) -> Option<ServerResult<()>> {
    let long = ctx.request().long_so_far();
    let mut whole = true;
    json.push(b'{');
    for (n, &field) in fields.iter().enumerate() {
        if n > 0 {
            json.push(b',');
        }
        match now(ctx, rounds, field, root) {
            Some(Ok(value)) => {
                write_key(json, &field.node.response_key().node);
                write(json, &value);
            }
            Some(Err(error)) => return Some(Err(error)),
            None => whole = false,
        }
    }
    json.push(b'}');
    if !whole {
        ctx.request().rewind_long(long);
        return None;
    }
    Some(Ok(()))
}

/// Asks for what an object needs of batches, as far as that can be told from the objects before it.
fn ask<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    rounds: &Rounds,
    fields: &Fields<'_>,
    root: &T,
) {
    let long = ctx.request().long_so_far();
    for &field in fields {
        let inner = !field.node.selection_set.node.items.is_empty();
        if inner || rounds.wait(field).is_some() {
            // If it is at hand or fails, so it does when it is written.
            let _ = now(ctx, rounds, field, root);
        }
    }
    ctx.request().rewind_long(long);
}

/// The value of a field, if it is at hand.
fn now<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    rounds: &Rounds,
    field: &Positioned<Field>,
    root: &T,
) -> Option<ServerResult<Value>> {
    if field.node.name.node == "__typename" {
        return Some(Ok(Value::String(root.introspection_type_name().into_owned())));
    }
    let ctx = ctx.with_field(field);
    let value = rounds.poll(field, root.resolve_field(&ctx))?;
    Some(shown::<T>(&ctx, value))
}

/// A field, with what is written before it: the text since the field before, and its key.
type Later<'a> = BoxFuture<'a, ServerResult<(Vec<u8>, Value)>>;

/// An object whose fields wait for something.
async fn boxed<T: ObjectType>(
    ctx: &ContextSelectionSet<'_>,
    rounds: &Rounds,
    fields: &Fields<'_>,
    root: &T,
) -> ServerResult<Vec<u8>> {
    let mut before = vec![b'{'];
    let mut later: Vec<Later<'_>> = Vec::new();
    for (n, &field) in fields.iter().enumerate() {
        if n > 0 {
            before.push(b',');
        }
        let known = if rounds.wait(field).is_none() { now(ctx, rounds, field, root) } else { None };
        write_key(&mut before, &field.node.response_key().node);
        if let Some(value) = known {
            write(&mut before, &value?);
            continue;
        }
        let before = std::mem::take(&mut before);
        later.push(Box::pin(async move {
            let ctx = ctx.with_field(field);
            let value = root.resolve_field(&ctx).await;
            Ok((before, shown::<T>(&ctx, value)?))
        }));
    }
    before.push(b'}');
    let mut json = Vec::new();
    for (before, value) in try_join_all(later).await? {
        json.extend_from_slice(&before);
        write(&mut json, &value);
    }
    json.extend_from_slice(&before);
    Ok(json)
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
