//! What there is to read, for those who have nothing but the server: the documents of `docs` as pages
//! below `/docs/`, and the schema at `/schema.graphql`.

use std::sync::{Arc, LazyLock, OnceLock};

use poem::{
    Endpoint, IntoResponse, Request, Response, Result, Route, get, handler, http::StatusCode,
    web::Path,
};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::{State, problem::Problem};
use crate::{config::server::Switch, graphql};

/// The documents: name, what it is about, Markdown.
const DOCUMENTS: [(&str, &str, &str); 8] = [
    ("clients", "Guide for apps", include_str!("../../docs/clients.md")),
    ("permissions", "Permissions", include_str!("../../docs/permissions.md")),
    ("rules", "Rules", include_str!("../../docs/rules.md")),
    ("errors", "Errors", include_str!("../../docs/errors.md")),
    ("pages", "Pages", include_str!("../../docs/pages.md")),
    ("operating", "Operating", include_str!("../../docs/operating.md")),
    ("security", "Security", include_str!("../../docs/security.md")),
    ("data-protection", "Data protection", include_str!("../../docs/data-protection.md")),
];

/// What the pages may load: nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static PAGES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    DOCUMENTS.iter().map(|&(name, title, text)| (name, page(title, text))).collect()
});

/// The documents, at `/docs/NAME`.
pub fn routes(route: Route) -> Route {
    route.at("/docs/:name", get(send_document))
}

#[handler]
async fn send_document(Path(name): Path<String>) -> Response {
    match PAGES.iter().find(|(known, _)| *known == name) {
        Some((_, page)) => Response::builder()
            .content_type("text/html; charset=utf-8")
            .header("Cache-Control", "no-cache")
            .header("X-Content-Type-Options", "nosniff")
            .header("Content-Security-Policy", POLICY)
            .header("Referrer-Policy", "no-referrer")
            .body(page.as_str()),
        None => StatusCode::NOT_FOUND.into(),
    }
}

/// The schema as text, for those who generate code: at `/schema.graphql`, unless introspection is off.
pub struct Schema {
    state: Arc<State>,
    text: OnceLock<String>,
}

impl Schema {
    /// Of this server.
    pub const fn new(state: Arc<State>) -> Self {
        Self { state, text: OnceLock::new() }
    }
}

impl Endpoint for Schema {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let config = &self.state.api.app.config.server;
        if config.introspection() == Switch::Off {
            let message = "This server does not show its schema.";
            return Ok(Problem::new(StatusCode::NOT_FOUND, message).into_response());
        }
        let text = self.text.get_or_init(|| graphql::sdl(&graphql::schema(config)));
        Ok(Response::builder()
            .content_type("text/plain; charset=utf-8")
            .header("Cache-Control", "no-cache")
            .header("X-Content-Type-Options", "nosniff")
            .body(text.clone()))
    }
}

/// A document as a page.
fn page(title: &str, text: &str) -> String {
    let link = |&(name, title, _): &(&str, &str, &str)| format!("<a href=\"{name}\">{title}</a>");
    let links: Vec<String> = DOCUMENTS.iter().map(link).collect();
    include_str!("manual.html")
        .replace("{{title}}", title)
        .replace("{{links}}", &links.join("\n      "))
        .replace("{{content}}", &render(text))
}

/// Markdown as HTML, whose headings can be linked to as on code hosts.
fn render(text: &str) -> String {
    let mut anchors = anchors(text).into_iter();
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
            let id = anchors.next().map(Into::into);
            Event::Start(Tag::Heading { level, id, classes, attrs })
        }
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = target(&dest_url).into();
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        event => event,
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    // A table that is wider than a telephone scrolls by itself.
    page.replace("<table>", "<div class=\"table\"><table>").replace("</table>", "</table></div>")
}

/// By what names the headings of a document are found.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    let mut heading: Option<String> = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                anchors.extend(heading.take().map(|said| anchor(&said)));
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some(said) = &mut heading {
                    said.push_str(&words);
                }
            }
            _ => {}
        }
    }
    anchors
}

/// `Who asks to be forgotten?` is found at `#who-asks-to-be-forgotten`.
fn anchor(heading: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    heading
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

/// `errors.md` is served as `errors`.
fn target(link: &str) -> String {
    let (path, fragment) = link.split_once('#').map_or((link, None), |(path, it)| (path, Some(it)));
    let known =
        path.strip_suffix(".md").filter(|name| DOCUMENTS.iter().any(|(known, ..)| known == name));
    match (known, fragment) {
        (Some(name), Some(fragment)) => format!("{name}#{fragment}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => link.to_owned(),
    }
}
