//! Clients that go away in the middle of what they write.

use std::{path::Path, time::Duration};

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};

use crate::{
    client::Client,
    program::{Engine, Home},
    room::Room,
    writing::Acknowledged,
};

const CLIENTS: usize = 64;

/// Has 64 clients hang up at other moments each time: no connection stays inside a transaction, and
/// what is acknowledged to those who stay is there.
pub async fn hangups(program: &Path, engine: Engine, long: bool) {
    let home = Home::new(engine).await;
    let room = Room::make(&home, 0).await;
    let program = home.serve(program);
    let acknowledged = Acknowledged::default();
    let client = Client::new(&program.address, &room.teacher);
    let rounds = if long { 300 } else { 30 };
    for round in 0..rounds {
        let leaving = (0..CLIENTS).map(|n| {
            // From before it is read to after it is answered.
            let stays = Duration::from_micros((round * CLIENTS + n) as u64 * 7919 % 20_000);
            hang_up(&program.address, &room, stays)
        });
        let staying = async {
            for _ in 0..4 {
                acknowledged.say(&client, &room).await.expect("those who stay are answered");
            }
        };
        tokio::join!(join_all(leaving), staying);
    }
    let open = open_transactions(&home).await;
    drop(program);
    let lost = acknowledged.lost(&home).await;
    println!(
        "  {} hung up, {open} transactions left open, {} acknowledged, {lost} lost",
        rounds * CLIENTS,
        acknowledged.count()
    );
    assert_eq!((open, lost), (0, 0));
}

async fn hang_up(address: &str, room: &Room, stays: Duration) {
    let body = serde_json::json!({
        "query": "mutation($input: SendChatMessageInput!) {
            sendChatMessage(input: $input) { message { id } } }",
        "variables": { "input": { "twinSpaceId": room.id, "text": "Is anybody …" } },
    })
    .to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         authorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
        room.teacher,
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    sleep(stays).await;
}

/// How many connections of the server to PostgreSQL stay inside a transaction.
async fn open_transactions(home: &Home) -> i64 {
    let Some(database) = &home.database else { return 0 };
    let other = Database::connect(database.url()).await.expect("PostgreSQL answers");
    let sql = "select count(*) from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'";
    let mut open = 0;
    // Whoever is in the middle of something has ended it by then.
    for _ in 0..50 {
        let row = other.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
        open = row.expect("it answers").expect("a row").try_get_by_index(0).expect("a number");
        if open == 0 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    open
}
