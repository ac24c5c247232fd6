//! The download of an export, of pupils, of a TwinSpace, of numbers, of the audit log or of one's own
//! data: single use, short-lived, and only in the session that requested it (M-17, P-18).
//!
//! This is an entrance besides GraphQL, so it uses the same permission table.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Error, Reason, access,
    accounts::own_data,
    care::administration,
    clock,
    download::Origin,
    inside::twin_space::export as space,
    members::export,
    projects::office::{self, MonthlyNumbers},
};
use entity::ProjectId;
use poem::{
    Body, Endpoint, IntoResponse, Request, Response, ResponseBuilder, Result,
    http::{Method, StatusCode, header},
};
use policy::{ServerPermission, Tie, TwinSpacePermission};
use tokio::{sync::Semaphore, task::spawn_blocking};
use url::form_urlencoded;

use super::{
    State, access::Operations, caller, compression::AsItIs, downloads::disposition,
    problem::Problem,
};
use crate::{
    app::App,
    archive,
    auth::{SignedIn, Viewer},
    export::Content,
    graphql::{care::audit, error::ErrorCode},
};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";
const ZIP: &str = "application/zip";

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
        let token = caller::token(request.headers()).unwrap_or_default();
        let told = Operations { viewer: Some(viewer.account_id), ..Operations::default() };
        let mut response = match answer(app, viewer, token, secret, (content, &shown)).await {
            Ok(response) => response,
            Err(error @ (Error::Internal(_) | Error::Unavailable(..))) => fault(error),
            // Whatever it is, others learn nothing about it.
            Err(_) => unknown(),
        };
        response.set_data(told);
        Ok(response)
    }
}

fn unknown() -> Response {
    let message = "There is no such export, or it has expired. Request a new one.";
    Problem::new(StatusCode::NOT_FOUND, message).into_response()
}

/// The content, generated where it blocks nobody; one at a time, because it is generated in memory.
async fn answer(
    app: &Arc<App>,
    viewer: Arc<SignedIn>,
    token: &str,
    secret: &str,
    (content, shown): (Content, &str),
) -> domain::Result<Response> {
    static ONE: Semaphore = Semaphore::const_new(1);
    let _turn = ONE.acquire().await.map_err(Error::internal)?;
    let origin = Origin { session: viewer.session_id, content: shown };
    let account = viewer.account_id;
    let viewer = Viewer::SignedIn(viewer);
    let (made, kind, name) = match content {
        Content::Xlsx => {
            let lines = pupils(app, &viewer, secret, origin).await?;
            (spawn_blocking(move || export::xlsx(&lines)).await, XLSX, "pupils.xlsx")
        }
        Content::Csv => {
            let lines = pupils(app, &viewer, secret, origin).await?;
            (spawn_blocking(move || export::csv(&lines)).await, CSV, "pupils.csv")
        }
        Content::Json => {
            let data = own_data::take(&app.db, secret, account, origin, clock::now()).await?;
            let json = move || serde_json::to_vec_pretty(&data).map_err(Error::internal);
            (spawn_blocking(json).await, JSON, "own-data.json")
        }
        Content::Numbers(months) => {
            let numbers = numbers(app, &viewer, secret, months, origin).await?;
            (spawn_blocking(move || office::csv(&numbers)).await, CSV, "numbers.csv")
        }
        Content::Log(filter) => {
            let permitted = viewer.person().may_on_server(ServerPermission::ReadServerLog);
            permitted.map_err(Error::forbidden)?;
            let now = clock::now();
            let rows =
                administration::take_log(&app.db, secret, account, filter, origin, now).await?;
            (spawn_blocking(move || audit::csv(&rows)).await, CSV, "audit-log.csv")
        }
        Content::TwinSpace(id) => {
            return twin_space(app, &viewer, token, secret, id.into(), origin).await;
        }
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(headed(kind, &disposition).body(made.map_err(Error::internal)??))
}

/// A whole TwinSpace, which is sent while it is made (P-18). Its link is used up when that begins.
async fn twin_space(
    app: &Arc<App>,
    viewer: &Viewer,
    token: &str,
    secret: &str,
    project: ProjectId,
    origin: Origin<'_>,
) -> domain::Result<Response> {
    let (now, account) = (clock::now(), viewer.signed_in()?.account_id);
    let missing = || Error::NotFound("export");
    let db = app.db.read();
    if !space::is_prepared(db, secret, account, origin, now).await? {
        return Err(missing());
    }
    let access = access::find(db, viewer.person(), project).await?.ok_or_else(missing)?;
    space::check(&access)?;
    let Some(turn) = app.archives.begin(account) else {
        let message = "You are already downloading a TwinSpace, or too many others are. Try again \
                       later.";
        return Ok(Problem::new(StatusCode::SERVICE_UNAVAILABLE, message).into_response());
    };
    space::redeem(&app.db, secret, account, origin, now).await?;
    let archive = archive::send(Arc::clone(app), token.to_owned(), project, turn);
    let disposition = disposition(&access.title, ZIP);
    let mut response = headed(ZIP, &disposition).body(Body::from_bytes_stream(archive));
    response.set_data(AsItIs);
    Ok(response)
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

fn headed(kind: &str, disposition: &str) -> ResponseBuilder {
    Response::builder()
        .content_type(kind)
        .header(header::CONTENT_DISPOSITION, disposition)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

fn fault(error: Error) -> Response {
    Problem::from_fault(error, "an export failed").into_response()
}
