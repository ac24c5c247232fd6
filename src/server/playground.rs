//! The playground: GraphiQL at `/`, with its files below `/playground/`.
//!
//! The files come from the folder `playground` via `build.rs`, compressed and named after their
//! content, so that browsers can cache them permanently and only revalidate the page.

use std::io::Read;

use flate2::read::GzDecoder;
use poem::{
    Request, Response, Route, get, handler,
    http::{HeaderMap, StatusCode, header},
    web::Path,
};

include!(concat!(env!("OUT_DIR"), "/playground.rs"));

/// A file, ready to be sent.
struct Asset {
    /// Its name below `/playground/`.
    name: &'static str,
    /// Identifies the content, including quotes.
    etag: &'static str,
    media_type: &'static str,
    /// The content, compressed.
    gzip: &'static [u8],
}

/// What the page may load. Its libraries set styles at run time; scripts come only from files.
const POLICY: &str = if EMBEDDED {
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
} else {
    "default-src 'none'; script-src 'self' https://unpkg.com; \
     style-src 'self' 'unsafe-inline' https://unpkg.com; img-src 'self' data:; font-src data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
};

/// The page at `/` and its files at `/playground/*`.
///
/// The responses are already compressed: do not wrap them in compressing middleware.
pub fn routes(route: Route) -> Route {
    route.at("/", get(send_page)).at("/playground/:name", get(send_asset))
}

#[handler]
async fn send_page(request: &Request) -> Response {
    PAGE.answer(request.headers(), "no-cache")
}

#[handler]
async fn send_asset(Path(name): Path<String>, request: &Request) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => asset.answer(request.headers(), "public, max-age=31536000, immutable"),
        None => StatusCode::NOT_FOUND.into(),
    }
}

impl Asset {
    fn answer(&self, request: &HeaderMap, cache: &str) -> Response {
        let response = Response::builder()
            .header(header::ETAG, self.etag)
            .header(header::CACHE_CONTROL, cache)
            .header(header::VARY, "Accept-Encoding")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .header(header::REFERRER_POLICY, "no-referrer")
            .header(header::X_FRAME_OPTIONS, "DENY")
            .header("Cross-Origin-Opener-Policy", "same-origin")
            .header("Cross-Origin-Resource-Policy", "same-origin");
        if mentions(request, header::IF_NONE_MATCH, self.etag) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        let response = response.content_type(self.media_type);
        if mentions(request, header::ACCEPT_ENCODING, "gzip") {
            return response.header(header::CONTENT_ENCODING, "gzip").body(self.gzip);
        }
        response.body(self.plain())
    }

    /// The content, for the rare client that cannot decompress it.
    fn plain(&self) -> Vec<u8> {
        let mut content = Vec::new();
        GzDecoder::new(self.gzip).read_to_end(&mut content).expect("build.rs packed it");
        content
    }
}

/// Whether a list in a header contains this value, weak or strong and without a weight of zero.
fn mentions(request: &HeaderMap, name: header::HeaderName, value: &str) -> bool {
    request.get_all(name).iter().filter_map(|line| line.to_str().ok()).any(|line| {
        line.split(',').any(|item| {
            let (item, weight) = item.split_once(';').unwrap_or((item, ""));
            item.trim().trim_start_matches("W/") == value
                && !weight.trim().starts_with("q=0.0")
                && weight.trim() != "q=0"
        })
    })
}
