//! Markdown to HTML that is safe to put into anybody's page, children's among them.
//!
//! Whatever the Markdown says, and whatever HTML stands in it, only what [`TAGS`] and
//! [`ATTRIBUTES`] name comes out. What comes out is a fixed point: to clean it again changes
//! nothing, so that a client that parses it sees what the sanitiser saw.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Alignment, CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};
use tokio::task::spawn_blocking;

use crate::{Error, Result};

/// The version of what is below. Raise it with every change to what comes out: HTML that an older
/// one made is not shown any more, and made anew.
pub const RENDERER: i32 = 1;

/// The most bytes of HTML that a page may make.
const MOST: usize = 1 << 20;
/// How deep quotes, lists and the like go into each other; deeper ones are left out around their
/// text.
const DEEPEST: usize = 32;
/// How many pieces of HTML are read as such; all after them are shown as text. A parser takes
/// time by the square of what is left open.
const MOST_TAGS: usize = 1000;
/// How often HTML is cleaned until it stays the same.
const ROUNDS: usize = 8;

/// The elements that may come out.
pub const TAGS: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];
/// Their attributes. `rel` is the sanitiser's own.
pub const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href", "title"]),
    ("div", &["id"]),
    ("ol", &["start"]),
    ("td", &["align"]),
    ("th", &["align"]),
];
/// What links may lead to.
pub const SCHEMES: &[&str] = &["http", "https", "mailto"];
/// What every link says of itself.
pub const REL: &str = "noopener noreferrer nofollow ugc";
/// How the ids of footnotes begin: they shall not meet those of the page that shows them.
const NOTE: &str = "page-note-";
/// Elements that are left out with all that is in them.
const WITH_CONTENT: &[&str] = &[
    "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style",
    "svg", "template", "textarea", "title", "xmp",
];

/// The text of a page as HTML, made where it holds nobody up.
pub async fn render(text: &str) -> Result<String> {
    let text = text.to_owned();
    let html = spawn_blocking(move || html(&text)).await.map_err(Error::internal)?;
    match html.len() > MOST {
        true => Err(Error::invalid("text", "makes too large a page")),
        false => Ok(html),
    }
}

/// The same of a text that was taken before: where it makes too large a page now, its words alone.
pub async fn render_anew(text: &str) -> Result<String> {
    match render(text).await {
        Err(Error::Invalid(_)) => Ok(words(text)),
        html => html,
    }
}

/// The text of a page as HTML.
pub fn html(text: &str) -> String {
    let clean = |raw| settled(&written(text, raw));
    // Second, where the HTML in it finds no rest, without; last, as nothing but words.
    clean(true).or_else(|| clean(false)).unwrap_or_else(|| words(text))
}

/// A text as it stands.
fn words(text: &str) -> String {
    let words = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    sanitise(&format!("<p>{words}</p>"))
}

/// HTML with nothing in it but what may be.
pub fn sanitise(html: &str) -> String {
    static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
        let attributes = ATTRIBUTES.iter().map(|(tag, all)| (*tag, all.iter().copied().collect()));
        let mut cleaner = Builder::empty();
        cleaner
            .tags(TAGS.iter().copied().collect())
            .clean_content_tags(WITH_CONTENT.iter().copied().collect())
            .generic_attributes(HashSet::new())
            .tag_attributes(attributes.collect::<HashMap<_, HashSet<_>>>())
            .attribute_filter(attribute)
            .url_schemes(SCHEMES.iter().copied().collect())
            // What is relative and gets past `attribute` leads to a footnote.
            .url_relative(UrlRelative::PassThrough)
            .link_rel(Some(REL))
            .strip_comments(true);
        cleaner
    });
    CLEANER.clean(html).to_string()
}

/// What an attribute may say.
fn attribute<'v>(tag: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let fits = match (tag, name) {
        (_, "href") => {
            let scheme = value.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
            let absolute = scheme.is_some_and(|scheme| SCHEMES.contains(&scheme.as_str()));
            absolute || value.strip_prefix('#').is_some_and(is_note)
        }
        (_, "id") => is_note(value),
        (_, "start") => value.len() <= 9 && value.bytes().all(|b| b.is_ascii_digit()),
        (_, "align") => matches!(value, "left" | "center" | "right"),
        _ => true,
    };
    fits.then_some(Cow::Borrowed(value))
}

fn is_note(id: &str) -> bool {
    id.strip_prefix(NOTE).is_some_and(|n| n.len() <= 6 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Cleans until nothing changes any more: what was inside of what is left out may be read
/// differently without it. None if it does not come to rest.
fn settled(html: &str) -> Option<String> {
    let mut html = sanitise(html);
    for _ in 0..ROUNDS {
        let again = sanitise(&html);
        if again == html {
            return Some(html);
        }
        html = again;
    }
    None
}

/// Where pictures of this server are found: a picture is written `![words](media:media_…)`.
/// There are none yet, and words stand in their place; whoever resolves them adds `img` to
/// [`TAGS`] and raises [`RENDERER`].
fn picture(_: &str) -> Option<String> {
    None
}

/// Markdown as HTML that is yet to be cleaned; what HTML stands in it as such, or as text.
fn written(text: &str, raw: bool) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS;
    let mut writer = Writer { tags_left: if raw { MOST_TAGS } else { 0 }, ..Writer::default() };
    let events = Parser::new_ext(text, options).filter_map(|event| writer.event(event));
    let mut html = String::with_capacity(text.len() * 3 / 2);
    push_html(&mut html, events);
    html
}

/// Turns what the parser finds into what may be written.
#[derive(Default)]
struct Writer<'a> {
    tags_left: usize,
    depth: usize,
    /// Of the pictures that are open, whether they are shown.
    pictures: Vec<bool>,
    /// How the columns of the table are aligned, and which cell comes next.
    columns: Vec<Alignment>,
    cell: usize,
    in_head: bool,
    notes: HashMap<CowStr<'a>, usize>,
}

impl<'a> Writer<'a> {
    fn event(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        Some(match event {
            Event::Start(tag) => return self.start(tag),
            Event::End(tag) => return self.end(tag),
            Event::Html(html) => self.raw(html, Event::Html),
            Event::InlineHtml(html) => self.raw(html, Event::InlineHtml),
            Event::FootnoteReference(label) => {
                let n = self.note(label);
                inline(format!("<sup><a href=\"#{NOTE}{n}\">{n}</a></sup>"))
            }
            // No form, and so no box to tick.
            Event::TaskListMarker(done) => Event::Text(if done { "☑ " } else { "☐ " }.into()),
            other => other,
        })
    }

    fn start(&mut self, tag: Tag<'a>) -> Option<Event<'a>> {
        match tag {
            Tag::BlockQuote(_)
            | Tag::List(_)
            | Tag::Item
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough => {
                self.depth += 1;
                (self.depth <= DEEPEST).then_some(Event::Start(tag))
            }
            Tag::Image { link_type, dest_url, title, id } => {
                let url = picture(&dest_url);
                self.pictures.push(url.is_some());
                let dest_url = url?.into();
                Some(Event::Start(Tag::Image { link_type, dest_url, title, id }))
            }
            Tag::FootnoteDefinition(label) => {
                let n = self.note(label);
                Some(inline(format!("<div id=\"{NOTE}{n}\"><sup>{n}</sup>")))
            }
            Tag::Table(columns) => {
                self.columns.clone_from(&columns);
                Some(Event::Start(Tag::Table(columns)))
            }
            Tag::TableHead | Tag::TableRow => {
                (self.cell, self.in_head) = (0, tag == Tag::TableHead);
                Some(Event::Start(tag))
            }
            Tag::TableCell => {
                let align = match self.columns.get(self.cell) {
                    Some(Alignment::Left) => " align=\"left\"",
                    Some(Alignment::Center) => " align=\"center\"",
                    Some(Alignment::Right) => " align=\"right\"",
                    _ => "",
                };
                self.cell += 1;
                let name = if self.in_head { "th" } else { "td" };
                Some(inline(format!("<{name}{align}>")))
            }
            other => Some(Event::Start(other)),
        }
    }

    fn end(&mut self, tag: TagEnd) -> Option<Event<'a>> {
        match tag {
            TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough => {
                self.depth -= 1;
                (self.depth < DEEPEST).then_some(Event::End(tag))
            }
            TagEnd::Image => self.pictures.pop()?.then_some(Event::End(tag)),
            TagEnd::FootnoteDefinition => Some(inline("</div>\n".to_owned())),
            TagEnd::TableCell => {
                Some(inline(if self.in_head { "</th>" } else { "</td>" }.to_owned()))
            }
            other => Some(Event::End(other)),
        }
    }

    /// HTML that stands in the text: as such while there are tags left, else as words.
    fn raw(&mut self, html: CowStr<'a>, as_is: fn(CowStr<'a>) -> Event<'a>) -> Event<'a> {
        let tags = html.matches('<').count();
        if tags > self.tags_left {
            self.tags_left = 0;
            return Event::Text(html);
        }
        self.tags_left -= tags;
        as_is(html)
    }

    fn note(&mut self, label: CowStr<'a>) -> usize {
        let next = self.notes.len() + 1;
        *self.notes.entry(label).or_insert(next)
    }
}

/// HTML of our own making.
fn inline(html: String) -> Event<'static> {
    Event::InlineHtml(html.into())
}
