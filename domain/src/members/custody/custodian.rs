//! The standing of a pupil's custodian in a TwinSpace in which the pupil is, and who may take over
//! as a result (M-16). The policy and the actions both use this.

use entity::{
    AccountKind, CustodyTransferState, TwinSpaceRole, account, brought_in, custody_transfer,
    former_teacher, member,
};
pub use policy::{Custodian, Takeover};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use crate::{Result, db::Tx, sql::ColumnExt};

pub(crate) const TEACHERS: [TwinSpaceRole; 2] =
    [TwinSpaceRole::TeacherAdmin, TwinSpaceRole::Teacher];

/// Whether the custodian is a teacher there, for rows with the tables of a member and their account.
pub fn teaches() -> Expr {
    let alias = "custodian_place";
    let mut places = Query::select();
    places
        .expr(Expr::val(1))
        .from_as(member::Entity, alias)
        .and_where(
            member::Column::ProjectId.of(alias).equals((member::Entity, member::Column::ProjectId)),
        )
        .and_where(
            member::Column::AccountId
                .of(alias)
                .equals((account::Entity, account::Column::CustodianId)),
        )
        .and_where(member::Column::Role.of(alias).is_in(TEACHERS));
    Expr::exists(places)
}

/// Whether the custodian was a teacher there before, for the same rows.
pub fn taught() -> Expr {
    let mut taught = Query::select();
    taught
        .expr(Expr::val(1))
        .from(former_teacher::Entity)
        .and_where(former_teacher::Column::ProjectId.equals(member::Column::ProjectId))
        .and_where(former_teacher::Column::AccountId.equals(account::Column::CustodianId));
    Expr::exists(taught)
}

/// Whether the custodian brought the pupil in, for the same rows.
pub fn brought() -> Expr {
    let invited = account::Column::CustodianId.equals(member::Column::InviterId).if_null(false);
    let mut accepted = Query::select();
    accepted
        .expr(Expr::val(1))
        .from(custody_transfer::Entity)
        .and_where(custody_transfer::Column::PupilId.equals(member::Column::AccountId))
        .and_where(custody_transfer::Column::ProjectId.equals(member::Column::ProjectId))
        .and_where(custody_transfer::Column::ToId.equals(account::Column::CustodianId))
        .and_where(custody_transfer::Column::State.eq(CustodyTransferState::Accepted));
    invited.or(Expr::exists(accepted)).or(Expr::exists(before()))
}

/// That the custodian brought the pupil in there before, of the same rows.
fn before() -> SelectStatement {
    let mut rows = Query::select();
    rows.expr(Expr::val(1))
        .from(brought_in::Entity)
        .and_where(brought_in::Column::ProjectId.equals(member::Column::ProjectId))
        .and_where(brought_in::Column::PupilId.equals(member::Column::AccountId))
        .and_where(brought_in::Column::TeacherId.equals(account::Column::CustodianId));
    rows
}

/// Whether nobody could respond for the pupil, for the same rows.
pub fn gone() -> Expr {
    let alias = "custodian";
    let mut there = Query::select();
    there
        .expr(Expr::val(1))
        .from_as(account::Entity, alias)
        .and_where(
            account::Column::Id.of(alias).equals((account::Entity, account::Column::CustodianId)),
        )
        .and_where(account::Column::Email.of(alias).is_not_null())
        .and_where(account::Column::BlockedAt.of(alias).is_null())
        .and_where(account::Column::Kind.of(alias).ne(AccountKind::Pupil));
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
