//! Lists as Relay connections: keyset cursors, and only the selected columns.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{
    Context, Lookahead, Object, ObjectType, SchemaBuilder, SubscriptionType, TypeName,
    connection::PageInfo,
};
use domain::{
    Error, Result,
    error::Flaw,
    list::{Ask, Columns, Cursor, Listed, MOST},
};
use futures_util::future::try_join_all;
use uuid::Uuid;

use crate::graphql::{
    accounts::{admission, person, school},
    care::{administration, audit, report},
    context::ContextExt,
    desktop::{contact, notification},
    eager::{Eager, EagerList},
    inside::{chat, media, message, page, search, thread},
    loader::Pages,
    members::{custody_transfer, invitation, member, pupil, pupil_request},
    projects::{approval, diary, label, office, partner, project, succession},
};

/// The default number of rows per page.
pub const USUAL: i32 = 20;

/// A page of a list of `N`.
pub struct Connection<N> {
    edges: Vec<Edge<N>>,
    has_previous: bool,
    has_next: bool,
    total_count: u64,
}

impl<N: ObjectType> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

#[Object(name_type)]
impl<N: ObjectType> Connection<N> {
    /// Information to aid in pagination.
    async fn page_info(&self) -> PageInfo {
        let cursor = |edge: Option<&Edge<N>>| edge.map(|edge| edge.cursor.clone());
        PageInfo {
            has_previous_page: self.has_previous,
            has_next_page: self.has_next,
            start_cursor: cursor(self.edges.first()),
            end_cursor: cursor(self.edges.last()),
        }
    }

    /// A list of edges.
    async fn edges(&self) -> EagerList<&Edge<N>> {
        EagerList(self.edges.iter().collect())
    }

    /// A list of nodes.
    async fn nodes(&self) -> EagerList<&N> {
        EagerList(self.edges.iter().map(|edge| &edge.node).collect())
    }

    /// The total number of items across all pages.
    async fn total_count(&self) -> u64 {
        self.total_count
    }
}

/// An edge in a connection.
pub struct Edge<N> {
    cursor: String,
    node: N,
}

impl<N: ObjectType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// An edge in a connection.
#[Object(name_type)]
impl<N: ObjectType> Edge<N> {
    /// The item at the end of the edge
    async fn node(&self) -> Eager<&N> {
        Eager(&self.node)
    }

    /// A cursor for use in pagination
    async fn cursor(&self) -> &str {
        &self.cursor
    }
}

/// Describes each connection type: they are one type with many names.
pub fn describe<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    macro_rules! lists {
        ($builder:expr, $($node:ty: $words:literal,)+) => {
            $builder$(.override_output_type_description::<Connection<$node>>(
                concat!("One page of ", $words, ", with the total count."),
            ))+
        };
    }
    lists! {
        builder,
        administration::AdministeredAccount: "accounts",
        administration::AdministeredService: "support services",
        administration::TwinSpaceStorage: "what TwinSpaces store",
        administration::PendingMail: "mails that have not been delivered",
        admission::Admission: "admissions of teachers",
        approval::Approval: "decisions on projects",
        audit::AuditEntry: "audit log entries",
        chat::ChatMessage: "chat messages",
        contact::Contact: "contacts",
        custody_transfer::CustodyTransfer: "custody transfers",
        diary::DiaryEntry: "diary entries",
        invitation::Invitation: "invitations",
        label::LabelApplication: "label applications",
        media::Media: "media",
        member::Member: "members",
        message::Message: "messages between members",
        notification::Notification: "notifications",
        office::OfficeDecision: "decisions of a support service",
        office::OfficeProject: "projects of a country or region",
        office::OfficeSchool: "schools of a country or region",
        office::OfficeTeacher: "teachers of a country or region",
        page::Page: "pages",
        page::PageVersion: "page versions",
        partner::Partner: "partners",
        person::Person: "people",
        project::Project: "projects",
        pupil::own::Pupil: "pupils in the viewer's custody",
        pupil_request::PupilRequest: "pupil requests",
        report::Report: "reports",
        school::School: "schools",
        search::SearchHit: "search results",
        succession::Succession: "successions",
        thread::Thread: "threads of messages",
    }
}

/// The paging arguments of a connection.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    /// The first rows, at most 100.
    pub first: Option<i32>,
    /// Only rows after this cursor.
    pub after: Option<String>,
    /// The last rows, at most 100.
    pub last: Option<i32>,
    /// Only rows before this cursor.
    pub before: Option<String>,
}

impl Paging {
    fn size(&self) -> Result<(u64, bool)> {
        let (size, field, last) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                let both = "cannot be combined with first";
                return Err(Error::invalid("last", Flaw::NotAllowed(both.into())));
            }
            (None, Some(last)) => (last, "last", true),
            (first, None) => (first.unwrap_or(USUAL), "first", false),
        };
        match u64::try_from(size) {
            Ok(size) if size <= MOST => Ok((size, last)),
            _ => Err(Error::invalid(field, Flaw::OutOfRange(0..=MOST))),
        }
    }
}

fn cursor(text: Option<String>, field: &'static str) -> Result<Option<Cursor>> {
    let none = || Error::invalid(field, Flaw::Malformed("is not a cursor of this list".into()));
    text.map(|text| Cursor::read(&text).ok_or_else(none)).transpose()
}

/// The cost of a page for the complexity limit: as many rows as it may return.
pub fn cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let rows = first.or(last).unwrap_or(USUAL).clamp(0, 100);
    usize::try_from(rows).unwrap_or(100).max(1).saturating_mul(child).saturating_add(1)
}

/// A list, before the requested page is known.
pub struct List<R: Listed> {
    /// The parent of the list; the nil UUID if it has rows of any parent.
    pub parent: Uuid,
    /// The filter.
    pub filter: R::Filter,
    /// The order.
    pub order: R::Order,
    /// Whether the order is reversed.
    pub descending: bool,
}

/// The page requested by a connection field. Pages of several parents are loaded together.
pub async fn page<R: Listed, N: ObjectType>(
    ctx: &Context<'_>,
    paging: Paging,
    list: List<R>,
    node: impl Fn(R) -> N,
) -> Result<Connection<N>> {
    let Read { rows, has_previous, has_next, total: total_count } = read(ctx, paging, list).await?;
    let edges = rows.into_iter().map(|(cursor, row)| Edge { cursor, node: node(row) });
    Ok(Connection { edges: edges.collect(), has_previous, has_next, total_count })
}

/// Like `page`, if more must be loaded to make nodes of rows: for all rows together.
pub async fn page_each<R: Listed, N: ObjectType, F>(
    ctx: &Context<'_>,
    paging: Paging,
    list: List<R>,
    node: impl Fn(R) -> F,
) -> Result<Connection<N>>
where
    F: Future<Output = Result<N>> + Send,
{
    let Read { rows, has_previous, has_next, total: total_count } = read(ctx, paging, list).await?;
    let edges = rows.into_iter().map(|(cursor, row)| {
        let node = node(row);
        async move { Ok::<_, Error>(Edge { cursor, node: node.await? }) }
    });
    let edges = try_join_all(edges).await?;
    Ok(Connection { edges, has_previous, has_next, total_count })
}

/// What is selected of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Selected {
    /// Of its nodes.
    columns: Columns,
    /// Whether rows are read at all.
    rows: bool,
    /// Whether they are counted.
    total: bool,
    /// Whether the cursors of all edges are shown, and not only those of the ends.
    cursors: bool,
}

impl Selected {
    fn of<R: Listed>(ctx: &Context<'_>) -> Self {
        ctx.request().selected::<R>(ctx.item, || {
            let look = ctx.look_ahead();
            let nodes = [look.field("nodes"), look.field("edges").field("node")];
            Self {
                columns: Columns::of::<R>(|field| nodes.iter().any(|node| asks(node, field))),
                rows: ["nodes", "edges", "pageInfo"].iter().any(|field| look.field(field).exists()),
                total: look.field("totalCount").exists(),
                cursors: look.field("edges").field("cursor").exists(),
            }
        })
    }

    fn cursors<R>(&self, rows: Vec<(Cursor, R)>) -> Vec<(String, R)> {
        let last = rows.len().saturating_sub(1);
        let shown = |at| self.cursors || at == 0 || at == last;
        let cursor = |at, cursor: Cursor| if shown(at) { cursor.show() } else { String::new() };
        let rows = rows.into_iter().enumerate();
        rows.map(|(at, (row_cursor, row))| (cursor(at, row_cursor), row)).collect()
    }
}

struct Read<R> {
    rows: Vec<(String, R)>,
    has_previous: bool,
    has_next: bool,
    total: u64,
}

async fn read<R: Listed>(ctx: &Context<'_>, paging: Paging, list: List<R>) -> Result<Read<R>> {
    let selected = Selected::of::<R>(ctx);
    let (limit, last) = paging.size()?;
    let List { parent, filter, order, descending } = list;
    let ask = Ask::<R> {
        columns: selected.columns.and::<R>(R::always(&filter)),
        filter,
        order,
        descending,
        after: cursor(paging.after, "after")?,
        before: cursor(paging.before, "before")?,
        limit,
        last,
        rows: selected.rows,
        total: selected.total,
    };
    ask.check()?;
    let (follows, precedes) = (ask.after.is_some(), ask.before.is_some());
    let page = ctx.load::<Pages<R>>((parent, Arc::new(ask))).await?;
    let page = page.map(Arc::unwrap_or_clone).unwrap_or_default();
    let (has_previous, has_next) = match last {
        true => (page.more, precedes),
        false => (follows, page.more),
    };
    let rows = selected.cursors(page.rows);
    Ok(Read { rows, has_previous, has_next, total: page.total.unwrap_or(0) })
}

/// The columns that the selection of this field needs.
pub fn columns<R: Listed>(ctx: &Context<'_>) -> Columns {
    let look = ctx.look_ahead();
    Columns::of::<R>(|field| asks(&look, field))
}

/// The columns that the nodes of this connection need, in rows loaded separately from the list.
pub fn node_columns<R: Listed>(ctx: &Context<'_>) -> Columns {
    let look = ctx.look_ahead();
    let nodes = [look.field("nodes"), look.field("edges").field("node")];
    Columns::of::<R>(|field| nodes.iter().any(|node| asks(node, field)))
}

/// The columns that the selection of this field needs, in a row at `field`.
pub fn columns_below<R: Listed>(ctx: &Context<'_>, field: &str) -> Columns {
    let look = ctx.look_ahead();
    Columns::of::<R>(|path| match path.strip_prefix(field) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('.').is_some_and(|rest| asks(&look, rest)),
        None => false,
    })
}

/// Whether a selection contains the field at this path.
fn asks(look: &Lookahead<'_>, path: &str) -> bool {
    match path.split_once('.') {
        None => look.field(path).exists(),
        Some((field, rest)) => {
            let inner = look.field(field);
            inner.exists() && asks(&inner, rest)
        }
    }
}
