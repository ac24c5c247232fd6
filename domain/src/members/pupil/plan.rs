//! The expected outcome for the rows of a class list, and their problems (M-07 to M-11).

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{AccountId, MemberId, ProjectId, TwinSpaceRole, account};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use crate::{
    Result,
    accounts::{
        password::{Fault, Password},
        username,
    },
    text,
};

mod known;

use known::{Asked, namesakes, places, taken};
pub(crate) use known::{existing, hold_stems, usernames, with_usernames};

/// The maximum number of rows in a request (M-06).
pub const MOST: usize = 100;
/// The maximum length of a name, in characters.
const NAME: usize = 100;

/// A row of a class list.
#[derive(Clone, Debug)]
pub struct Row {
    /// The pupil.
    pub who: Who,
    /// The role that the pupil would have.
    pub role: TwinSpaceRole,
}

/// The pupil to whom a row refers.
#[derive(Clone, Debug)]
pub enum Who {
    /// A pupil without an account.
    New {
        /// The given name, or an initial.
        given: String,
        /// The family name, or an initial.
        family: String,
        /// The password, or what is wrong with it; `None` if the server must generate one.
        password: Option<Result<Password, Vec<Fault>>>,
    },
    /// A pupil with an account, whose username and password do not change.
    Existing {
        /// The username.
        username: String,
    },
    /// Neither or both were given.
    Unclear,
}

/// A problem with a row of a class list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
pub enum RowProblem {
    /// The row must have either the names of a new pupil or the username of an existing one, but
    /// not both.
    Unclear,
    /// The given name is empty.
    GivenNameMissing,
    /// The family name is empty.
    FamilyNameMissing,
    /// A name is longer than 100 characters.
    NameTooLong,
    /// A name contains a non-printable character.
    NameNotPrintable,
    /// A name contains no letter from which a username could be made.
    NameWithoutLetters,
    /// The password is shorter than 8 characters.
    PasswordTooShort,
    /// The password is longer than 128 characters.
    PasswordTooLong,
    /// The password contains no digit.
    PasswordWithoutDigit,
    /// The password contains a non-printable character.
    PasswordNotPrintable,
    /// The role is not a pupil role.
    RoleNotAPupils,
    /// No pupil has this username.
    NoSuchPupil,
    /// Another row of the request refers to the same pupil.
    SamePupilTwice,
    /// The custodian has already been asked about this pupil and has not answered yet.
    AlreadyRequested,
    /// A request for this pupil was recently declined or withdrawn. Ask again in a few days.
    AskedLately,
    /// The row is valid, but nothing was done because other rows are not.
    OtherRowsInvalid,
}

impl From<Fault> for RowProblem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooShort => Self::PasswordTooShort,
            Fault::TooLong => Self::PasswordTooLong,
            Fault::NoDigit => Self::PasswordWithoutDigit,
            Fault::NotPrintable => Self::PasswordNotPrintable,
        }
    }
}

/// The outcome for a row (M-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
pub enum RowStatus {
    /// A new account was created and made a member; in `verifyPupils`, it would be.
    Created,
    /// A pupil with an existing account was made a member.
    Attached,
    /// The custodian was asked whether the pupil may join, and has 14 days to answer.
    Requested,
    /// The pupil was already a member.
    AlreadyMember,
    /// Nothing was done because this row has problems, or because another row has.
    Invalid,
}

/// An existing pupil with the name of a row, in the custody of the teacher or of colleagues (M-11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The name.
    pub name: String,
    /// The username with which to attach them.
    pub username: String,
}

/// The expected outcome for a row.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The expected outcome.
    pub status: RowStatus,
    /// The username: the proposed one for a new pupil, or that of an existing pupil.
    pub username: Option<String>,
    /// Existing pupils with the same name, in the custody of the teacher or of colleagues.
    pub candidates: Vec<Candidate>,
    /// The problems.
    pub problems: Vec<RowProblem>,
    /// The existing pupil.
    pub(super) pupil: Option<account::Model>,
    /// Their existing membership.
    pub(super) place: Option<MemberId>,
}

/// Validates rows and determines the expected outcome. Writes nothing (M-07).
pub async fn plan(
    db: &impl ConnectionTrait,
    project: ProjectId,
    teacher: AccountId,
    rows: &[Row],
    now: DateTime<Utc>,
) -> Result<Vec<Plan>> {
    let stems: Vec<_> = rows.iter().map(stem).collect();
    let existing = existing(db, rows).await?;
    let places = places(db, project, existing.values()).await?;
    let asked = Asked::of(db, project, teacher, existing.values(), now).await?;
    let mut namesakes = namesakes(db, teacher, rows).await?;
    let mut taken = taken(db, stems.iter().flatten()).await?;
    let mut attached = HashSet::new();
    let mut plans = Vec::with_capacity(rows.len());
    for (row, stem) in rows.iter().zip(&stems) {
        let mut problems = problems(row);
        let mut plan = Plan {
            status: RowStatus::Created,
            username: None,
            candidates: Vec::new(),
            problems: Vec::new(),
            pupil: None,
            place: None,
        };
        match &row.who {
            Who::New { given, family, .. } => {
                plan.candidates = namesakes.remove(&key(given, family)).unwrap_or_default();
                if let Some(stem) = stem {
                    let numbers = taken.entry(stem.clone()).or_default();
                    let number = username::free(numbers).next().unwrap_or(1);
                    plan.username = Some(format!("{stem}.{number}"));
                    if problems.is_empty() {
                        numbers.insert(number);
                    }
                }
            }
            Who::Existing { username } => match existing.get(&username::typed(username)) {
                Some(pupil) => {
                    if !attached.insert(pupil.id) {
                        problems.push(RowProblem::SamePupilTwice);
                    }
                    plan.place = places.get(&pupil.id).copied();
                    plan.status = match plan.place {
                        Some(_) => RowStatus::AlreadyMember,
                        None if asked.must(pupil) => RowStatus::Requested,
                        None => RowStatus::Attached,
                    };
                    if plan.status == RowStatus::Requested {
                        problems.extend(asked.problem(pupil.id));
                    }
                    plan.username.clone_from(&pupil.username);
                    plan.pupil = Some(pupil.clone());
                }
                None => problems.push(RowProblem::NoSuchPupil),
            },
            Who::Unclear => {}
        }
        if !problems.is_empty() {
            plan.status = RowStatus::Invalid;
        }
        plan.problems = problems;
        plans.push(plan);
    }
    Ok(plans)
}

/// The problems of a row by itself.
fn problems(row: &Row) -> Vec<RowProblem> {
    let mut problems = Vec::new();
    let mut note = |wrong: bool, problem| {
        if wrong {
            problems.push(problem);
        }
    };
    note(!row.role.is_pupil(), RowProblem::RoleNotAPupils);
    match &row.who {
        Who::Unclear => note(true, RowProblem::Unclear),
        Who::Existing { .. } => {}
        Who::New { given, family, password } => {
            note(text::is_blank(given), RowProblem::GivenNameMissing);
            note(text::is_blank(family), RowProblem::FamilyNameMissing);
            let names = [given, family];
            let long = names.iter().any(|name| name.chars().nth(NAME).is_some());
            note(long, RowProblem::NameTooLong);
            let printable = names.iter().all(|name| text::printable(name.trim()));
            note(!printable, RowProblem::NameNotPrintable);
            let letters = stem(row).is_some() || text::is_blank(given) || text::is_blank(family);
            note(!letters, RowProblem::NameWithoutLetters);
            if let Some(Err(faults)) = password {
                problems.extend(faults.iter().copied().map(RowProblem::from));
            }
        }
    }
    problems
}

fn stem(row: &Row) -> Option<String> {
    match &row.who {
        Who::New { given, family, .. } => username::stem(given, family),
        _ => None,
    }
}

pub(super) fn full_name(given: &str, family: &str) -> String {
    text::tidy(&format!("{given} {family}"))
}

fn key(given: &str, family: &str) -> String {
    text::key(&full_name(given, family))
}
