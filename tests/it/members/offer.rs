//! Invitations: they do not outlast the right to send them (M-05, P-11), and are limited.

use domain::care::block;
use entity::{ProjectRole, TwinSpaceRole};
use serde_json::{Value, json};
use twinspace::config::Config;

use crate::{
    members::invitation::invite,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

async fn state(app: &TestApp, space: &Space, id: &str) -> Value {
    let query = format!("{{ node(id: \"{id}\") {{ ... on Invitation {{ state }} }} }}");
    app.sees(&space.founders[0], &query).await["node"]["state"].take()
}

/// Another teacher administrator, and an invitation to another address of theirs with the same
/// role.
async fn back_door(app: &TestApp) -> (Space, Person, String, Person, String) {
    let space = app.space().await;
    let admin = app.teacher("Anna Admin", "IT").await;
    let place = app.seat(&space, &admin, TwinSpaceRole::TeacherAdmin).await.to_string();
    let second = app.teacher("Second Address", "IT").await;
    let input = json!({ "twinSpaceId": space.id.to_string(), "email": second.email, "role": "TEACHER_ADMIN" });
    let sent = app.does(&admin, "inviteMember", input, "invitation { id }").await;
    let id = sent["invitation"]["id"].as_str().unwrap().to_owned();
    (space, admin, place, second, id)
}

async fn is_shut(app: &TestApp, space: &Space, second: &Person, id: &str) {
    assert_eq!(state(app, space, id).await, "REVOKED");
    let by_id = json!({ "invitationId": id });
    assert_eq!(app.tries(second, "acceptInvitation", by_id).await, "CONFLICT INVITATION_ENDED");
    let waiting = app.outbox().await;
    let theirs = waiting.iter().filter(|mail| mail.recipient == second.email).count();
    assert_eq!(theirs, 0, "the mailed link is dead, and does not leave");
    let query = format!("{{ twinSpace(id: \"{}\") {{ id }} }}", space.id);
    assert_eq!(app.asks(second, &query).await, "NOT_FOUND");
}

on_both_databases! {
    // M-05
    async fn who_is_removed_leaves_no_open_door(app: TestApp) {
        let (space, _, place, second, id) = back_door(&app).await;
        let input = json!({ "memberId": place });
        assert_eq!(app.tries(&space.founders[0], "removeMember", input).await, "OK");
        is_shut(&app, &space, &second, &id).await;
        let acts = app.acts(&space.founders[0], &space.project.to_string()).await;
        assert!(acts.contains(&"INVITATION_REVOKED".to_owned()), "{acts:?}");
    }

    // M-05
    async fn who_leaves_leaves_no_open_door(app: TestApp) {
        let (space, admin, _, second, id) = back_door(&app).await;
        let input = json!({ "twinSpaceId": space.id.to_string() });
        assert_eq!(app.tries(&admin, "leaveTwinSpace", input).await, "OK");
        is_shut(&app, &space, &second, &id).await;
    }

    // M-05
    async fn who_is_lowered_leaves_no_open_door(app: TestApp) {
        let (space, _, place, second, id) = back_door(&app).await;
        let input = json!({ "memberId": place, "role": "TEACHER" });
        assert_eq!(app.tries(&space.founders[0], "changeMemberRole", input).await, "OK");
        is_shut(&app, &space, &second, &id).await;
    }

    // M-05
    async fn who_is_blocked_leaves_no_open_door(app: TestApp) {
        let (space, admin, _, second, id) = back_door(&app).await;
        let tx = app.db.begin().await.unwrap();
        block::block(&tx, &admin.email, None, domain::clock::now()).await.unwrap();
        tx.commit().await.unwrap();
        is_shut(&app, &space, &second, &id).await;
    }

    // M-05: invitations sent by others remain.
    async fn what_others_offered_stays_when_somebody_goes(app: TestApp) {
        let (space, _, place, _, _) = back_door(&app).await;
        let kept = invite(&app, &space, "kept@example.org", "TEACHER").await;
        let input = json!({ "memberId": place });
        assert_eq!(app.tries(&space.founders[0], "removeMember", input).await, "OK");
        assert_eq!(state(&app, &space, &kept).await, "PENDING");
    }

    // M-05: whoever changes an invitation becomes its inviter.
    async fn an_offer_that_another_changed_is_theirs(app: TestApp) {
        let (space, _, place, second, id) = back_door(&app).await;
        let input = json!({ "invitationId": id, "role": "TEACHER" });
        assert_eq!(app.tries(&space.founders[0], "changeInvitationRole", input).await, "OK");
        let input = json!({ "memberId": place });
        assert_eq!(app.tries(&space.founders[0], "removeMember", input).await, "OK");
        assert_eq!(app.tries(&second, "acceptInvitation", json!({ "invitationId": id })).await, "OK");
    }

    // P-11, P-13
    async fn a_partner_who_is_removed_or_made_a_member_offers_no_place_any_more(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let manager = app.teacher("Mara Manager", "IT").await;
        app.seat(&space, &manager, TwinSpaceRole::TeacherAdmin).await;
        let partner = app.partner(&space, &manager, ProjectRole::Manager).await.to_string();
        for (n, act) in ["changePartnerRole", "removePartner"].into_iter().enumerate() {
            let friend = app.teacher(&format!("Friend {n}"), "ES").await;
            app.befriend(&manager, &friend).await;
            let input = json!({ "projectId": space.project.to_string(), "personId": friend.id.to_string() });
            let sent = app.does(&manager, "addPartner", input, "invitation { id }").await;
            let id = sent["invitation"]["id"].as_str().unwrap().to_owned();
            let role = |role| json!({ "partnerId": partner, "role": role });
            if act == "removePartner" {
                assert_eq!(app.tries(founder, act, json!({ "partnerId": partner })).await, "OK");
            } else {
                assert_eq!(app.tries(founder, act, role("MEMBER")).await, "OK");
                assert_eq!(app.tries(founder, act, role("MANAGER")).await, "OK");
            }
            assert_eq!(state(&app, &space, &id).await, "REVOKED", "{act}");
            let input = json!({ "invitationId": id });
            assert_eq!(app.tries(&friend, "acceptInvitation", input).await, "CONFLICT INVITATION_ENDED");
        }
    }

    // P-11, M-12
    async fn a_manager_offers_at_most_their_own_role_in_the_twin_space(app: TestApp) {
        let space = app.space().await;
        let manager = app.teacher("Mara Manager", "IT").await;
        app.partner(&space, &manager, ProjectRole::Manager).await;
        let friend = app.teacher("Fred Friend", "ES").await;
        app.befriend(&manager, &friend).await;
        let offer = |role| json!({ "projectId": space.project.to_string(), "personId": friend.id.to_string(), "role": role });
        // Without a membership in the TwinSpace, there is nothing to offer in it.
        assert_eq!(app.tries(&manager, "addPartner", offer("TEACHER")).await, "FORBIDDEN ROLE_ABOVE_OWN");
        let place = app.seat(&space, &manager, TwinSpaceRole::Visitor).await.to_string();
        assert_eq!(app.tries(&manager, "addPartner", offer("TEACHER_ADMIN")).await, "FORBIDDEN ROLE_ABOVE_OWN");
        let input = json!({ "memberId": place, "role": "TEACHER" });
        assert_eq!(app.tries(&space.founders[0], "changeMemberRole", input).await, "OK");
        assert_eq!(app.tries(&manager, "addPartner", offer("TEACHER_ADMIN")).await, "FORBIDDEN ROLE_ABOVE_OWN");
        let sent = app.does(&manager, "addPartner", offer("TEACHER"), "invitation { id }").await;
        let id = sent["invitation"]["id"].clone();
        let more = json!({ "invitationId": id, "role": "TEACHER_ADMIN" });
        assert_eq!(app.tries(&manager, "changeInvitationRole", more.clone()).await, "FORBIDDEN ROLE_ABOVE_OWN");
        // A founder may.
        assert_eq!(app.tries(&space.founders[0], "changeInvitationRole", more).await, "OK");
    }

    // also if packed into one request.
    async fn somebody_who_invites_very_many_is_told_when_to_go_on(app: TestApp) {
        let few = |config: &mut Config| config.talk.invitations = 10.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        let space = app.space().await;
        app.days_pass().await;
        let one = |n: usize| format!(
            "m{n}: inviteMember(input: {{ twinSpaceId: \"{}\", email: \"m{n}@example.org\", role: VISITOR }}) {{ __typename }}",
            space.id
        );
        let many = format!("mutation {{ {} }}", (0..15).map(one).collect::<Vec<_>>().join(" "));
        let answer = app.execute(Some(&space.founders[0].token), &many, json!({})).await;
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 5, "{answer}");
        for error in errors {
            assert_eq!(error["extensions"]["code"], "RATE_LIMITED");
            assert!(error["extensions"]["retryAfter"].as_u64().unwrap() > 3600, "{answer}");
        }
        let outbox = app.outbox().await;
        let invited = outbox.iter().filter(|mail| mail.recipient.starts_with('m')).count();
        assert_eq!(invited, 10);
        // The other founder is not affected.
        let input = json!({ "twinSpaceId": space.id.to_string(), "email": "m20@example.org", "role": "VISITOR" });
        assert_eq!(app.tries(&space.founders[1], "inviteMember", input).await, "OK");
    }

    //
    async fn one_address_is_invited_a_few_times_a_day_by_whomever(app: TestApp) {
        let few = |config: &mut Config| config.talk.address_invitations = 2.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        let mut outcomes = vec![];
        for _ in 0..3 {
            let space = app.space().await;
            let input = json!({ "twinSpaceId": space.id.to_string(), "email": "tina@example.org", "role": "VISITOR" });
            outcomes.push(app.tries(&space.founders[0], "inviteMember", input.clone()).await);
            // What mails nobody does not count for them.
            if outcomes.len() == 1 {
                assert_eq!(app.tries(&space.founders[1], "inviteMember", input).await, "CONFLICT ALREADY_INVITED");
            }
        }
        assert_eq!(outcomes, ["OK", "OK", "RATE_LIMITED"]);
    }

    //
    async fn a_project_invites_so_many_a_day_whoever_asks(app: TestApp) {
        let few = |config: &mut Config| config.talk.project_invitations = 2.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        let space = app.space().await;
        let mut outcomes = vec![];
        for n in 0..3 {
            let input = json!({ "twinSpaceId": space.id.to_string(), "email": format!("m{n}@example.org"), "role": "VISITOR" });
            outcomes.push(app.tries(&space.founders[n % 2], "inviteMember", input).await);
        }
        assert_eq!(outcomes, ["OK", "OK", "RATE_LIMITED"]);
    }

    // A-05, M-05
    async fn an_invitation_is_not_sent_again_within_minutes(app: TestApp) {
        let space = app.space().await;
        let id = invite(&app, &space, "tina@example.org", "VISITOR").await;
        let again = json!({ "invitationId": id });
        assert_eq!(app.tries(&space.founders[0], "resendInvitation", again.clone()).await, "RATE_LIMITED");
        app.days_pass().await;
        assert_eq!(app.tries(&space.founders[0], "resendInvitation", again).await, "OK");
    }

    //
    async fn who_declined_or_was_taken_back_is_not_invited_again_for_days(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        let to = |email: &str| json!({ "twinSpaceId": space.id.to_string(), "email": email, "role": "VISITOR" });
        let id = invite(&app, &space, "tina@example.org", "VISITOR").await;
        let taken = json!({ "invitationId": id });
        assert_eq!(app.tries(one, "revokeInvitation", taken).await, "OK");
        assert_eq!(app.tries(one, "inviteMember", to("tina@example.org")).await, "RATE_LIMITED");
        let teacher = app.teacher("Tom Teacher", "IT").await;
        let id = invite(&app, &space, &teacher.email, "VISITOR").await;
        assert_eq!(app.tries(&teacher, "declineInvitation", json!({ "invitationId": id })).await, "OK");
        for founder in [one, other] {
            assert_eq!(app.tries(founder, "inviteMember", to(&teacher.email)).await, "RATE_LIMITED");
        }
        app.days_pass().await;
        assert_eq!(app.tries(one, "inviteMember", to("tina@example.org")).await, "OK");
        assert_eq!(app.tries(other, "inviteMember", to(&teacher.email)).await, "OK");
    }

    // A-05, C-01
    async fn a_contact_is_not_asked_for_again_for_days(app: TestApp) {
        let asker = app.teacher("Anna Asker", "IT").await;
        let asked = app.teacher("Tom Teacher", "DE").await;
        let input = json!({ "personId": asked.id.to_string() });
        let contact = app.does(&asker, "requestContact", input.clone(), "contact { id }").await;
        let id = json!({ "contactId": contact["contact"]["id"] });
        assert_eq!(app.tries(&asker, "requestContact", input.clone()).await, "CONFLICT ALREADY_DONE");
        assert_eq!(app.tries(&asker, "removeContact", id).await, "OK");
        assert_eq!(app.tries(&asker, "requestContact", input.clone()).await, "RATE_LIMITED");
        // In the other direction, it is a different request.
        let back = json!({ "personId": asker.id.to_string() });
        assert_eq!(app.tries(&asked, "requestContact", back).await, "OK");
        assert_eq!(app.tries(&asker, "requestContact", input).await, "OK", "this accepts");
    }

    // A-05, P-04
    async fn a_project_that_is_withdrawn_is_sent_a_few_times_a_day(app: TestApp) {
        let (one, other) = (app.teacher("Anna", "IT").await, app.teacher("Tom", "DE").await);
        let project = json!({ "projectId": app.draft(&one, &other).await.to_string() });
        let mut outcomes = vec![];
        for _ in 0..6 {
            outcomes.push(app.tries(&one, "sendProject", project.clone()).await);
            app.tries(&one, "withdrawProject", project.clone()).await;
        }
        assert_eq!(outcomes, ["OK", "OK", "OK", "OK", "OK", "RATE_LIMITED"]);
    }

    //
    async fn who_does_not_manage_invitations_does_not_tell_which_there_are(app: TestApp) {
        let space = app.space().await;
        let id = invite(&app, &space, "tina@example.org", "VISITOR").await;
        let absent = entity::Kind::show(entity::InvitationId::new());
        for role in [TwinSpaceRole::Teacher, TwinSpaceRole::Visitor] {
            let person = app.teacher("Nosy", "IT").await;
            app.seat(&space, &person, role).await;
            for act in ["resendInvitation", "revokeInvitation"] {
                let there = app.tries(&person, act, json!({ "invitationId": id })).await;
                let not = app.tries(&person, act, json!({ "invitationId": absent })).await;
                assert_eq!((there.as_str(), not.as_str()), ("NOT_FOUND", "NOT_FOUND"), "{act}");
            }
            for id in [&id, &absent] {
                let input = json!({ "invitationId": id, "role": "TEACHER" });
                assert_eq!(app.tries(&person, "changeInvitationRole", input).await, "NOT_FOUND");
            }
        }
    }
}
