//! Clients, over HTTP and WebSocket.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

/// Asks over HTTP.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    pub fn new(address: &str, token: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { http, url: format!("http://{address}/graphql"), token: token.to_owned() }
    }

    /// The same client, with connections of its own.
    pub fn another(&self) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { http, ..self.clone() }
    }

    /// The answer, or what went wrong on the way.
    pub async fn ask(&self, query: &str, variables: Value) -> Result<Value, String> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self.http.post(&self.url).bearer_auth(&self.token);
        let request = request.header("content-type", "application/json").body(body);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        match answer.get("errors") {
            Some(errors) => Err(errors.to_string()),
            None => Ok(answer),
        }
    }

    /// Says something in the chat.
    pub async fn say(&self, room: &str, text: &str) -> Result<String, String> {
        let query = "mutation($input: SendChatMessageInput!) {
            sendChatMessage(input: $input) { message { id } }
        }";
        let answer =
            self.ask(query, json!({ "input": { "twinSpaceId": room, "text": text } })).await?;
        let id = answer.pointer("/data/sendChatMessage/message/id").and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| answer.to_string())
    }

    /// Reads the first page of the members, and how long that took.
    pub async fn members(&self, room: &str) -> Result<Duration, String> {
        let query = "query($id: ID!) {
            twinSpace(id: $id) { members(first: 50) { totalCount nodes { id name role online } } }
        }";
        let begun = Instant::now();
        self.ask(query, json!({ "id": room })).await?;
        Ok(begun.elapsed())
    }
}

/// A WebSocket.
pub type Socket = WebSocketStream<TcpStream>;

/// Opens a WebSocket as the owner of a token.
pub async fn socket(address: &str, token: &str) -> Socket {
    let mut request = format!("ws://{address}/graphql").into_client_request().expect("an address");
    let protocol = "graphql-transport-ws".parse().expect("a header");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (mut socket, _) = client_async(request, stream).await.expect("it takes WebSockets");
    let payload = json!({ "Authorization": format!("Bearer {token}") });
    send(&mut socket, &json!({ "type": "connection_init", "payload": payload })).await;
    let acknowledged = socket.next().await.expect("an answer").expect("an answer");
    assert!(acknowledged.to_text().expect("text").contains("connection_ack"));
    socket
}

/// Sends a message of the protocol.
pub async fn send(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).await.expect("it reads");
}

/// The status of `/readyz`.
pub async fn ready(address: &str) -> u16 {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = http.get(format!("http://{address}/readyz")).send().await;
    answer.expect("it answers").status().as_u16()
}
