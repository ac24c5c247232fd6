//! The history of a project, as far as it determines what may be done next.

use std::collections::HashMap;

use entity::{
    Decision, LabelState, ProjectId, SuccessionState, account, approval, label, nomination,
    partner, project, school, succession,
};
pub use policy::{Founding, Past};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryResult,
    sea_query::{Cond, Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    Result,
    access::{self, Person},
    desktop::{contact::are_contacts, teacher::is_seen},
    members::member,
    permit::{Actor, Found},
    sql::ColumnExt,
};

impl Found for Past {
    type Facts = Self;
    type Id = ProjectId;

    const NAME: &'static str = "project";

    fn project(id: &ProjectId) -> SelectStatement {
        access::itself(*id)
    }

    fn ask(actor: &Actor<'_>, id: &ProjectId) -> SelectStatement {
        query(actor.person, &[*id])
    }

    fn read(
        rows: &[QueryResult],
        first: usize,
        _: &Actor<'_>,
        _: &ProjectId,
    ) -> Result<Option<Self>> {
        rows.first().map(|row| read(row, first)).transpose()
    }

    fn facts(&self) -> &Self {
        self
    }
}

/// The histories of several projects, with one statement.
pub async fn past(
    db: &impl ConnectionTrait,
    person: Person,
    projects: &[ProjectId],
) -> Result<HashMap<ProjectId, Past>> {
    let rows = db.query_all(&query(person, projects)).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, read(row, 0)?))).collect()
}

fn query(person: Person, projects: &[ProjectId]) -> SelectStatement {
    // Nobody has the nil key.
    let me = person.account.map(|account| account.0).unwrap_or_default();

    let mut applied = of(label::Entity, label::Column::ProjectId.into_expr());
    applied
        .and_where(label::Column::ApplicantId.eq(me))
        .and_where(label::Column::State.ne(LabelState::Refused));

    let holds = Cond::all()
        .add(partner::Column::ProjectId.equals(label::Column::ProjectId))
        .add(partner::Column::AccountId.equals(label::Column::ApplicantId));
    let mut countries = Query::select();
    countries
        .expr(label::Column::Country.into_expr().count_distinct())
        .from(label::Entity)
        .inner_join(partner::Entity, holds)
        .and_where(label::Column::ProjectId.equals(project::Column::Id))
        .and_where(label::Column::State.eq(LabelState::Granted));

    let nominated = of(nomination::Entity, nomination::Column::ProjectId.into_expr());

    let place = member::place(partner::Column::ProjectId, partner::Column::AccountId);
    let mut left = of(partner::Entity, partner::Column::ProjectId.into_expr());
    left.and_where(partner::Column::Founder.eq(true))
        .and_where(partner::Column::AccountId.ne(me))
        .and_where(Expr::exists(place).not());

    let mut proposed = of(succession::Entity, succession::Column::ProjectId.into_expr());
    proposed.and_where(succession::Column::State.eq(SuccessionState::Pending));

    let mut waits = of(approval::Entity, approval::Column::ProjectId.into_expr());
    waits
        .and_where(approval::Column::Decision.eq(Decision::Pending))
        .and_where(access::decides(person).unwrap_or_else(|| Expr::val(false)));

    let founders = |count: Expr| {
        let mut founders = Query::select();
        founders
            .expr(count)
            .from(account::Entity)
            .inner_join(school::Entity, school::Column::Id.equals(account::Column::SchoolId))
            .cond_where(is_seen())
            .and_where(
                account::Column::Id
                    .equals(project::Column::ProposerId)
                    .or(account::Column::Id.equals(project::Column::CofounderId)),
            );
        Expr::from(founders)
    };
    let country = school::Column::Country;

    let [proposer, cofounder] =
        [project::Column::ProposerId, project::Column::CofounderId].map(ColumnTrait::into_expr);

    let mut query = Query::select();
    query
        .expr(project::Column::Id.into_expr())
        .expr(Expr::exists(applied))
        .expr(Expr::from(countries))
        .expr(Expr::exists(nominated))
        .expr(Expr::exists(left))
        .expr(Expr::exists(proposed))
        .expr(Expr::exists(waits))
        .expr(project::Column::CofounderId.is_not_null())
        .expr(founders(country.count()))
        .expr(founders(country.into_expr().count_distinct()))
        .expr(are_contacts(&proposer, &cofounder))
        .from(project::Entity)
        .and_where(project::Column::Id.is_in(projects.iter().map(|id| id.0)));
    query
}

/// Reads the history in the columns from the one with the number `first`.
fn read(row: &QueryResult, first: usize) -> Result<Past> {
    let flag = |at: usize| row.try_get_by_index::<bool>(first + at);
    let count = |at: usize| -> Result<usize> {
        Ok(usize::try_from(row.try_get_by_index::<i64>(first + at)?).unwrap_or_default())
    };
    Ok(Past {
        applied: flag(1)?,
        label_countries: count(2)?,
        nominated: flag(3)?,
        founder_left: flag(4)?,
        succession_waits: flag(5)?,
        waits_for_me: flag(6)?,
        founding: Founding {
            cofounder: flag(7)?,
            teachers: count(8)?,
            countries: count(9)?,
            contacts: flag(10)?,
        },
    })
}

/// The rows of a table that belong to the row's project.
fn of<E>(table: E, project: Expr) -> SelectStatement
where
    E: sea_orm::sea_query::IntoTableRef,
{
    let mut of = Query::select();
    of.expr(Expr::val(1))
        .from(table)
        .and_where(project.equals((project::Entity, project::Column::Id)));
    of
}
