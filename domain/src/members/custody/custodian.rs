//! The standing of a pupil's custodian in a TwinSpace in which the pupil is, and who may take over
//! as a result (M-16). The policy and the actions both use this.

use entity::{
    AccountKind, CustodyTransferState, TwinSpaceRole, account, brought_in, custody_transfer,
    former_teacher, member,
};
pub use policy::{Custodian, Takeover};
use sea_orm::{
    ActiveEnum,
    ActiveValue::Set,
    EntityTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use crate::{Result, db::Tx};

pub(crate) const TEACHERS: [TwinSpaceRole; 2] =
    [TwinSpaceRole::TeacherAdmin, TwinSpaceRole::Teacher];

/// The custodian's memberships, for rows with the tables of a member and their account.
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

/// Whether the custodian is a teacher there, for the same rows.
pub fn teaches() -> Expr {
    let mut teaches = places();
    let role = Expr::col((Alias::new("custodian_place"), member::Column::Role));
    teaches.and_where(role.is_in(TEACHERS.iter().map(ActiveEnum::to_value)));
    Expr::exists(teaches)
}

/// Whether the custodian is or was a teacher there, for the same rows.
pub fn has_taught() -> Expr {
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
    teaches().or(Expr::exists(taught))
}

/// The custodian's account, for the same rows.
fn owner() -> (Alias, SelectStatement) {
    let alias = Alias::new("custodian");
    let mut owner = Query::select();
    owner.expr(Expr::val(1)).from_as(account::Entity, alias.clone()).and_where(
        Expr::col((alias.clone(), account::Column::Id))
            .equals((account::Entity, account::Column::CustodianId)),
    );
    (alias, owner)
}

/// Whether the custodian brought the pupil in, for the same rows.
pub fn brought() -> Expr {
    let (alias, mut inviter) = owner();
    inviter.and_where(
        Expr::col((alias, account::Column::Id)).equals((member::Entity, member::Column::InviterId)),
    );
    let transfer = |column| Expr::col((custody_transfer::Entity, column));
    let mut accepted = Query::select();
    accepted
        .expr(Expr::val(1))
        .from(custody_transfer::Entity)
        .and_where(
            transfer(custody_transfer::Column::PupilId)
                .equals((member::Entity, member::Column::AccountId)),
        )
        .and_where(
            transfer(custody_transfer::Column::ProjectId)
                .equals((member::Entity, member::Column::ProjectId)),
        )
        .and_where(
            transfer(custody_transfer::Column::ToId)
                .equals((account::Entity, account::Column::CustodianId)),
        )
        .and_where(
            transfer(custody_transfer::Column::State).eq(CustodyTransferState::Accepted.to_value()),
        );
    Expr::exists(inviter).or(Expr::exists(accepted)).or(Expr::exists(before()))
}

/// That the custodian brought the pupil in there before, of the same rows.
fn before() -> SelectStatement {
    let before = |column| Expr::col((brought_in::Entity, column));
    let mut rows = Query::select();
    rows.expr(Expr::val(1))
        .from(brought_in::Entity)
        .and_where(
            before(brought_in::Column::ProjectId)
                .equals((member::Entity, member::Column::ProjectId)),
        )
        .and_where(
            before(brought_in::Column::PupilId).equals((member::Entity, member::Column::AccountId)),
        )
        .and_where(
            before(brought_in::Column::TeacherId)
                .equals((account::Entity, account::Column::CustodianId)),
        );
    rows
}

/// Whether nobody could respond for the pupil, for the same rows.
pub fn gone() -> Expr {
    let (alias, mut there) = owner();
    let owner = |column| Expr::col((alias.clone(), column));
    there
        .and_where(owner(account::Column::Email).is_not_null())
        .and_where(owner(account::Column::BlockedAt).is_null())
        .and_where(owner(account::Column::Kind).ne(AccountKind::Pupil.to_value()));
    Expr::exists(there).not()
}

/// Notes who brought in a pupil who leaves: whoever brings them back later takes nothing from it.
pub async fn note_brought(tx: &Tx, pupil: &member::Model) -> Result<()> {
    let Some(teacher) = pupil.inviter_id else { return Ok(()) };
    let row = brought_in::ActiveModel {
        project_id: Set(pupil.project_id),
        pupil_id: Set(pupil.account_id),
        teacher_id: Set(teacher),
    };
    brought_in::Entity::insert_many([row])
        .on_conflict_do_nothing()
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}
