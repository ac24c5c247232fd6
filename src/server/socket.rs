//! GraphQL over WebSocket: the protocol `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_graphql::Response as Outcome;
use domain::{
    Error,
    seats::{Seat, SeatKind},
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use poem::{
    FromRequest, IntoResponse, Request, Response,
    http::{HeaderMap, StatusCode, header},
    web::websocket::{Message, WebSocket, WebSocketConfig, WebSocketStream},
};
use serde::Serialize;
use serde_json::json;
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use super::{
    State, access,
    answer::Answer,
    caller, cors,
    live::{QUEUE, READING, Session},
    metrics::Held,
    parameters::Parameters,
    problem::Problem,
};
use crate::{
    auth::Client,
    graphql::{
        api::refused,
        error::{ErrorCode, refuse, whole},
    },
};

mod message;
mod operation;
mod watch;

use message::{Close, Incoming, is_wrong};

/// The protocol's name.
const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to send `connection_init`.
const INTRODUCTION: Duration = Duration::from_secs(5);
/// How long closing may take.
pub const FAREWELL: Duration = Duration::from_secs(2);

/// The number of bytes read at once, for which each open socket keeps the space.
const READ_BUFFER: usize = 4 << 10;

/// Whether a request asks for a WebSocket.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Opens a WebSocket.
pub async fn open(state: &Arc<State>, request: &Request) -> Response {
    let config = &state.api.app.config.server;
    // A browser lets any page open a WebSocket: only this check keeps them out.
    if !cors::allows(&config.allowed_origins, request) {
        let message = "This website may not open a WebSocket here.";
        return Problem::new(StatusCode::FORBIDDEN, message).into_response();
    }
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let offered = offered.iter().filter_map(|value| value.to_str().ok());
    if !offered.flat_map(|value| value.split(',')).any(|name| name.trim() == PROTOCOL) {
        return Problem::bad_request(format!("The WebSocket protocol must be {PROTOCOL}."))
            .into_response();
    }
    let Ok(socket) = WebSocket::from_request_without_body(request).await else {
        return Problem::bad_request("This is not a WebSocket handshake.").into_response();
    };
    let most = usize::try_from(config.limits.max_body).unwrap_or(usize::MAX);
    let limits = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(most))
        .max_frame_size(Some(most));
    let client = caller::client(request, config.trusted_proxies);
    let token = caller::token(request.headers()).map(str::to_owned);
    let request_id = access::request_id(request);
    let state = Arc::clone(state);
    // Before the upgrade, so that a stop in between waits for it too.
    let tracked = state.sockets.token();
    socket
        .protocols([PROTOCOL])
        .config(limits)
        .on_upgrade(async move |stream| {
            let count = Held::one("twinspace_websocket_connections");
            serve(state, client, token, request_id, stream).await;
            drop((count, tracked));
        })
        .into_response()
}

/// What the reader, the pulse and the operations of a socket share. Each of them continues while
/// another waits; only messages to the client wait for space in the queue.
struct Socket {
    state: Arc<State>,
    client: Client,
    /// The token in the header of the handshake, which browsers cannot set. It counts if the client
    /// introduces itself without one.
    token: Option<String>,
    request_id: String,
    /// Messages waiting to be written.
    queue: mpsc::Sender<Message>,
    /// Lets an operation close the socket.
    closing: mpsc::Sender<Close>,
    operations: Mutex<HashMap<String, JoinHandle<()>>>,
    /// Whether anything has arrived since the last pulse.
    heard: AtomicBool,
}

/// A client that has sent `connection_init`.
struct Known {
    session: Session,
    /// Released when the socket ends.
    _seat: Option<Seat>,
}

/// Why a socket ends.
enum End {
    /// The client is gone.
    Gone,
    /// It is closed with a code.
    Closed(Close),
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Closed(close)
    }
}

async fn serve(
    state: Arc<State>,
    client: Client,
    token: Option<String>,
    request_id: String,
    socket: WebSocketStream,
) {
    let stop = state.stop.clone();
    let (mut sink, mut stream) = socket.split();
    let (queue, waiting) = mpsc::channel(QUEUE);
    let (closing, mut closed) = mpsc::channel(1);
    let socket = Arc::new(Socket {
        state,
        client,
        token,
        request_id: request_id.clone(),
        queue,
        closing,
        operations: Mutex::default(),
        heard: AtomicBool::new(true),
    });
    let (end, written) = {
        let mut writing = pin!(write(&mut sink, waiting));
        let end = tokio::select! {
            end = &mut writing => Err(end),
            () = stop.cancelled() => Ok(Close::going_away().into()),
            Some(close) = closed.recv() => Ok(close.into()),
            end = socket.converse(&mut stream) => Ok(end),
        };
        // What is in progress is rolled back before the client learns of the end.
        socket.end_operations().await;
        drop(socket);
        match end {
            Err(end) => (end, true),
            // Earlier responses are still sent.
            Ok(end) => (end, timeout(FAREWELL, writing).await.is_ok()),
        }
    };
    let farewell = async {
        if let End::Closed(close) = &end {
            let Close { code, reason } = close;
            tracing::info!(request_id, code, reason, "socket closed");
            sink.send(close.clone().into()).await?;
        }
        sink.close().await?;
        // Until the client has closed too, so that it reads the reason.
        while let Some(Ok(_)) = stream.next().await {}
        Ok::<_, std::io::Error>(())
    };
    if !written || timeout(FAREWELL, farewell).await.is_err() {
        tracing::debug!(request_id, "a socket was not closed by its client");
    }
}

/// Writes waiting messages until there are no more to come.
async fn write(
    sink: &mut SplitSink<WebSocketStream, Message>,
    mut waiting: mpsc::Receiver<Message>,
) -> End {
    while let Some(message) = waiting.recv().await {
        match timeout(READING, sink.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return End::Gone,
            // A client that does not read must not hold up what it would receive.
            Err(_) => return Close::too_slow().into(),
        }
    }
    End::Gone
}

impl Socket {
    async fn converse(self: &Arc<Self>, stream: &mut SplitStream<WebSocketStream>) -> End {
        let known = match self.introduction(stream).await {
            Ok(known) => known,
            Err(end) => return end,
        };
        tokio::select! {
            end = self.read(stream, &known) => end,
            end = self.watch(&known) => end,
        }
    }

    /// The client's next message.
    async fn incoming(&self, stream: &mut SplitStream<WebSocketStream>) -> Result<Incoming, End> {
        loop {
            let message = stream.next().await;
            self.heard.store(true, Ordering::Relaxed);
            let text = match message {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Binary(_))) => {
                    return Err(Close::invalid("Only text messages are supported.").into());
                }
                // Messages that are too large or malformed cannot be skipped.
                Some(Err(error)) if is_wrong(&error) => {
                    return Err(Close::unreadable().into());
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
            };
            match Incoming::read(&text) {
                None => {
                    return Err(Close::invalid("This is not a message of the protocol.").into());
                }
                Some(Incoming::Ping { payload }) => {
                    let mut pong = json!({ "type": "pong" });
                    if let Some(payload) = payload {
                        pong["payload"] = payload.into();
                    }
                    self.send(pong.to_string()).await?;
                }
                Some(Incoming::Pong { .. }) => {}
                Some(incoming) => return Ok(incoming),
            }
        }
    }

    async fn introduction(&self, stream: &mut SplitStream<WebSocketStream>) -> Result<Known, End> {
        let payload = async {
            loop {
                match self.incoming(stream).await? {
                    Incoming::ConnectionInit { payload } => return Ok::<_, End>(payload),
                    Incoming::Subscribe { .. } => return Err(Close::unknown().into()),
                    _ => {}
                }
            }
        };
        let payload = timeout(INTRODUCTION, payload)
            .await
            .unwrap_or_else(|_| Err(Close::too_late().into()))?;
        let token = message::token(&payload.unwrap_or_default()).or_else(|| self.token.clone());
        let app = &self.state.api.app;
        let viewer = match app.authenticate(token.as_deref()).await {
            Ok(viewer) => viewer,
            Err(error) => return Err(self.turned_away(error)),
        };
        let (most, seats) = (app.config.server.limits.max_sockets, app.db.seats());
        let take =
            |account| seats.take(SeatKind::Socket, account, most).ok_or_else(Close::too_many);
        let seat = viewer.account().map(take).transpose()?;
        self.send(json!({ "type": "connection_ack" }).to_string()).await?;
        Ok(Known { session: Session { token, viewer }, _seat: seat })
    }

    async fn read(
        self: &Arc<Self>,
        stream: &mut SplitStream<WebSocketStream>,
        known: &Known,
    ) -> End {
        loop {
            let read = match self.incoming(stream).await {
                Ok(Incoming::ConnectionInit { .. }) => Err(Close::introduced_twice().into()),
                Ok(Incoming::Subscribe { id, payload }) => {
                    let request = Parameters::from_json(payload.into());
                    match request.map(Parameters::into_request) {
                        Ok(Ok(request)) => self.subscribe(id, request, known).await,
                        _ => Err(Close::invalid("An operation must have a query.").into()),
                    }
                }
                Ok(Incoming::Complete { id }) => {
                    self.complete(&id).await;
                    Ok(())
                }
                Ok(Incoming::Ping { .. } | Incoming::Pong { .. }) => Ok(()),
                Err(end) => Err(end),
            };
            if let Err(end) = read {
                return end;
            }
        }
    }

    async fn subscribe(
        self: &Arc<Self>,
        id: String,
        request: async_graphql::Request,
        known: &Known,
    ) -> Result<(), End> {
        let most = usize::from(self.state.api.app.config.server.limits.max_socket_operations);
        {
            let mut operations = self.operations();
            if operations.contains_key(&id) {
                return Err(Close::taken(&id).into());
            }
            if operations.len() < most {
                // Before later operations begin: what they load is followed by every change.
                let events = self.state.api.app.db.events().listen();
                let token = known.session.token.clone();
                let run = Arc::clone(self).operate(id.clone(), token, request, events);
                operations.insert(id, tokio::spawn(run));
                return Ok(());
            }
        }
        let message = format!("A WebSocket can carry at most {most} operations at a time.");
        let refused = refused(refuse(ErrorCode::TooManyOperations, message), &self.request_id);
        self.send(told(&id, &refused)).await
    }

    /// Ends an operation, and waits until it sends nothing more: its ID can then be used again.
    async fn complete(&self, id: &str) {
        let operation = self.operations().remove(id);
        if let Some(operation) = operation {
            operation.abort();
            // That it was aborted is expected.
            let _ = operation.await;
        }
    }

    async fn end_operations(&self) {
        let operations: Vec<_> = self.operations().drain().map(|(_, running)| running).collect();
        for operation in &operations {
            operation.abort();
        }
        for operation in operations {
            let _ = operation.await;
        }
    }

    fn operations(&self) -> MutexGuard<'_, HashMap<String, JoinHandle<()>>> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turned_away(&self, error: Error) -> End {
        if error.is_passing() {
            // This logs it.
            refused(whole(error), &self.request_id);
            return Close::come_back().into();
        }
        Close::forbidden().into()
    }

    /// Sends a message as soon as there is space in the queue.
    async fn send(&self, message: String) -> Result<(), End> {
        self.queue.send(Message::text(message)).await.map_err(|_| End::Gone)
    }
}

/// The messages to a client about an outcome; an operation that could not be executed ends with it.
fn told(id: &str, outcome: &Outcome) -> String {
    #[derive(Serialize)]
    struct Told<'a, P> {
        r#type: &'static str,
        id: &'a str,
        payload: P,
    }
    let answer = Answer::from(outcome);
    let told = match answer.refusal() {
        Some(payload) => serde_json::to_string(&Told { r#type: "error", id, payload }),
        None => serde_json::to_string(&Told { r#type: "next", id, payload: answer }),
    };
    told.expect("a GraphQL answer has only strings as keys")
}
