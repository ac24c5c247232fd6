//! The partners of a project: their roles, and how they leave (P-10 to P-13).

use chrono::{DateTime, Utc};
use entity::{AccountId, Act, PartnerId, ProjectId, ProjectRole, account, member, partner};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter,
    sea_query::{Cond, Condition, Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    access::{self, Access},
    audit,
    invitation::power,
    list::{Cell, Column, KeyKind, Listed},
    member as members,
};
use crate::{
    Error, Reason, Result, column,
    db::{Db, Tx},
};

async fn subject(tx: &Tx, project: ProjectId, id: PartnerId) -> Result<partner::Model> {
    let partner = partner::Entity::of(project).filter(partner::Column::Id.eq(id));
    let partner = partner.one(&**tx).await?.ok_or(Error::NotFound("partner"))?;
    match partner.founder {
        true => Err(Error::Forbidden(Reason::FounderProtected)),
        false => Ok(partner),
    }
}

/// Changes a partner's role in the project (P-12). Roles in the TwinSpace do not change.
pub async fn change_role(
    db: &Db,
    seen: &Access,
    id: PartnerId,
    role: ProjectRole,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    access::lock_active(&tx, seen).await?;
    let partner = subject(&tx, seen.project_id, id).await?;
    if partner.role != role {
        audit::line(Act::PartnerRoleChanged, seen.person.account)
            .project(seen.project_id)
            .account(partner.account_id)
            .detail("from", partner.role.to_value())
            .detail("to", role.to_value())
            .write(&tx, now)
            .await?;
        let account = partner.account_id;
        let mut row = partner.into_active_model();
        row.role = Set(role);
        row.update(&*tx).await?;
        power::review(&tx, seen.project_id, account, seen.person.account, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Removes a partner from the project and its TwinSpace (P-13).
pub async fn remove(db: &Db, seen: &Access, id: PartnerId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    access::lock_active(&tx, seen).await?;
    let partner = subject(&tx, seen.project_id, id).await?;
    let place = member::Entity::of(seen.project_id)
        .filter(member::Column::AccountId.eq(partner.account_id))
        .one(&*tx)
        .await?;
    if let Some(member) = place {
        members::take_out(&tx, seen.person.account, member, Act::MemberRemoved, now).await?;
    }
    let line = audit::line(Act::PartnerRemoved, seen.person.account).project(seen.project_id);
    line.account(partner.account_id).write(&tx, now).await?;
    let account = partner.account_id;
    partner.delete(&*tx).await?;
    power::review(&tx, seen.project_id, account, seen.person.account, now).await?;
    Ok(tx.commit().await?)
}

/// Removes someone whose account is erased from the projects of which they are not a founder;
/// returns those projects. A founder remains until a successor is approved (P-15).
pub(super) async fn forget(tx: &Tx, account: AccountId) -> Result<Vec<ProjectId>> {
    let theirs = partner::Entity::find()
        .filter(partner::Column::AccountId.eq(account))
        .filter(partner::Column::Founder.eq(false));
    let theirs = theirs.all(&**tx).await?;
    partner::Entity::delete_many()
        .filter(partner::Column::Id.is_in(theirs.iter().map(|partner| partner.id)))
        .exec(&**tx)
        .await?;
    Ok(theirs.into_iter().map(|partner| partner.project_id).collect())
}

/// A person's partnership in a project, as a subquery.
pub(super) fn place(project: Expr, account: Expr) -> SelectStatement {
    let mut place = Query::select();
    place
        .expr(Expr::val(1))
        .from(partner::Entity)
        .and_where(col(partner::Column::ProjectId).eq(project))
        .and_where(col(partner::Column::AccountId).eq(account));
    place
}

/// The two who have a founder's powers.
pub(super) async fn founders(tx: &Tx, project: ProjectId) -> Result<Vec<account::Model>> {
    let mut founders = Query::select();
    founders
        .column(partner::Column::AccountId)
        .from(partner::Entity)
        .and_where(partner::Column::ProjectId.eq(project))
        .and_where(partner::Column::Founder.eq(true));
    let founders = account::Entity::find().filter(account::Column::Id.in_subquery(founders));
    Ok(founders.all(&**tx).await?)
}

/// A partner, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of the tables that they come from")]
pub struct PartnerRow {
    pub id: Cell<PartnerId>,
    pub project_id: Cell<ProjectId>,
    pub account_id: Cell<AccountId>,
    pub account_name: Cell<String>,
    pub role: Cell<ProjectRole>,
    pub founder: Cell<bool>,
    /// Whether they are a teacher administrator of the TwinSpace, and no other is one who can act;
    /// `None` if they are not a member.
    pub last_admin: Cell<Option<bool>>,
    pub since: Cell<DateTime<Utc>>,
}

const ACCOUNT: u8 = 0;
const PLACE: u8 = 1;

/// Filters partners.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// If true, returns only founders; if false, only partners who are not founders.
    pub founder: Option<bool>,
}

fn col(column: partner::Column) -> Expr {
    Expr::col((partner::Entity, column))
}

impl Listed for PartnerRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(partner::Column::Id), for []),
        column!(project_id = col(partner::Column::ProjectId), for ["project", "permissions"]),
        column!(account_id = col(partner::Column::AccountId), for ["teacher"]),
        column!(
            account_name = Expr::col((account::Entity, account::Column::Name)),
            for ["teacher.name"], join ACCOUNT
        ),
        column!(role = col(partner::Column::Role), for ["role"]),
        column!(founder = col(partner::Column::Founder), for ["isFounder", "permissions"]),
        column!(
            last_admin = members::last_admin(),
            for ["permissions"], join PLACE
        ),
        column!(since = col(partner::Column::CreatedAt), for ["since"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(partner::Entity);
        if needs(ACCOUNT) {
            let same = Expr::col((account::Entity, account::Column::Id))
                .eq(col(partner::Column::AccountId));
            query.inner_join(account::Entity, same);
        }
        if needs(PLACE) {
            let place = |column| Expr::col((member::Entity, column));
            let same = Cond::all()
                .add(place(member::Column::ProjectId).eq(col(partner::Column::ProjectId)))
                .add(place(member::Column::AccountId).eq(col(partner::Column::AccountId)));
            query.left_join(member::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        col(partner::Column::Id)
    }

    fn parent() -> Option<Expr> {
        Some(col(partner::Column::ProjectId))
    }

    fn condition(filter: &Filter) -> Condition {
        match filter.founder {
            Some(founder) => Cond::all().add(col(partner::Column::Founder).eq(founder)),
            None => Cond::all(),
        }
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
