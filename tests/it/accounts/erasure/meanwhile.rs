//! What happens to people and projects while somebody is erased.

use domain::{
    Error, Reason, accounts::erasure, clock::now, members::invitation as invitations,
    projects::project as projects,
};
use entity::{Kind, MemberId, TwinSpaceRole, member, project};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use crate::{
    accounts::account::PASSWORD,
    members::{invitation::invite, pupil::invite as invite_pupils},
    race::{ROUNDS, at_once, call, instances},
    support::{TestApp, on_both_databases},
};

use super::{is_former, knows, row};

on_both_databases! {
    // P-14, P-15
    async fn of_two_last_administrators_or_founders_who_go_at_once_one_stays(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS {
            let space = apps[0].space().await;
            // With someone else who administers, nobody else could close it.
            let third = round % 2;
            if third == 1 {
                let anna = apps[0].teacher("Anna Admin", "ES").await;
                apps[0].seat(&space, &anna, TwinSpaceRole::TeacherAdmin).await;
            }
            let mut calls = vec![];
            for founder in &space.founders {
                knows(&apps[0], founder).await;
                calls.push(call(founder, "deleteAccount", json!({ "password": PASSWORD })));
            }
            let mut outcomes = at_once(&apps, calls).await;
            outcomes.sort();
            let refused = ["FORBIDDEN LAST_TEACHER_ADMIN", "FORBIDDEN LAST_FOUNDER"][third];
            assert_eq!(outcomes, [refused, "OK"]);
            let members = member::Entity::of(space.project).all(apps[0].db.read()).await.unwrap();
            assert_eq!(members.len(), 1 + third);
            for member in members {
                assert!(row(&apps[0], member.account_id).await.email.is_some());
            }
        }
    }

    // M-05
    async fn who_is_erased_while_they_accept_is_no_member(app: TestApp) {
        let apps = instances(app).await;
        for round in 0..ROUNDS * 2 {
            let space = apps[0].space().await;
            let tina = apps[0].teacher("Tina", "IT").await;
            let kind = if round % 2 == 0 { "TEACHER" } else { "VISITOR" };
            let id = invite(&apps[0], &space, &tina.email, kind).await;
            let by = invitations::Answering::Id(<entity::InvitationId as Kind>::read(&id).unwrap());
            let (one, other) = (&apps[0], &apps[apps.len() - 1]);
            let (accepted, erased) = tokio::join!(
                invitations::accept(&one.db, tina.id, &by, now()),
                erasure::erase_of(&other.db, &tina.email, now()),
            );
            erased.unwrap();
            if let Err(error) = accepted {
                let expected = matches!(error, Error::Unauthenticated | Error::NotFound(_) | Error::Conflict(Reason::InvitationEnded));
                assert!(expected, "{error:?}");
            }
            let places = member::Entity::find().filter(member::Column::AccountId.eq(tina.id));
            assert_eq!(places.count(one.db.read()).await.unwrap(), 0);
            is_former(one, &tina, "Former teacher").await;
        }
    }

    // M-16
    async fn no_pupil_is_handed_to_one_who_is_erased(app: TestApp) {
        let apps = instances(app).await;
        let (mut handed, mut gone) = (0, 0);
        for round in 0..ROUNDS * 2 {
            let space = apps[0].space().await;
            let custodian = &space.founders[0];
            let tina = apps[0].teacher("Tina", "IT").await;
            let at = apps[0].seat(&space, &tina, TwinSpaceRole::Teacher).await;
            let made = invite_pupils(&apps[0], custodian, &space, json!([{ "givenName": "Ana", "familyName": "Silva" }])).await;
            let input = json!({ "memberId": made[0]["memberId"], "toMemberId": at.to_string() });
            let (one, other) = (&apps[0], &apps[apps.len() - 1]);
            let offer = one.does(custodian, "offerCustody", input, "custodyTransfer { id }").await;
            let offered = json!({ "custodyTransferId": offer["custodyTransfer"]["id"] });
            let late = |first: bool| async move {
                if first { tokio::time::sleep(std::time::Duration::from_millis(4)).await; }
            };
            let (transferred, erased) = tokio::join!(
                async { late(round % 3 == 1).await; one.tries(&tina, "acceptCustody", offered).await },
                async { late(round % 3 == 2).await; erasure::erase_of(&other.db, &tina.email, now()).await },
            );
            let pupil = <MemberId as Kind>::read(made[0]["memberId"].as_str().unwrap()).unwrap();
            let pupil = member::Entity::find_by_id(pupil).one(one.db.read()).await.unwrap().unwrap();
            let answers = row(one, pupil.account_id).await.custodian_id.unwrap();
            assert!(row(one, answers).await.email.is_some(), "an orphan: {transferred} {erased:?}");
            match erased {
                Ok(_) => { gone += 1; assert_ne!(transferred, "OK"); }
                Err(Error::Forbidden(Reason::HasPupils)) => { handed += 1; assert_eq!(transferred, "OK"); }
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(handed + gone, ROUNDS * 2);
    }

    // C-01, P-02
    async fn who_is_erased_gets_no_contact_and_no_project_meanwhile(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let (one, other) = (&apps[0], &apps[apps.len() - 1]);
            let ada = one.teacher("Ada", "DE").await;
            let bo = one.teacher("Bo", "SE").await;
            let cleo = one.teacher("Cleo", "IT").await;
            one.befriend(&cleo, &bo).await;
            let ask = json!({ "personId": bo.id.to_string() });
            let begin = json!({ "cofounderId": bo.id.to_string(), "fields": { "title": "Rivers" } });
            let fields = projects::Fields::default();
            let (_, _, _, erased) = tokio::join!(
                one.tries(&ada, "requestContact", ask),
                one.tries(&cleo, "createProject", begin),
                projects::create(&one.db, bo.id, None, fields, None, now()),
                erasure::erase_of(&other.db, &bo.email, now()),
            );
            match erased {
                Ok(_) => {
                    is_former(one, &bo, "Former teacher").await;
                    let theirs = project::Entity::find().filter(project::Column::CofounderId.eq(bo.id));
                    assert_eq!(theirs.count(one.db.read()).await.unwrap(), 0);
                    let theirs = project::Entity::find()
                        .filter(project::Column::ProposerId.eq(bo.id))
                        .filter(project::Column::State.eq(entity::ProjectState::Draft));
                    assert_eq!(theirs.count(one.db.read()).await.unwrap(), 0);
                }
                Err(error) => assert!(matches!(error, Error::Conflict(Reason::Overtaken)), "{error:?}"),
            }
        }
    }

    // What was begun before is not finished afterwards.
    async fn an_act_under_way_of_one_who_is_erased_is_overtaken(app: TestApp) {
        let space = app.space().await;
        let [_, other] = &space.founders;
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        app.does(other, "leaveTwinSpace", leave, "__typename").await;
        let actor = app.actor(other);
        erasure::erase_of(&app.db, &other.email, now()).await.unwrap();
        let refused = projects::close(actor, space.project).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Reason::Overtaken)), "{refused:?}");
    }
}
