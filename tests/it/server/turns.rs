//! Requests do not wait behind all who are told something at the same time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};

use tokio::{spawn, task::JoinSet};
use twinspace::server::{Turns, behind_all_others};

/// Many who are told something in two steps, on one thread.
fn many(told: &Arc<AtomicUsize>) -> JoinSet<()> {
    let turns = Turns::default();
    let mut many = JoinSet::new();
    for _ in 0..1000 {
        let (turns, told) = (turns.clone(), Arc::clone(told));
        many.spawn(async move {
            let work = async {
                behind_all_others().await;
                told.fetch_add(1, Ordering::Relaxed);
            };
            turns.take(work).await;
        });
    }
    many
}

#[tokio::test]
async fn a_request_waits_for_a_few_of_those_who_are_told_and_not_for_all() {
    let told = Arc::default();
    let many = many(&told);
    let request = spawn(async {
        for _ in 0..20 {
            behind_all_others().await;
        }
    });
    request.await.expect("no panic");
    let threads = available_parallelism().map_or(1, usize::from);
    let callers = (threads - 1).max(1);
    let meanwhile = told.load(Ordering::Relaxed);
    assert!(meanwhile < 20 * callers + 20, "{meanwhile}");
    many.join_all().await;
    assert_eq!(told.load(Ordering::Relaxed), 1000);
}

#[tokio::test]
async fn who_goes_away_takes_nobodys_turn() {
    let told = Arc::default();
    let mut some = many(&told);
    behind_all_others().await;
    some.abort_all();
    while some.join_next().await.is_some() {}
    let gone = told.load(Ordering::Relaxed);
    many(&told).join_all().await;
    assert_eq!(told.load(Ordering::Relaxed), gone + 1000);
}
