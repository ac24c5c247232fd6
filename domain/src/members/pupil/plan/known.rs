//! What is already there when a class list is planned: pupils, their places, namesakes and usernames.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, ConsentScope, ContactState, MemberId, ProjectId, account, contact,
    member,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
    sea_query::{Cond, Condition, ExprTrait, Query, SelectStatement},
};
use sha2::{Digest, Sha256};

use super::{Candidate, Row, RowProblem, Who, key, stem};
use crate::{
    Result,
    accounts::username,
    db::Tx,
    members::{
        consent,
        custody::custodian::TEACHERS,
        pupil_request::{self, Before},
    },
    sql::ColumnExt,
};

/// The pupils to whose usernames the rows refer, by username, with one statement.
pub(crate) async fn existing(
    db: &impl ConnectionTrait,
    rows: &[Row],
) -> Result<HashMap<String, account::Model>> {
    let usernames = usernames(rows);
    if usernames.is_empty() {
        return Ok(HashMap::new());
    }
    let pupils = with_usernames(usernames).all(db).await?;
    let named = pupils.into_iter().filter_map(|pupil| Some((pupil.username.clone()?, pupil)));
    Ok(named.collect())
}

/// The usernames by which rows refer to existing pupils.
pub(crate) fn usernames(rows: &[Row]) -> Vec<String> {
    let username = |row: &Row| match &row.who {
        Who::Existing { username } => Some(username::typed(username)),
        _ => None,
    };
    rows.iter().filter_map(username).collect()
}

/// The accounts of the pupils with these usernames.
pub(crate) fn with_usernames(usernames: Vec<String>) -> sea_orm::Select<account::Entity> {
    account::Entity::find()
        .filter(account::Column::Username.is_in(usernames))
        .filter(account::Column::Kind.eq(AccountKind::Pupil))
}

/// The existing memberships of pupils, with one statement.
pub(super) async fn places<'a>(
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
pub(super) struct Asked {
    teacher: AccountId,
    /// Custodians who are teachers of the TwinSpace.
    here: HashSet<AccountId>,
    /// Pupils whose custodians withdrew the consent, so that only they can give it (M-14).
    barred: HashSet<AccountId>,
    before: HashMap<AccountId, Before>,
}

impl Asked {
    pub(super) async fn of<'a>(
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

    pub(super) fn must(&self, pupil: &account::Model) -> bool {
        match pupil.custodian_id {
            Some(custodian) if custodian == self.teacher => false,
            Some(custodian) => !self.here.contains(&custodian) || self.barred.contains(&pupil.id),
            None => true,
        }
    }

    pub(super) fn problem(&self, pupil: AccountId) -> Option<RowProblem> {
        self.before.get(&pupil).map(|before| match before {
            Before::Waits => RowProblem::AlreadyRequested,
            Before::Lately => RowProblem::AskedLately,
        })
    }
}

/// Existing pupils with the names of rows, with one statement: those in the teacher's own custody,
/// those whose custodian shares a TwinSpace with the teacher, and those whose custodian is at the
/// same school and a contact (M-11). The school alone is not enough, because anyone can claim it.
pub(super) async fn namesakes(
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
    let (mine, theirs) = ("mine", "theirs");
    let teaches = |alias| member::Column::Role.of(alias).is_in(TEACHERS);
    let mut colleagues = Query::select();
    colleagues
        .column((theirs, member::Column::AccountId))
        .from_as(member::Entity, mine)
        .join_as(
            sea_orm::JoinType::InnerJoin,
            member::Entity,
            theirs,
            member::Column::ProjectId.of(mine).eq(member::Column::ProjectId.of(theirs)),
        )
        .and_where(member::Column::AccountId.of(mine).eq(teacher.0))
        .and_where(teaches(mine))
        .and_where(teaches(theirs));
    colleagues
}

/// This teacher's contacts at the same school.
fn contacts_at_school(teacher: AccountId) -> SelectStatement {
    let (me, other) = ("me", "other");
    let id = |alias| account::Column::Id.of(alias);
    let asked = contact::Column::RequesterId
        .equals(id(me))
        .and(contact::Column::AddresseeId.equals(id(other)));
    let was_asked = contact::Column::AddresseeId
        .equals(id(me))
        .and(contact::Column::RequesterId.equals(id(other)));
    let mut contacts = Query::select();
    contacts
        .column((other, account::Column::Id))
        .from_as(account::Entity, me)
        .join_as(
            sea_orm::JoinType::InnerJoin,
            account::Entity,
            other,
            account::Column::SchoolId.of(me).eq(account::Column::SchoolId.of(other)),
        )
        .inner_join(contact::Entity, asked.or(was_asked))
        .and_where(id(me).eq(teacher.0))
        .and_where(contact::Column::State.eq(ContactState::Accepted));
    contacts
}

/// The numbers in use for each stem, with one statement.
pub(super) async fn taken<'a>(
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
pub(crate) async fn hold_stems(tx: &Tx, rows: &[Row]) -> Result<()> {
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
