//! Markdown as HTML that has yet to be sanitised.

use std::collections::HashMap;

use pulldown_cmark::{Alignment, CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};

use super::sieve::{NOTE, media_id};

/// The maximum nesting of quotes, lists and the like; deeper ones are removed around their text.
const DEEPEST: usize = 32;
/// How many pieces of HTML are parsed as such; all further ones are shown as text. Parsing takes
/// time quadratic in the number of unclosed elements.
const MOST_TAGS: usize = 1000;

/// Markdown as HTML that has yet to be sanitised, with any HTML in it kept as such or as text.
pub(super) fn write(text: &str, raw: bool) -> String {
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

/// Turns the parser's events into what may be written.
#[derive(Default)]
struct Writer<'a> {
    tags_left: usize,
    depth: usize,
    /// Whether each open picture is shown.
    pictures: Vec<bool>,
    /// The alignment of the table's columns, and the next cell.
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
            // Without a form, there is no checkbox.
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
                // External pictures are replaced by their words.
                let shown = media_id(&dest_url).is_some();
                self.pictures.push(shown);
                shown.then_some(Event::Start(Tag::Image { link_type, dest_url, title, id }))
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

    /// HTML in the text: kept as such while the limit allows, and otherwise as text.
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

/// HTML generated here.
fn inline(html: String) -> Event<'static> {
    Event::InlineHtml(html.into())
}
