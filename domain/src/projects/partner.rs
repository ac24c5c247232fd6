//! The partners of a project: their roles, and how they leave (P-10 to P-13).

use chrono::{DateTime, Utc};
use entity::{AccountId, Act, PartnerId, ProjectId, ProjectRole, account, member, partner};
use policy::PartnerAct;
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, IntoSimpleExpr, ModelTrait, QueryFilter,
    sea_query::{Cond, Condition, Expr, Query, SelectStatement},
};

use crate::{
    Actor, Permit, Result,
    care::audit,
    column,
    db::Tx,
    list::{Cell, Column, KeyKind, Listed},
    members::{invitation::power, member as members},
    sql::ColumnExt,
};

mod found;

pub use found::FoundPartner;

/// Changes a partner's role in the project (P-12). Roles in the TwinSpace do not change.
pub async fn change_role(actor: Actor<'_>, id: PartnerId, role: ProjectRole) -> Result<()> {
    let Permit { tx, by, on: FoundPartner { row: partner, .. }, .. } =
        actor.permit::<FoundPartner>(PartnerAct::ChangeRole, id).await?;
    let (project, person, now) = (by.project_id, by.person.account, actor.now);
    if partner.role != role {
        audit::line(Act::PartnerRoleChanged, person)
            .project(project)
            .account(partner.account_id)
            .detail(audit::Detail::From, partner.role.to_value())
            .detail(audit::Detail::To, role.to_value())
            .write(&tx, now)
            .await?;
        let account = partner.account_id;
        let mut row = partner.into_active_model();
        row.role = Set(role);
        row.update(&*tx).await?;
        power::review(&tx, project, account, person, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Removes a partner from the project and its TwinSpace (P-13). Returns the project.
pub async fn remove(actor: Actor<'_>, id: PartnerId) -> Result<ProjectId> {
    let Permit { tx, by, on: FoundPartner { row: partner, .. }, .. } =
        actor.permit::<FoundPartner>(PartnerAct::Remove, id).await?;
    let (project, person, now) = (by.project_id, by.person.account, actor.now);
    let account = partner.account_id;
    let place = member::Entity::of(project).filter(member::Column::AccountId.eq(account));
    if let Some(member) = place.one(&*tx).await? {
        members::take_out(&tx, person, member, Act::MemberRemoved, now).await?;
    }
    let line = audit::line(Act::PartnerRemoved, person).project(project);
    line.account(account).write(&tx, now).await?;
    partner.delete(&*tx).await?;
    power::review(&tx, project, account, person, now).await?;
    tx.commit().await?;
    Ok(project)
}

/// Removes someone whose account is erased from the projects of which they are not a founder;
/// returns those projects. A founder remains until a successor is approved (P-15).
pub(crate) async fn forget(tx: &Tx, account: AccountId) -> Result<Vec<ProjectId>> {
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
pub(crate) fn place(project: impl IntoSimpleExpr, account: impl IntoSimpleExpr) -> SelectStatement {
    let mut place = Query::select();
    place
        .expr(Expr::val(1))
        .from(partner::Entity)
        .and_where(partner::Column::ProjectId.equals(project))
        .and_where(partner::Column::AccountId.equals(account));
    place
}

/// The two who have a founder's powers.
pub(crate) async fn founders(tx: &Tx, project: ProjectId) -> Result<Vec<account::Model>> {
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

impl Listed for PartnerRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = partner::Column::Id, for []),
        column!(project_id = partner::Column::ProjectId, for ["project", "member", "permissions"]),
        column!(account_id = partner::Column::AccountId, for ["person", "member"]),
        column!(
            account_name = account::Column::Name,
            for ["person.name"], join ACCOUNT
        ),
        column!(role = partner::Column::Role, for ["role"]),
        column!(founder = partner::Column::Founder, for ["isFounder", "permissions"]),
        column!(
            last_admin = members::last_admin(),
            for ["permissions"], join PLACE
        ),
        column!(since = partner::Column::CreatedAt, for ["since"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(partner::Entity);
        if needs(ACCOUNT) {
            let same = account::Column::Id.equals(partner::Column::AccountId);
            query.inner_join(account::Entity, same);
        }
        if needs(PLACE) {
            let same = Cond::all()
                .add(member::Column::ProjectId.equals(partner::Column::ProjectId))
                .add(member::Column::AccountId.equals(partner::Column::AccountId));
            query.left_join(member::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        partner::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(partner::Column::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        match filter.founder {
            Some(founder) => Cond::all().add(partner::Column::Founder.eq(founder)),
            None => Cond::all(),
        }
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
