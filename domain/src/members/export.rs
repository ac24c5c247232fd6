//! The pupils invited by a teacher, as a table for a spreadsheet (M-17).
//!
//! Two steps: preparing it returns a short-lived secret, which the download uses up. It contains no
//! passwords, because the server does not know any.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AccountId, AccountKind, Act, Kind, MemberId, Purpose, TwinSpaceId, TwinSpaceRole, account,
    member,
};
use policy::{TwinSpaceAct, TwinSpaceFacts, TwinSpacePermission};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use sea_orm::{ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Actor, Error, Permit, Result,
    care::audit,
    db::Db,
    download::{self, Origin},
};

/// The columns.
const HEADER: [&str; 5] = ["Name", "Username", "Invited on", "Last access", "Role"];

/// A row of an export: one pupil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The name.
    pub name: String,
    /// The username.
    pub username: String,
    /// The date of the invitation.
    pub invited_on: NaiveDate,
    /// The day of the last visit; `None` if there was none.
    pub last_access: Option<NaiveDate>,
    /// The role.
    pub role: TwinSpaceRole,
}

/// What it takes to export pupils.
pub const EXPORT: TwinSpaceAct = TwinSpaceAct::May(TwinSpacePermission::ExportPupils);

/// Prepares an export of the person's pupils, which they can download once.
pub async fn make(actor: Actor<'_>, id: TwinSpaceId, origin: Origin<'_>) -> Result<String> {
    let now = actor.now;
    let Permit { tx, by, .. } = actor.permit::<TwinSpaceFacts>(EXPORT, id).await?;
    let (place, _) = by.member.ok_or(Error::NotFound("TwinSpace"))?;
    let secret = download::prepare(&tx, Purpose::ExportPupils, place.uuid(), origin, now).await?;
    let line = audit::line(Act::PupilsExported, by.person.account).project(by.project_id);
    line.write(&tx, now).await?;
    tx.commit().await?;
    Ok(secret)
}

/// The membership of the teacher to whose export a secret belongs.
pub async fn maker(
    db: &impl ConnectionTrait,
    secret: &str,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<Option<member::Model>> {
    let subject = download::subject(db, secret, Purpose::ExportPupils, origin, now).await?;
    let Some(place) = subject else { return Ok(None) };
    Ok(member::Entity::find_by_id(MemberId(place)).one(db).await?)
}

/// Uses up the secret and reads the export of `place`.
pub async fn take(
    db: &Db,
    secret: &str,
    place: &member::Model,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Line>> {
    let tx = db.begin().await?;
    download::redeem(&tx, secret, Purpose::ExportPupils, place.id.0, origin, now).await?;
    let lines = lines(&*tx, place.project_id, place.account_id).await?;
    tx.commit().await?;
    Ok(lines)
}

/// The pupils in a TwinSpace invited by a teacher, one row each, ordered by name.
async fn lines(
    db: &impl ConnectionTrait,
    project: entity::ProjectId,
    teacher: AccountId,
) -> Result<Vec<Line>> {
    let members = member::Entity::of(project)
        .filter(member::Column::InviterId.eq(teacher))
        .order_by_asc(member::Column::NameKey)
        .order_by_asc(member::Column::Id)
        .all(db)
        .await?;
    let pupils = account::Entity::find()
        .filter(account::Column::Id.is_in(members.iter().map(|member| member.account_id)))
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .all(db)
        .await?;
    let pupils: std::collections::HashMap<AccountId, account::Model> =
        pupils.into_iter().map(|pupil| (pupil.id, pupil)).collect();
    let line = |member: member::Model| {
        let pupil = pupils.get(&member.account_id)?;
        Some(Line {
            name: pupil.name.clone(),
            username: pupil.username.clone().unwrap_or_default(),
            invited_on: member.joined_at.date_naive(),
            last_access: Some(member.last_access_on).filter(|&day| day != member::NEVER),
            role: member.role,
        })
    };
    Ok(members.into_iter().filter_map(line).collect())
}

/// The export as a workbook: with a header, and dates as dates. Text is stored as text, which no
/// spreadsheet evaluates.
pub fn xlsx(lines: &[Line]) -> Result<Vec<u8>> {
    workbook(lines).map_err(Error::internal)
}

fn workbook(lines: &[Line]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let (bold, day) = (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd"));
    let sheet = workbook.add_worksheet().set_name("Pupils")?;
    for (column, title) in (0..).zip(HEADER) {
        sheet.write_string_with_format(0, column, title, &bold)?;
        sheet.set_column_width(column, if column == 0 { 32 } else { 22 })?;
    }
    for (row, line) in (1..).zip(lines) {
        sheet.write_string(row, 0, &line.name)?;
        sheet.write_string(row, 1, &line.username)?;
        sheet.write_date_with_format(row, 2, line.invited_on, &day)?;
        if let Some(seen) = line.last_access {
            sheet.write_date_with_format(row, 3, seen, &day)?;
        }
        sheet.write_string(row, 4, line.role.to_value())?;
    }
    workbook.save_to_buffer()
}

/// The export as CSV.
pub fn csv(lines: &[Line]) -> Result<Vec<u8>> {
    write_csv(
        HEADER,
        lines.iter().map(|line| {
            let seen = line.last_access.map(|day| day.to_string()).unwrap_or_default();
            let (name, username) = (line.name.clone(), line.username.clone());
            Ok([name, username, line.invited_on.to_string(), seen, line.role.to_value()])
        }),
    )
}

/// A table as CSV: in UTF-8, with a byte order mark for spreadsheets. No cell is a formula.
pub fn write_csv<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = Result<[String; N]>>,
) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(header).map_err(Error::internal)?;
    for row in rows {
        writer.write_record(row?.map(|cell| inert(&cell))).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

/// A text that no spreadsheet mistakes for a formula: an apostrophe marks it as text. Where cells
/// are separated by something other than commas, as in much of Europe, a text may be read as
/// several cells, none of which is a formula either.
pub fn inert(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    for part in text.split_inclusive([',', ';', '\t', '|', '\r', '\n']) {
        if is_formula(part) {
            inert.push('\'');
        }
        inert.push_str(part);
    }
    inert
}

fn is_formula(cell: &str) -> bool {
    let unseen = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    let signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    cell.trim_start_matches(unseen).starts_with(signs)
}
