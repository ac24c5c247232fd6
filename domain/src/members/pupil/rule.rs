//! Who counts as a pupil (M-20): everyone with a pupil's account, whatever the role, and everyone
//! with a pupil role, whatever the account. This is the only place that defines it, in Rust and in
//! SQL.

use entity::{AccountKind, TwinSpaceRole, account, member};
pub use policy::counts_as_pupil;
use sea_orm::{
    ActiveEnum,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

/// The same for rows with a kind and a role. Either may be null, as in an outer join.
pub fn is_pupil(kind: Expr, role: Expr) -> Expr {
    let by_account = kind.eq(AccountKind::Pupil.to_value()).if_null(false);
    let as_pupil = role.is_in(ROLES.map(|role| role.to_value())).if_null(false);
    by_account.or(as_pupil)
}

/// The role of a person in the TwinSpace of a project; null for those who have none. It is looked up
/// for each row: as a join, PostgreSQL would rather read all members of the TwinSpace.
pub fn role_in(project: Expr, person: Expr) -> Expr {
    let place = |column| Expr::col((Alias::new("place"), column));
    let mut role = Query::select();
    role.expr(place(member::Column::Role))
        .from_as(member::Entity, Alias::new("place"))
        .and_where(place(member::Column::ProjectId).eq(project))
        .and_where(place(member::Column::AccountId).eq(person));
    Expr::from(role)
}

/// Whether someone whose account is joined under this name counts as a pupil in the TwinSpace of a
/// project.
pub fn joined_is_pupil(person: &'static str, project: impl Into<Expr>) -> Expr {
    let person = |column| Expr::col((Alias::new(person), column));
    is_pupil(person(account::Column::Kind), role_in(project.into(), person(account::Column::Id)))
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
