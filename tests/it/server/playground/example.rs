//! The examples, each run by the people of the demo for whom it is.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs,
    sync::Arc,
};

use async_graphql::{Request, Variables};
use futures_util::StreamExt;
use serde_json::{Value, json};
use twinspace::{
    demo,
    graphql::api::{Api, Caller},
};

use crate::support::{TestApp, on_both_databases};

use super::{Page, documents, playground, told, variables, who};

/// Whether what an example is about was refused, not only a field of it here and there.
fn is_refused(answer: &Value) -> bool {
    let roots = answer["data"].as_object().into_iter().flat_map(|data| data.values());
    let mut inner =
        roots.flat_map(|root| root.as_object().into_iter().flat_map(|all| all.values()));
    answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        && !inner.any(|value| value.is_object() || value.is_array())
}

/// What the link in a mail provides for an example.
async fn mailed(app: &TestApp, example: &str) -> Option<(String, String)> {
    let (name, address) = match example {
        "20-verify-my-address" => ("verifyToken", "peteris"),
        "22-choose-a-new-password" => ("resetToken", "begona"),
        "23-confirm-my-new-address" => ("emailToken", "zofia.new"),
        "40-look-at-an-invitation" | "41-accept-an-invitation" => ("invitationToken", "tomas"),
        "42-accept-as-a-guest" => ("invitationToken", "marta.kowalczyk"),
        _ => return None,
    };
    let address = demo::address(address);
    if name == "verifyToken" {
        let again = "mutation($email: String!) { resendVerification(input: { email: $email }) { accepted } }";
        app.execute(None, again, json!({ "email": address })).await;
    }
    let mails = app.mails().await;
    let mut theirs = mails.iter().rev().filter(|mail| mail.to == address);
    let link = theirs.find(|mail| mail.text.contains("/#")).unwrap();
    Some((name.to_owned(), link.token().to_owned()))
}

/// Asks for a pupil of Ioana, whose account is blocked by now.
async fn asks_for_an_orphan(app: &TestApp, page: &Page<'_>) {
    let tx = app.db.begin().await.unwrap();
    domain::care::block::block(&tx, &demo::address("ioana"), None, domain::clock::now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let input = json!({ "twinSpaceId": page.ids().await["twinSpaceId"], "consentGivenBy": "GUARDIAN",
        "rows": [{ "username": "stefan.popescu.1" }] });
    let document =
        "mutation($input: InvitePupilsInput!) { invitePupils(input: $input) { rows { status } } }";
    let answer = page.run(document, json!({ "input": input })).await;
    assert_eq!(answer["data"]["invitePupils"]["rows"][0]["status"], "REQUESTED", "{answer}");
}

on_both_databases! {
    async fn every_example_runs_for_somebody_of_the_demo(app: TestApp) {
        demo::fill(&app, &|_| ()).await.unwrap();
        let examples = documents("examples");
        let mut pages = BTreeMap::new();
        for (name, example) in &examples {
            if name == "49-decide-on-a-request-for-a-pupil" {
                asks_for_an_orphan(&app, &pages["lukasz"]).await;
            }
            let page = match pages.entry(who(name)) {
                Entry::Occupied(page) => page.into_mut(),
                Entry::Vacant(place) => place.insert(Page::of(&app, who(name)).await),
            };
            let mut ids = page.ids().await;
            ids.extend(mailed(&app, name).await);
            let variables = variables(name, example, &ids);
            if example.contains("\nsubscription ") {
                continue;
            }
            let answer = match example.contains("\"<file>\"") {
                true => page.upload(example, variables).await,
                false => page.run(example, variables).await,
            };
            let code = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str);
            match name.as_str() {
                "09-be-refused" => {
                    assert_eq!(code, Some("FORBIDDEN"), "{answer}");
                    let reason = &answer["errors"][0]["extensions"]["reason"];
                    assert_eq!(reason, "FOUNDER_PROTECTED");
                }
                _ => assert_eq!(code, None, "{name}: {answer}"),
            }
        }
        // What is done in one tab is received in another.
        let page = &pages["zofia"];
        let ids = page.ids().await;
        for (hear, act, input, at, expected) in [
            (
                "13-subscribe-to-members",
                "06-invite-a-collaborator",
                json!({ "twinSpaceId": ids["twinSpaceId"], "email": "new@example.org" }),
                "/data/membersChanged/invitation/email",
                "new@example.org",
            ),
            (
                "17-subscribe-to-the-chat",
                "16-say-something",
                json!({ "twinSpaceId": ids["twinSpaceId"], "text": "Heard?" }),
                "/data/chatChanged/message/text",
                "Heard?",
            ),
        ] {
            let subscription = &examples[hear];
            let caller = Caller {
                viewer: app.authenticate(page.token.as_deref()).await.unwrap(),
                request_id: "test".into(),
                ..Caller::default()
            };
            let api = Api::new(Arc::clone(&app));
            let request = Request::new(subscription.as_str())
                .variables(Variables::from_json(variables(hear, subscription, &ids)));
            let mut changes = api.subscribe(app.db.events().listen(), api.prepare(request).unwrap(), caller);
            let before = app.db.events().listeners();
            let act = async {
                app.listens(before).await;
                page.run(&examples[act], input).await
            };
            let (change, _) = tokio::join!(changes.next(), act);
            let change = serde_json::to_value(change.unwrap()).unwrap();
            assert_eq!(change.pointer(at), Some(&json!(expected)), "{change}");
        }

        let answer = page.ask("sign-out", json!({})).await;
        assert!(answer["errors"].is_null(), "{answer}");
    }

    async fn the_page_finds_ids_for_everyone_and_says_what_an_example_needs(app: TestApp) {
        demo::fill(&app, &|_| ()).await.unwrap();
        for (name, has, lacks) in [
            ("javier", "approvalProjectId", "twinSpaceId"),
            ("admin", "approvalProjectId", "twinSpaceId"),
            ("oona", "twinSpaceId", "teacherId"),
            (demo::PUPIL_SIGN_INS[0].0, "twinSpaceId", "pupilMemberId"),
            ("angel", "teacherId", "approvalProjectId"),
        ] {
            let ids = Page::of(&app, name).await.ids().await;
            assert!(ids.contains_key(has) && !ids.contains_key(lacks), "{name}: {ids:?}");
        }
        let script = fs::read_to_string(playground("examples.js")).unwrap();
        for (name, example) in documents("examples") {
            let group = told(&example, "group").unwrap();
            assert!(script.contains(&format!("  \"{group}\",\n")), "{name}: {group}");
            for placeholder in example.split("\"<").skip(1) {
                let placeholder = placeholder.split('>').next().unwrap();
                if placeholder == "file" {
                    continue;
                }
                assert!(script.contains(&format!("  {placeholder}: \"")), "{name}: {placeholder}");
            }
        }
    }

    async fn what_a_pupil_is_offered_is_not_refused(app: TestApp) {
        demo::fill(&app, &|_| ()).await.unwrap();
        let page = Page::of(&app, demo::PUPIL_SIGN_INS[1].0).await;
        let ids = page.ids().await;
        let script = fs::read_to_string(playground("examples.js")).unwrap();
        let mut refused = BTreeMap::new();
        let mut offered = 0;
        for (name, example) in documents("examples") {
            let group = told(&example, "group").unwrap();
            let of_others = [format!("  {group}: \""), format!("  \"{group}\": \"")];
            let placeholders = example.split("\"<").skip(1).map(|rest| rest.split('>').next().unwrap());
            let lacks = placeholders.filter(|name| *name != "file").any(|name| !ids.contains_key(name));
            let for_others = told(&example, "for").is_some()
                || of_others.iter().any(|group| script.contains(group));
            if for_others || lacks || example.contains("\nsubscription ") {
                continue;
            }
            offered += 1;
            let variables = variables(&name, &example, &ids);
            let answer = match example.contains("\"<file>\"") {
                true => page.upload(&example, variables).await,
                false => page.run(&example, variables).await,
            };
            if is_refused(&answer) {
                refused.insert(name, answer);
            }
        }
        assert!(refused.is_empty() && offered > 20, "{offered}: {refused:#?}");
    }
}
