//! How a pupil's custodian stands to a TwinSpace in which the pupil is: there, gone from it, or
//! never there (M-16). The policy and the acts ask this one place.

use entity::{TwinSpaceRole, account, former_teacher, member};
use sea_orm::{
    ActiveEnum,
    ActiveValue::Set,
    EntityTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use crate::{Result, db::Tx};

const TEACHERS: [TwinSpaceRole; 2] = [TwinSpaceRole::TeacherAdmin, TwinSpaceRole::Teacher];

/// How a pupil's custodian stands to a TwinSpace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Custodian {
    /// Whether they are a member, in whatever role.
    pub here: bool,
    /// Whether they are a teacher there or ever were.
    pub taught: bool,
}

impl Custodian {
    /// Whether they were a teacher of the TwinSpace and are no member any more. Who never was
    /// there has not left, nor has one who was lowered.
    pub const fn has_left(self) -> bool {
        self.taught && !self.here
    }
}

/// The places of the custodian, of rows with a member's and their account's tables.
fn places() -> SelectStatement {
    let alias = Alias::new("custodian_place");
    let place = |column| Expr::col((alias.clone(), column));
    let mut places = Query::select();
    places
        .expr(Expr::val(1))
        .from_as(member::Entity, alias.clone())
        .and_where(
            place(member::Column::ProjectId).equals((member::Entity, member::Column::ProjectId)),
        )
        .and_where(
            place(member::Column::AccountId)
                .equals((account::Entity, account::Column::CustodianId)),
        );
    places
}

/// Whether the custodian is a member, of the same rows.
pub fn is_here() -> Expr {
    Expr::exists(places())
}

/// Whether the custodian is or was a teacher, of the same rows.
pub fn has_taught() -> Expr {
    let mut teaches = places();
    let role = Expr::col((Alias::new("custodian_place"), member::Column::Role));
    teaches.and_where(role.is_in(TEACHERS.iter().map(ActiveEnum::to_value)));
    let former = |column| Expr::col((former_teacher::Entity, column));
    let mut taught = Query::select();
    taught
        .expr(Expr::val(1))
        .from(former_teacher::Entity)
        .and_where(
            former(former_teacher::Column::ProjectId)
                .equals((member::Entity, member::Column::ProjectId)),
        )
        .and_where(
            former(former_teacher::Column::AccountId)
                .equals((account::Entity, account::Column::CustodianId)),
        );
    Expr::exists(teaches).or(Expr::exists(taught))
}

/// Notes that a member is a teacher here no more, if they were one.
pub async fn note_end(tx: &Tx, member: &member::Model) -> Result<()> {
    if !member.role.is_teacher() {
        return Ok(());
    }
    let row = former_teacher::ActiveModel {
        project_id: Set(member.project_id),
        account_id: Set(member.account_id),
    };
    former_teacher::Entity::insert_many([row])
        .on_conflict_do_nothing()
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}
