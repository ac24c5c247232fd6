//! Notifications, in one place (T-07).

use domain::events::Event;
use entity::{ProjectRole, TwinSpaceRole};
use serde_json::{Value, json};

use crate::{
    inside::{chat::say, message::write},
    members::invitation::invite,
    support::{TestApp, cast::Person, ear::Ear, on_both_databases},
};

const HEAR: &str = "subscription { notificationsChanged { total byKind { kind count } } }";

async fn counts(app: &TestApp, who: &Person) -> Value {
    let query = "{ viewer { notificationCounts { total byKind { kind count } } } }";
    app.sees(who, query).await["viewer"]["notificationCounts"].take()
}

fn only(kind: &str, count: u64) -> Value {
    json!({ "total": count, "byKind": [{ "kind": kind, "count": count }] })
}

fn none() -> Value {
    json!({ "total": 0, "byKind": [] })
}

async fn list(app: &TestApp, who: &Person) -> Vec<Value> {
    let query = "{ viewer { notifications { totalCount nodes { kind since subject { __typename
        ... on Invitation { email } ... on Contact { person { name } } ... on Project { title }
        ... on Approval { country project { title } } ... on Message { text from { name } }
        ... on LabelApplication { state applicant { name } } ... on Succession { departed { name } }
        ... on Report { reason } } } } } }";
    let page = app.sees(who, query).await["viewer"]["notifications"].take();
    let nodes = page["nodes"].as_array().unwrap().clone();
    assert_eq!(page["totalCount"], nodes.len());
    assert!(nodes.iter().all(|node| node["since"].is_string()));
    nodes.into_iter().map(|mut node| node["subject"].take()).collect()
}

on_both_databases! {
    // T-07, P-05, P-06
    async fn a_project_waits_for_its_cofounder_and_then_for_the_services(app: TestApp) {
        let (frida, fabien) = (app.teacher("Frida", "DE").await, app.teacher("Fabien", "FR").await);
        let officer = app.officer("DE", "").await;
        let elsewhere = app.officer("SE", "").await;
        let administrator = app.administrator().await;
        let mut ears = vec![];
        for who in [&fabien, &officer, &elsewhere, &administrator] {
            ears.push(Ear::of(&app, who, HEAR, json!({})).await);
        }
        let input = json!({ "personId": fabien.id.to_string() });
        let contact = app.does(&frida, "requestContact", input, "contact { id }").await;
        assert_eq!(ears[0].hears().await, only("CONTACT_REQUEST", 1));
        assert_eq!(list(&app, &fabien).await, [json!({ "__typename": "Contact", "person": { "name": "Frida" } })]);
        let contact = json!({ "contactId": contact["contact"]["id"] });
        app.does(&fabien, "acceptContact", contact, "__typename").await;
        assert_eq!(ears[0].hears().await, none());

        let project = app.begin(&frida, &fabien).await.to_string();
        let step = json!({ "projectId": project });
        assert_eq!(app.tries(&frida, "sendProject", step.clone()).await, "OK");
        assert_eq!(ears[0].hears().await, only("PROJECT", 1));
        assert_eq!(list(&app, &fabien).await, [json!({ "__typename": "Project", "title": "Bees across borders" })]);
        assert_eq!(app.tries(&fabien, "acceptProject", step.clone()).await, "OK");
        assert_eq!(ears[0].hears().await, none());
        // No support service is set up in France.
        for (at, who, country) in [(1, &officer, "DE"), (3, &administrator, "FR")] {
            assert_eq!(ears[at].hears().await, only("APPROVAL", 1));
            let waits = json!({ "__typename": "Approval", "country": country, "project": { "title": "Bees across borders" } });
            assert_eq!(list(&app, who).await, [waits]);
        }
        assert_eq!(counts(&app, &elsewhere).await, none());
        assert_eq!(app.tries(&officer, "approveProject", step.clone()).await, "OK");
        assert_eq!(ears[1].hears().await, none());
        assert_eq!(app.tries(&frida, "withdrawProject", step).await, "OK");
        assert_eq!(ears[3].hears().await, none());
        ears[2].hears_nothing().await;
        assert_eq!(counts(&app, &administrator).await, none());
    }

    // T-07
    async fn an_invitation_waits_for_who_has_the_address_until_it_is_answered(app: TestApp) {
        let space = app.space().await;
        let tina = app.teacher("Tina", "IT").await;
        let mut ear = Ear::of(&app, &tina, HEAR, json!({})).await;
        let id = invite(&app, &space, &tina.email, "TEACHER").await;
        assert_eq!(ear.hears().await, only("INVITATION", 1));
        assert_eq!(list(&app, &tina).await, [json!({ "__typename": "Invitation", "email": tina.email })]);
        // What has expired is no longer pending, although nothing was done.
        app.run_out(&id).await;
        assert_eq!(counts(&app, &tina).await, none());
        let again = json!({ "invitationId": id });
        assert_eq!(app.tries(&space.founders[0], "resendInvitation", again.clone()).await, "OK");
        assert_eq!(ear.hears().await, only("INVITATION", 1));
        assert_eq!(app.tries(&tina, "acceptInvitation", again).await, "OK");
        assert_eq!(ear.hears().await["total"], 0);
    }

    // L-01, P-15, T-07
    async fn a_label_and_a_succession_wait_for_the_service_until_it_decides(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let german = app.officer("DE", "").await;
        let french = app.officer("FR", "").await;
        let project = space.project.to_string();
        let mut germans = Ear::of(&app, &german, HEAR, json!({})).await;
        let mut frenchs = Ear::of(&app, &french, HEAR, json!({})).await;
        let apply = json!({ "projectId": project, "statement": "We sang." });
        let label = app.does(frida, "applyForLabel", apply, "labelApplication { id }").await;
        assert_eq!(germans.hears().await, only("LABEL", 1));
        assert_eq!(counts(&app, &german).await, only("LABEL", 1));
        assert_eq!(list(&app, &german).await, [json!({ "__typename": "LabelApplication", "state": "PENDING",
            "applicant": { "name": "Frida Founder" } })]);
        let grant = json!({ "labelApplicationId": label["labelApplication"]["id"] });
        assert_eq!(app.tries(&german, "grantLabel", grant).await, "OK");
        assert_eq!(germans.hears().await, none());
        assert_eq!(list(&app, &german).await, Vec::<Value>::new());
        // The applicant is notified by mail, not by a notification.
        assert_eq!(counts(&app, frida).await, none());

        let mia = app.teacher("Mia", "IT").await;
        let successor = app.partner(&space, &mia, ProjectRole::Member).await.to_string();
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        assert_eq!(app.tries(fabien, "leaveTwinSpace", leave).await, "OK");
        let ask = format!("{{ project(id: \"{project}\") {{ partners(founder: true) {{ nodes {{ id person {{ id }} }} }} }} }}");
        let founders = app.sees(frida, &ask).await["project"]["partners"]["nodes"].take();
        let founders = founders.as_array().unwrap();
        let departed = founders.iter().find(|one| one["person"]["id"] == fabien.id.to_string()).unwrap();
        let propose = json!({ "projectId": project, "departedPartnerId": departed["id"], "successorPartnerId": successor });
        let proposed = app.does(frida, "proposeSuccession", propose, "succession { id }").await;
        assert_eq!(frenchs.hears().await, only("SUCCESSION", 1));
        assert_eq!(list(&app, &french).await, [json!({ "__typename": "Succession",
            "departed": { "name": "Fabien Fondateur" } })]);
        let reject = json!({ "successionId": proposed["succession"]["id"], "reason": "Not now." });
        assert_eq!(app.tries(&french, "rejectSuccession", reject).await, "OK");
        assert_eq!(frenchs.hears().await, none());
        assert_eq!(counts(&app, &french).await, none());
        germans.hears_nothing().await;
    }

    // T-06, T-07
    async fn messages_and_reports_wait_until_they_are_read_and_settled(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let pia = app.pupil("Pia", frida).await;
        let place = app.seat(&space, &pia, TwinSpaceRole::Pupil).await;
        let tina = app.teacher("Tina", "IT").await;
        let tinas = app.seat(&space, &tina, TwinSpaceRole::Teacher).await;
        let mut pupils = Ear::of(&app, &pia, HEAR, json!({})).await;
        let mut fridas = Ear::of(&app, frida, HEAR, json!({})).await;
        let mut fabiens = Ear::of(&app, fabien, HEAR, json!({})).await;
        let message = write(&app, fabien, place, "Hello").await;
        assert_eq!(pupils.hears().await, only("MESSAGE", 1));
        let waits = json!({ "__typename": "Message", "text": "Hello", "from": { "name": "Fabien Fondateur" } });
        assert_eq!(list(&app, &pia).await, [waits]);
        assert_eq!(app.tries(&pia, "markMessageRead", json!({ "messageId": message })).await, "OK");
        assert_eq!(pupils.hears().await, none());

        let rude = say(&app, fabien, &space, "Rude").await;
        let input = json!({ "messageId": rude, "reason": "It is rude." });
        let report = app.does(&pia, "reportMessage", input, "reportId").await;
        assert_eq!(fridas.hears().await, only("REPORT", 1));
        assert_eq!(list(&app, frida).await, [json!({ "__typename": "Report", "reason": "It is rude." })]);
        // Not for its author, nor for a teacher who is not an administrator.
        for who in [fabien, &tina, &pia] {
            assert_eq!(counts(&app, who).await, none());
        }
        // Someone who becomes one finds it; someone who ceases to be one does not.
        let mut tinas_ear = Ear::of(&app, &tina, HEAR, json!({})).await;
        for (role, total) in [("TEACHER_ADMIN", 1), ("TEACHER", 0)] {
            let input = json!({ "memberId": tinas.to_string(), "role": role });
            assert_eq!(app.tries(frida, "changeMemberRole", input).await, "OK");
            assert_eq!(tinas_ear.hears().await["total"], total);
        }
        assert_eq!(app.tries(frida, "settleReport", json!({ "reportId": report["reportId"] })).await, "OK");
        assert_eq!(fridas.hears().await, none());
        // The author is not told that they were reported.
        fabiens.hears_nothing().await;
    }

    async fn all_kinds_stand_in_one_list_and_cost_the_same_however_many(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let place = app.access(fabien, space.project).await.member.unwrap().0;
        let (ines, ivan) = (app.teacher("Ines", "IT").await, app.teacher("Ivan", "BG").await);
        let ask = "{ viewer { notifications { nodes { kind subject { __typename
            ... on Message { text from { name } } ... on Contact { person { name } } } } } } }";
        let request = json!({ "personId": fabien.id.to_string() });
        write(&app, frida, place, "1").await;
        assert_eq!(app.tries(&ines, "requestContact", request.clone()).await, "OK");
        let (data, first) = app.statements(app.sees(fabien, ask)).await;
        let kinds: Vec<_> = data["viewer"]["notifications"]["nodes"].as_array().unwrap()
            .iter().map(|node| node["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["CONTACT_REQUEST", "MESSAGE"]);
        write(&app, frida, place, "2").await;
        write(&app, frida, place, "3").await;
        assert_eq!(app.tries(&ivan, "requestContact", request).await, "OK");
        let (_, more) = app.statements(app.sees(fabien, ask)).await;
        assert_eq!(more, first);
        let (_, one) = app.statements(counts(&app, fabien)).await;
        // The session, the address, the counts.
        assert_eq!(one, 3);

        // Page by page, each once.
        let mut after = "null".to_owned();
        let mut seen = vec![];
        loop {
            let ask = format!("{{ viewer {{ notifications(first: 2, after: {after}) {{ nodes {{ since }}
                pageInfo {{ endCursor hasNextPage }} }} }} }}");
            let page = app.sees(fabien, &ask).await["viewer"]["notifications"].take();
            seen.extend(page["nodes"].as_array().unwrap().iter().map(|n| n["since"].as_str().unwrap().to_owned()));
            after = page["pageInfo"]["endCursor"].to_string();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen.len(), 5);
        assert!(seen.is_sorted_by(|a, b| a >= b), "{seen:?}");
    }

    async fn on_postgresql_they_are_heard_on_another_instance_and_after_a_gap(app: TestApp) {
        let space = app.space().await;
        let tina = app.teacher("Tina", "IT").await;
        if app.is_postgresql() {
            let there = app.another_instance().await;
            let mut ear = Ear::of(&there, &tina, HEAR, json!({})).await;
            invite(&app, &space, &tina.email, "TEACHER").await;
            assert_eq!(ear.hears().await, only("INVITATION", 1));
        }
        let mut ear = Ear::of(&app, &tina, HEAR, json!({})).await;
        app.db.events().tell(Event::Gap);
        assert_eq!(ear.hears().await, counts(&app, &tina).await);
    }
}
