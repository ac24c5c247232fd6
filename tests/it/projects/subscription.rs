//! The subscription to a project.

use domain::events::Event;
use entity::{ProjectRole, TwinSpaceRole};
use serde_json::{Value, json};

use super::project::Founding;
use crate::support::{
    TestApp,
    cast::{Person, Space},
    ear::Ear,
    on_both_databases,
};

const HEAR: &str = "subscription($id: ID!) { projectChanged(projectId: $id) { __typename
    ... on ProjectUpdated { project { state title partners { totalCount } partnerInvitations { nodes { state } } approvals { state } } }
    ... on LabelApplicationChanged { labelApplication { state applicant { name } } }
    ... on DiaryEntryChanged { diaryEntry { title visibility } } ... on DiaryEntryGone { diaryEntryId project { id } }
    ... on ProjectChangesMissed { project { id } } } }";

async fn hears(app: &TestApp, who: &Person, project: &str) -> Ear {
    Ear::of(app, who, HEAR, json!({ "id": project })).await
}

async fn writes(app: &TestApp, who: &Person, space: &Space, title: &str, to: &str) -> Value {
    let input = json!({ "projectId": space.project.to_string(), "title": title, "text": "x", "visibility": to });
    app.does(who, "writeDiaryEntry", input, "diaryEntry { id }").await["diaryEntry"]["id"].take()
}

on_both_databases! {
    // P-04 to P-08
    async fn the_way_of_a_project_is_heard_by_its_founders(app: TestApp) {
        let founding = Founding::of(&app).await;
        let id = founding.draft(&app).await;
        let mut ear = hears(&app, &founding.proposer, &id).await;
        let this = json!({ "projectId": id });
        let steps = [
            (&founding.proposer, "sendProject", "PENDING_PARTNER"),
            (&founding.cofounder, "acceptProject", "PENDING_APPROVAL"),
            (&founding.administrator, "approveProject", "ACTIVE"),
            (&founding.proposer, "closeProject", "CLOSED"),
            (&founding.proposer, "reopenProject", "ACTIVE"),
        ];
        for (who, act, state) in steps {
            app.does(who, act, this.clone(), "__typename").await;
            let heard = ear.hears().await;
            assert_eq!((&heard["__typename"], &heard["project"]["state"]), (&json!("ProjectUpdated"), &json!(state)), "{act}");
        }
        let edit = json!({ "projectId": id, "fields": { "title": "Lakes" } });
        app.does(&founding.proposer, "editProject", edit, "__typename").await;
        assert_eq!(ear.hears().await["project"]["title"], "Lakes");
        ear.hears_nothing().await;
    }

    // P-11 to P-13
    async fn partners_who_come_change_and_go_are_heard(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let friend = app.teacher("Fritz", "AT").await;
        app.befriend(founder, &friend).await;
        let mut ear = hears(&app, other, &space.project.to_string()).await;
        let input = json!({ "projectId": space.project.to_string(), "personId": friend.id.to_string() });
        let invited = app.does(founder, "addPartner", input, "invitation { id }").await;
        assert_eq!(ear.hears().await["project"]["partnerInvitations"], json!({ "nodes": [{ "state": "PENDING" }] }));
        let input = json!({ "invitationId": invited["invitation"]["id"] });
        app.does(&friend, "acceptInvitation", input, "__typename").await;
        assert_eq!(ear.hears().await["project"]["partners"]["totalCount"], 3);
        let query = format!("{{ project(id: \"{}\") {{ partners(founder: false) {{ nodes {{ id }} }} }} }}", space.project);
        let partner = app.sees(founder, &query).await["project"]["partners"]["nodes"][0]["id"].take();
        app.does(founder, "changePartnerRole", json!({ "partnerId": partner, "role": "MEMBER" }), "__typename").await;
        assert_eq!(ear.hears().await["__typename"], "ProjectUpdated");
        app.does(founder, "removePartner", json!({ "partnerId": partner }), "__typename").await;
        assert_eq!(ear.hears().await["project"]["partners"]["totalCount"], 2);
        // A member of the TwinSpace alone is no partner.
        let visitor = app.guest("Gus").await;
        let member = app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        app.does(founder, "removeMember", json!({ "memberId": member.to_string() }), "__typename").await;
        ear.hears_nothing().await;
    }

    // L-01
    async fn an_application_for_a_label_is_heard_by_those_who_see_it(app: TestApp) {
        let space = app.space().await;
        let (founder, project) = (&space.founders[0], space.project.to_string());
        let (german, teacher) = (app.officer("DE", "").await, app.teacher("Tina", "IT").await);
        let [mut own, mut others] = [hears(&app, founder, &project).await, hears(&app, &teacher, &project).await];
        let input = json!({ "projectId": project, "statement": "We sang." });
        let applied = app.does(founder, "applyForLabel", input, "labelApplication { id }").await;
        let heard = |state: &str| json!({ "__typename": "LabelApplicationChanged",
            "labelApplication": { "state": state, "applicant": { "name": "Frida Founder" } } });
        assert_eq!(own.hears().await, heard("PENDING"));
        others.hears_nothing().await;
        app.does(&german, "grantLabel", json!({ "labelApplicationId": applied["labelApplication"]["id"] }), "__typename").await;
        for ear in [&mut own, &mut others] {
            assert_eq!(ear.hears().await, heard("GRANTED"));
        }
    }

    // T-05
    async fn the_diary_is_heard_by_those_who_may_read_it(app: TestApp) {
        let space = app.space().await;
        let (founder, project) = (&space.founders[0], space.project.to_string());
        let teacher = app.teacher("Tina", "IT").await;
        let [mut own, mut others] = [hears(&app, founder, &project).await, hears(&app, &teacher, &project).await];
        let entry = writes(&app, founder, &space, "Rain", "TEACHERS").await;
        let changed = |title: &str, to: &str| json!({ "__typename": "DiaryEntryChanged",
            "diaryEntry": { "title": title, "visibility": to } });
        for ear in [&mut own, &mut others] {
            assert_eq!(ear.hears().await, changed("Rain", "TEACHERS"));
        }
        let gone = json!({ "__typename": "DiaryEntryGone", "diaryEntryId": entry, "project": { "id": project } });
        app.does(founder, "editDiaryEntry", json!({ "diaryEntryId": entry, "visibility": "PRIVATE" }), "__typename").await;
        assert_eq!((own.hears().await, others.hears().await), (changed("Rain", "PRIVATE"), gone.clone()));
        app.does(founder, "editDiaryEntry", json!({ "diaryEntryId": entry, "title": "Sun" }), "__typename").await;
        assert_eq!(own.hears().await, changed("Sun", "PRIVATE"));
        app.does(founder, "deleteDiaryEntry", json!({ "diaryEntryId": entry }), "__typename").await;
        assert_eq!(own.hears().await, gone);
        others.hears_nothing().await;
    }

    async fn who_may_no_longer_see_the_project_hears_no_more(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let project = space.project.to_string();
        let (member, teacher) = (app.guest("Gus").await, app.teacher("Tina", "IT").await);
        app.partner(&space, &teacher, ProjectRole::Member).await;
        app.seat(&space, &member, TwinSpaceRole::Teacher).await;
        let mut collaborator = hears(&app, &member, &project).await;
        let mut founders = hears(&app, other, &project).await;
        let place = app.access(&member, space.project).await.member.unwrap().0.to_string();
        app.does(founder, "removeMember", json!({ "memberId": place }), "__typename").await;
        app.does(founder, "editProject", json!({ "projectId": project, "fields": { "title": "Wasps" } }), "__typename").await;
        assert_eq!(founders.hears().await["project"]["title"], "Wasps");
        assert_eq!(collaborator.ends().await, "FORBIDDEN ROLE_TOO_LOW");
        app.db.events().tell(Event::Gap);
        assert_eq!(founders.hears().await, json!({ "__typename": "ProjectChangesMissed", "project": { "id": project } }));
        let nobody = app.subscribe(None, HEAR, json!({ "id": project })).await;
        drop(nobody);
        assert_eq!(Ear::with(&app, None, HEAR, json!({ "id": project })).await.ends().await, "UNAUTHENTICATED");
    }
}
