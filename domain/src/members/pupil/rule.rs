//! Who counts as a pupil (M-20): everyone with a pupil's account, whatever the role, and everyone
//! with a pupil role, whatever the account. This is the only place that defines it, in Rust and in
//! SQL.

use entity::{AccountKind, TwinSpaceRole, account, member};
pub use policy::counts_as_pupil;
use sea_orm::{
    ActiveEnum,
    sea_query::{Alias, Cond, Expr, ExprTrait, JoinType, SelectStatement},
};

/// The same for rows with a kind and a role. Either may be null, as in an outer join.
pub fn is_pupil(kind: Expr, role: Expr) -> Expr {
    let by_account = kind.clone().is_not_null().and(kind.eq(AccountKind::Pupil.to_value()));
    let as_pupil = role.clone().is_not_null().and(role.is_in(ROLES.map(|role| role.to_value())));
    by_account.or(as_pupil)
}

/// Joins a person's membership in a project's TwinSpace, if they have one, under this name.
pub fn join_place(query: &mut SelectStatement, name: &'static str, project: Expr, person: Expr) {
    let place = |column| Expr::col((Alias::new(name), column));
    let same = Cond::all()
        .add(place(member::Column::ProjectId).eq(project))
        .add(place(member::Column::AccountId).eq(person));
    query.join_as(JoinType::LeftJoin, member::Entity, Alias::new(name), same);
}

/// Whether someone counts as a pupil whose account and [membership](join_place) are joined under
/// these names.
pub fn joined_is_pupil(person: &'static str, place: &'static str) -> Expr {
    let kind = Expr::col((Alias::new(person), account::Column::Kind));
    is_pupil(kind, Expr::col((Alias::new(place), member::Column::Role)))
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
