//! The subscription to members and invitations.

use std::{sync::Arc, time::Duration};

use domain::events::Event;
use entity::{MemberId, TwinSpaceRole};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::timeout;

use crate::{
    members::invitation::invite,
    server::{
        websocket::Socket,
        wire::{Wire, code},
    },
    support::{
        TestApp,
        cast::{Person, Space},
        ear::Ear,
        on_both_databases,
    },
};

const HEAR: &str = "subscription($id: ID!) { membersChanged(twinSpaceId: $id) { __typename
    ... on MemberJoined { member { name role } } ... on MemberChanged { member { name role } }
    ... on MemberGone { memberId } ... on InvitationChanged { invitation { email state role } }
    ... on ChangesMissed { twinSpaceId } } }";

async fn subscribe(app: &TestApp, who: &Person, space: &Space) -> Ear {
    Ear::of(app, who, HEAR, json!({ "id": space.id.to_string() })).await
}

async fn change(app: &TestApp, by: &Person, member: MemberId, role: &str) -> String {
    let input = json!({ "memberId": member.to_string(), "role": role });
    app.tries(by, "changeMemberRole", input).await
}

on_both_databases! {
    // As in the rows of lists: most clients would throw away each event with an error.
    async fn what_a_role_never_sees_is_null_in_an_event_without_an_error(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let pupil = app.pupil("Pia", founder).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let other = app.pupil("Otto", founder).await;
        let place = app.seat(&space, &other, TwinSpaceRole::Pupil).await;
        let hear = "subscription($id: ID!) { membersChanged(twinSpaceId: $id) {
            ... on MemberChanged { member { name username custodian { name } } } } }";
        let mut ear = Ear::of(&app, &pupil, hear, json!({ "id": space.id.to_string() })).await;
        assert_eq!(change(&app, founder, place, "PUPIL_ADMIN").await, "OK");
        let answer = ear.answer().await;
        assert_eq!(answer, json!({ "data": { "membersChanged": {
            "member": { "name": "Otto", "username": null, "custodian": null } } } }));
        // Whether somebody may listen at all is an error.
        let stranger = app.teacher("Tina", "IT").await;
        let mut deaf = Ear::of(&app, &stranger, hear, json!({ "id": space.id.to_string() })).await;
        assert_eq!(deaf.ends().await, "NOT_FOUND");
    }

    async fn members_and_invitations_are_heard_as_they_change(app: TestApp) {
        let space = app.space().await;
        let mut ear = subscribe(&app, &space.founders[1], &space).await;
        let teacher = app.teacher("Tina", "IT").await;
        let invitation = |state: &str, role: &str| {
            json!({ "__typename": "InvitationChanged",
            "invitation": { "email": teacher.email, "state": state, "role": role } })
        };

        let id = invite(&app, &space, &teacher.email, "TEACHER").await;
        assert_eq!(ear.hears().await, invitation("PENDING", "TEACHER"));
        let input = json!({ "invitationId": id, "role": "VISITOR" });
        app.tries(&space.founders[0], "changeInvitationRole", input).await;
        assert_eq!(ear.hears().await, invitation("PENDING", "VISITOR"));
        let input = json!({ "invitationId": id });
        let member = app.does(&teacher, "acceptInvitation", input, "member { id }").await;
        let member = member["member"]["id"].clone();
        let tina = |kind: &str, role: &str| json!({ "__typename": kind, "member": { "name": "Tina", "role": role } });
        assert_eq!(ear.hears().await, tina("MemberJoined", "VISITOR"));
        assert_eq!(ear.hears().await, invitation("ACCEPTED", "VISITOR"));
        let input = json!({ "memberId": member, "role": "TEACHER" });
        app.tries(&space.founders[0], "changeMemberRole", input).await;
        assert_eq!(ear.hears().await, tina("MemberChanged", "TEACHER"));
        // A member changes with the account.
        app.does(&teacher, "editProfile", json!({ "name": "Tina T." }), "__typename").await;
        assert_eq!(ear.hears().await["member"]["name"], "Tina T.");
        app.tries(&space.founders[0], "removeMember", json!({ "memberId": member })).await;
        assert_eq!(ear.hears().await, json!({ "__typename": "MemberGone", "memberId": member }));
        ear.hears_nothing().await;
    }

    // M-20
    async fn a_visitor_hears_of_no_pupil_and_a_teacher_of_no_invitation(app: TestApp) {
        let space = app.space().await;
        let [founder, _] = &space.founders;
        let visitor = app.guest("Gus").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let teacher = app.teacher("Tina", "IT").await;
        let place = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let pupil = app.pupil("Pia", founder).await;
        let pupil = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let mut visitor = subscribe(&app, &visitor, &space).await;
        let mut teacher = subscribe(&app, &teacher, &space).await;

        invite(&app, &space, "ina@example.org", "TEACHER").await;
        assert_eq!(change(&app, founder, pupil, "PUPIL_ADMIN").await, "OK");
        assert_eq!(
            teacher.hears().await["member"],
            json!({ "name": "Pia", "role": "PUPIL_ADMIN" })
        );
        let input = json!({ "memberId": pupil.to_string() });
        assert_eq!(app.tries(founder, "removeMember", input).await, "OK");
        assert_eq!(teacher.hears().await["memberId"], pupil.to_string());
        // The first event that the visitor receives comes after all that.
        assert_eq!(change(&app, founder, place, "VISITOR").await, "OK");
        assert_eq!(visitor.hears().await["member"], json!({ "name": "Tina", "role": "VISITOR" }));
        visitor.hears_nothing().await;
    }

    async fn who_is_removed_hears_no_more(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let place = app.seat(&space, &teacher, TwinSpaceRole::TeacherAdmin).await;
        let mut ear = subscribe(&app, &teacher, &space).await;
        let input = json!({ "memberId": place.to_string() });
        assert_eq!(app.tries(&space.founders[0], "removeMember", input).await, "OK");
        assert_eq!(ear.ends().await, "NOT_FOUND");
    }

    async fn a_role_that_is_lost_is_lost_for_the_next_change(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let place = app.seat(&space, &teacher, TwinSpaceRole::TeacherAdmin).await;
        let mut ear = subscribe(&app, &teacher, &space).await;
        assert_eq!(change(&app, &space.founders[0], place, "TEACHER").await, "OK");
        assert_eq!(ear.hears().await["member"]["role"], "TEACHER");
        invite(&app, &space, "ina@example.org", "TEACHER").await;
        ear.hears_nothing().await;
    }

    //
    async fn a_stranger_and_nobody_hear_nothing(app: TestApp) {
        let space = app.space().await;
        let stranger = app.teacher("Sven", "SE").await;
        let input = json!({ "id": space.id.to_string() });
        let mut ear = Ear::with(&app, Some(&stranger.token), HEAR, input.clone()).await;
        assert_eq!(ear.ends().await, "NOT_FOUND");
        let mut ear = Ear::with(&app, None, HEAR, input).await;
        assert_eq!(ear.ends().await, "UNAUTHENTICATED");
    }

    async fn another_twinspaces_changes_are_not_heard(app: TestApp) {
        let (space, other) = (app.space().await, app.space().await);
        let mut ear = subscribe(&app, &space.founders[0], &space).await;
        invite(&app, &other, "ina@example.org", "TEACHER").await;
        ear.hears_nothing().await;
    }

    // What the client does after it has subscribed is heard, even if the subscription begins later.
    async fn what_happens_before_it_has_begun_is_heard(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let member = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        app.told().await;
        let mut answers = app.stream(
            Some(&space.founders[1].token), HEAR, json!({ "id": space.id.to_string() })).await;
        assert_eq!(change(&app, &space.founders[0], member, "VISITOR").await, "OK");
        app.told().await;
        let answer = timeout(Duration::from_secs(10), answers.next()).await.unwrap().unwrap();
        let change = &serde_json::to_value(answer).unwrap()["data"]["membersChanged"];
        assert_eq!(change["member"], json!({ "name": "Tina", "role": "VISITOR" }));
    }

    async fn what_is_undone_is_not_heard(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina", "IT").await;
        let member = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let mut ear = subscribe(&app, &space.founders[0], &space).await;
        let tx = app.db.begin().await.unwrap();
        tx.tell(Event::Member { project: space.project, member, joined: false }).await.unwrap();
        drop(tx);
        assert_eq!(
            app.tries(
                &space.founders[1],
                "inviteMember",
                json!({ "twinSpaceId": space.id.to_string(),
            "email": teacher.email, "role": "TEACHER" })
            )
            .await,
            "CONFLICT ALREADY_MEMBER"
        );
        ear.hears_nothing().await;
        // The subscription continues.
        assert_eq!(change(&app, &space.founders[1], member, "VISITOR").await, "OK");
        assert_eq!(ear.hears().await["member"]["role"], "VISITOR");
    }

    async fn a_gap_is_told(app: TestApp) {
        let space = app.space().await;
        let mut ear = subscribe(&app, &space.founders[0], &space).await;
        app.db.events().tell(Event::Gap);
        let missed = json!({ "__typename": "ChangesMissed", "twinSpaceId": space.id.to_string() });
        assert_eq!(ear.hears().await, missed);
    }

    async fn on_postgresql_a_change_on_one_instance_is_heard_on_another(app: TestApp) {
        if !app.is_postgresql() {
            return;
        }
        let space = app.space().await;
        let there = app.another_instance().await;
        let mut ear = subscribe(&there, &space.founders[1], &space).await;
        invite(&app, &space, "ina@example.org", "TEACHER").await;
        assert_eq!(ear.hears().await["invitation"]["email"], "ina@example.org");
    }

    //
    async fn who_signs_out_hears_no_more(app: TestApp) {
        let space = app.space().await;
        let token = app.sign_in(space.founders[0].id).await;
        let person = Person { token, ..space.founders[0].clone() };
        let mut ear = subscribe(&app, &person, &space).await;
        app.execute(Some(&person.token), "mutation { signOut { sessionId } }", json!({})).await;
        invite(&app, &space, "ina@example.org", "TEACHER").await;
        assert_eq!(ear.ends().await, "UNAUTHENTICATED");
    }

    //
    async fn a_socket_ends_with_its_session(app: TestApp) {
        let space = app.space().await;
        let person = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        let mut socket = Socket::introduced_as(&wire, &person.token).await;
        let hear =
            HEAR.replace("($id: ID!)", "").replace("$id", &format!("{:?}", space.id.to_string()));
        let before = app.db.events().listeners();
        socket.subscribe("1", &hear).await;
        app.listens(before).await;
        socket.subscribe("2", "{ viewer { name } }").await;
        assert_eq!(socket.hear().await["payload"]["data"]["viewer"]["name"], "Frida Founder");
        assert_eq!(socket.hear().await["type"], "complete");
        invite(&app, &space, "ina@example.org", "TEACHER").await;
        let heard = socket.hear().await;
        assert_eq!(
            heard["payload"]["data"]["membersChanged"]["invitation"]["email"],
            "ina@example.org"
        );
        app.execute(Some(&person.token), "mutation { signOut { sessionId } }", json!({})).await;
        assert_eq!(socket.closed().await, 4403);
    }

    async fn an_account_has_so_many_sockets_open_and_no_more(app: TestApp) {
        let [one, other] = &app.space().await.founders;
        let app = app.another_instance_with(|config| config.server.limits.max_sockets = 2).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let first = Socket::introduced_as(&wire, &one.token).await;
        let _second = Socket::introduced_as(&wire, &one.token).await;
        // The code with which another one is closed, unless it is answered.
        let one_more = async || {
            let mut socket = Socket::open(&wire).await;
            let payload = json!({ "token": one.token });
            socket.say(json!({ "type": "connection_init", "payload": payload })).await;
            socket.say(json!({ "type": "ping" })).await;
            socket.closed_or_answered().await
        };
        assert_eq!(one_more().await, Some(1013));
        // The limit is per account, and when one socket ends, another is admitted.
        Socket::introduced_as(&wire, &other.token).await;
        drop(first);
        let room = async { while let Some(code) = one_more().await { assert_eq!(code, 1013) } };
        timeout(Duration::from_secs(10), room).await.unwrap();
    }

    async fn a_socket_carries_so_many_operations_and_no_more(app: TestApp) {
        let space = app.space().await;
        let app = app
            .another_instance_with(|config| config.server.limits.max_socket_operations = 2)
            .await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let mut socket = Socket::introduced_as(&wire, &space.founders[0].token).await;
        let hear =
            HEAR.replace("($id: ID!)", "").replace("$id", &format!("{:?}", space.id.to_string()));
        for id in ["1", "2", "3"] {
            socket.subscribe(id, &hear).await;
        }
        let refused = socket.hear().await;
        assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("3")));
        assert_eq!(code(&json!({ "errors": refused["payload"] })), "TOO_MANY_OPERATIONS");
        // When one ends, another is admitted.
        socket.say(json!({ "type": "complete", "id": "1" })).await;
        socket.subscribe("4", "{ __typename }").await;
        assert_eq!(socket.hear().await["type"], "next");
    }
}
