//! Who counts as a pupil (M-20): everyone with a pupil's account, whatever the role, and everyone
//! with a pupil role, whatever the account. This is the only place that defines it, in Rust and in
//! SQL.

use entity::{AccountKind, TwinSpaceRole, account, member};
pub use policy::counts_as_pupil;
use sea_orm::{
    IntoSimpleExpr,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::sql::ColumnExt;

/// The same for rows with a kind and a role. Either may be null, as in an outer join.
pub fn is_pupil(kind: impl IntoSimpleExpr, role: impl IntoSimpleExpr) -> Expr {
    let by_account = kind.into_simple_expr().eq(AccountKind::Pupil).if_null(false);
    let as_pupil = role.into_simple_expr().is_in(ROLES).if_null(false);
    by_account.or(as_pupil)
}

/// The role of a person in the TwinSpace of a project; null for those who have none. It is looked up
/// for each row: as a join, PostgreSQL would rather read all members of the TwinSpace.
pub fn role_in(project: impl IntoSimpleExpr, person: impl IntoSimpleExpr) -> Expr {
    let mut role = Query::select();
    role.expr(member::Column::Role.of("place"))
        .from_as(member::Entity, "place")
        .and_where(member::Column::ProjectId.of("place").eq(project.into_simple_expr()))
        .and_where(member::Column::AccountId.of("place").eq(person.into_simple_expr()));
    Expr::from(role)
}

/// Whether someone whose account is joined under this name counts as a pupil in the TwinSpace of a
/// project.
pub fn joined_is_pupil(person: &'static str, project: impl IntoSimpleExpr) -> Expr {
    is_pupil(account::Column::Kind.of(person), role_in(project, account::Column::Id.of(person)))
}

const ROLES: [TwinSpaceRole; 2] = [TwinSpaceRole::Pupil, TwinSpaceRole::PupilAdmin];

#[cfg(test)]
mod tests {
    use sea_orm::Iterable;

    use super::*;

    #[test]
    fn the_roles_in_sql_are_the_pupils_roles() {
        for role in TwinSpaceRole::iter() {
            assert_eq!(ROLES.contains(&role), role.is_pupil());
        }
    }
}
