//! What someone may not see is indistinguishable from what does not exist (R-01).

use std::time::Duration;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::members::{invitation, member};
use entity::TwinSpaceRole;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::{
    policy::{
        outcome,
        scene::{Cast, Scene, State},
        table::{guarded, project::STEPS},
    },
    support::{TestApp, on_both_databases},
};

/// Requests that name an object, besides those of the guarded entry points.
const NAMING: &[&str] = &[
    "{ project(id: $project) { title state } }",
    "{ node(id: $project) { id } }",
    "{ node(id: $space) { id } }",
    "{ node(id: $pupil) { id } }",
    "{ node(id: $partner) { id } }",
    "{ node(id: $invitation) { id } }",
    "{ node(id: $partnerInvitation) { id } }",
    "{ node(id: $chat) { id } }",
    "{ node(id: $report) { id } }",
    r#"mutation { reportMessage(input: { messageId: $chat, reason: "Rude" }) { reportId } }"#,
    "{ nodes(ids: [$project, $space, $pupil, $partner, $invitation, $partnerInvitation]) { id } }",
    "mutation { acceptInvitation(input: { invitationId: $invitation }) { member { id } } }",
    "mutation { declineInvitation(input: { invitationId: $invitation }) { invitationId } }",
    "{ node(id: $page) { id } }",
    "{ page(id: $page) { title versions { totalCount } } }",
    "mutation { movePage(input: { pageId: $page }) { page { id } } }",
];

fn requests() -> impl Iterator<Item = &'static str> {
    let guarded = guarded().map(|entry| entry.3).chain(STEPS.iter().map(|entry| entry.3));
    guarded.chain(NAMING.iter().copied()).filter(|request| !request.starts_with("subscription"))
}

/// Asserts that the response for `there` is identical, byte for byte, to that for a missing object.
async fn alike(app: &TestApp, token: Option<&str>, there: &Scene, request: &str, who: &str) {
    let nowhere = Scene::nowhere();
    let hidden = app.execute(token, &there.fill(request, there.charge), json!({})).await;
    let absent = app.execute(token, &nowhere.fill(request, nowhere.charge), json!({})).await;
    assert_eq!(hidden.to_string(), absent.to_string(), "{request} as {who}");
}

on_both_databases! {
    async fn a_project_that_is_not_open_does_not_exist_for_others(app: TestApp) {
        let cast = Cast::new(&app).await;
        for state in [State::Draft, State::PendingPartner, State::PendingApproval] {
            let scene = Scene::new(&app, &cast, state).await;
            let knows = |name| name == "founder" || (name == "officer" && state == State::PendingApproval);
            for someone in cast.all.iter().filter(|someone| !knows(someone.name)) {
                let about = |request: &&str| ["$project", "$entry", "$label", "$succession"].iter().any(|id| request.contains(id));
                for request in requests().filter(about) {
                    alike(&app, someone.token(), &scene, request, someone.name).await;
                }
            }
        }
    }

    async fn a_twinspace_does_not_exist_for_who_is_no_member(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        let hidden = [
            "$space", "$pupil", "$invitation", "$partner", "$chat", "$report", "$label",
            "$succession", "$page", "$media",
        ];
        // A public diary entry is visible to everyone who can see the project.
        let seen = ["$project", "$entry"];
        let shown = |request: &&str| seen.iter().any(|id| request.contains(id));
        for name in ["other officer", "administrator", "guest", "nobody"] {
            let someone = cast.get(name);
            for request in requests().filter(|request| !shown(request)) {
                // Moderation is the only right of server administrators inside a TwinSpace.
                if name == "administrator" && request.contains("$report") {
                    continue;
                }
                assert!(hidden.iter().any(|id| request.contains(id)), "{request}");
                alike(&app, someone.token(), &scene, request, name).await;
            }
        }
    }

    async fn whether_an_invitation_has_ended_is_told_only_to_whom_it_is_for(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        let actor = app.actor(cast.founder());
        invitation::revoke(actor, scene.invitation).await.unwrap();
        for name in ["guest", "stranger", "pupil", "nobody"] {
            for request in NAMING.iter().filter(|request| request.contains("Invitation(")) {
                alike(&app, cast.get(name).token(), &scene, request, name).await;
            }
        }
    }

    // M-20, M-01
    async fn a_visitor_sees_no_pupils_but_how_many_they_are(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        let visitor = cast.get("visitor").token();
        let ask = "{ twinSpace(id: $space) {
            members { totalCount nodes { role kind } }
            pupils: members(filter: { kinds: [PUPIL] }) { totalCount nodes { id } }
            named: members(filter: { search: \"charge\" }) { totalCount edges { node { id } } }
            memberCounts { teachers pupils visitors total } } }";
        let answer = app.execute(visitor, &scene.fill(ask, scene.charge), json!({})).await;
        let space = &answer["data"]["twinSpace"];
        assert_eq!(space["members"]["totalCount"], 6, "{answer}");
        let nodes = space["members"]["nodes"].as_array().unwrap();
        assert!(nodes.iter().all(|node| node["kind"] != "PUPIL"), "{answer}");
        assert_eq!(space["pupils"], json!({ "totalCount": 0, "nodes": [] }));
        assert_eq!(space["named"], json!({ "totalCount": 0, "edges": [] }));
        // A raised pupil is one of the pupils.
        let counts = json!({ "teachers": 5, "pupils": 5, "visitors": 1, "total": 11 });
        assert_eq!(space["memberCounts"], counts);
        for request in requests().filter(|request| request.contains("$pupil")) {
            let one = request.replace("$project, $space, ", "").replace(
                ", $partner, $invitation, $partnerInvitation",
                "",
            );
            alike(&app, visitor, &scene, &one, "visitor").await;
        }
    }

    // M-12, M-20
    async fn a_pupil_who_may_only_look_sees_their_own_card(app: TestApp) {
        let space = app.space().await;
        let pupil = app.pupil("Lea Looks", &space.founders[0]).await;
        app.seat(&space, &pupil, TwinSpaceRole::Visitor).await;
        let ask = format!("{{ twinSpace(id: \"{}\") {{ viewerMember {{ name }} }} }}", space.id);
        let answer = app.execute(Some(&pupil.token), &ask, json!({})).await;
        assert_eq!(answer["data"]["twinSpace"]["viewerMember"]["name"], "Lea Looks", "{answer}");
    }

    // M-02
    async fn the_hour_of_the_last_access_is_the_member_s_own(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        let pupil = cast.person("pupil");
        let (own, _) = app.access(pupil, scene.project).await.member.unwrap();
        let seen: DateTime<Utc> = "2026-03-01T13:37:00Z".parse().unwrap();
        member::touch(&app.db, own, seen).await.unwrap();
        let ask = "{ twinSpace(id: $space) { members(orderBy: { field: LAST_ACCESS }) {
            pageInfo { startCursor endCursor } edges { cursor node { name lastAccess lastSeenAt } } } } }";
        let ask = scene.fill(ask, scene.charge);
        let answer = app.execute(cast.get("teacher").token(), &ask, json!({})).await;
        let edges = &answer["data"]["twinSpace"]["members"]["edges"];
        let edges = edges.as_array().unwrap();
        let edge = edges.iter().find(|edge| edge["node"]["name"] == "Paul Pupil").unwrap();
        assert_eq!(edge["node"]["lastAccess"], "2026-03-01");
        assert_eq!(edge["node"]["lastSeenAt"], Value::Null);
        for edge in edges {
            let cursor = edge["cursor"].as_str().unwrap().as_bytes();
            let cursor = String::from_utf8(BASE64URL_NOPAD.decode(cursor).unwrap()).unwrap();
            assert!(cursor.starts_with("[{\"d\":\"") && !cursor.contains('T'), "{cursor}");
        }

        let mine = format!("{{ node(id: \"{own}\") {{ ... on Member {{ lastSeenAt }} }} }}");
        let answer = app.execute(Some(&pupil.token), &mine, json!({})).await;
        let told = answer["data"]["node"]["lastSeenAt"].as_str().unwrap();
        assert_eq!(told.parse::<DateTime<Utc>>().unwrap(), seen);

        let sorted = app.execute(Some(&pupil.token), &ask, json!({})).await;
        assert_eq!(outcome(&sorted), "FORBIDDEN ROLE_TOO_LOW");
    }

    // M-13
    async fn a_custodian_lowers_no_pupil_whom_an_administrator_raised(app: TestApp) {
        let space = app.space().await;
        let teacher = app.teacher("Tina Teacher", "PL").await;
        let raised = app.pupil("Rosa Raised", &teacher).await;
        app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let id = app.seat(&space, &raised, TwinSpaceRole::TeacherAdmin).await;
        let lower = |token: String| {
            let ask = format!(
                "mutation {{ changeMemberRole(input: {{ memberId: \"{id}\", role: PUPIL }}) {{ member {{ role }} }} }}"
            );
            let app = &app;
            async move { outcome(&app.execute(Some(&token), &ask, json!({})).await) }
        };
        assert_eq!(lower(teacher.token.clone()).await, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(lower(space.founders[0].token.clone()).await, "OK");
    }

    // M-05
    async fn an_invitation_is_seen_by_whom_it_is_for(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        let guest = cast.person("guest");
        let (founder, role) = (app.actor(cast.founder()), TwinSpaceRole::Visitor);
        let sent = invitation::invite(founder, scene.project.into(), &guest.email, role).await;
        let (sent, _) = sent.unwrap();
        let ask = format!("{{ node(id: \"{sent}\") {{ id }} viewer {{ invitations {{ nodes {{ email }} }} }} }}");
        let answer = app.execute(Some(&guest.token), &ask, json!({})).await;
        assert_eq!(answer["data"]["node"]["id"], sent.to_string());
        let listed = &answer["data"]["viewer"]["invitations"]["nodes"];
        assert_eq!(*listed, json!([{ "email": guest.email }]));
        for name in ["teacher", "pupil", "stranger", "officer"] {
            let answer = app.execute(cast.get(name).token(), &ask, json!({})).await;
            assert_eq!(answer["data"]["node"], Value::Null, "{name}");
            assert_eq!(answer["data"]["viewer"]["invitations"]["nodes"], json!([]), "{name}");
        }
    }

    // P-11
    async fn who_manages_no_partners_hears_of_no_partner_s_invitation(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        let ask = "subscription { membersChanged(twinSpaceId: $space) {
            ... on InvitationChanged { invitation { id } } } }";
        let ask = scene.fill(ask, scene.charge);
        let mut events = app.subscribe(cast.get("teacher admin").token(), &ask, serde_json::json!({})).await;
        let first = tokio::spawn(async move { events.next().await });
        let actor = app.actor(cast.founder());
        for id in [scene.partner_invitation, scene.invitation] {
            invitation::revoke(actor, id).await.unwrap();
        }
        let first = tokio::time::timeout(Duration::from_secs(10), first).await.unwrap().unwrap();
        let first = serde_json::to_value(first.unwrap()).unwrap();
        let invitation = json!({ "id": scene.invitation.to_string() });
        assert_eq!(first, json!({ "data": { "membersChanged": { "invitation": invitation } } }));
    }

    // P-07
    async fn whose_answer_a_project_waits_for_can_be_asked_for_alone(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::PendingPartner).await;
        let ask = "{ project(id: $project) { waitsForPartner { name } } }";
        let ask = scene.fill(ask, scene.charge);
        let answer = app.execute(cast.get("founder").token(), &ask, json!({})).await;
        assert_eq!(answer["data"]["project"]["waitsForPartner"]["name"], "Fabien Fondateur");
    }
}
