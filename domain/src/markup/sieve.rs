//! Sanitises HTML.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};
use entity::{Kind, MediaId};

/// The elements allowed in the output.
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
    "img",
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
/// Their attributes. `rel` is added by the sanitiser.
pub const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href", "title"]),
    ("div", &["id"]),
    ("img", &["src", "alt", "title"]),
    ("ol", &["start"]),
    ("td", &["align"]),
    ("th", &["align"]),
];
/// The schemes of links that leave this server.
pub const SCHEMES: &[&str] = &["http", "https", "mailto"];
/// The `rel` attribute of every link.
pub const REL: &str = "noopener noreferrer nofollow ugc";
/// The prefix of the IDs of footnotes, so that they do not collide with those of the surrounding
/// page.
pub(super) const NOTE: &str = "page-note-";
/// The scheme of media of the TwinSpace in a text: `![words](media:media_…)` shows an image, and
/// `[words](media:media_…)` links to any media.
const MEDIA: &str = "media";
/// The maximum number of media shown in one text.
const MOST_MEDIA: usize = 100;
/// Elements that are removed together with their content.
const WITH_CONTENT: &[&str] = &[
    "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style",
    "svg", "template", "textarea", "title", "xmp",
];

/// Sanitised HTML. It refers to media but does not link to them yet.
pub fn sanitise(html: &str) -> String {
    static SIEVE: LazyLock<Builder<'static>> = LazyLock::new(|| sieve(attribute));
    SIEVE.clean(html).to_string()
}

/// Sanitised HTML with the media that the viewer can see: `links` has their addresses. Images
/// without one get no source, which shows their words, and links get no address.
pub(super) fn link(html: &str, links: BTreeMap<MediaId, Link>) -> String {
    let linked = sieve(move |tag, name, value| match (name, media_id(value)) {
        ("src" | "href", Some(id)) => {
            let link = links.get(&id).filter(|link| link.image || tag != "img");
            link.map(|link| Cow::Owned(link.address.clone()))
        }
        _ => Some(Cow::Borrowed(value)),
    });
    linked.clean(html).to_string()
}

/// Where media is downloaded.
#[derive(Clone, Debug)]
pub struct Link {
    /// The address.
    pub address: String,
    /// Whether it is an image.
    pub image: bool,
}

/// The media referred to in sanitised HTML, each once, the first hundred.
pub fn media(html: &str) -> Vec<MediaId> {
    let mut found = Vec::new();
    for quoted in html.split('"') {
        match media_id(quoted) {
            Some(id) if !found.contains(&id) && found.len() < MOST_MEDIA => found.push(id),
            _ => {}
        }
    }
    found
}

/// The media to which an address in a text refers.
pub(super) fn media_id(address: &str) -> Option<MediaId> {
    MediaId::read(address.strip_prefix(MEDIA)?.strip_prefix(':')?)
}

/// A text or its HTML with references to media replaced by their new names.
pub fn rename(text: &str, names: &BTreeMap<MediaId, MediaId>) -> String {
    let mut renamed = text.to_owned();
    if renamed.contains(MEDIA) {
        for (old, new) in names {
            renamed = renamed.replace(&format!("{MEDIA}:{old}"), &format!("{MEDIA}:{new}"));
        }
    }
    renamed
}

pub(super) fn sieve<F>(attribute: F) -> Builder<'static>
where
    F: for<'v> Fn(&str, &str, &'v str) -> Option<Cow<'v, str>> + Send + Sync + 'static,
{
    let attributes = ATTRIBUTES.iter().map(|(tag, all)| (*tag, all.iter().copied().collect()));
    let mut sieve = Builder::empty();
    sieve
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(WITH_CONTENT.iter().copied().collect())
        .generic_attributes(HashSet::new())
        .tag_attributes(attributes.collect::<HashMap<_, HashSet<_>>>())
        .attribute_filter(attribute)
        .url_schemes(SCHEMES.iter().chain(&[MEDIA]).copied().collect())
        // What is relative and passes `attribute` leads to a footnote.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some(REL))
        .strip_comments(true);
    sieve
}

/// The allowed value of an attribute.
fn attribute<'v>(tag: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let fits = match (tag, name) {
        (_, "src") => media_id(value).is_some(),
        (_, "href") => {
            let scheme = value.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
            let elsewhere = scheme.is_some_and(|scheme| SCHEMES.contains(&scheme.as_str()));
            elsewhere || media_id(value).is_some() || value.strip_prefix('#').is_some_and(is_note)
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
