//! The expected outcome for the rows of a class list, and their problems (M-07 to M-11).

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, ConsentScope, ContactState, MemberId, ProjectId, TwinSpaceRole,
    account, contact, member,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
    sea_query::{Alias, Cond, Condition, Expr, ExprTrait, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Result,
    accounts::{
        password::{Fault, Password},
        username,
    },
    db::Tx,
    members::{
        consent,
        custody::custodian::TEACHERS,
        pupil_request::{self, Before},
    },
    text,
};

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
    /// A name is longer than 100 characters or contains a non-printable character.
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
    /// A new account was created and made a member.
    Created,
    /// A pupil with an existing account was made a member.
    Attached,
    /// The custodian was asked whether the pupil may join, and has 14 days to answer.
    Requested,
    /// The pupil was already a member.
    AlreadyMember,
    /// Nothing was done because the row has problems.
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
            let printable = [given, family]
                .iter()
                .all(|name| text::printable(name.trim()) && name.chars().nth(NAME).is_none());
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

/// The pupils to whose usernames the rows refer, by username, with one statement.
pub(super) async fn existing(
    db: &impl ConnectionTrait,
    rows: &[Row],
) -> Result<HashMap<String, account::Model>> {
    let usernames: Vec<String> = rows
        .iter()
        .filter_map(|row| match &row.who {
            Who::Existing { username } => Some(username::typed(username)),
            _ => None,
        })
        .collect();
    if usernames.is_empty() {
        return Ok(HashMap::new());
    }
    let pupils = account::Entity::find()
        .filter(account::Column::Username.is_in(usernames))
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .all(db)
        .await?;
    let named = pupils.into_iter().filter_map(|pupil| Some((pupil.username.clone()?, pupil)));
    Ok(named.collect())
}

/// The existing memberships of pupils, with one statement.
async fn places<'a>(
    db: &impl ConnectionTrait,
    project: ProjectId,
    pupils: impl Iterator<Item = &'a account::Model>,
) -> Result<HashMap<AccountId, MemberId>> {
    let ids: Vec<AccountId> = pupils.map(|pupil| pupil.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let members = member::Entity::of(project).filter(member::Column::AccountId.is_in(ids));
    let members = members.all(db).await?;
    Ok(members.into_iter().map(|member| (member.account_id, member.id)).collect())
}

/// Whose custodians must be asked before they become members (M-11).
struct Asked {
    teacher: AccountId,
    /// Custodians who are teachers of the TwinSpace.
    here: HashSet<AccountId>,
    /// Pupils whose custodians withdrew the consent, so that only they can give it (M-14).
    barred: HashSet<AccountId>,
    before: HashMap<AccountId, Before>,
}

impl Asked {
    async fn of<'a>(
        db: &impl ConnectionTrait,
        project: ProjectId,
        teacher: AccountId,
        pupils: impl Iterator<Item = &'a account::Model>,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let pupils: Vec<account::Model> = pupils.cloned().collect();
        let others = pupils.iter().filter_map(|pupil| pupil.custodian_id);
        let others: HashSet<_> = others.filter(|&custodian| custodian != teacher).collect();
        let mut here = HashSet::new();
        if !others.is_empty() {
            let teachers = member::Entity::of(project)
                .filter(member::Column::AccountId.is_in(others))
                .filter(member::Column::Role.is_in(TEACHERS));
            here.extend(teachers.all(db).await?.into_iter().map(|member| member.account_id));
        }
        let ids: Vec<_> = pupils.iter().map(|pupil| pupil.id).collect();
        let before = pupil_request::before(db, project, &ids, now).await?;
        let scope = ConsentScope::Participation;
        let barred = consent::kept_back(db, &ids, project, scope, teacher).await?;
        Ok(Self { teacher, here, barred, before })
    }

    fn must(&self, pupil: &account::Model) -> bool {
        match pupil.custodian_id {
            Some(custodian) if custodian == self.teacher => false,
            Some(custodian) => !self.here.contains(&custodian) || self.barred.contains(&pupil.id),
            None => true,
        }
    }

    fn problem(&self, pupil: AccountId) -> Option<RowProblem> {
        self.before.get(&pupil).map(|before| match before {
            Before::Waits => RowProblem::AlreadyRequested,
            Before::Lately => RowProblem::AskedLately,
        })
    }
}

/// Existing pupils with the names of rows, with one statement: those in the teacher's own custody,
/// those whose custodian shares a TwinSpace with the teacher, and those whose custodian is at the
/// same school and a contact (M-11). The school alone is not enough, because anyone can claim it.
async fn namesakes(
    db: &impl ConnectionTrait,
    teacher: AccountId,
    rows: &[Row],
) -> Result<HashMap<String, Vec<Candidate>>> {
    let keys: HashSet<String> = rows
        .iter()
        .filter_map(|row| match &row.who {
            Who::New { given, family, .. } => Some(key(given, family)),
            _ => None,
        })
        .collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let custodian = account::Column::CustodianId;
    let known = Cond::any()
        .add(custodian.eq(teacher))
        .add(custodian.in_subquery(colleagues(teacher)))
        .add(custodian.in_subquery(contacts_at_school(teacher)));
    let pupils = account::Entity::find()
        .filter(account::Column::NameKey.is_in(keys))
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
        .filter(known)
        .order_by_asc(account::Column::Id)
        .all(db)
        .await?;
    let mut found: HashMap<String, Vec<Candidate>> = HashMap::new();
    for pupil in pupils {
        let Some(username) = pupil.username else { continue };
        found.entry(pupil.name_key).or_default().push(Candidate { name: pupil.name, username });
    }
    Ok(found)
}

/// Teachers who share a TwinSpace with this teacher.
fn colleagues(teacher: AccountId) -> SelectStatement {
    let (mine, theirs) = (Alias::new("mine"), Alias::new("theirs"));
    let at = |alias: &Alias, column| Expr::col((alias.clone(), column));
    let teaches = |alias: &Alias| {
        at(alias, member::Column::Role).is_in(TEACHERS.iter().map(ActiveEnum::to_value))
    };
    let mut colleagues = Query::select();
    colleagues
        .column((theirs.clone(), member::Column::AccountId))
        .from_as(member::Entity, mine.clone())
        .join_as(
            sea_orm::JoinType::InnerJoin,
            member::Entity,
            theirs.clone(),
            at(&mine, member::Column::ProjectId).eq(at(&theirs, member::Column::ProjectId)),
        )
        .and_where(at(&mine, member::Column::AccountId).eq(teacher.0))
        .and_where(teaches(&mine))
        .and_where(teaches(&theirs));
    colleagues
}

/// This teacher's contacts at the same school.
fn contacts_at_school(teacher: AccountId) -> SelectStatement {
    let (me, other) = (Alias::new("me"), Alias::new("other"));
    let at = |alias: &Alias, column| Expr::col((alias.clone(), column));
    let known = |column| Expr::col((contact::Entity, column));
    let id = |alias: &Alias| at(alias, account::Column::Id);
    let asked = known(contact::Column::RequesterId)
        .eq(id(&me))
        .and(known(contact::Column::AddresseeId).eq(id(&other)));
    let was_asked = known(contact::Column::AddresseeId)
        .eq(id(&me))
        .and(known(contact::Column::RequesterId).eq(id(&other)));
    let mut contacts = Query::select();
    contacts
        .column((other.clone(), account::Column::Id))
        .from_as(account::Entity, me.clone())
        .join_as(
            sea_orm::JoinType::InnerJoin,
            account::Entity,
            other.clone(),
            at(&me, account::Column::SchoolId).eq(at(&other, account::Column::SchoolId)),
        )
        .inner_join(contact::Entity, asked.or(was_asked))
        .and_where(id(&me).eq(teacher.0))
        .and_where(known(contact::Column::State).eq(ContactState::Accepted.to_value()));
    contacts
}

/// The numbers in use for each stem, with one statement.
async fn taken<'a>(
    db: &impl ConnectionTrait,
    stems: impl Iterator<Item = &'a String>,
) -> Result<HashMap<String, BTreeSet<u32>>> {
    let mut taken: HashMap<String, BTreeSet<u32>> =
        stems.map(|stem| (stem.clone(), BTreeSet::new())).collect();
    if taken.is_empty() {
        return Ok(taken);
    }
    let begins = taken.keys().fold(Cond::any(), |any, stem| any.add(begins_with(stem)));
    let usernames: Vec<Option<String>> = account::Entity::find()
        .filter(begins)
        .select_only()
        .column(account::Column::Username)
        .into_tuple()
        .all(db)
        .await?;
    for username in usernames.into_iter().flatten() {
        let Some((stem, _)) = username.rsplit_once('.') else { continue };
        if let Some((numbers, number)) = taken.get_mut(stem).zip(username::number(&username, stem))
        {
            numbers.insert(number);
        }
    }
    Ok(taken)
}

/// Usernames of a stem: those between `stem.` and its successor in byte order, which the index
/// uses.
fn begins_with(stem: &str) -> Condition {
    let username = account::Column::Username;
    Cond::all().add(username.gte(format!("{stem}."))).add(username.lt(format!("{stem}/")))
}

/// Prevents others from taking numbers of the same stems until the transaction ends.
pub(super) async fn hold_stems(tx: &Tx, rows: &[Row]) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        // SQLite has only one writer at a time.
        return Ok(());
    }
    let mut keys: Vec<i64> = rows
        .iter()
        .filter_map(stem)
        .map(|stem| {
            let hash = Sha256::digest(format!("username stem {stem}"));
            i64::from_be_bytes(hash[..8].try_into().expect("SHA-256 has 32 bytes"))
        })
        .collect();
    // Sorted, so that two classes with names in common do not deadlock.
    keys.sort_unstable();
    keys.dedup();
    let keys = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "select pg_advisory_xact_lock(key) from \
         (select unnest(string_to_array($1, ',')::bigint[]) as key order by 1) as keys",
        [keys.into()],
    );
    tx.query_all_raw(statement).await?;
    Ok(())
}
