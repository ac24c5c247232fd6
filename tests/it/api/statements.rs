//! The number of SQL statements that a mutation takes, at most: on PostgreSQL, which is told of events
//! by a statement, one more than on SQLite if there is nothing to log. `docs/performance.md` has the table.

use entity::{ProjectRole, TwinSpaceRole, custody_transfer};
use serde_json::{Value, json};

use crate::{
    members::{invitation::invite, pupil},
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
        on.takes(teacher, "erasePupil", json!({ "pupil": { "memberId": pupil }, "acknowledge": true }), 52).await;
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
        let back = json!({ "pageId": page, "number": 1, "expectedVersion": 2 });
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
}
