//! The export of a whole TwinSpace (P-18), in two steps like that of pupils: preparing it returns a
//! short-lived secret, which the download uses up. What it contains is what its reader sees in the
//! TwinSpace, by the same decisions, but nothing that lacks consent.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{AccountId, Act, MediaId, ProjectId, Purpose, TwinSpaceId, project};
use policy::{Access, Subject, TwinSpaceAct, TwinSpaceFacts};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use crate::{
    Actor, Error, Permit, Result,
    accounts::school::SchoolCells,
    care::audit,
    db::Db,
    desktop::teacher::PersonRow,
    download::{self, Origin},
    inside::{
        media::{Filter as MediaFilter, MediaRow},
        page::Filter as PageFilter,
    },
    list::{Ask, Columns, Walk, cell},
    projects::{
        diary::Filter as DiaryFilter,
        partner::{Filter as PartnerFilter, PartnerRow},
    },
};

/// What it takes to export a TwinSpace.
pub const EXPORT: TwinSpaceAct = TwinSpaceAct::Export;

/// How many partners are read at a time.
const AT_A_TIME: u64 = 100;

/// Prepares an export, which whoever asks for it can download once. An earlier one ends.
pub async fn make(actor: Actor<'_>, id: TwinSpaceId, origin: Origin<'_>) -> Result<String> {
    let (account, now) = (actor.account()?, actor.now);
    let Permit { tx, by, .. } = actor.permit::<TwinSpaceFacts>(EXPORT, id).await?;
    let purpose = Purpose::ExportTwinSpace;
    let secret = download::prepare(&tx, purpose, account.0, origin, now).await?;
    let line = audit::line(Act::TwinSpaceExported, account).project(by.project_id);
    line.write(&tx, now).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Whether somebody may still download it. For everyone else there is none.
pub fn check(access: &Access) -> Result<()> {
    TwinSpaceFacts.decide(EXPORT, access).map_err(|_| Error::NotFound("export"))
}

/// Whether an account has a secret that works.
pub async fn is_prepared(
    db: &impl ConnectionTrait,
    secret: &str,
    account: AccountId,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let subject = download::subject(db, secret, Purpose::ExportTwinSpace, origin, now).await?;
    Ok(subject == Some(account.0))
}

/// Uses up the secret of an account.
pub async fn redeem(
    db: &Db,
    secret: &str,
    account: AccountId,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    let purpose = Purpose::ExportTwinSpace;
    download::redeem(&tx, secret, purpose, account.0, origin, now).await?;
    Ok(tx.commit().await?)
}

/// The pages that somebody sees, archived or not; `None` if they see none of them.
pub fn pages(access: &Access, archived: bool) -> Option<PageFilter> {
    match access.sees_twinspace() {
        true => access.pages(archived).ok().map(Into::into),
        false if archived => None,
        false => Some(PageFilter { archived: Some(false), public: true, ..PageFilter::default() }),
    }
}

/// The diary entries that somebody sees.
pub fn diary(access: &Access) -> DiaryFilter {
    DiaryFilter { reach: Some(access.diary_reach()) }
}

/// The media that is exported to somebody; `None` if they see none. Teachers see media that lacks a
/// consent, but do not take it away.
pub fn media(access: &Access) -> Option<MediaFilter> {
    let filter = MediaFilter { without_hidden: true, ..MediaFilter::default() };
    access.sees_media(false).then_some(filter)
}

/// Those of some media that are exported to somebody as of now.
pub async fn media_now(
    db: &impl ConnectionTrait,
    access: &Access,
    ids: &[MediaId],
    columns: Columns,
) -> Result<BTreeMap<MediaId, MediaRow>> {
    if ids.is_empty() || !access.sees_media(false) {
        return Ok(BTreeMap::new());
    }
    let columns = columns.and::<MediaRow>(&["hidden"]);
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut seen = BTreeMap::new();
    for (id, row) in Ask::<MediaRow>::by_id(db, &ids, columns).await? {
        if cell(&row.project_id)? == access.project_id && !cell(&row.hidden)? {
            seen.insert(MediaId(id), row);
        }
    }
    Ok(seen)
}

/// How much media lacks a consent; `None` for those who are not told.
pub async fn left_out(db: &impl ConnectionTrait, access: &Access) -> Result<Option<u64>> {
    if !access.sees_media(true) {
        return Ok(None);
    }
    let project = access.project_id.0;
    let seen = Ask::<MediaRow> {
        columns: Columns::default(),
        filter: MediaFilter { without_hidden: true, ..MediaFilter::default() },
        order: (),
        descending: false,
        after: None,
        before: None,
        limit: 0,
        last: false,
        rows: false,
        total: true,
    };
    let all = Ask::<MediaRow> { filter: MediaFilter::default(), ..seen.clone() };
    let seen = seen.of_one(db, project).await?.total.unwrap_or_default();
    let all = all.of_one(db, project).await?.total.unwrap_or_default();
    Ok(Some(all.saturating_sub(seen)))
}

/// A partner, as the project shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// The name.
    pub name: String,
    /// Whether they are a founder.
    pub founder: bool,
    /// Their school.
    pub school: SchoolCells,
}

/// The project, and its partners in the order in which they joined.
pub async fn project(
    db: &impl ConnectionTrait,
    id: ProjectId,
) -> Result<(project::Model, Vec<Partner>)> {
    let project = project::Entity::find_by_id(id).one(db).await?;
    let project = project.ok_or(Error::NotFound("project"))?;
    let columns = Columns::default().and::<PartnerRow>(&["person", "person.name", "isFounder"]);
    let mut walk = Walk::<PartnerRow>::new(id.0, (), columns, AT_A_TIME);
    let school = ["school", "school.name", "school.town", "school.region", "school.country"];
    let school = Columns::default().and::<PersonRow>(&school);
    let mut partners = Vec::new();
    loop {
        let rows = walk.next(db, PartnerFilter::default()).await?;
        if rows.is_empty() {
            return Ok((project, partners));
        }
        let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.account_id).map(|id| id.0).collect();
        let mut people = Ask::<PersonRow>::by_id(db, &ids, school).await?;
        for row in rows {
            let person = people.remove(&cell(&row.account_id)?.0).unwrap_or_default();
            partners.push(Partner {
                name: cell(&row.account_name)?,
                founder: cell(&row.founder)?,
                school: person.school,
            });
        }
    }
}
