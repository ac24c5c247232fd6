//! Who counts as a pupil (M-20): whoever has a pupil's account, whatever the role, and whoever has a
//! pupil's role, whatever the account. This is the one place that says so, in Rust and in SQL.

use entity::{AccountKind, TwinSpaceRole, member};
use sea_orm::{
    ActiveEnum,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

/// Whether somebody counts as a pupil who has this kind of account, and in the TwinSpace this role;
/// no role if they are not, or no longer, a member of it.
pub fn counts_as_pupil(kind: AccountKind, role: Option<TwinSpaceRole>) -> bool {
    kind == AccountKind::Pupil || role.is_some_and(TwinSpaceRole::is_pupil)
}

/// The same of rows with a kind and a role, neither of which is null.
pub fn is_pupil(kind: Expr, role: Expr) -> Expr {
    kind.eq(AccountKind::Pupil.to_value()).or(role.is_in(ROLES.map(|role| role.to_value())))
}

/// The same of rows with a person's account, whose `kind` it is, in the TwinSpace of a `project`.
/// Any of the three may be null: nobody is no pupil.
pub fn is_pupil_in(project: Expr, account: Expr, kind: Expr) -> Expr {
    let alias = Alias::new("pupils_place");
    let place = |column| Expr::col((alias.clone(), column));
    let mut as_pupil = Query::select();
    as_pupil
        .expr(Expr::val(1))
        .from_as(member::Entity, alias.clone())
        .and_where(place(member::Column::ProjectId).eq(project))
        .and_where(place(member::Column::AccountId).eq(account))
        .and_where(place(member::Column::Role).is_in(ROLES.map(|role| role.to_value())));
    let by_account = kind.clone().is_not_null().and(kind.eq(AccountKind::Pupil.to_value()));
    by_account.or(Expr::exists(as_pupil))
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
