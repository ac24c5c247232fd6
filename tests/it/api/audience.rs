//! Events received by many subscribers: loaded once, and sent to each as they may see it.

use std::time::Duration;

use entity::TwinSpaceRole;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    inside::chat::say,
    support::{
        TestApp,
        cast::{Person, Space},
        ear::Ear,
        on_both_databases, until,
    },
};

const CHAT: &str = "subscription($id: ID!) { chatChanged(twinSpaceId: $id) { __typename
    ... on ChatMessageSent { message { text byViewer
        author { name picture { url } } authorMember { role }
        permissions { delete { allowed } report { allowed reason } } } } } }";
const MEMBERS: &str = "subscription($id: ID!) { membersChanged(twinSpaceId: $id) { __typename
    ... on MemberJoined { member { name role permissions { changeRole { allowed } } } }
    ... on InvitationChanged { invitation { email } } } }";

async fn pupils(app: &TestApp, space: &Space, count: usize) -> Vec<Person> {
    let mut pupils = vec![];
    for n in 0..count {
        let pupil = app.pupil(&format!("Pupil {n}"), &space.founders[0]).await;
        app.seat(space, &pupil, TwinSpaceRole::Pupil).await;
        pupils.push(pupil);
    }
    pupils
}

async fn ears(app: &TestApp, people: &[Person], hear: &'static str, space: &Space) -> Vec<Ear> {
    let mut ears = vec![];
    for person in people {
        ears.push(Ear::of(app, person, hear, json!({ "id": space.id.to_string() })).await);
    }
    ears
}

/// What all of them receive next, and how many statements that took.
async fn all_hear(app: &TestApp, ears: &mut [Ear]) -> (Vec<Value>, u64) {
    app.statements(join_all(ears.iter_mut().map(Ear::hears))).await
}

on_both_databases! {
    async fn forty_who_hear_of_a_message_load_it_with_as_many_statements_as_two(app: TestApp) {
        let space = app.space().await;
        let pupils = pupils(&app, &space, 40).await;
        let mut two = ears(&app, &pupils[..2], CHAT, &space).await;
        say(&app, &space.founders[0], &space, "Hello, two").await;
        let (heard, of_two) = all_hear(&app, &mut two).await;
        assert_eq!(heard[1]["message"]["text"], "Hello, two");
        drop(two);

        let mut forty = ears(&app, &pupils, CHAT, &space).await;
        say(&app, &space.founders[0], &space, "Hello, forty").await;
        let (heard, of_forty) = all_hear(&app, &mut forty).await;
        for heard in heard {
            assert_eq!(heard["message"]["text"], "Hello, forty");
        }
        // Those who are late are loaded for once more.
        assert!(of_forty <= 3 * of_two, "{of_forty} against {of_two}");
    }

    // R-01, T-04
    async fn each_of_those_who_hear_together_hears_what_is_theirs(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let pupils = pupils(&app, &space, 2).await;
        // The first pupil has reported the other's second next message.
        let all = [frida.clone(), fabien.clone(), pupils[0].clone(), pupils[1].clone()];
        let mut listening = ears(&app, &all, CHAT, &space).await;
        say(&app, &pupils[1], &space, "Mine").await;
        let (heard, _) = all_hear(&app, &mut listening).await;
        let mine = heard.iter().map(|heard| &heard["message"]["byViewer"]).collect::<Vec<_>>();
        assert_eq!(mine, [false, false, false, true]);
        let may = |act: &str| -> Vec<bool> {
            let allowed = |heard: &Value| heard["message"]["permissions"][act]["allowed"] == true;
            heard.iter().map(allowed).collect()
        };
        assert_eq!(may("delete"), [true, true, false, true]);
        assert_eq!(may("report"), [true, true, true, false]);
    }

    // M-20
    async fn who_does_not_see_pupils_hears_of_none_beside_those_who_do(app: TestApp) {
        let space = app.space().await;
        let [frida, _] = &space.founders;
        let visitor = app.guest("Gus").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let teacher = app.teacher("Tina", "IT").await;
        app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let all = [frida.clone(), teacher, visitor];
        let mut listening = ears(&app, &all, MEMBERS, &space).await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "consentGivenBy": "GUARDIAN",
            "rows": [{ "givenName": "Pia", "familyName": "Pupil" }] });
        app.does(frida, "invitePupils", input, "__typename").await;
        let guest = app.guest("Gerda").await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "email": guest.email,
            "role": "VISITOR" });
        let sent = app.does(frida, "inviteMember", input, "invitation { id }").await;
        let input = json!({ "invitationId": sent["invitation"]["id"] });
        app.does(&guest, "acceptInvitation", input, "__typename").await;

        let names = async |ear: &mut Ear| {
            let mut names = vec![];
            while names.last() != Some(&json!("Gerda")) {
                let heard = ear.hears().await;
                if heard["__typename"] == "MemberJoined" {
                    names.push(heard["member"]["name"].clone());
                }
            }
            names
        };
        let heard = join_all(listening.iter_mut().map(names)).await;
        assert_eq!(heard, [vec!["Pia Pupil", "Gerda"], vec!["Pia Pupil", "Gerda"], vec!["Gerda"]]);
    }

    async fn who_was_removed_hears_nothing_beside_those_who_stay(app: TestApp) {
        let space = app.space().await;
        let pupils = pupils(&app, &space, 3).await;
        let mut listening = ears(&app, &pupils, CHAT, &space).await;
        say(&app, &space.founders[0], &space, "All three").await;
        all_hear(&app, &mut listening).await;
        let place = app.access(&pupils[1], space.project).await.member.unwrap().0;
        let input = json!({ "memberId": place.to_string() });
        assert_eq!(app.tries(&space.founders[0], "removeMember", input).await, "OK");
        say(&app, &space.founders[0], &space, "Two of them").await;
        let [one, gone, other] = &mut listening[..] else { unreachable!() };
        let (one, gone, other) = tokio::join!(one.hears(), gone.ends(), other.hears());
        assert_eq!(gone, "NOT_FOUND");
        for heard in [one, other] {
            assert_eq!(heard["message"]["text"], "Two of them");
        }
    }

    async fn a_subscription_outlives_the_connections_to_its_database(app: TestApp) {
        if !app.is_postgresql() {
            return;
        }
        let space = app.space().await;
        let mut ear = Ear::of(&app, &space.founders[1], CHAT, json!({ "id": space.id.to_string() })).await;
        let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()";
        app.db.read().query_one_raw(Statement::from_string(DbBackend::Postgres, end)).await.unwrap();
        let token = Some(space.founders[0].token.as_str());
        until("the database is there again", async || {
            let asked = join_all((0..20).map(|_| app.authenticate(token))).await;
            asked.iter().all(Result::is_ok)
        })
        .await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "text": "Still here?" });
        until("something can be said", async || {
            app.tries(&space.founders[0], "sendChatMessage", input.clone()).await == "OK"
        })
        .await;
        // It receives the event, or that it missed something; and then what comes later.
        let first = ear.hears().await;
        let missed = first["__typename"] == "ChangesMissed";
        assert!(missed || first["message"]["text"] == "Still here?", "{first}");
        say(&app, &space.founders[0], &space, "Later").await;
        let later = async { while ear.hears().await["message"]["text"] != "Later" {} };
        timeout(Duration::from_secs(10), later).await.expect("it goes on");
    }
}
