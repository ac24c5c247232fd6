//! The download of an export, of pupils, of numbers, of the audit log or of one's own data: single
//! use, short-lived, and only for the person who requested it (M-17).
//!
//! This is an entrance besides GraphQL, so it uses the same permission table.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use domain::{
    Error, Reason, access,
    accounts::own_data,
    care::{administration, audit::Filter},
    clock,
    members::export,
    projects::office::{self, MonthlyNumbers},
};
use entity::{AccountId, Act, Kind, ProjectId};
use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{Method, StatusCode, header},
};
use policy::{ServerPermission, Tie, TwinSpacePermission};
use sea_orm::ActiveEnum;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{State, caller, problem::Problem};
use crate::{app::App, auth::Viewer};

/// `/exports?token=…&format=xlsx`, with the session of the person who requested it.
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
            Ok(viewer @ Viewer::SignedIn(_)) => viewer,
            Ok(Viewer::Anonymous) | Err(Error::Unauthenticated) => {
                let message = "Sign in first. An export can be downloaded only by the person who requested it.";
                let problem = Problem::new(StatusCode::UNAUTHORIZED, message);
                return Ok(problem.code("UNAUTHENTICATED").into_response());
            }
            Err(error) => return Ok(fault(error)),
        };
        let secret = asked.get("token").map_or("", String::as_str);
        let format = Format::of(&asked);
        match file(app, &viewer, secret, format.clone()).await {
            Ok(content) => Ok(download(content, &format)),
            Err(error @ (Error::Internal(_) | Error::Unavailable(..))) => Ok(fault(error)),
            // Whatever it is, others learn nothing about it.
            Err(_) => {
                let message = "There is no such export, or it has expired. Request a new one.";
                Ok(Problem::new(StatusCode::NOT_FOUND, message).into_response())
            }
        }
    }
}

/// The format of a download.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Format {
    /// Pupils, as a workbook.
    Xlsx,
    /// Pupils, as comma-separated values.
    Csv,
    /// One's own data.
    Json,
    /// The numbers of a country or region for so many months, as comma-separated values.
    Numbers(u32),
    /// The audit log of the server, as comma-separated values.
    Log(Filter),
}

impl Format {
    fn of(asked: &HashMap<String, String>) -> Self {
        let word = |name: &str| asked.get(name).map_or("", String::as_str);
        match word("format") {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "numbers" => Self::Numbers(word("months").parse().unwrap_or_default()),
            "log" => Self::Log(filter(asked)),
            _ => Self::Xlsx,
        }
    }
}

/// The content, generated where it blocks nobody; one at a time, because it is generated in memory.
async fn file(app: &App, viewer: &Viewer, secret: &str, format: Format) -> domain::Result<Vec<u8>> {
    static ONE: Semaphore = Semaphore::const_new(1);
    let _turn = ONE.acquire().await.map_err(Error::internal)?;
    let made = match format {
        Format::Xlsx => {
            let lines = pupils(app, viewer, secret).await?;
            spawn_blocking(move || export::xlsx(&lines)).await
        }
        Format::Csv => {
            let lines = pupils(app, viewer, secret).await?;
            spawn_blocking(move || export::csv(&lines)).await
        }
        Format::Json => {
            let account = viewer.signed_in()?.account_id;
            let data = own_data::take(&app.db, secret, account, clock::now()).await?;
            spawn_blocking(move || serde_json::to_vec_pretty(&data).map_err(Error::internal)).await
        }
        Format::Numbers(months) => {
            let numbers = numbers(app, viewer, secret, months).await?;
            spawn_blocking(move || office::csv(&numbers)).await
        }
        Format::Log(filter) => {
            let permitted = viewer.person().may_on_server(ServerPermission::ReadServerLog);
            permitted.map_err(Error::Forbidden)?;
            let (administrator, now) = (viewer.signed_in()?.account_id, clock::now());
            let rows =
                administration::take_log(&app.db, secret, administrator, filter, now).await?;
            spawn_blocking(move || administration::log_csv(&rows)).await
        }
    };
    made.map_err(Error::internal)?
}

async fn pupils(app: &App, viewer: &Viewer, secret: &str) -> domain::Result<Vec<export::Line>> {
    let missing = || Error::NotFound("export");
    let (now, person) = (clock::now(), viewer.person());
    let place = export::maker(app.db.read(), secret, now).await?.ok_or_else(missing)?;
    let access = access::find(app.db.read(), person, place.project_id).await?;
    let access = access.ok_or_else(missing)?;
    if !access.sees_twinspace() || person.account != Some(place.account_id) {
        return Err(missing());
    }
    access
        .may_inside(TwinSpacePermission::ExportPupils, Tie::OWN, Reason::NotYours)
        .map_err(Error::Forbidden)?;
    export::take(&app.db, secret, &place, now).await
}

/// Of the country or region for which the officer works now.
async fn numbers(
    app: &App,
    viewer: &Viewer,
    secret: &str,
    months: u32,
) -> domain::Result<Vec<MonthlyNumbers>> {
    let (now, person) = (clock::now(), viewer.person());
    let service = person.service_for(ServerPermission::ExportNumbers).map_err(Error::Forbidden)?;
    office::check_months(months)?;
    let office = office::of(app.db.read(), service).await?;
    let officer = viewer.signed_in()?.account_id;
    office::take(&app.db, secret, officer, &office, months, now).await
}

/// The filter of a log, as the mutation that prepares the export writes it.
fn filter(asked: &HashMap<String, String>) -> Filter {
    let word = |name: &str| asked.get(name).map(String::as_str);
    let acts = word("acts").unwrap_or_default().split(',');
    let time = |name: &str| {
        let at = word(name).and_then(|at| DateTime::parse_from_rfc3339(at).ok());
        at.map(|at| at.with_timezone(&Utc))
    };
    Filter {
        acts: acts.filter_map(|act| Act::try_from_value(&act.to_owned()).ok()).collect(),
        actor: word("actor").and_then(AccountId::read),
        person: word("person").and_then(AccountId::read),
        project: word("project").and_then(ProjectId::read),
        since: time("since"),
        until: time("until"),
        ..Filter::default()
    }
}

fn download(content: Vec<u8>, format: &Format) -> Response {
    let (kind, name) = match format {
        Format::Xlsx => {
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pupils.xlsx")
        }
        Format::Csv => ("text/csv; charset=utf-8", "pupils.csv"),
        Format::Json => ("application/json; charset=utf-8", "own-data.json"),
        Format::Numbers(_) => ("text/csv; charset=utf-8", "numbers.csv"),
        Format::Log(_) => ("text/csv; charset=utf-8", "audit-log.csv"),
    };
    Response::builder()
        .content_type(kind)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(content)
}

fn fault(error: Error) -> Response {
    Problem::from_fault(error, "an export failed").into_response()
}
