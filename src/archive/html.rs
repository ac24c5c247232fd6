//! The files of an archive as HTML: they need no script and no server, and load nothing from
//! elsewhere. Texts of people come escaped or sanitised; everything else is written here, in English.

use std::{
    fmt::{self, Display, Formatter, Write},
    sync::LazyLock,
};

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use entity::{DiaryVisibility, PageVisibility};
use pulldown_cmark_escape::{FmtWriter, escape_html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");
/// Why writing to a string needs no error.
pub const WRITTEN: &str = "writing to a string does not fail";

/// What a file may load: the archive's own pictures, films and recordings. Browsers differ in what
/// `'self'` is for a file.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64.encode(&Sha256::digest(STYLE));
    format!(
        "default-src 'none'; img-src 'self' file:; media-src 'self' file:; \
         style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    )
});

/// A text of somebody, escaped.
pub struct Text<'t>(pub &'t str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        escape_html(FmtWriter(f), self.0)
    }
}

/// A day.
pub struct Day(pub DateTime<Utc>);

impl Display for Day {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (exact, day) = (self.0.format("%Y-%m-%d"), self.0.format("%-d %B %Y"));
        write!(f, "<time datetime=\"{exact}\">{day}</time>")
    }
}

/// A size in bytes.
pub struct Size(pub u64);

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ 0..1_000 => write!(f, "{bytes} bytes"),
            bytes @ 1_000..1_000_000 => write!(f, "{} kB", bytes.div_ceil(1_000)),
            bytes => write!(f, "{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        }
    }
}

/// What all files of an archive have in common.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The title of the project.
    pub project: String,
    /// The language of its texts; empty if there are several.
    pub language: String,
}

/// The head of a file.
fn head(title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        *POLICY,
        Text(title)
    )
}

impl Frame {
    /// The beginning of a file. `up` leads to the folder of the index.
    pub fn begin(&self, title: &str, up: &str) -> String {
        let mut begin = head(&format!("{title} · {}", self.project));
        let (project, language) = (Text(&self.project), Text(&self.language));
        write!(
            begin,
            "<header><nav aria-label=\"Archive\"><a href=\"{up}index.html\" lang=\"{language}\">\
             {project}</a></nav></header>\n<main>\n"
        )
        .expect(WRITTEN);
        begin
    }

    /// The beginning of the index.
    pub fn begin_index(&self) -> String {
        head(&self.project) + "<main>\n"
    }

    /// A title of somebody, as a heading.
    pub fn heading(&self, level: u8, title: &str) -> String {
        let (language, title) = (Text(&self.language), Text(title));
        format!("<h{level} lang=\"{language}\" dir=\"auto\">{title}</h{level}>\n")
    }

    /// A text of somebody, as sanitised HTML.
    pub fn text(&self, html: &str) -> String {
        format!(
            "<div class=\"text\" lang=\"{}\" dir=\"auto\">\n{html}\n</div>\n",
            Text(&self.language)
        )
    }

    /// A link to a file, with the words of somebody.
    pub fn link(&self, address: &str, words: &str) -> String {
        let (language, words) = (Text(&self.language), Text(words));
        format!("<a href=\"{}\" lang=\"{language}\" dir=\"auto\">{words}</a>", Text(address))
    }
}

/// The end of a file.
pub const END: &str = "</main>\n</body>\n</html>\n";

/// Who made something, if the reader may know, and when.
pub fn by(what: &str, name: Option<&str>, at: DateTime<Utc>) -> String {
    match name {
        Some(name) => format!("{what} by {} on {}", Text(name), Day(at)),
        None => format!("{what} on {}", Day(at)),
    }
}

/// Who can see a page.
pub const fn page_for(visibility: PageVisibility) -> &'static str {
    match visibility {
        PageVisibility::Public => "public",
        PageVisibility::Members => "for members",
        PageVisibility::Draft => "draft",
    }
}

/// Who can read a diary entry.
pub const fn entry_for(visibility: DiaryVisibility) -> &'static str {
    match visibility {
        DiaryVisibility::Public => "public",
        DiaryVisibility::Teachers => "for teachers",
        DiaryVisibility::Private => "private",
    }
}
