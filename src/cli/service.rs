//! `twinspace service`: the support services of countries and regions.

use clap::{Args, Subcommand};
use domain::{
    Error, Reason, Result,
    accounts::school,
    care::administration::log_service,
    clock,
    db::Db,
    error::{Flaw, Problems},
    projects::service,
};
use entity::Act;
use serde::Serialize;

use super::output::{self, Output};

mod change;

/// Manage support services.
#[derive(Subcommand, Clone, Debug)]
pub enum Service {
    /// Set up the support service of a country or one of its regions.
    Add(Add),
    /// List the support services and the number of their officers.
    List(Output),
    /// Rename a support service.
    Rename(Rename),
    /// Let a support service serve another country or region. Its officers and what it has decided
    /// stay with it; the spellings of its region do not.
    Move(Move),
    /// Remove a support service that has no officers, has decided nothing, and for which nothing
    /// waits.
    Remove(Remove),
    /// Add alternative spellings of a region to its support service.
    Spell(Spell),
    /// List the regions of a country that have a support service, with their spellings.
    Regions(Regions),
}

/// The support service to set up.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// The country or region that it serves.
    #[command(flatten)]
    pub place: Place,
    /// The name.
    #[arg(long)]
    pub name: String,
    /// An alternative spelling of the region that schools may use. Can be repeated.
    #[arg(long, value_name = "SPELLING", requires = "region")]
    pub spelling: Vec<String>,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// A support service and its new name.
#[derive(Args, Clone, Debug)]
pub struct Rename {
    /// The support service.
    #[command(flatten)]
    pub place: Place,
    /// The new name.
    #[arg(long)]
    pub name: String,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// A support service and what it serves from now on.
#[derive(Args, Clone, Debug)]
pub struct Move {
    /// The support service.
    #[command(flatten)]
    pub place: Place,
    /// The country that it serves from now on, as an ISO 3166-1 alpha-2 code.
    #[arg(long, value_name = "CODE")]
    pub to_country: String,
    /// The region that it serves from now on. Omit it for the whole country.
    #[arg(long, value_name = "REGION")]
    pub to_region: Option<String>,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// A support service to remove.
#[derive(Args, Clone, Debug)]
pub struct Remove {
    /// The support service.
    #[command(flatten)]
    pub place: Place,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// The spellings of a region.
#[derive(Args, Clone, Debug)]
pub struct Spell {
    /// The support service.
    #[command(flatten)]
    pub place: Place,
    /// An alternative spelling of the region. Can be repeated.
    #[arg(long, value_name = "SPELLING", required = true)]
    pub spelling: Vec<String>,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// The country.
#[derive(Args, Clone, Debug)]
pub struct Regions {
    /// The country, as an ISO 3166-1 alpha-2 code, such as `ES`.
    #[arg(long, value_name = "CODE")]
    pub country: String,
    /// How to print them.
    #[command(flatten)]
    pub output: Output,
}

/// The country or region that a service serves.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The country, as an ISO 3166-1 alpha-2 code, such as `DE`.
    #[arg(long, value_name = "CODE")]
    pub country: String,
    /// The region, as its schools write it. Omit it for the whole country.
    #[arg(long)]
    pub region: Option<String>,
}

impl Place {
    /// The country code and the region, or an empty string; records what is wrong with them.
    pub(super) fn take(&self, problems: &mut Problems) -> (String, String) {
        let country = problems.country(&self.country, "country");
        let region = self.region.as_ref().map(|region| problems.line(region, "region", 100));
        (country, region.unwrap_or_default())
    }
}

impl Service {
    /// Runs the command.
    pub async fn run(self, db: &Db) -> Result<()> {
        match self {
            Self::Add(service) => add(db, service).await,
            Self::List(output) => change::list(db, output).await,
            Self::Rename(service) => change::rename(db, service).await,
            Self::Move(service) => change::move_to(db, service).await,
            Self::Remove(service) => change::remove(db, service).await,
            Self::Spell(spelling) => spell(db, spelling).await,
            Self::Regions(Regions { country, output }) => regions(db, &country, output).await,
        }
    }
}

async fn add(db: &Db, Add { place, name, spelling, output }: Add) -> Result<()> {
    let mut problems = Problems::default();
    let (country, region) = place.take(&mut problems);
    let name = problems.line(&name, "name", 200);
    let spellings = lines(&mut problems, &spelling);
    problems.finish()?;
    let tx = db.begin().await?;
    let id = service::add(&tx, &name, &country, &region).await.map_err(taken)?;
    service::spell(&tx, id, &country, &spellings).await.map_err(taken)?;
    log_service(&tx, Act::ServiceAdded, id, None, clock::now()).await?;
    tx.commit().await?;
    let added = output::Service { country, region, name };
    output.print(&added, |added| format!("Support service {}", added.name))
}

async fn spell(db: &Db, Spell { place, spelling, output }: Spell) -> Result<()> {
    let mut problems = Problems::default();
    let (country, region) = place.take(&mut problems);
    problems.require(!region.is_empty(), "region", Flaw::Missing("must have a name".into()));
    let spellings = lines(&mut problems, &spelling);
    problems.finish()?;
    let service = service::of(db.read(), &country, &region).await?.ok_or_else(|| {
        let none = "has no support service; add one with `service add`";
        Error::invalid("region", Flaw::Unknown(none.into()))
    })?;
    let tx = db.begin().await?;
    service::spell(&tx, service, &country, &spellings).await.map_err(taken)?;
    log_service(&tx, Act::ServiceSpelled, service, None, clock::now()).await?;
    tx.commit().await?;
    let added = Region { name: region, spellings };
    output.print(&added, Region::line)
}

async fn regions(db: &Db, country: &str, output: Output) -> Result<()> {
    let country = school::country_asked(country)?;
    let found = service::regions(db.read(), &country).await?.into_iter();
    let regions = found.map(|service::Region { name, spellings }| Region { name, spellings });
    output.print(&regions.collect::<Vec<_>>(), |regions| {
        regions.iter().map(|region| region.line() + "\n").collect()
    })
}

/// A region as it is printed.
#[derive(Serialize)]
struct Region {
    name: String,
    spellings: Vec<String>,
}

impl Region {
    fn line(&self) -> String {
        match self.spellings.is_empty() {
            true => self.name.clone(),
            false => format!("{}: {}", self.name, self.spellings.join(", ")),
        }
    }
}

fn lines(problems: &mut Problems, spellings: &[String]) -> Vec<String> {
    spellings.iter().map(|spelling| problems.line(spelling, "spelling", 100)).collect()
}

fn taken(error: Error) -> Error {
    match error {
        Error::Conflict(Reason::AlreadyDone) => {
            let has =
                "already has a support service for this region, or for one with this spelling";
            Error::invalid("country", Flaw::NotAllowed(has.into()))
        }
        other => other,
    }
}
