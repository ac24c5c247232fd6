//! Transferring a founder's powers to another partner (P-15).

use entity::{ProjectRole, TwinSpaceRole, member, partner};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    members::invitation::invite,
    race::{ROUNDS, at_once, call, fine, instances},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

/// A project whose founder has moved to Belgium and left it, and possible successors.
struct Left {
    space: Space,
    stays: Person,
    departed: Person,
    successor: Person,
    belgian: Person,
    /// What is proposed.
    input: Value,
}

async fn place(app: &TestApp, space: &Space, person: &Person) -> String {
    let of = partner::Entity::of(space.project).filter(partner::Column::AccountId.eq(person.id));
    of.one(app.db.read()).await.unwrap().unwrap().id.to_string()
}

async fn leave(app: &TestApp, space: &Space, person: &Person) {
    let input = json!({ "twinSpaceId": space.id.to_string() });
    assert_eq!(app.tries(person, "leaveTwinSpace", input).await, "OK");
}

impl Left {
    async fn of(app: &TestApp, belgian: &Person) -> Self {
        let space = app.space().await;
        let [stays, departed] = space.founders.clone();
        let school = json!({ "name": "École", "town": "Namur", "country": "BE" });
        app.does(&departed, "editProfile", json!({ "school": school }), "__typename").await;
        let successor = app.teacher("Sara Successor", "IT").await;
        app.partner(&space, &successor, ProjectRole::Member).await;
        leave(app, &space, &departed).await;
        let input = json!({
            "projectId": space.project.to_string(),
            "departedPartnerId": place(app, &space, &departed).await,
            "successorPartnerId": place(app, &space, &successor).await,
        });
        Self { space, stays, departed, successor, belgian: belgian.clone(), input }
    }

    async fn propose(&self, app: &TestApp) -> String {
        let payload = app
            .does(&self.stays, "proposeSuccession", self.input.clone(), "succession { id state }")
            .await;
        assert_eq!(payload["succession"]["state"], "PENDING");
        payload["succession"]["id"].as_str().unwrap().to_owned()
    }

    async fn partners(&self, app: &TestApp) -> Value {
        let query = format!(
            "{{ project(id: \"{}\") {{ foundedBy {{ name }} partners {{ nodes {{
                role isFounder person {{ name }} }} }} }} }}",
            self.space.project
        );
        app.sees(&self.stays, &query).await["project"].take()
    }
}

async fn waiting(app: &TestApp, officer: &Person) -> u64 {
    let query = "{ viewer { successions { totalCount nodes { id country
        departed { name } successor { name } proposedBy { name } project { title } } } } }";
    app.sees(officer, query).await["viewer"]["successions"]["totalCount"].as_u64().unwrap()
}

/// Two have a founder's powers, and those of them who are in the TwinSpace administer it (P-10,
/// P-15).
async fn two_founders(app: &TestApp, space: &Space) {
    let founders = partner::Entity::of(space.project).filter(partner::Column::Founder.eq(true));
    let founders = founders.all(app.db.read()).await.unwrap();
    assert_eq!(founders.len(), 2);
    for founder in founders {
        assert_eq!(founder.role, ProjectRole::Manager);
        let seat = member::Entity::of(space.project)
            .filter(member::Column::AccountId.eq(founder.account_id));
        if let Some(seat) = seat.one(app.db.read()).await.unwrap() {
            assert_eq!(seat.role, TwinSpaceRole::TeacherAdmin);
        }
    }
}

on_both_databases! {
    // P-10, P-15
    async fn the_other_founder_and_the_service_hand_the_powers_over(app: TestApp) {
        let swedish = app.officer("SE", "").await;
        let belgian = app.officer("BE", "").await;
        let left = Left::of(&app, &belgian).await;
        let id = left.propose(&app).await;
        assert_eq!((waiting(&app, &belgian).await, waiting(&app, &swedish).await), (1, 0));
        let outbox = app.outbox().await;
        // Nobody loses powers unawares.
        for told in [&belgian, &left.departed] {
            assert!(outbox.iter().any(|mail| mail.recipient == told.email), "{}", told.email);
        }
        let input = json!({ "successionId": id });
        for (person, expected) in [
            (&left.stays, "FORBIDDEN ROLE_TOO_LOW"),
            (&left.departed, "FORBIDDEN ROLE_TOO_LOW"),
            (&left.successor, "NOT_FOUND"),
            (&swedish, "NOT_FOUND"),
        ] {
            assert_eq!(app.tries(person, "approveSuccession", input.clone()).await, expected);
        }
        let fields = "succession { state decidedBy { name } project { title } }";
        let payload = app.does(&belgian, "approveSuccession", input.clone(), fields).await;
        assert_eq!(payload["succession"]["state"], "APPROVED");
        assert_eq!(payload["succession"]["decidedBy"]["name"], "Olga Officer");
        assert_eq!(
            app.tries(&belgian, "approveSuccession", input).await,
            "CONFLICT ALREADY_DONE"
        );
        assert_eq!(waiting(&app, &belgian).await, 0);

        two_founders(&app, &left.space).await;
        // The original founders remain on record.
        let founded = json!([{ "name": "Frida Founder" }, { "name": "Fabien Fondateur" }]);
        let partners = json!({ "nodes": [
            { "role": "MANAGER", "isFounder": true, "person": { "name": "Frida Founder" } },
            { "role": "MEMBER", "isFounder": false, "person": { "name": "Fabien Fondateur" } },
            { "role": "MANAGER", "isFounder": true, "person": { "name": "Sara Successor" } },
        ] });
        let expected = json!({ "foundedBy": founded, "partners": partners });
        assert_eq!(left.partners(&app).await, expected);
        let close = json!({ "projectId": left.space.project.to_string() });
        let outcome = app.tries(&left.departed, "closeProject", close.clone()).await;
        assert_eq!(outcome, "FORBIDDEN ROLE_TOO_LOW");
        //
        let acts = app.acts(&left.stays, &left.space.project.to_string()).await;
        assert!(
            acts.ends_with(&[
                "SUCCESSION_PROPOSED".into(),
                "SUCCESSION_APPROVED".into(),
                "PARTNER_ROLE_CHANGED".into(),
                "PARTNER_ROLE_CHANGED".into(),
            ]),
            "{acts:?}"
        );
        // P-10: nobody can change the successor's role now.
        let sara = place(&app, &left.space, &left.successor).await;
        let outcome = app.tries(&left.stays, "removePartner", json!({ "partnerId": sara })).await;
        assert_eq!(outcome, "FORBIDDEN FOUNDER_PROTECTED");
        // The departed founder is a partner like any other (P-13).
        let gone = place(&app, &left.space, &left.departed).await;
        let outcome = app.tries(&left.successor, "removePartner", json!({ "partnerId": gone })).await;
        assert_eq!(outcome, "OK");
        assert_eq!(app.tries(&left.successor, "closeProject", close).await, "OK");
    }

    // P-15
    async fn a_successor_who_is_a_member_is_raised_in_the_twinspace(app: TestApp) {
        let administrator = app.administrator().await;
        let left = Left::of(&app, &administrator).await;
        app.seat(&left.space, &left.successor, TwinSpaceRole::Teacher).await;
        // Belgium has no support service: the administrators approve in its place.
        let id = left.propose(&app).await;
        let input = json!({ "successionId": id });
        assert_eq!(app.tries(&left.belgian, "approveSuccession", input).await, "OK");
        two_founders(&app, &left.space).await;
        let query = format!(
            "{{ twinSpace(id: \"{}\") {{ viewerMember {{ role isFounder }} }} }}",
            left.space.id
        );
        let data = app.sees(&left.successor, &query).await;
        let seat = json!({ "role": "TEACHER_ADMIN", "isFounder": true });
        assert_eq!(data["twinSpace"]["viewerMember"], seat);
    }

    // P-15
    async fn who_has_not_left_is_not_succeeded(app: TestApp) {
        let belgian = app.officer("BE", "").await;
        let left = Left::of(&app, &belgian).await;
        let id = left.propose(&app).await;
        // The departed founder comes back before the decision.
        let sent = invite(&app, &left.space, &left.departed.email, "VISITOR").await;
        let fields = "member { role }";
        let back = json!({ "invitationId": sent });
        let payload = app.does(&left.departed, "acceptInvitation", back, fields).await;
        assert_eq!(payload["member"]["role"], "TEACHER_ADMIN");
        let act = ("approveSuccession", json!({ "successionId": id }));
        let (told, there) = (("Succession", id.as_str()), "CONFLICT FOUNDER_NOT_LEFT");
        app.foretold(&belgian, told, "approve", act, there).await;
        two_founders(&app, &left.space).await;
        assert_eq!(waiting(&app, &belgian).await, 1, "nothing of a refused act is kept");
        let reject = json!({ "successionId": id, "reason": "They are back." });
        app.foretold(&belgian, told, "reject", ("rejectSuccession", reject.clone()), "OK").await;
        let done = "CONFLICT ALREADY_DONE";
        app.foretold(&belgian, told, "reject", ("rejectSuccession", reject), done).await;
        let project = left.space.project.to_string();
        let (told, act) = (("Project", project.as_str()), ("proposeSuccession", left.input.clone()));
        app.foretold(&left.stays, told, "proposeSuccession", act, there).await;
    }

    // P-15, R-02
    async fn what_keeps_a_succession_from_being_approved_is_told_beforehand(app: TestApp) {
        let belgian = app.officer("BE", "").await;
        let left = Left::of(&app, &belgian).await;
        let id = left.propose(&app).await;
        let told = ("Succession", id.as_str());
        let approve = || ("approveSuccession", json!({ "successionId": id }));
        let project = json!({ "projectId": left.space.project.to_string() });
        assert_eq!(app.tries(&left.stays, "closeProject", project.clone()).await, "OK");
        app.foretold(&belgian, told, "approve", approve(), "CONFLICT WRONG_STATE").await;
        assert_eq!(app.tries(&left.stays, "reopenProject", project).await, "OK");
        let gone = json!({ "partnerId": left.input["successorPartnerId"] });
        assert_eq!(app.tries(&left.stays, "removePartner", gone).await, "OK");
        app.foretold(&belgian, told, "approve", approve(), "CONFLICT NOT_A_PARTNER").await;
        let reject = ("rejectSuccession", json!({ "successionId": id, "reason": "Nobody is left." }));
        app.foretold(&belgian, told, "reject", reject, "OK").await;
    }

    // P-15
    async fn only_the_other_founder_proposes_and_only_what_fits(app: TestApp) {
        let belgian = app.officer("BE", "").await;
        let left = Left::of(&app, &belgian).await;
        let manager = app.teacher("Mara Manager", "IT").await;
        app.partner(&left.space, &manager, ProjectRole::Manager).await;
        let stranger = app.teacher("Stan", "SE").await;
        for person in [&manager, &left.successor, &stranger] {
            let outcome = app.tries(person, "proposeSuccession", left.input.clone()).await;
            assert_eq!(outcome, "FORBIDDEN ROLE_TOO_LOW");
        }
        let with = |key: &str, value: &Value| {
            let mut input = left.input.clone();
            input[key] = value.clone();
            input
        };
        let mine = json!(place(&app, &left.space, &left.stays).await);
        let elsewhere = app.space().await;
        let other = json!(place(&app, &elsewhere, &elsewhere.founders[1]).await);
        let sara = left.input["successorPartnerId"].clone();
        for (input, outcome) in [
            (with("departedPartnerId", &mine), "BAD_USER_INPUT departedPartnerId"),
            (with("departedPartnerId", &sara), "BAD_USER_INPUT departedPartnerId"),
            (with("successorPartnerId", &mine), "BAD_USER_INPUT successorPartnerId"),
            (with("departedPartnerId", &other), "NOT_FOUND"),
            (with("successorPartnerId", &other), "NOT_FOUND"),
        ] {
            assert_eq!(app.tries(&left.stays, "proposeSuccession", input).await, outcome);
        }
        let id = left.propose(&app).await;
        // Only one proposal is pending at a time.
        let project = left.space.project.to_string();
        let (told, act) = (("Project", project.as_str()), ("proposeSuccession", left.input.clone()));
        app.foretold(&left.stays, told, "proposeSuccession", act, "CONFLICT ALREADY_DONE").await;

        for reason in ["", " ", "a\u{0}b", &"x".repeat(2001)] {
            let reject = json!({ "successionId": id, "reason": reason });
            let outcome = app.tries(&belgian, "rejectSuccession", reject).await;
            assert_eq!(outcome, "BAD_USER_INPUT reason");
        }
        let reject = json!({ "successionId": id, "reason": "Ask again in spring." });
        assert_eq!(app.tries(&belgian, "rejectSuccession", reject).await, "OK");
        two_founders(&app, &left.space).await;
        let query = format!(
            "{{ project(id: \"{}\") {{ successions {{ nodes {{ state reason }} }} }} }}",
            left.space.project
        );
        let data = app.sees(&manager, &query).await;
        let rejected = json!([{ "state": "REJECTED", "reason": "Ask again in spring." }]);
        assert_eq!(data["project"]["successions"]["nodes"], rejected);
        assert_eq!(app.asks(&left.successor, &query).await, "FORBIDDEN ROLE_TOO_LOW");
        // Proposed again, for a partner who is removed meanwhile.
        let id = left.propose(&app).await;
        let removed = json!({ "partnerId": sara });
        assert_eq!(app.tries(&manager, "removePartner", removed).await, "OK");
        let input = json!({ "successionId": id });
        let outcome = app.tries(&belgian, "approveSuccession", input).await;
        assert_eq!(outcome, "CONFLICT NOT_A_PARTNER");
        two_founders(&app, &left.space).await;
    }

    // P-15, P-17
    async fn in_a_closed_project_nobody_is_succeeded(app: TestApp) {
        let belgian = app.officer("BE", "").await;
        let left = Left::of(&app, &belgian).await;
        let id = left.propose(&app).await;
        let close = json!({ "projectId": left.space.project.to_string() });
        assert_eq!(app.tries(&left.stays, "closeProject", close).await, "OK");
        let outcome = app.tries(&left.stays, "proposeSuccession", left.input.clone()).await;
        assert_eq!(outcome, "FORBIDDEN PROJECT_NOT_ACTIVE");
        let input = json!({ "successionId": id });
        let outcome = app.tries(&belgian, "approveSuccession", input).await;
        assert_eq!(outcome, "CONFLICT WRONG_STATE");
        two_founders(&app, &left.space).await;
    }

    // P-15
    async fn of_two_founders_who_propose_each_other_at_once_one_does(app: TestApp) {
        let apps = instances(app).await;
        let belgian = apps[0].officer("BE", "").await;
        for _ in 0..ROUNDS {
            let left = Left::of(&apps[0], &belgian).await;
            let admin = apps[0].teacher("Anna", "ES").await;
            apps[0].seat(&left.space, &admin, TwinSpaceRole::TeacherAdmin).await;
            leave(&apps[0], &left.space, &left.stays).await;
            let mut other = left.input.clone();
            other["departedPartnerId"] = json!(place(&apps[0], &left.space, &left.stays).await);
            let outcomes = at_once(
                &apps,
                vec![
                    call(&left.stays, "proposeSuccession", left.input.clone()),
                    call(&left.departed, "proposeSuccession", other),
                    call(&left.stays, "proposeSuccession", left.input.clone()),
                ],
            )
            .await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            two_founders(&apps[0], &left.space).await;
        }
    }

    // P-15
    async fn approved_while_the_departed_returns_there_are_two_founders(app: TestApp) {
        let apps = instances(app).await;
        let belgian = apps[0].officer("BE", "").await;
        for _ in 0..ROUNDS {
            let left = Left::of(&apps[0], &belgian).await;
            let id = left.propose(&apps[0]).await;
            let email = &left.departed.email;
            let sent = invite(&apps[0], &left.space, email, "VISITOR").await;
            let approve = json!({ "successionId": id });
            let outcomes = at_once(
                &apps,
                vec![
                    call(&belgian, "approveSuccession", approve.clone()),
                    call(&left.departed, "acceptInvitation", json!({ "invitationId": sent })),
                    call(&belgian, "approveSuccession", approve),
                ],
            )
            .await;
            assert_eq!(outcomes[1], "OK");
            two_founders(&apps[0], &left.space).await;
            let handed = outcomes[0] == "OK" || outcomes[2] == "OK";
            let query = format!(
                "{{ twinSpace(id: \"{}\") {{ viewerMember {{ role isFounder }} }} }}",
                left.space.id
            );
            let data = apps[0].sees(&left.departed, &query).await;
            // If they came back first, they are still a founder; if later, they have the role that
            // was offered.
            let expected = match handed {
                true => json!({ "role": "VISITOR", "isFounder": false }),
                false => json!({ "role": "TEACHER_ADMIN", "isFounder": true }),
            };
            assert_eq!(data["twinSpace"]["viewerMember"], expected, "{outcomes:?}");
        }
    }
}
