//! Simultaneous actions. Each race is run several times; on PostgreSQL with several instances.

use std::{collections::BTreeMap, sync::Arc};

use entity::{
    ContactState, InvitationState, ProjectRole, TwinSpaceRole, contact, invitation, member, partner,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::{
    members::invitation::invite,
    projects::project::Founding,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

mod custody;
mod names;
mod service;

pub const ROUNDS: usize = 6;

/// The server, and on PostgreSQL two more instances of it.
pub async fn instances(app: TestApp) -> Vec<Arc<TestApp>> {
    let mut apps = vec![];
    if app.is_postgresql() {
        for _ in 0..2 {
            let few = |config: &mut twinspace::config::Config| {
                config.database.database_connections = Some(8);
            };
            apps.push(Arc::new(app.another_instance_with(few).await));
        }
    }
    apps.insert(0, Arc::new(app));
    apps
}

pub type Call = (Option<Person>, &'static str, Value);

/// Runs all of it at the same time; returns how each ended.
pub async fn at_once(apps: &[Arc<TestApp>], calls: Vec<Call>) -> Vec<String> {
    let start = Arc::new(Barrier::new(calls.len()));
    let tasks: Vec<_> = calls
        .into_iter()
        .enumerate()
        .map(|(n, (person, act, input))| {
            let (app, start) = (Arc::clone(&apps[n % apps.len()]), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                app.tries(person.as_ref(), act, input).await
            })
        })
        .collect();
    let mut outcomes = vec![];
    for task in tasks {
        let outcome = task.await.unwrap();
        let code = outcome.split(' ').next().unwrap();
        assert!(["OK", "FORBIDDEN", "CONFLICT", "NOT_FOUND"].contains(&code), "{outcome}");
        outcomes.push(outcome);
    }
    outcomes
}

pub fn fine(outcomes: &[String]) -> usize {
    outcomes.iter().filter(|outcome| *outcome == "OK").count()
}

pub fn call(person: &Person, act: &'static str, input: Value) -> Call {
    (Some(person.clone()), act, input)
}

async fn admins(app: &TestApp, space: &Space) -> u64 {
    let admins = member::Entity::of(space.project)
        .filter(member::Column::Role.eq(TwinSpaceRole::TeacherAdmin));
    admins.count(app.db.read()).await.unwrap()
}

/// A TwinSpace with two administrators who are not founders, and their memberships.
async fn two_admins(app: &TestApp) -> (Space, [(Person, String); 2]) {
    let space = app.space().await;
    let mut pair = vec![];
    for name in ["Anna", "Anton"] {
        let person = app.teacher(name, "IT").await;
        let place = app.seat(&space, &person, TwinSpaceRole::TeacherAdmin).await.to_string();
        pair.push((person, place));
    }
    for founder in &space.founders {
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        assert_eq!(app.tries(founder, "leaveTwinSpace", leave).await, "OK");
    }
    (space, pair.try_into().unwrap())
}

on_both_databases! {

    // P-14
    async fn two_who_demote_or_remove_each_other_leave_one_administrator(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS {
            let (space, [(anna, hers), (anton, his)]) = two_admins(&apps[0]).await;
            let with = |place: &str| json!({ "memberId": place, "role": "TEACHER" });
            let gone = |place: &str| json!({ "memberId": place });
            let calls = if round % 2 == 0 {
                vec![
                    call(&anna, "changeMemberRole", with(&his)),
                    call(&anton, "changeMemberRole", with(&hers)),
                ]
            } else {
                vec![
                    call(&anna, "removeMember", gone(&his)),
                    call(&anton, "removeMember", gone(&hers)),
                ]
            };
            let outcomes = at_once(&apps, calls).await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            assert_eq!(admins(&apps[0], &space).await, 1, "{outcomes:?}");
        }
    }

    // P-14
    async fn two_who_leave_at_once_leave_one_administrator(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let (space, [(anna, _), (anton, _)]) = two_admins(&apps[0]).await;
            let input = json!({ "twinSpaceId": space.id.to_string() });
            let calls = vec![
                call(&anna, "leaveTwinSpace", input.clone()),
                call(&anton, "leaveTwinSpace", input),
            ];
            let mut outcomes = at_once(&apps, calls).await;
            outcomes.sort();
            assert_eq!(outcomes, ["FORBIDDEN LAST_TEACHER_ADMIN", "OK"]);
            assert_eq!(admins(&apps[0], &space).await, 1);
        }
    }

    // M-05
    async fn an_invitation_that_many_accept_at_once_makes_one_member(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let space = apps[0].space().await;
            let teacher = apps[0].teacher("Tina", "IT").await;
            let id = invite(&apps[0], &space, &teacher.email, "TEACHER").await;
            let token = apps[0].link(&teacher.email).await;
            let calls = (0..8).map(|n| match n % 2 {
                0 => call(&teacher, "acceptInvitation", json!({ "token": token })),
                _ => call(&teacher, "acceptInvitation", json!({ "invitationId": id })),
            });
            let outcomes = at_once(&apps, calls.collect()).await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            let members = member::Entity::of(space.project).count(apps[0].db.read()).await.unwrap();
            assert_eq!(members, 3);
        }
    }

    // M-04
    async fn a_guest_who_accepts_twice_at_once_gets_one_account(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS {
            // Two TwinSpaces invite the same address.
            let spaces = [apps[0].space().await, apps[0].space().await];
            let email = format!("gus{round}@example.org");
            let mut calls = vec![];
            for space in &spaces {
                invite(&apps[0], space, &email, "VISITOR").await;
                let token = apps[0].link(&email).await;
                let input = json!({ "token": token, "name": "Gus", "password": "a long story 1" });
                calls.extend([
                    (None, "acceptInvitationAsGuest", input.clone()),
                    (None, "acceptInvitationAsGuest", input),
                ]);
            }
            let outcomes = at_once(&apps, calls).await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            let accounts =
                entity::account::Entity::with_email(&email).count(apps[0].db.read()).await.unwrap();
            assert_eq!(accounts, 1);
        }
    }

    // M-05, M-12
    async fn many_who_change_one_place_and_one_invitation_at_once_all_get_an_answer(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..3 {
            let space = apps[0].space().await;
            let [one, other] = &space.founders;
            let teacher = apps[0].teacher("Tina", "IT").await;
            let member = apps[0].teacher("Tom", "IT").await;
            let place = apps[0].seat(&space, &member, TwinSpaceRole::Teacher).await.to_string();
            let id = invite(&apps[0], &space, &teacher.email, "TEACHER").await;
            // One address is written to again only after a while, and then once.
            apps[0].days_pass().await;
            let this = json!({ "invitationId": id });
            let calls = (0..32).map(|n| {
                let admin = if n % 2 == 0 { one } else { other };
                let role = ["VISITOR", "TEACHER_ADMIN", "TEACHER"][n % 3];
                match n % 8 {
                    0 | 1 => call(&teacher, "acceptInvitation", this.clone()),
                    3 if n < 8 => call(admin, "resendInvitation", this.clone()),
                    2 | 3 => call(admin, "revokeInvitation", this.clone()),
                    4 => call(
                        admin,
                        "changeInvitationRole",
                        json!({ "invitationId": id, "role": role }),
                    ),
                    5 | 6 => {
                        call(admin, "changeMemberRole", json!({ "memberId": place, "role": role }))
                    }
                    _ => call(&teacher, "declineInvitation", this.clone()),
                }
            });
            let outcomes = at_once(&apps, calls.collect()).await;
            let row = invitation::Entity::of(space.project)
                .one(apps[0].db.read())
                .await
                .unwrap()
                .unwrap();
            assert_ne!(row.state, InvitationState::Pending, "{outcomes:?}");
            let members = member::Entity::of(space.project).count(apps[0].db.read()).await.unwrap();
            assert_eq!(members == 4, row.state == InvitationState::Accepted, "{outcomes:?}");
            // Either way it ended once, and the log says so.
            let acts = apps[0].acts(one, &space.project.to_string()).await;
            let mut count = BTreeMap::new();
            for act in acts {
                *count.entry(act).or_insert(0) += 1;
            }
            let ended: i32 = ["INVITATION_ACCEPTED", "INVITATION_DECLINED", "INVITATION_REVOKED"]
                .iter()
                .map(|act| count.get(*act).copied().unwrap_or(0))
                .sum();
            assert_eq!(ended, 1, "{count:?}");
        }
    }

    // P-08
    async fn the_last_of_many_approvals_opens_one_twinspace(app: TestApp) {
        let apps = instances(app).await;
        let founding = Founding::of(&apps[0]).await;
        let german = apps[0].officer("DE", "").await;
        let french = apps[0].officer("FR", "").await;
        for _ in 0..3 {
            let project = founding.reach(&apps[0], "PENDING_APPROVAL").await;
            let input = json!({ "projectId": project });
            let calls = (0..16).map(|n| {
                call(if n % 2 == 0 { &german } else { &french }, "approveProject", input.clone())
            });
            let outcomes = at_once(&apps, calls.collect()).await;
            assert_eq!(fine(&outcomes), 2, "{outcomes:?}");
            assert_eq!(founding.state(&apps[0], &project).await, "ACTIVE");
            let id = <entity::ProjectId as entity::Kind>::read(&project).unwrap();
            let db = apps[0].db.read();
            assert_eq!(partner::Entity::of(id).count(db).await.unwrap(), 2);
            assert_eq!(member::Entity::of(id).count(db).await.unwrap(), 2);
            let acts = apps[0].acts(&founding.proposer, &project).await;
            assert_eq!(acts.iter().filter(|act| *act == "TWIN_SPACE_OPENED").count(), 1);
        }
    }

    // P-04
    async fn one_of_those_who_accept_decline_and_withdraw_at_once_decides(app: TestApp) {
        let apps = instances(app).await;
        let founding = Founding::of(&apps[0]).await;
        for _ in 0..ROUNDS {
            let project = founding.reach(&apps[0], "PENDING_PARTNER").await;
            let input = json!({ "projectId": project });
            let calls = vec![
                call(&founding.cofounder, "acceptProject", input.clone()),
                call(&founding.cofounder, "declineProject", input.clone()),
                call(&founding.proposer, "sendProject", input.clone()),
                call(&founding.cofounder, "acceptProject", input.clone()),
            ];
            let outcomes = at_once(&apps, calls).await;
            // If declined first, it may be sent again immediately, and then be accepted.
            assert!((1..=3).contains(&fine(&outcomes)), "{outcomes:?}");
            let input = json!({ "projectId": project });
            apps[0].tries(&founding.proposer, "withdrawProject", input).await;
        }
    }

    // M-05
    async fn of_many_equal_invitations_at_once_one_is_pending(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let space = apps[0].space().await;
            // One address gets ten a day, and this is not about the last of them.
            apps[0].forget_limits().await;
            let input = json!({ "twinSpaceId": space.id.to_string(), "email": "tina@example.org", "role": "TEACHER" });
            let calls =
                (0..6).map(|n| call(&space.founders[n % 2], "inviteMember", input.clone()));
            let mut outcomes = at_once(&apps, calls.collect()).await;
            outcomes.sort();
            outcomes.dedup();
            assert_eq!(outcomes, ["CONFLICT ALREADY_INVITED", "OK"]);
            let rows =
                invitation::Entity::of(space.project).count(apps[0].db.read()).await.unwrap();
            assert_eq!(rows, 1);
        }
    }

    // P-11, P-13
    async fn partners_who_remove_each_other_at_once_do_not_both_go(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let space = apps[0].space().await;
            let one = apps[0].teacher("Una", "IT").await;
            let two = apps[0].teacher("Duo", "IT").await;
            let hers = apps[0].partner(&space, &one, ProjectRole::Manager).await.to_string();
            let his = apps[0].partner(&space, &two, ProjectRole::Manager).await.to_string();
            let outcomes = at_once(
                &apps,
                vec![
                    call(&one, "removePartner", json!({ "partnerId": his })),
                    call(&two, "removePartner", json!({ "partnerId": hers })),
                ],
            )
            .await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
        }
    }

    // C-01
    async fn two_who_ask_each_other_at_once_are_contacts(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let ada = apps[0].teacher("Ada", "DE").await;
            let bo = apps[0].teacher("Bo", "SE").await;
            let to = |person: &Person| json!({ "personId": person.id.to_string() });
            let outcomes = at_once(
                &apps,
                vec![
                    call(&ada, "requestContact", to(&bo)),
                    call(&bo, "requestContact", to(&ada)),
                    call(&ada, "requestContact", to(&bo)),
                ],
            )
            .await;
            assert_eq!(fine(&outcomes), 2, "{outcomes:?}");
            let pair = contact::Model::pair(ada.id, bo.id);
            let rows = contact::Entity::find()
                .filter(contact::Column::PairKey.eq(pair))
                .all(apps[0].db.read())
                .await
                .unwrap();
            assert_eq!((rows.len(), rows[0].state), (1, ContactState::Accepted));
        }
    }

    // C-01
    async fn accepting_declining_and_removing_a_contact_at_once_ends_well(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let ada = apps[0].teacher("Ada", "DE").await;
            let bo = apps[0].teacher("Bo", "SE").await;
            let input = json!({ "personId": bo.id.to_string() });
            let contact = apps[0].does(&ada, "requestContact", input, "contact { id }").await;
            let input = json!({ "contactId": contact["contact"]["id"] });
            let outcomes = at_once(
                &apps,
                vec![
                    call(&bo, "acceptContact", input.clone()),
                    call(&bo, "acceptContact", input.clone()),
                    call(&bo, "declineContact", input.clone()),
                    call(&ada, "removeContact", input),
                ],
            )
            .await;
            assert!(fine(&outcomes) >= 1, "{outcomes:?}");
        }
    }
}
