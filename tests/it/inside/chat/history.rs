//! What is kept of a chat, in which order, and for how long.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use chrono::TimeDelta;
use domain::{clock::now, events::Event};
use entity::{Kind, TwinSpaceRole, chat_message};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, sea_query::Expr,
};
use serde_json::{Value, json};
use tokio::sync::{Barrier, Mutex};
use twinspace::{app::housekeeping, config::Config};

use crate::support::{TestApp, on_both_databases, until};

use super::{in_chat, keyed, pupil, room, say, texts};

/// Another instance, on which an account may send more messages.
async fn talkative(app: &TestApp) -> TestApp {
    let set = |config: &mut Config| {
        config.talk.chat_messages = 1000.try_into().unwrap();
        config.database.database_connections = Some(8);
    };
    app.another_instance_with(set).await
}

/// Polls something at most `most` times, and drops it.
async fn polled<T>(most: usize, work: impl Future<Output = T>) {
    let mut work = pin!(work);
    let mut left = most;
    poll_fn(|cx| {
        let Some(rest) = left.checked_sub(1) else { return Poll::Ready(()) };
        left = rest;
        match work.as_mut().poll(cx) {
            Poll::Pending if left > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

on_both_databases! {
    async fn what_is_kept_is_told_though_its_author_has_gone(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let events = app.db.events().listen();
        for n in 0..200 {
            let say = domain::inside::chat::send(app.actor(founder), space.id, "Hello", None);
            // Cancelled at any point: before it begins, while it is stored, afterwards.
            polled(n, say).await;
        }
        let told = AtomicU64::new(0);
        let events = Mutex::new(events);
        until("what is kept is told", async || {
            app.told().await;
            let kept = chat_message::Entity::find().count(app.db.read()).await.unwrap();
            while let Ok(event) = events.lock().await.try_recv() {
                told.fetch_add(u64::from(matches!(event, Event::Chat { .. })), Ordering::Relaxed);
            }
            told.load(Ordering::Relaxed) == kept
        }).await;
        let kept = told.into_inner();
        assert!(kept > 0 && kept < 200, "{kept}");
    }

    async fn history_is_read_page_by_page_from_the_newest(app: TestApp) {
        let space = app.space().await;
        let [frida, _] = &space.founders;
        for n in 1..=7 {
            say(&app, frida, &space, &n.to_string()).await;
        }
        let newest = room(&app, frida, &space, "last: 3").await;
        assert_eq!((texts(&newest), &newest["totalCount"]), (vec!["5", "6", "7"], &json!(7)));
        let before = newest["pageInfo"]["startCursor"].as_str().unwrap();
        let earlier = room(&app, frida, &space, &format!("last: 3, before: \"{before}\"")).await;
        assert_eq!(texts(&earlier), ["2", "3", "4"]);
        assert_eq!(earlier["pageInfo"]["hasPreviousPage"], true);
        let after = earlier["pageInfo"]["endCursor"].as_str().unwrap();
        let later = room(&app, frida, &space, &format!("first: 2, after: \"{after}\"")).await;
        assert_eq!(texts(&later), ["5", "6"]);
        let ask = "{ twinSpace(id: $id) { chat(last: N) { nodes { text author { name }
            permissions { delete { allowed } } } } } }";
        let ask = ask.replace("$id", &format!("\"{}\"", space.id));
        let costs = async |n: &str| {
            app.statements(app.sees(frida, &ask.replace('N', n))).await.1
        };
        assert_eq!(costs("1").await, costs("7").await);
    }

    // M-19
    async fn what_somebody_said_stays_when_they_are_gone(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let teacher = app.teacher("Tina", "IT").await;
        let place = app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        let pia = app.pupil("Pia", frida).await;
        let seat = app.seat(&space, &pia, TwinSpaceRole::Pupil).await;
        say(&app, &teacher, &space, "I was here").await;
        say(&app, &pia, &space, "Me too").await;
        let mut ear = in_chat(&app, &teacher, &space).await;
        assert_eq!(app.tries(frida, "removeMember", json!({ "memberId": place.to_string() })).await, "OK");
        let erase = json!({ "pupil": { "memberId": seat.to_string() }, "acknowledge": true });
        assert_eq!(app.tries(frida, "erasePupil", erase).await, "OK");
        say(&app, frida, &space, "Who?").await;
        assert_eq!(ear.ends().await, "NOT_FOUND");
        let query = format!("{{ twinSpace(id: \"{}\") {{ chat {{ nodes {{ author {{ name }} }} }} }} }}", space.id);
        let names: Vec<Value> = app.sees(fabien, &query).await["twinSpace"]["chat"]["nodes"]
            .as_array().unwrap().iter().map(|node| node["author"]["name"].clone()).collect();
        assert_eq!(names, ["Tina", "Former pupil", "Frida Founder"]);
    }

    // T-04
    async fn what_was_said_three_months_ago_is_forgotten(app: TestApp) {
        let space = app.space().await;
        let [frida, _] = &space.founders;
        for n in 1..=3 {
            say(&app, frida, &space, &n.to_string()).await;
        }
        let tx = app.db.begin().await.unwrap();
        for (text, days) in [("1", 91), ("2", 89)] {
            chat_message::Entity::update_many()
                .col_expr(chat_message::Column::SentAt, Expr::val(now() - TimeDelta::days(days)))
                .filter(chat_message::Column::Text.eq(text))
                .exec(&*tx)
                .await
                .unwrap();
        }
        // More than one batch.
        let old = (0..1200).map(|_| chat_message::ActiveModel {
            id: Set(entity::ChatMessageId::new()),
            project_id: Set(space.project),
            author_id: Set(frida.id),
            text: Set("long ago".into()),
            key: Set(None),
            sent_at: Set(now() - TimeDelta::days(365)),
        });
        chat_message::Entity::insert_many(old).exec_without_returning(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        housekeeping::round(&app).await.unwrap();
        assert_eq!(texts(&room(&app, frida, &space, "last: 9").await), ["2", "3"]);
    }

    async fn sixty_four_messages_at_once_are_all_there_in_one_order_for_everybody(app: TestApp) {
        let space = app.space().await;
        let mut apps = vec![Arc::new(talkative(&app).await)];
        if app.is_postgresql() {
            apps.push(Arc::new(talkative(&app).await));
        }
        let mut people = space.founders.to_vec();
        for name in ["Pia", "Pau"] {
            people.push(pupil(&app, &space, name).await);
        }
        let mut ears = vec![];
        for (n, person) in people.iter().enumerate() {
            ears.push(in_chat(&apps[n % apps.len()], person, &space).await);
        }
        let start = Arc::new(Barrier::new(128));
        // Each message is sent twice at the same time, as by an impatient phone.
        let sends: Vec<_> = (0..128).map(|n: usize| {
            let (app, start) = (Arc::clone(&apps[(n / 64) % apps.len()]), Arc::clone(&start));
            let (person, text) = (people[n % 4].clone(), (n % 64).to_string());
            let input = keyed(&space, &text, &text);
            tokio::spawn(async move {
                start.wait().await;
                app.tries(&person, "sendChatMessage", input).await
            })
        }).collect();
        for send in sends {
            assert_eq!(send.await.unwrap(), "OK");
        }
        let page = room(&app, &people[0], &space, "last: 100").await;
        let order: Vec<String> = texts(&page).into_iter().map(str::to_owned).collect();
        assert_eq!(order.len(), 64);
        assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 64);
        for ear in &mut ears {
            let mut heard = vec![];
            for _ in 0..64 {
                heard.push(ear.hears().await["message"]["text"].as_str().unwrap().to_owned());
            }
            assert_eq!(heard, order);
            ear.hears_nothing().await;
        }
        assert_eq!(chat_message::Entity::find().count(app.db.read()).await.unwrap(), 64);
    }

    async fn a_clock_that_is_behind_does_not_put_a_message_before_others(app: TestApp) {
        let space = app.space().await;
        let [frida, _] = &space.founders;
        let first = say(&app, frida, &space, "from a fast clock").await;
        let id = entity::ChatMessageId::read(&first).unwrap();
        let row = chat_message::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap();
        // The same message, as if the clock of its instance were an hour ahead.
        let ahead = id.0.as_u128() + (3_600_000_u128 << 80);
        let tx = app.db.begin().await.unwrap();
        let mut fast = row.into_active_model().reset_all();
        fast.id = Set(uuid::Uuid::from_u128(ahead).into());
        fast.insert(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        say(&app, frida, &space, "from a slow one").await;
        say(&app, frida, &space, "and again").await;
        assert_eq!(texts(&room(&app, frida, &space, "last: 2").await), ["from a slow one", "and again"]);
    }
}
