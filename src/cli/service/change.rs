//! Listing, renaming, moving and removing support services.

use domain::{
    Error, Result,
    care::administration::log_service,
    clock,
    db::Db,
    error::{Flaw, Problems},
    projects::service::{self, Removal},
};
use entity::{Act, ServiceId};
use serde::Serialize;

use super::{Move, Place, Remove, Rename, taken};
use crate::cli::output::{self, Output, columns};

/// A support service and the number of its officers.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    service: output::Service,
    officers: u64,
}

/// Lists all support services.
pub async fn list(db: &Db, output: Output) -> Result<()> {
    let found = service::list(db.read()).await?.into_iter();
    let listed = found.map(|(service, officers)| Listed { service: service.into(), officers });
    output.print(&listed.collect::<Vec<_>>(), |listed| {
        let rows = listed.iter().map(|Listed { service, officers }| {
            [service.place(), service.name.clone(), format!("officers: {officers}")]
        });
        columns(&rows.collect::<Vec<_>>())
    })
}

/// Renames a support service.
pub async fn rename(db: &Db, Rename { place, name, output }: Rename) -> Result<()> {
    let mut problems = Problems::default();
    let name = problems.line(&name, "name", 200);
    let (id, country, region) = find(db, &place, problems).await?;
    let tx = db.begin().await?;
    service::rename(&tx, id, &name).await?;
    log_service(&tx, Act::ServiceRenamed, id, None, clock::now()).await?;
    tx.commit().await?;
    let renamed = output::Service { country, region, name };
    output.print(&renamed, |renamed| format!("{} is now {}", renamed.place(), renamed.name))
}

/// Lets a support service serve another place.
pub async fn move_to(db: &Db, moved: Move) -> Result<()> {
    let Move { place, to_country, to_region, output } = moved;
    let mut problems = Problems::default();
    let to = Place { country: to_country, region: to_region };
    let (country, region) = to.take(&mut problems);
    let (id, ..) = find(db, &place, problems).await?;
    let tx = db.begin().await?;
    let service = service::move_to(&tx, id, &country, &region).await.map_err(taken)?;
    log_service(&tx, Act::ServiceMoved, id, None, clock::now()).await?;
    tx.commit().await?;
    let moved = output::Service::from(service);
    output.print(&moved, |moved| format!("{} now serves {}", moved.name, moved.place()))
}

/// Removes a support service.
pub async fn remove(db: &Db, Remove { place, output }: Remove) -> Result<()> {
    let (id, country, region) = find(db, &place, Problems::default()).await?;
    let tx = db.begin().await?;
    let refuse = |why: &'static str| Err(Error::invalid("country", Flaw::NotAllowed(why.into())));
    match service::remove(&tx, id).await? {
        Removal::Removed => {
            log_service(&tx, Act::ServiceRemoved, id, None, clock::now()).await?;
            tx.commit().await?;
        }
        Removal::HasOfficers => {
            return refuse("has a support service with officers; remove or move them first");
        }
        Removal::HasDecisions => {
            return refuse(
                "has a support service that has decided or on which a decision waits, so it stays \
                 on record; `service move` lets it serve another place",
            );
        }
    }
    let gone = output::Service { country, region, name: String::new() };
    output.print(&gone, |gone| format!("Removed the support service of {}", gone.place()))
}

/// The support service of a place, with its country and region.
async fn find(
    db: &Db,
    place: &Place,
    mut problems: Problems,
) -> Result<(ServiceId, String, String)> {
    let (country, region) = place.take(&mut problems);
    problems.finish()?;
    let id = service::of(db.read(), &country, &region).await?;
    let none = "has no support service for this region";
    let missing = || Error::invalid("country", Flaw::Unknown(none.into()));
    Ok((id.ok_or_else(missing)?, country, region))
}
