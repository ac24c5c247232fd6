//! Changes between the decision and the lock: nobody can do what would be refused if done one after
//! the other (M-12, M-13, M-16). What an action waits for is held here, changed, and released.

use std::time::Duration;

use domain::db::Tx;
use entity::{AccountId, ProjectState, TwinSpaceRole, account, member, project};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

/// What happens meanwhile.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    /// The pupil is promoted to teacher administrator.
    Raised,
    /// The pupil comes into this custody.
    HandedOn(AccountId),
    /// The project is closed.
    Closed,
}

async fn change(tx: &Tx, space: &Space, pupil: &Person, what: Meanwhile) {
    match what {
        Meanwhile::Raised => {
            let place =
                member::Entity::of(space.project).filter(member::Column::AccountId.eq(pupil.id));
            let mut row = place.one(&**tx).await.unwrap().unwrap().into_active_model();
            row.role = Set(TwinSpaceRole::TeacherAdmin);
            row.update(&**tx).await.unwrap();
        }
        Meanwhile::HandedOn(to) => {
            let row = account::Entity::find_by_id(pupil.id).one(&**tx).await.unwrap().unwrap();
            let mut row = row.into_active_model();
            row.custodian_id = Set(Some(to));
            row.update(&**tx).await.unwrap();
        }
        Meanwhile::Closed => {
            let row = project::Entity::find_by_id(space.project).one(&**tx).await.unwrap().unwrap();
            let mut row = row.into_active_model();
            row.state = Set(ProjectState::Closed);
            row.update(&**tx).await.unwrap();
        }
    }
}

type Input<'a> = &'a dyn Fn(&str) -> Value;

on_both_databases! {
    async fn who_was_decided_on_and_changed_meanwhile_is_decided_on_anew(app: TestApp) {
        let consent = |id: &str| json!({ "memberId": id, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        let acts: [(&str, Input<'_>); 7] = [
            ("removeMember", &|id| json!({ "memberId": id })),
            ("changeMemberRole", &|id| json!({ "memberId": id, "role": "PUPIL_ADMIN" })),
            ("editPupil", &|id| json!({ "memberId": id, "givenName": "X", "familyName": "Y" })),
            ("recordConsent", &consent),
            ("withdrawConsent", &|id| json!({ "memberId": id, "scope": "PARTICIPATION" })),
            ("resetPupilPassword", &|id| json!({ "memberId": id })),
            ("erasePupil", &|id| json!({ "memberId": id, "acknowledge": true })),
        ];
        for (act, input) in acts {
            for n in 0..3 {
                let space = app.space().await;
                let custodian = app.teacher("Tina Teacher", "IT").await;
                app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
                let pupil = app.pupil("Paula Pupil", &custodian).await;
                let id = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await.to_string();
                let other = space.founders[0].id;
                let what = [Meanwhile::Raised, Meanwhile::HandedOn(other), Meanwhile::Closed][n];
                if act == "withdrawConsent" {
                    let stands = json!({ "memberId": id, "scope": "PARTICIPATION", "givenBy": "GUARDIAN" });
                    assert_eq!(app.tries(&custodian, "recordConsent", stands).await, "OK");
                }
                // What the custodian may do nevertheless.
                let fine = match what {
                    Meanwhile::Raised => !matches!(act, "removeMember" | "changeMemberRole"),
                    Meanwhile::HandedOn(_) => false,
                    Meanwhile::Closed => act != "changeMemberRole",
                };
                let tx = app.db.begin().await.unwrap();
                let held = project::Entity::find_by_id(space.project).lock_exclusive();
                held.one(&*tx).await.unwrap().unwrap();
                let meanwhile = async {
                    // Long enough for the action to wait for the lock. If it does not, the guard
                    // refuses it.
                    sleep(Duration::from_millis(150)).await;
                    change(&tx, &space, &pupil, what).await;
                    tx.commit().await.unwrap();
                };
                let (outcome, ()) = tokio::join!(app.tries(&custodian, act, input(&id)), meanwhile);
                let refused = outcome.starts_with("FORBIDDEN") || outcome.starts_with("CONFLICT");
                assert!(refused || (fine && outcome == "OK"), "{act} while {what:?}: {outcome}");
            }
        }
    }
}
