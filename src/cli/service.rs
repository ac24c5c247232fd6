//! `twinspace service`: the support services of countries and regions.

use clap::{Args, Subcommand};

use crate::{
    Error, Reason, Result,
    db::Db,
    domain::{school, service},
    error::Problems,
};

/// Support services.
#[derive(Subcommand, Clone, Debug)]
pub enum Service {
    /// Set up the support service of a country, or of a region of it.
    Add(Add),
}

/// A service to be set up.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// Where it serves.
    #[command(flatten)]
    pub place: Place,
    /// Its name.
    #[arg(long)]
    pub name: String,
}

/// Where a service serves.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The country, ISO 3166-1 alpha-2: `DE`.
    #[arg(long, value_name = "CODE")]
    pub country: String,
    /// The region, as its schools write it; left out for the whole country.
    #[arg(long)]
    pub region: Option<String>,
}

impl Place {
    /// The country's code, and the region or nothing; notes what is wrong with them.
    pub(super) fn take(&self, problems: &mut Problems) -> (String, String) {
        let country = school::country(&self.country);
        let known = country.is_some();
        problems.require(known, "country", "must be a country's two-letter code");
        let region = self.region.as_ref().map(|region| problems.line(region, "region", 100));
        (country.unwrap_or_default(), region.unwrap_or_default())
    }
}

impl Service {
    /// Does it.
    pub async fn run(self, db: &Db) -> Result<()> {
        let Self::Add(Add { place, name }) = self;
        let mut problems = Problems::default();
        let (country, region) = place.take(&mut problems);
        let name = problems.line(&name, "name", 200);
        problems.finish()?;
        let tx = db.begin().await?;
        service::add(&tx, &name, &country, &region).await.map_err(|error| match error {
            Error::Conflict(Reason::AlreadyDone) => {
                Error::invalid("country", "has a support service already, for this region")
            }
            other => other,
        })?;
        tx.commit().await?;
        println!("Support service {name}");
        Ok(())
    }
}
