//! The download of an export, of pupils, of numbers, of the audit log or of one's own data: single
//! use, short-lived, and only in the session that requested it (M-17).
//!
//! This is an entrance besides GraphQL, so it uses the same permission table.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Error, Reason, access,
    accounts::own_data,
    care::administration,
    clock,
    download::Origin,
    members::export,
    projects::office::{self, MonthlyNumbers},
};
use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{Method, StatusCode, header},
};
use policy::{ServerPermission, Tie, TwinSpacePermission};
use tokio::{sync::Semaphore, task::spawn_blocking};
use url::form_urlencoded;

use super::{State, caller, problem::Problem};
use crate::{
    app::App,
    auth::{SignedIn, Viewer},
    export::Content,
    graphql::error::ErrorCode,
};

/// `/exports?token=…&format=xlsx`, with the session that requested it.
pub struct Exports(pub Arc<State>);

impl Endpoint for Exports {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if request.method() != Method::GET {
            let message = "Exports must be downloaded with GET.";
            let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, message).allow("GET");
            return Ok(problem.into_response());
        }
        let app = &self.0.api.app;
        let asked: HashMap<String, String> = request.params().unwrap_or_default();
        let viewer = match app.authenticate(caller::token(request.headers())).await {
            Ok(Viewer::SignedIn(viewer)) => viewer,
            Ok(Viewer::Anonymous) | Err(Error::Unauthenticated) => {
                let message = "Sign in first. An export can be downloaded only with the session that requested it.";
                let problem = Problem::new(StatusCode::UNAUTHORIZED, message);
                return Ok(problem.code(ErrorCode::Unauthenticated).into_response());
            }
            Err(error) => return Ok(fault(error)),
        };
        let secret = asked.get("token").map_or("", String::as_str);
        let content = Content::read(&asked);
        // A link that was changed does not work, whatever the change.
        let shown = content.show();
        let mut whole: HashMap<_, _> =
            form_urlencoded::parse(shown.as_bytes()).into_owned().collect();
        whole.insert("token".to_owned(), secret.to_owned());
        if whole != asked {
            return Ok(unknown());
        }
        match file(app, viewer, secret, content.clone()).await {
            Ok(file) => Ok(download(file, &content)),
            Err(error @ (Error::Internal(_) | Error::Unavailable(..))) => Ok(fault(error)),
            // Whatever it is, others learn nothing about it.
            Err(_) => Ok(unknown()),
        }
    }
}

fn unknown() -> Response {
    let message = "There is no such export, or it has expired. Request a new one.";
    Problem::new(StatusCode::NOT_FOUND, message).into_response()
}

/// The content, generated where it blocks nobody; one at a time, because it is generated in memory.
async fn file(
    app: &App,
    viewer: Arc<SignedIn>,
    secret: &str,
    content: Content,
) -> domain::Result<Vec<u8>> {
    static ONE: Semaphore = Semaphore::const_new(1);
    let _turn = ONE.acquire().await.map_err(Error::internal)?;
    let shown = content.show();
    let origin = Origin { session: viewer.session_id, content: &shown };
    let account = viewer.account_id;
    let viewer = Viewer::SignedIn(viewer);
    let made = match content {
        Content::Xlsx => {
            let lines = pupils(app, &viewer, secret, origin).await?;
            spawn_blocking(move || export::xlsx(&lines)).await
        }
        Content::Csv => {
            let lines = pupils(app, &viewer, secret, origin).await?;
            spawn_blocking(move || export::csv(&lines)).await
        }
        Content::Json => {
            let data = own_data::take(&app.db, secret, account, origin, clock::now()).await?;
            spawn_blocking(move || serde_json::to_vec_pretty(&data).map_err(Error::internal)).await
        }
        Content::Numbers(months) => {
            let numbers = numbers(app, &viewer, secret, months, origin).await?;
            spawn_blocking(move || office::csv(&numbers)).await
        }
        Content::Log(filter) => {
            let permitted = viewer.person().may_on_server(ServerPermission::ReadServerLog);
            permitted.map_err(Error::forbidden)?;
            let now = clock::now();
            let rows =
                administration::take_log(&app.db, secret, account, filter, origin, now).await?;
            spawn_blocking(move || administration::log_csv(&rows)).await
        }
    };
    made.map_err(Error::internal)?
}

async fn pupils(
    app: &App,
    viewer: &Viewer,
    secret: &str,
    origin: Origin<'_>,
) -> domain::Result<Vec<export::Line>> {
    let missing = || Error::NotFound("export");
    let (now, person) = (clock::now(), viewer.person());
    let place = export::maker(app.db.read(), secret, origin, now).await?.ok_or_else(missing)?;
    let access = access::find(app.db.read(), person, place.project_id).await?;
    let access = access.ok_or_else(missing)?;
    if !access.sees_twinspace() || person.account != Some(place.account_id) {
        return Err(missing());
    }
    access
        .may_inside(TwinSpacePermission::ExportPupils, Tie::OWN, Reason::NotYours)
        .map_err(Error::forbidden)?;
    export::take(&app.db, secret, &place, origin, now).await
}

/// Of the country or region for which the officer works now.
async fn numbers(
    app: &App,
    viewer: &Viewer,
    secret: &str,
    months: u32,
    origin: Origin<'_>,
) -> domain::Result<Vec<MonthlyNumbers>> {
    let (now, person) = (clock::now(), viewer.person());
    let service = person.service_for(ServerPermission::ExportNumbers).map_err(Error::forbidden)?;
    office::check_months(months)?;
    let office = office::of(app.db.read(), service).await?;
    let officer = viewer.signed_in()?.account_id;
    office::take(&app.db, secret, officer, &office, months, origin, now).await
}

fn download(file: Vec<u8>, content: &Content) -> Response {
    let (kind, name) = match content {
        Content::Xlsx => {
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pupils.xlsx")
        }
        Content::Csv => ("text/csv; charset=utf-8", "pupils.csv"),
        Content::Json => ("application/json; charset=utf-8", "own-data.json"),
        Content::Numbers(_) => ("text/csv; charset=utf-8", "numbers.csv"),
        Content::Log(_) => ("text/csv; charset=utf-8", "audit-log.csv"),
    };
    Response::builder()
        .content_type(kind)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(file)
}

fn fault(error: Error) -> Response {
    Problem::from_fault(error, "an export failed").into_response()
}
