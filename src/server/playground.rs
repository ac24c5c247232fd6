//! A page to try queries on.

use poem::{Endpoint, IntoResponse, Request, Response, Result, web::Html};

/// The page.
pub struct Page;

impl Endpoint for Page {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Ok(Html(include_str!("playground/page.html")).into_response())
    }
}
