//! The number of SQL statements that a mutation takes, at most: on PostgreSQL, which is told of events
//! by a statement, one more than on SQLite if there is nothing to log. `docs/performance.md` has the table.

use entity::{ProjectRole, TwinSpaceRole, custody_transfer};
use serde_json::{Value, json};

use crate::{
    members::{custody::asks_for, invitation::invite, pupil},
    projects::project::Founding,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

/// Those who act, and what they act on.
struct Stage<'a> {
    app: &'a TestApp,
    space: &'a Space,
    teacher: Person,
    /// The teacher's membership.
    colleague: String,
}

impl Stage<'_> {
    /// Performs an action, which takes at most so many statements.
    async fn takes(&self, who: &Person, act: &str, input: Value, most: u64) {
        let acting = self.app.does(who, act, input, "__typename");
        let (_, statements) = self.app.statements(acting).await;
        assert!(statements <= most, "{act} takes {statements} statements");
    }

    async fn pupil(&self, name: &str) -> String {
        let pupil = self.app.pupil(name, &self.teacher).await;
        self.app.seat(self.space, &pupil, TwinSpaceRole::Pupil).await.to_string()
    }

    async fn page(&self, title: &str) -> String {
        let input = json!({ "twinSpaceId": self.space.id.to_string(), "title": title, "visibility": "MEMBERS" });
        let made = self.app.does(&self.teacher, "createPage", input, "page { id }").await;
        made["page"]["id"].as_str().unwrap().to_owned()
    }

    async fn media(&self, title: &str) -> String {
        let url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";
        let input = json!({ "twinSpaceId": self.space.id.to_string(), "title": title, "url": url, "picturedIds": [] });
        let made = self.app.does(&self.teacher, "addVideoLink", input, "media { id }").await;
        made["media"]["id"].as_str().unwrap().to_owned()
    }
}

async fn stage<'a>(app: &'a TestApp, space: &'a Space) -> Stage<'a> {
    let teacher = app.teacher("Tina", "IT").await;
    let colleague = app.seat(space, &teacher, TwinSpaceRole::Teacher).await.to_string();
    for n in 0..3 {
        let other = app.teacher(&format!("Otto {n}"), "IT").await;
        app.seat(space, &other, TwinSpaceRole::TeacherAdmin).await;
    }
    // Whoever visits a TwinSpace for the first time is noted.
    for who in [&teacher, &space.founders[0], &space.founders[1]] {
        app.sees(who, &format!("{{ twinSpace(id: \"{}\") {{ id }} }}", space.id)).await;
    }
    Stage { app, space, teacher, colleague }
}

on_both_databases! {
    // M-12 to M-16
    async fn what_is_done_to_a_pupil_takes_few_statements(app: TestApp) {
        let space = app.space().await;
        let on = stage(&app, &space).await;
        let (teacher, [founder, other]) = (&on.teacher, &space.founders);
        // With PostgreSQL a role is written without a transaction: session, decision, change.
        let at_once = app.is_postgresql().then_some(3);
        let pia = on.pupil("Pia").await;
        on.takes(founder, "changeMemberRole", json!({ "memberId": pia, "role": "PUPIL_ADMIN" }), at_once.unwrap_or(7)).await;
        let name = json!({ "memberId": pia, "givenName": "Paula", "familyName": "P" });
        on.takes(founder, "editPupil", name, 10).await;
        for (scope, most) in [("PICTURES", 9), ("PARTICIPATION", 8)] {
            let give = json!({ "pupils": { "memberIds": [pia] }, "scope": scope, "givenBy": "GUARDIAN" });
            on.takes(teacher, "recordConsent", give, most).await;
        }
        for (scope, most) in [("PICTURES", 9), ("PARTICIPATION", 17)] {
            let end = json!({ "pupil": { "memberId": pia }, "scope": scope });
            on.takes(teacher, "withdrawConsent", end, most).await;
        }
        let pupil = on.pupil("Paul").await;
        on.takes(teacher, "resetPupilPassword", json!({ "pupil": { "memberId": pupil }, "password": "sunflower 7" }), 9).await;
        let place = app.access(founder, space.project).await.member.unwrap().0.to_string();
        let offer = json!({ "memberId": pupil, "toMemberId": place });
        let offered = app.does(teacher, "offerCustody", offer, "custodyTransfer { id }").await;
        let id = json!({ "custodyTransferId": offered["custodyTransfer"]["id"] });
        on.takes(founder, "declineCustody", id, 9).await;
        let second = on.pupil("Peter").await;
        let offer = json!({ "memberId": second, "toMemberId": place });
        on.takes(teacher, "offerCustody", offer, 18).await;
        let open = custody_transfer::Entity::open().one(app.db.read()).await.unwrap().unwrap();
        on.takes(founder, "acceptCustody", json!({ "custodyTransferId": open.id.to_string() }), 25).await;
        on.takes(founder, "removeMember", json!({ "memberId": second }), 14).await;
        let rows = json!([{ "givenName": "Petra", "familyName": "P", "password": "sunflower 7" }]);
        let third = pupil::invite(&app, teacher, &space, rows).await[0]["memberId"].clone();
        on.takes(teacher, "erasePupil", json!({ "pupil": { "memberId": pupil }, "acknowledge": true }), 54).await;
        on.takes(founder, "changeMemberRole", json!({ "memberId": on.colleague, "role": "VISITOR" }), at_once.unwrap_or(6)).await;
        on.takes(other, "requestCustody", json!({ "memberId": third }), 23).await;
        on.takes(teacher, "leaveTwinSpace", json!({ "twinSpaceId": space.id.to_string() }), 13).await;
    }

    // T-01, T-02
    async fn what_is_done_to_a_page_takes_few_statements(app: TestApp) {
        let space = app.space().await;
        let on = stage(&app, &space).await;
        let (teacher, founder) = (&on.teacher, &space.founders[0]);
        let (page, _) = (on.page("Bees").await, on.page("Wasps").await);
        let this = json!({ "pageId": page });
        on.takes(teacher, "editPage", json!({ "pageId": page, "expectedVersion": 1, "text": "Buzz" }), 9).await;
        let back = json!({ "pageId": page, "version": 1, "expectedVersion": 2 });
        on.takes(teacher, "restorePageVersion", back, 9).await;
        let share = json!({ "pageId": page, "visibility": "MEMBERS", "memberIds": [on.colleague] });
        on.takes(teacher, "sharePage", share, 8).await;
        on.takes(founder, "movePage", this.clone(), 6).await;
        on.takes(teacher, "archivePage", this.clone(), 5).await;
        on.takes(founder, "restorePage", this.clone(), 5).await;
        app.does(teacher, "archivePage", this.clone(), "__typename").await;
        on.takes(founder, "deletePage", this, 8).await;
    }

    // T-03
    async fn what_is_done_to_media_takes_few_statements(app: TestApp) {
        let space = app.space().await;
        let on = stage(&app, &space).await;
        let media = on.media("Bees").await;
        on.takes(&on.teacher, "editMedia", json!({ "mediaId": media, "title": "Wasps" }), 6).await;
        on.takes(&on.teacher, "deleteMedia", json!({ "mediaId": media }), 12).await;
    }

    // T-04, T-06
    async fn what_is_marked_as_read_takes_few_statements(app: TestApp) {
        let space = app.space().await;
        let on = stage(&app, &space).await;
        let (founder, here) = (&space.founders[0], space.id.to_string());
        let hello = json!({ "twinSpaceId": here, "text": "Hello" });
        app.does(founder, "sendChatMessage", hello, "__typename").await;
        on.takes(&on.teacher, "markChatRead", json!({ "twinSpaceId": here }), 8).await;
        for n in 0..3 {
            let message = json!({ "memberId": on.colleague, "text": format!("Hello {n}") });
            app.does(founder, "sendMessage", message, "__typename").await;
        }
        on.takes(&on.teacher, "markInboxRead", json!({}), 6).await;
    }

    //
    async fn what_is_done_to_a_school_takes_few_statements(app: TestApp) {
        let space = app.space().await;
        let on = stage(&app, &space).await;
        let officer = app.officer("IT", "").await;
        let seen = app.sees(&on.teacher, "{ viewer { school { id } } }").await["viewer"]["school"]["id"].take();
        let claim = json!({ "personId": on.teacher.id.to_string(), "schoolId": seen });
        on.takes(&officer, "confirmSchool", claim.clone(), 9).await;
        on.takes(&officer, "withdrawSchoolConfirmation", claim, 9).await;
        let other = app.teacher("Toni", "IT").await;
        let into = app.sees(&other, "{ viewer { school { id } } }").await["viewer"]["school"]["id"].take();
        on.takes(&officer, "mergeSchools", json!({ "schoolId": seen, "intoSchoolId": into }), 14).await;
    }

    // M-05, P-12, P-13
    async fn what_is_done_to_an_invitation_or_a_partner_takes_few_statements(app: TestApp) {
        let space = app.space().await;
        let on = stage(&app, &space).await;
        let founder = &space.founders[0];
        let id = invite(&app, &space, "nina@example.org", "TEACHER").await;
        app.run_out(&id).await;
        let this = json!({ "invitationId": id });
        on.takes(founder, "resendInvitation", this.clone(), 12).await;
        on.takes(founder, "changeInvitationRole", json!({ "invitationId": id, "role": "VISITOR" }), 6).await;
        on.takes(founder, "revokeInvitation", this, 8).await;
        let partner = app.partner(&space, &on.teacher, ProjectRole::Member).await.to_string();
        on.takes(founder, "changePartnerRole", json!({ "partnerId": partner, "role": "MANAGER" }), 6).await;
        on.takes(founder, "removePartner", json!({ "partnerId": partner }), 14).await;
    }

    // T-01, T-03, T-04, T-06, M-04, M-06
    async fn what_is_begun_in_a_twinspace_takes_few_statements(app: TestApp) {
        let space = app.space().await;
        let on = stage(&app, &space).await;
        let (teacher, founder) = (&on.teacher, &space.founders[0]);
        let with = |mut input: Value| {
            input["twinSpaceId"] = json!(space.id.to_string());
            input
        };
        on.takes(teacher, "sendChatMessage", with(json!({ "text": "Hello" })), 8).await;
        let said = app.does(teacher, "sendChatMessage", with(json!({ "text": "Bye" })), "message { id }").await;
        let this = json!({ "messageId": said["message"]["id"], "reason": "It is rude." });
        let reported = app.does(founder, "reportMessage", this.clone(), "reportId").await;
        on.takes(founder, "settleReport", json!({ "reportId": reported["reportId"] }), 6).await;
        on.takes(founder, "deleteChatMessage", json!({ "messageId": this["messageId"] }), 5).await;
        on.takes(founder, "sendMessage", json!({ "memberId": on.colleague, "text": "Hello" }), 11).await;
        on.takes(founder, "editTwinSpaceSettings", with(json!({ "chatOpenToPupils": false })), 5).await;
        let page = json!({ "title": "Bees", "visibility": "MEMBERS" });
        on.takes(teacher, "createPage", with(page), 10).await;
        let url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";
        let film = json!({ "title": "Bees", "url": url, "picturedIds": [] });
        on.takes(teacher, "addVideoLink", with(film), 7).await;
        let nina = json!({ "email": "nina@example.org", "role": "VISITOR" });
        on.takes(founder, "inviteMember", with(nina), 14).await;
        let rows = json!([{ "givenName": "Petra", "familyName": "P", "password": "sunflower 7" }]);
        let class = json!({ "rows": rows, "consentGivenBy": "GUARDIAN" });
        on.takes(teacher, "invitePupils", with(class), 18).await;
        on.takes(teacher, "exportPupils", with(json!({})), 8).await;
        on.takes(founder, "exportTwinSpace", with(json!({})), 8).await;
    }

    // M-11
    async fn what_is_done_to_a_request_for_a_pupil_takes_few_statements(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let on = stage(&app, &away).await;
        let (custodian, asker) = (&home.founders[0], &away.founders[0]);
        let rows = json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" },
            { "givenName": "Rui", "familyName": "Silva", "password": "sunflower 7" },
            { "givenName": "Zoe", "familyName": "Silva", "password": "sunflower 7" },
        ]);
        let made = pupil::invite(&app, custodian, &home, rows).await;
        for (n, (who, act, most)) in [
            (custodian, "acceptPupilRequest", 18),
            (custodian, "declinePupilRequest", 11),
            (asker, "withdrawPupilRequest", 9),
        ].into_iter().enumerate() {
            let username = made[n]["username"].as_str().unwrap();
            let id = asks_for(&app, asker, &away, username).await["id"].take();
            let mut input = json!({ "pupilRequestId": id });
            if act == "acceptPupilRequest" {
                input["consentGivenBy"] = json!("GUARDIAN");
            }
            on.takes(who, act, input, most).await;
        }
    }

    // P-02 to P-17, L-01, T-05
    async fn what_is_done_with_a_project_takes_few_statements(app: TestApp) {
        let space = app.space().await;
        let on = stage(&app, &space).await;
        let [founder, other] = &space.founders;
        let project = space.project.to_string();
        let with = |mut input: Value| {
            input["projectId"] = json!(project);
            input
        };
        on.takes(founder, "editProject", with(json!({ "fields": { "title": "Wasps" } })), 5).await;
        let entry = json!({ "title": "Rain", "text": "Much.", "visibility": "PUBLIC" });
        on.takes(founder, "writeDiaryEntry", with(entry.clone()), 7).await;
        let entry = app.does(founder, "writeDiaryEntry", with(entry), "diaryEntry { id }").await;
        let this = json!({ "diaryEntryId": entry["diaryEntry"]["id"] });
        on.takes(founder, "editDiaryEntry", json!({ "diaryEntryId": this["diaryEntryId"], "text": "Sun" }), 7).await;
        on.takes(founder, "deleteDiaryEntry", this, 6).await;
        app.befriend(founder, &on.teacher).await;
        let partner = json!({ "personId": on.teacher.id.to_string() });
        on.takes(founder, "addPartner", with(partner), 15).await;
        on.takes(founder, "applyForLabel", with(json!({ "statement": "We sang." })), 11).await;
        let applied = app.does(other, "applyForLabel", with(json!({ "statement": "We sang." })), "labelApplication { id }").await;
        let officer = app.administrator().await;
        let this = json!({ "labelApplicationId": applied["labelApplication"]["id"] });
        on.takes(&officer, "grantLabel", this, 7).await;
        let list = format!("{{ project(id: \"{project}\") {{ labels {{ nodes {{ id state }} }} }} }}");
        let labels = app.sees(&officer, &list).await["project"]["labels"]["nodes"].take();
        let waits = labels.as_array().unwrap().iter().find(|label| label["state"] == "PENDING").unwrap();
        let no = json!({ "labelApplicationId": waits["id"], "reason": "Too short." });
        on.takes(&officer, "refuseLabel", no, 7).await;
        on.takes(founder, "followUpProject", with(json!({})), 11).await;
        on.takes(founder, "closeProject", with(json!({})), 5).await;
        on.takes(founder, "reopenProject", with(json!({})), 6).await;
        app.partner(&space, &on.teacher, ProjectRole::Member).await;
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        app.does(other, "leaveTwinSpace", leave, "__typename").await;
        let places = format!("{{ project(id: \"{project}\") {{ partners {{ nodes {{ id isFounder person {{ id }} }} }} }} }}");
        let places = app.sees(founder, &places).await["project"]["partners"]["nodes"].take();
        let place = |who: &Person| {
            let is = |one: &&Value| one["person"]["id"] == who.id.to_string();
            places.as_array().unwrap().iter().find(is).unwrap()["id"].clone()
        };
        let succeed = || with(json!({
            "departedPartnerId": place(other), "successorPartnerId": place(&on.teacher),
        }));
        on.takes(founder, "proposeSuccession", succeed(), 16).await;
        let list = format!("{{ project(id: \"{project}\") {{ successions {{ nodes {{ id }} }} }} }}");
        let proposed = async || app.sees(founder, &list).await["project"]["successions"]["nodes"][0]["id"].take();
        let no = json!({ "successionId": proposed().await, "reason": "No." });
        on.takes(&officer, "rejectSuccession", no, 9).await;
        app.does(founder, "proposeSuccession", succeed(), "__typename").await;
        let pending = format!("{{ project(id: \"{project}\") {{ successions {{ nodes {{ id state }} }} }} }}");
        let all = app.sees(founder, &pending).await["project"]["successions"]["nodes"].take();
        let waits = all.as_array().unwrap().iter().find(|one| one["state"] == "PENDING").unwrap();
        on.takes(&officer, "approveSuccession", json!({ "successionId": waits["id"] }), 22).await;
    }

    // P-04 to P-06
    async fn each_step_of_a_project_takes_few_statements(app: TestApp) {
        let space = app.space().await;
        let on = stage(&app, &space).await;
        let founding = Founding::of(&app).await;
        for (act, from, most) in [
            ("sendProject", "DRAFT", 11),
            ("acceptProject", "PENDING_PARTNER", 21),
            ("declineProject", "PENDING_PARTNER", 8),
            ("withdrawProject", "PENDING_PARTNER", 6),
            ("approveProject", "PENDING_APPROVAL", 17),
            ("rejectProject", "PENDING_APPROVAL", 13),
        ] {
            let mut input = json!({ "projectId": founding.reach(&app, from).await });
            if act == "rejectProject" {
                input["reason"] = json!("Too vague.");
            }
            on.takes(founding.actor(act), act, input, most).await;
        }
    }
}
