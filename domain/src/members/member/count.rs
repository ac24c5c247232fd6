//! How many members a TwinSpace has (M-01). The database keeps the numbers by role, so that a large
//! TwinSpace is counted as fast as a small one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{TwinSpaceRole, member, member_count};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, Iterable, Statement,
    sea_query::{Asterisk, Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::{Filter, ONLINE};
use crate::{Result, db::Db, list::one_of};

/// The number of members of a TwinSpace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By role.
    pub by_role: Vec<RoleCount>,
    /// The number of members who are online; zero unless requested.
    pub online: u64,
}

/// The number of members with one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleCount {
    /// The role.
    pub role: TwinSpaceRole,
    /// How many members have it.
    pub members: u64,
    /// How many of them have a pupil's account, and so count as pupils whatever the role (M-20).
    pub pupils: u64,
}

impl Counts {
    /// The number of members with a role that `fits`.
    pub fn of(&self, fits: impl Fn(TwinSpaceRole) -> bool) -> u64 {
        self.by_role.iter().filter(|count| fits(count.role)).map(|count| count.members).sum()
    }

    /// How many count as pupils.
    pub fn pupils(&self) -> u64 {
        self.of(|_| true) - self.adults(|_| true)
    }

    /// How many have a role that `fits`, which is not a pupil's, and do not count as pupils.
    pub fn adults(&self, fits: impl Fn(TwinSpaceRole) -> bool) -> u64 {
        let adults = |count: &&RoleCount| !count.role.is_pupil() && fits(count.role);
        self.by_role.iter().filter(adults).map(|count| count.members - count.pupils).sum()
    }
}

/// The counts of several TwinSpaces, in one statement. For those who are online, if they are asked
/// for, each row is read.
pub async fn counts(
    db: &impl ConnectionTrait,
    projects: &[Uuid],
    online: bool,
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Counts>> {
    let ids = || projects.iter().copied();
    let mut query = Query::select();
    query
        .expr(member_count::Column::ProjectId.into_expr())
        .expr(member_count::Column::Role.into_expr())
        .expr(member_count::Column::Members.into_expr())
        .expr(member_count::Column::Pupils.into_expr())
        .from(member_count::Entity)
        .and_where(member_count::Column::ProjectId.is_in(ids()));
    if online {
        let mut here = Query::select();
        here.expr(member::Column::ProjectId.into_expr())
            .expr(Expr::val(None::<String>))
            .expr(Expr::col(Asterisk).count())
            .expr(Expr::val(0_i64))
            .from(member::Entity)
            .and_where(member::Column::ProjectId.is_in(ids()))
            .and_where(member::Column::LastSeenAt.gt(now - ONLINE))
            .group_by_col((member::Entity, member::Column::ProjectId));
        query.union(UnionType::All, here);
    }
    let mut counts: HashMap<Uuid, Counts> = ids().map(|id| (id, Counts::default())).collect();
    for row in db.query_all(&query).await? {
        let counts: &mut Counts = counts.entry(row.try_get_by_index(0)?).or_default();
        let number = |at| row.try_get_by_index::<i64>(at).map(i64::unsigned_abs);
        match row.try_get_by_index(1)? {
            None => counts.online = number(2)?,
            Some(role) => {
                let (members, pupils) = (number(2)?, number(3)?);
                counts.by_role.push(RoleCount { role, members, pupils });
            }
        }
    }
    Ok(counts)
}

/// The sum of the kept counts that answers how many members a filter finds; `None` where it asks
/// for more than roles.
pub(super) fn kept_total(filter: &Filter) -> Option<SelectStatement> {
    let by_role = Filter {
        roles: filter.roles.clone(),
        without_pupils: filter.without_pupils,
        // Of no importance as long as no words are searched for.
        usernames: filter.usernames,
        ..Filter::default()
    };
    if *filter != by_role {
        return None;
    }
    let (members, pupils) =
        (member_count::Column::Members.into_expr(), member_count::Column::Pupils.into_expr());
    let mut query = Query::select();
    query.from(member_count::Entity);
    let roles = |roles: Option<&[TwinSpaceRole]>| one_of(member_count::Column::Role, roles);
    query.and_where_option(roles(filter.roles.as_deref()));
    let number = if filter.without_pupils {
        let others: Vec<_> = TwinSpaceRole::iter().filter(|role| !role.is_pupil()).collect();
        query.and_where_option(roles(Some(&others)));
        members.sub(pupils)
    } else {
        members
    };
    // A sum is of a wider type, and null where there is nothing.
    query.expr(Expr::expr(number.sum()).cast_as("bigint").if_null(0_i64));
    Some(query)
}

/// The project to which a kept count belongs.
pub(super) fn kept_parent() -> Expr {
    member_count::Column::ProjectId.into_expr()
}

/// The members as they are.
const COUNTED: &str = "select project_id, role, count(*) as members, \
     cast(sum(case when kind = 'pupil' then 1 else 0 end) as bigint) as pupils \
     from member inner join account on account.id = member.account_id group by project_id, role";

/// The columns of the account of which members have copies.
const COPIED: [&str; 4] = ["name", "name_key", "username", "school_id"];

/// The members who have something else in their copies.
fn misnamed() -> String {
    let differ = COPIED.map(|column| format!("member.{column} is distinct from account.{column}"));
    format!(
        "from member inner join account on account.id = member.account_id where {}",
        differ.join(" or ")
    )
}

/// How many TwinSpaces have a kept count, or a member with a copied name, username or school, that is
/// wrong.
pub async fn stale(db: &Db) -> Result<u64> {
    const KEPT: &str = "select project_id, role, members, pupils from member_count";
    let sql = format!(
        "select count(distinct project_id) from ( \
         select * from ({KEPT} where members <> 0 or pupils <> 0 except {COUNTED}) as more \
         union all select * from ({COUNTED} except {KEPT}) as less \
         union all select project_id, role, 0, 0 {}) as wrong",
        misnamed()
    );
    let db = db.read();
    // Before it is migrated, a database of an older version keeps none.
    let copies = format!("select {} from member where 1 = 0", COPIED.join(", "));
    if db.execute_unprepared(&copies).await.is_err() {
        return Ok(0);
    }
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?.unsigned_abs())
}

/// Counts the members of all TwinSpaces again, and copies their names, usernames and schools.
/// Nobody joins or leaves meanwhile.
pub async fn renew(db: &Db) -> Result<()> {
    let tx = db.begin().await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("lock table member in share mode").await?;
    }
    tx.execute_unprepared("delete from member_count").await?;
    let fill = format!("insert into member_count (project_id, role, members, pupils) {COUNTED}");
    tx.execute_unprepared(&fill).await?;
    let copy = format!(
        "update member set {} from account \
         where account.id = account_id and member.id in (select member.id {})",
        COPIED.map(|column| format!("{column} = account.{column}")).join(", "),
        misnamed()
    );
    tx.execute_unprepared(&copy).await?;
    Ok(tx.commit().await?)
}
