//! Markdown that people wrote, as HTML that is safe to show.

use std::{collections::HashSet, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, Options, Parser, html::push_html};

/// What may stand in it. All else is left out: nothing that runs, loads or looks like the page
/// around it.
const TAGS: &[&str] = &[
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// How deep lists, quotes and the like may stand in each other. Below that they are plain text:
/// the time to clean HTML grows with its depth.
const DEPTH: usize = 30;

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .add_tag_attributes("a", ["href", "title"])
        .add_tag_attributes("ol", ["start"])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow ugc"));
    builder
});

/// The HTML of a text in Markdown: headings, lists, tables, code and links, and nothing else.
/// HTML within the text is shown as it was typed.
pub fn html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut depth = 0;
    let events = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Start(_) => {
            depth += 1;
            (depth <= DEPTH).then_some(event)
        }
        Event::End(_) => {
            depth -= 1;
            (depth < DEPTH).then_some(event)
        }
        Event::Html(typed) | Event::InlineHtml(typed) => Some(Event::Text(typed)),
        event => Some(event),
    });
    let mut html = String::new();
    push_html(&mut html, events);
    CLEANER.clean(&html).to_string()
}
