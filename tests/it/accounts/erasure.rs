//! Erased accounts: what is deleted, what is kept, what prevents it, and that nothing breaks
//! afterwards; unverified registrations.

use std::collections::BTreeSet;

use domain::events::Event;
use entity::{
    AccountId, Act, InvitationState, ProjectId, ProjectRole, Purpose, TwinSpaceRole, account,
    account_tag, audit, contact, email_change, former_teacher, invitation, label, mail, member,
    outcome, partner, profile_picture, session, token,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};
use serde_json::{Value, json};

use crate::{
    accounts::account::{PASSWORD, REGISTER, mailed, opens, teacher, verified, with_email},
    members::{custody::hand_over, invitation::invite, pupil::invite as invite_pupils},
    projects::project::Founding,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

mod meanwhile;
mod projects;
mod reference;
mod registration;

/// Gives someone a known password.
async fn knows(app: &TestApp, who: &Person) {
    let hash = app.passwords.hash(&crate::accounts::account::password(PASSWORD)).await.unwrap();
    let mut row = row(app, who.id).await.into_active_model();
    row.password_hash = Set(hash);
    let tx = app.db.begin().await.unwrap();
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn row(app: &TestApp, id: AccountId) -> account::Model {
    account::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap()
}

/// Tries to erase one's own account, and checks that the result matches `permissions`.
async fn goes(app: &TestApp, who: &Person) -> String {
    knows(app, who).await;
    let told =
        app.sees(who, "{ viewer { permissions { deleteAccount { allowed reason } } } }").await;
    let told = &told["viewer"]["permissions"]["deleteAccount"];
    let ended = app.tries(who, "deleteAccount", json!({ "password": PASSWORD })).await;
    let foretold = match &told["reason"] {
        Value::String(reason) => format!("FORBIDDEN {reason}"),
        _ => "OK".to_owned(),
    };
    assert_eq!(told["allowed"], ended == "OK");
    assert_eq!(foretold, ended, "foretold");
    ended
}

/// Whether the account is erased, without any personal data.
async fn is_former(app: &TestApp, who: &Person, name: &str) {
    let account = row(app, who.id).await;
    let left = (account.name.as_str(), account.email.as_deref(), account.username.as_deref());
    assert_eq!(left, (name, None, None));
    assert_eq!((account.password_hash.as_str(), account.profile.as_str()), ("", ""));
    assert_eq!((account.school_id, account.service_id, account.verified_at), (None, None, None));
    let db = app.db.read();
    let id = who.id;
    let counts = [
        session::Entity::find().filter(session::Column::AccountId.eq(id)).count(db).await.unwrap(),
        member::Entity::find().filter(member::Column::AccountId.eq(id)).count(db).await.unwrap(),
        account_tag::Entity::find()
            .filter(account_tag::Column::AccountId.eq(id))
            .count(db)
            .await
            .unwrap(),
        profile_picture::Entity::find_by_id(id).count(db).await.unwrap(),
        email_change::Entity::find_by_id(id).count(db).await.unwrap(),
        outcome::Entity::find().filter(outcome::Column::AccountId.eq(id)).count(db).await.unwrap(),
        former_teacher::Entity::find()
            .filter(former_teacher::Column::AccountId.eq(id))
            .count(db)
            .await
            .unwrap(),
        token::Entity::find().filter(token::Column::SubjectId.eq(id.0)).count(db).await.unwrap(),
        mail::Entity::find()
            .filter(mail::Column::Recipient.eq(&who.email))
            .count(db)
            .await
            .unwrap(),
        mail::Entity::find().filter(mail::Column::SubjectId.eq(id.0)).count(db).await.unwrap(),
        contact::Entity::find()
            .filter(contact::Column::RequesterId.eq(id))
            .count(db)
            .await
            .unwrap(),
        contact::Entity::find()
            .filter(contact::Column::AddresseeId.eq(id))
            .count(db)
            .await
            .unwrap(),
        invitation::Entity::find()
            .filter(invitation::Column::Email.eq(&who.email))
            .count(db)
            .await
            .unwrap(),
    ];
    assert_eq!(counts, [0; 13]);
}

async fn of_partner(app: &TestApp, project: ProjectId, who: &Person) -> Option<partner::Model> {
    let of = partner::Entity::of(project).filter(partner::Column::AccountId.eq(who.id));
    of.one(app.db.read()).await.unwrap()
}

async fn close(app: &TestApp, who: &Person, space: &Space) {
    let input = json!({ "projectId": space.project.to_string() });
    assert_eq!(app.tries(who, "closeProject", input).await, "OK");
}

on_both_databases! {
    async fn a_teacher_who_erases_their_account_leaves_what_they_wrote_and_nothing_of_themselves(app: TestApp) {
        let space = app.space().await;
        let [founder, _] = &space.founders;
        let tina = app.teacher("Tina Teacher", "PL").await;
        let at = app.seat(&space, &tina, TwinSpaceRole::Teacher).await;
        app.partner(&space, &tina, ProjectRole::Member).await;
        app.befriend(&tina, founder).await;
        let place = json!({ "twinSpaceId": space.id.to_string() });
        let with = |more: Value| {
            let mut input = place.clone();
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        app.does(&tina, "editProfile", json!({ "profile": "I keep bees.", "avatar": "plum-cat",
            "subjects": ["biology"], "languages": ["pl"] }), "__typename").await;
        let page = app.does(&tina, "createPage", with(json!({ "title": "Hives", "visibility": "MEMBERS" })), "page { id }").await;
        app.does(&tina, "sendChatMessage", with(json!({ "text": "Hello" })), "__typename").await;
        let to = json!({ "memberId": app.access(founder, space.project).await.member.unwrap().0.to_string(), "text": "From Tina" });
        app.does(&tina, "sendMessage", to, "__typename").await;
        let from = json!({ "memberId": at.to_string(), "text": "To Tina" });
        app.does(founder, "sendMessage", from, "__typename").await;
        let apply = json!({ "projectId": space.project.to_string(), "statement": "We sang." });
        app.does(&tina, "applyForLabel", apply, "__typename").await;
        let pupils = invite_pupils(&app, &tina, &space, json!([{ "givenName": "Ana", "familyName": "Silva" }])).await;
        let pupil = pupils[0]["memberId"].as_str().unwrap().to_owned();
        app.does(&tina, "exportPupils", place.clone(), "url").await;
        let stranger = app.teacher("Stan Stranger", "SE").await;
        app.does(&tina, "requestContact", json!({ "personId": stranger.id.to_string() }), "__typename").await;
        mailed(&app, Purpose::ResetPassword, tina.id).await;
        knows(&app, &tina).await;
        let wish = json!({ "newEmail": "tina.new@example.org", "password": PASSWORD });
        app.does(&tina, "requestEmailChange", wish, "__typename").await;
        let mut events = app.db.events().listen();

        assert_eq!(goes(&app, &tina).await, "FORBIDDEN HAS_PUPILS");
        let to = app.access(founder, space.project).await.member.unwrap().0.to_string();
        hand_over(&app, &tina, founder, &pupil, &to).await;
        assert_eq!(goes(&app, &tina).await, "OK");

        is_former(&app, &tina, "Former teacher").await;
        assert_eq!(label::Entity::find().count(app.db.read()).await.unwrap(), 0);
        assert!(of_partner(&app, space.project, &tina).await.is_none());
        let of_member = token::Column::SubjectId.eq(at.0);
        assert_eq!(token::Entity::find().filter(of_member).count(app.db.read()).await.unwrap(), 0);
        let outbox = app.outbox().await;
        let none = [&stranger.email, "tina.new@example.org"];
        assert!(!outbox.iter().any(|mail| none.contains(&mail.recipient.as_str())), "{outbox:?}");
        let mut heard = Vec::new();
        app.told().await;
        while let Ok(event) = events.try_recv() {
            heard.push(event);
        }
        // M-01: those who have the page open see it, and the sockets end.
        assert!(heard.contains(&Event::MemberGone { project: space.project, member: at, pupil: false }), "{heard:?}");
        assert!(heard.contains(&Event::SignedOut { account: tina.id }), "{heard:?}");

        // M-19: what they created is kept without the name.
        let query = format!("{{ page(id: {}) {{ title author {{ name school {{ name }} picture {{ url }} }} editor {{ name }} }}
            twinSpace(id: \"{}\") {{ memberCounts {{ teachers }} chat {{ nodes {{ text author {{ name }} }} }}
                members {{ nodes {{ name inviter {{ name }} custodian {{ name }} }} }}
                auditLog(first: 5) {{ nodes {{ act actor {{ name }} person {{ name }} }} }} }}
            viewer {{ inbox {{ nodes {{ text from {{ name }} }} }} contacts {{ totalCount }}
                sentMessages {{ nodes {{ text to {{ name }} }} }} }} }}", page["page"]["id"], space.id);
        let seen = app.sees(founder, &query).await;
        let nobody = json!({ "name": "Former teacher", "school": null, "picture": null });
        assert_eq!(seen["page"]["author"], nobody);
        assert_eq!(seen["page"]["editor"]["name"], "Former teacher");
        assert_eq!(seen["twinSpace"]["memberCounts"]["teachers"], 2);
        assert_eq!(seen["twinSpace"]["chat"]["nodes"], json!([{ "text": "Hello", "author": { "name": "Former teacher" } }]));
        assert_eq!(seen["viewer"]["inbox"]["nodes"], json!([{ "text": "From Tina", "from": { "name": "Former teacher" } }]));
        assert_eq!(seen["viewer"]["sentMessages"]["nodes"][0]["to"]["name"], "Former teacher");
        assert_eq!(seen["viewer"]["contacts"]["totalCount"], 1);
        assert!(!seen.to_string().contains("Tina Teacher"), "{seen}");
        //
        let acts: BTreeSet<_> = seen["twinSpace"]["auditLog"]["nodes"].as_array().unwrap().iter()
            .map(|line| line["act"].as_str().unwrap()).collect();
        assert!(acts.contains("MEMBER_LEFT"), "{acts:?}");
        let lines = audit::Entity::find().filter(audit::Column::Act.eq(Act::AccountErased));
        let line = lines.one(app.db.read()).await.unwrap().unwrap();
        assert_eq!((line.actor_id, line.account_id), (Some(tina.id), Some(tina.id)));
        // Nobody can find them, and actions on them fail as for something that does not exist.
        let found = app.sees(founder, "{ teachers(filter: { search: \"former\" }) { totalCount } }").await;
        assert_eq!(found["teachers"]["totalCount"], 0);
        let ask = json!({ "personId": tina.id.to_string() });
        assert_eq!(app.tries(founder, "requestContact", ask).await, "NOT_FOUND");
        let reply = json!({ "memberId": at.to_string(), "text": "Still there?" });
        assert_eq!(app.tries(founder, "sendMessage", reply).await, "NOT_FOUND");
        // The address is available again.
        verified(&app, &tina.email).await;
    }

    //
    async fn it_takes_the_password_and_no_pupil_may(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina Teacher", "PL").await;
        let wrong = json!({ "password": "a wrong one 1" });
        knows(&app, &teacher).await;
        assert_eq!(app.tries(&teacher, "deleteAccount", wrong.clone()).await, "INVALID_CREDENTIALS");
        assert_eq!(app.tries(None, "deleteAccount", wrong).await, "UNAUTHENTICATED");
        let pupil = app.pupil("Paul Pupil", &space.founders[0]).await;
        assert_eq!(goes(&app, &pupil).await, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(row(&app, teacher.id).await.name, "Tina Teacher");
        let many = app.config.accounts.account_tries.get() + 1;
        let mut last = String::new();
        for _ in 0..many {
            last = app.tries(&teacher, "deleteAccount", json!({ "password": "no" })).await;
        }
        assert_eq!(last, "RATE_LIMITED");
    }

    async fn guests_officers_and_administrators_go_too(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        app.does(&german, "approveProject", json!({ "projectId": project }), "__typename").await;
        let guest = app.guest("Gus Guest").await;
        let administrator = app.administrator().await;
        for (person, name) in [
            (&german, "Former officer"),
            (&guest, "Former guest"),
            (&administrator, "Former administrator"),
        ] {
            assert_eq!(goes(&app, person).await, "OK");
            is_former(&app, person, name).await;
        }
        let query = format!("{{ project(id: \"{project}\") {{ approvals {{ state decidedBy {{ name }} }} }} }}");
        let seen = app.sees(&founding.proposer, &query).await;
        let approvals = seen["project"]["approvals"].as_array().unwrap();
        assert!(approvals.contains(&json!({ "state": "APPROVED", "decidedBy": { "name": "Former officer" } })), "{seen}");
    }

    // M-05
    async fn what_they_offered_is_revoked_and_what_was_offered_to_them_declined(app: TestApp) {
        let space = app.space().await;
        let away = app.space().await;
        let [_, other] = &space.founders;
        let anna = app.teacher("Anna Admin", "ES").await;
        app.seat(&space, &anna, TwinSpaceRole::TeacherAdmin).await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "email": "vera@example.org", "role": "VISITOR" });
        let sent = app.does(&anna, "inviteMember", input, "invitation { id }").await["invitation"]["id"].take();
        let link = app.link("vera@example.org").await;
        let got = invite(&app, &away, &anna.email, "TEACHER").await;
        app.befriend(&anna, other).await;
        let add = json!({ "projectId": space.project.to_string(), "personId": anna.id.to_string() });
        let offered = app.does(other, "addPartner", add, "invitation { id }").await["invitation"]["id"].take();

        assert_eq!(goes(&app, &anna).await, "OK");

        is_former(&app, &anna, "Former teacher").await;
        let rows = invitation::Entity::find().order_by_asc(invitation::Column::Id).all(app.db.read()).await.unwrap();
        let rows: Vec<_> = rows.iter().map(|row| (row.email.as_str(), row.state)).collect();
        assert_eq!(rows, [("vera@example.org", InvitationState::Revoked), ("", InvitationState::Declined), ("", InvitationState::Declined)]);
        let resend = |id: &Value| json!({ "invitationId": id });
        assert_eq!(app.tries(other, "resendInvitation", resend(&sent)).await, "CONFLICT INVITATION_ENDED");
        assert_eq!(app.tries(other, "resendInvitation", resend(&offered)).await, "CONFLICT INVITATION_ENDED");
        assert_eq!(app.tries(&away.founders[0], "resendInvitation", resend(&json!(got))).await, "CONFLICT INVITATION_ENDED");
        let guest = json!({ "token": link, "name": "Vera", "password": "a long story 1" });
        assert_eq!(app.tries(None, "acceptInvitationAsGuest", guest).await, "NOT_FOUND");
        let query = format!("{{ twinSpace(id: \"{}\") {{ invitations {{ nodes {{ email state inviter {{ name }} permissions {{ resend {{ reason }} }} }} }} }} }}", space.id);
        let seen = app.sees(other, &query).await;
        assert!(seen.to_string().contains("Former teacher") && !seen.to_string().contains(&anna.email), "{seen}");
        let acts = app.acts(other, &space.project.to_string()).await;
        for act in ["INVITATION_REVOKED", "INVITATION_DECLINED", "MEMBER_LEFT"] {
            assert!(acts.iter().any(|one| one == act), "{act} in {acts:?}");
        }
    }

    async fn the_operator_erases_an_account_by_the_command_line(app: TestApp) {
        let run = crate::care::staff::run;
        let token = verified(&app, "zofie@example.org").await;
        let zofie = with_email(&app, "zofie@example.org").await;
        let erase = ["account", "erase", "Zofie@example.org"];
        let said = run(&app, &erase).await.unwrap_err();
        assert!(said.contains("--yes"), "{said}");
        let custodian = Person { id: zofie.id, kind: zofie.kind, email: "zofie@example.org".into(), token: token.clone(), service: None };
        let pupil = app.pupil("Paul Pupil", &custodian).await;
        let erase = ["account", "erase", "--yes", "Zofie@example.org"];
        let said = run(&app, &erase).await.unwrap_err();
        assert!(said.contains("has pupils in their custody"), "{said}");
        app.does(&custodian, "erasePupil", json!({ "pupil": { "pupilId": format!("{}", pupil_id(&app, &custodian).await) }, "acknowledge": true }), "__typename").await;
        is_former(&app, &pupil, "Former pupil").await;

        let said = run(&app, &erase).await.unwrap();
        assert!(said.starts_with("Erased Ada Beispiel <Zofie@example.org>"), "{said}");

        is_former(&app, &custodian, "Former teacher").await;
        assert!(crate::accounts::session::ended(&app, &token).await);
        assert_eq!(opens(&app, "zofie@example.org", PASSWORD).await, "INVALID_CREDENTIALS");
        let lines = audit::Entity::find().filter(audit::Column::Act.eq(Act::AccountErased));
        let line = lines.one(app.db.read()).await.unwrap().unwrap();
        assert_eq!((line.actor_id, line.account_id), (None, Some(zofie.id)));
        for nobody in ["zofie@example.org", "kim.kowal.1", ""] {
            let said = run(&app, &["account", "erase", "--yes", nobody]).await.unwrap_err();
            assert!(said.contains("not found"), "{said}");
        }
        // Nothing at all remains of someone who never verified the address.
        app.execute(None, REGISTER, teacher("eve@example.org")).await;
        run(&app, &["account", "erase", "--yes", "eve@example.org"]).await.unwrap();
        assert!(account::Entity::with_email("eve@example.org").one(app.db.read()).await.unwrap().is_none());
    }
}

/// The only pupil of a custodian.
async fn pupil_id(app: &TestApp, custodian: &Person) -> String {
    let seen = app.sees(custodian, "{ viewer { pupils { nodes { id } } } }").await;
    seen["viewer"]["pupils"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}
