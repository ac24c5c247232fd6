//! What a mutation changed is shown again after one request: payloads bring what it belonged to.

use entity::{PageId, TwinSpaceRole};
use serde_json::{Value, json};

use crate::support::{TestApp, cast::Person, on_both_databases};

on_both_databases! {
    async fn who_leaves_a_twinspace_sees_their_memberships_without_it(app: TestApp) {
        let space = app.space().await;
        let guest = app.guest("Gus").await;
        let place = app.seat(&space, &guest, TwinSpaceRole::Visitor).await;
        let input = json!({ "twinSpaceId": space.id.to_string() });
        let left = app.does(&guest, "leaveTwinSpace", input,
            "memberId twinSpaceId project { id } viewer { memberships { totalCount } twinSpace { id } }").await;
        assert_eq!(left, json!({ "memberId": place.to_string(), "twinSpaceId": space.id.to_string(),
            "project": { "id": space.project.to_string() },
            "viewer": { "memberships": { "totalCount": 0 }, "twinSpace": null } }));
    }

    async fn contacts_are_counted_again(app: TestApp) {
        let [ada, bo, cy] = [app.teacher("Ada", "DE").await, app.teacher("Bo", "FR").await, app.teacher("Cy", "IT").await];
        let viewer = "viewer { contacts { totalCount } notificationCounts { total } }";
        let counts = |answer: &Value| {
            let viewer = &answer["viewer"];
            [&viewer["contacts"]["totalCount"], &viewer["notificationCounts"]["total"]].map(|count| count.as_u64().unwrap())
        };
        let asks = async |who: &Person, whom: &Person| {
            let input = json!({ "personId": whom.id.to_string() });
            let answer = app.does(who, "requestContact", input, &format!("contact {{ id }} {viewer}")).await;
            (answer["contact"]["id"].clone(), counts(&answer))
        };
        let (of_bo, counted) = asks(&bo, &ada).await;
        assert_eq!(counted, [1, 0]);
        let (of_cy, _) = asks(&cy, &ada).await;
        let accepted = app.does(&ada, "acceptContact", json!({ "contactId": of_bo }), viewer).await;
        assert_eq!(counts(&accepted), [2, 1]);
        let declined = app.does(&ada, "declineContact", json!({ "contactId": of_cy }), &format!("contactId {viewer}")).await;
        assert_eq!((&declined["contactId"], counts(&declined)), (&of_cy, [1, 0]));
        let removed = app.does(&ada, "removeContact", json!({ "contactId": of_bo }), &format!("contactId {viewer}")).await;
        assert_eq!(counts(&removed), [0, 0]);
    }

    async fn sessions_and_pupils_are_listed_again(app: TestApp) {
        let ada = app.teacher("Ada", "DE").await;
        app.pupil("Pia", &ada).await;
        let revoke = "mutation { revokeOtherSessions { revokedCount viewer { sessions { current } } } }";
        let revoked = app.execute(Some(&ada.token), revoke, json!({})).await;
        let sessions = &revoked["data"]["revokeOtherSessions"]["viewer"]["sessions"];
        assert_eq!(*sessions, json!([{ "current": true }]), "{revoked}");
        let pupils = app.sees(&ada, "{ viewer { pupils { nodes { id } } } }").await;
        let input = json!({ "pupil": { "pupilId": pupils["viewer"]["pupils"]["nodes"][0]["id"] }, "acknowledge": true });
        let erased = app.does(&ada, "erasePupil", input, "twinSpace { id } viewer { pupils { totalCount } }").await;
        assert_eq!(erased, json!({ "twinSpace": null, "viewer": { "pupils": { "totalCount": 0 } } }));
    }

    // Passwords are shown once: what comes after them must not take them away.
    async fn a_mutation_that_fails_takes_nothing_from_the_others(app: TestApp) {
        let space = app.space().await;
        let [frida, _] = &space.founders;
        let request = "mutation($class: InvitePupilsInput!, $page: ID!, $title: CreatePageInput!) {
            invitePupils(input: $class) { rows { username password } }
            archivePage(input: { pageId: $page }) { page { id } }
            createPage(input: $title) { page { title } } }";
        let variables = json!({
            "class": { "twinSpaceId": space.id.to_string(), "consentGivenBy": "GUARDIAN",
                "rows": [{ "givenName": "Ada", "familyName": "Bee" }] },
            "page": PageId::new().to_string(),
            "title": { "twinSpaceId": space.id.to_string(), "title": "Bees" },
        });
        let answer = app.execute(Some(&frida.token), request, variables).await;
        let row = &answer["data"]["invitePupils"]["rows"][0];
        assert_eq!(row["username"], "ada.bee.1", "{answer}");
        assert!(row["password"].as_str().unwrap().len() >= 8, "{answer}");
        assert_eq!(answer["data"]["archivePage"], Value::Null, "{answer}");
        assert_eq!(answer["data"]["createPage"], json!({ "page": { "title": "Bees" } }));
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{answer}");
        assert_eq!(errors[0]["path"], json!(["archivePage"]));
        assert_eq!(errors[0]["extensions"]["code"], "NOT_FOUND");
    }
}
