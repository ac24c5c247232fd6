//! Pictures of people: avatars, which are public, and photos, through links that expire.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::{accounts::picture, clock};
use entity::{AccountId, Kind, MemberId};
use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{Method, StatusCode, header},
};
use sha2::{Digest, Sha256};

use super::{State, compression::AsItIs, downloads::has_tag, problem::Problem};
use crate::{
    app::App,
    media::{avatar, link::To},
};

/// `/avatars/NAME.png`.
pub struct Avatars;

impl Endpoint for Avatars {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if let Some(refused) = refuse(&request) {
            return Ok(refused);
        }
        let name = request.raw_path_param("name").and_then(|name| name.strip_suffix(".png"));
        let Some(png) = name.and_then(avatar::png) else { return Ok(missing()) };
        let keep = "public, max-age=31536000, immutable";
        Ok(show(&request, png.to_vec(), "image/png", keep))
    }
}

/// `/pictures/ID`, of a member or one's own account, with the query of a link.
pub struct Photos(pub Arc<State>);

impl Endpoint for Photos {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if let Some(refused) = refuse(&request) {
            return Ok(refused);
        }
        Ok(match find(&self.0.api.app, &request).await {
            // Cached, but revalidated each time.
            Ok(Some(photo)) => show(&request, photo, "image/jpeg", "private, no-cache"),
            Ok(None) => missing(),
            Err(error) => Problem::from_fault(error, "a download failed").into_response(),
        })
    }
}

/// The photo to which a link leads, given its owner's current access: one statement. Whatever is
/// wrong with a link, there is none.
async fn find(app: &App, request: &Request) -> domain::Result<Option<Vec<u8>>> {
    let id = request.raw_path_param("id").unwrap_or_default();
    let query: Vec<(String, String)> = request.params().unwrap_or_default();
    let check = |what| app.links.check(To::Picture, what, &query, clock::now());
    if let Some(account) = AccountId::read(id) {
        return match check(account.0) {
            Some(viewer) if viewer == account => picture::open_own(app.db.read(), account).await,
            _ => Ok(None),
        };
    }
    let Some(member) = MemberId::read(id) else { return Ok(None) };
    let Some(viewer) = check(member.0) else { return Ok(None) };
    let opened = picture::open(app.db.read(), member, viewer).await?;
    let seen = opened.filter(|opened| {
        opened.owner == viewer || policy::sees_member(opened.state, opened.role, opened.pupil)
    });
    Ok(seen.map(|opened| opened.photo))
}

fn refuse(request: &Request) -> Option<Response> {
    (!matches!(*request.method(), Method::GET | Method::HEAD)).then(|| {
        let message = "Pictures must be downloaded with GET.";
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, message).allow("GET, HEAD");
        problem.into_response()
    })
}

fn missing() -> Response {
    let message = "There is no such picture, or the link has expired. Request a new one.";
    Problem::new(StatusCode::NOT_FOUND, message).into_response()
}

fn show(request: &Request, picture: Vec<u8>, content_type: &str, keep: &str) -> Response {
    let etag = format!("\"{}\"", BASE64URL_NOPAD.encode(&Sha256::digest(&picture)));
    let response = Response::builder()
        .header(header::ETAG, &etag)
        .header(header::CACHE_CONTROL, keep)
        .header(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'")
        // Pages on other origins may show it: whoever has the URL may see it.
        .header("Cross-Origin-Resource-Policy", "cross-origin")
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::CONTENT_DISPOSITION, "inline")
        .content_type(content_type);
    let mut response = match has_tag(request.headers(), header::IF_NONE_MATCH, &etag) {
        true => response.status(StatusCode::NOT_MODIFIED).finish(),
        false if request.method() == Method::HEAD => {
            response.header(header::CONTENT_LENGTH, picture.len()).finish()
        }
        false => response.body(picture),
    };
    response.set_data(AsItIs);
    response
}
