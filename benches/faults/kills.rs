//! The program is killed while clients write, again and again.

use std::{path::Path, sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::{
    program::{Engine, Home},
    room::Room,
    writing::{Acknowledged, Writers},
};

/// Kills it at other moments each time: what was acknowledged is there.
pub async fn kills(program: &Path, engine: Engine, long: bool) {
    let home = Home::new(engine).await;
    let room = Arc::new(Room::make(&home, 0).await);
    let acknowledged = Arc::<Acknowledged>::default();
    let rounds = if long { 100 } else { 10 };
    for round in 0..rounds {
        let program = home.serve(program);
        let writers = Writers::start(&program.address, &room, &acknowledged);
        sleep(Duration::from_millis(300 + round * 7919 % 1000)).await;
        // SIGKILL.
        drop(program);
        writers.stop().await;
    }
    let lost = acknowledged.lost(&home).await;
    println!("  {rounds} kills, {} acknowledged, {lost} lost", acknowledged.count());
    assert_eq!(lost, 0);
}
