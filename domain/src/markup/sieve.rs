//! HTML with nothing in it but what may be.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};
use entity::{Kind, MediaId};

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
/// Their attributes. `rel` is the sieve's own.
pub const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href", "title"]),
    ("div", &["id"]),
    ("img", &["src", "alt", "title"]),
    ("ol", &["start"]),
    ("td", &["align"]),
    ("th", &["align"]),
];
/// What links may lead to outside of this server.
pub const SCHEMES: &[&str] = &["http", "https", "mailto"];
/// What every link says of itself.
pub const REL: &str = "noopener noreferrer nofollow ugc";
/// How the ids of footnotes begin: they shall not meet those of the page that shows them.
pub(super) const NOTE: &str = "page-note-";
/// How media of the TwinSpace are named in a text: `![words](media:media_…)` shows an image,
/// `[words](media:media_…)` leads to any of them.
const MEDIA: &str = "media";
/// The most media of one text that are shown.
const MOST_MEDIA: usize = 100;
/// Elements that are left out with all that is in them.
const WITH_CONTENT: &[&str] = &[
    "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style",
    "svg", "template", "textarea", "title", "xmp",
];

/// HTML with nothing in it but what may be. Media are named in it, not yet linked.
pub fn sanitise(html: &str) -> String {
    static SIEVE: LazyLock<Builder<'static>> = LazyLock::new(|| sieve(attribute));
    SIEVE.clean(html).to_string()
}

/// Clean HTML with the media that somebody sees: `links` has their addresses. Images that it has
/// not are left without a source, which shows their words; links without an address.
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

/// Where media are downloaded.
#[derive(Clone, Debug)]
pub struct Link {
    /// The address.
    pub address: String,
    /// Whether it is an image.
    pub image: bool,
}

/// The media that are named in clean HTML, each once, the first hundred.
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

/// The media that an address in a text names.
pub(super) fn media_id(address: &str) -> Option<MediaId> {
    MediaId::read(address.strip_prefix(MEDIA)?.strip_prefix(':')?)
}

/// A text or its HTML with other media named in the place of those that have a new name.
pub fn rename(text: &str, names: &BTreeMap<MediaId, MediaId>) -> String {
    let mut renamed = text.to_owned();
    if renamed.contains(MEDIA) {
        for (old, new) in names {
            renamed = renamed.replace(&format!("{MEDIA}:{old}"), &format!("{MEDIA}:{new}"));
        }
    }
    renamed
}

fn sieve<F>(attribute: F) -> Builder<'static>
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
        // What is relative and gets past `attribute` leads to a footnote.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some(REL))
        .strip_comments(true);
    sieve
}

/// What an attribute may say.
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
