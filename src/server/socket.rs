//! GraphQL over WebSocket: the protocol `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

use std::{sync::Arc, time::Duration};

use async_graphql::{Response as Outcome, parser::types::OperationType};
use futures_util::{
    FutureExt, SinkExt, StreamExt, future, stream,
    stream::{BoxStream, SplitSink, SplitStream},
};
use metrics::gauge;
use poem::{
    FromRequest, IntoResponse, Request, Response,
    http::{HeaderMap, StatusCode, header},
    web::websocket::{Message, WebSocket, WebSocketConfig, WebSocketStream},
};
use serde_json::{Value as Json, json};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_stream::StreamMap;
use tokio_util::sync::CancellationToken;

use super::{State, access, answer::Answer, caller, cors, problem::Problem};
use crate::{
    Error,
    auth::{Client, Viewer},
    events::Event,
    graphql::{
        api::{Caller, refused, refused_stream},
        error::{refuse, whole},
    },
};

mod message;
mod seat;

use message::{Close, Incoming};
use seat::Seat;
pub use seat::Seats;

/// The protocol's name.
const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to introduce itself.
const INTRODUCTION: Duration = Duration::from_secs(5);
/// How often a silent client is asked whether it is there, and its session whether it lasts.
const PULSE: Duration = Duration::from_secs(25);
/// How long a client may take to read one message.
const READING: Duration = Duration::from_secs(10);
/// How long closing may take.
pub const FAREWELL: Duration = Duration::from_secs(2);

/// Whether a request asks for a WebSocket.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Opens a WebSocket.
pub async fn open(state: &Arc<State>, request: &Request) -> Response {
    let config = &state.api.app.config.server;
    // A browser lets any page open a WebSocket: nothing but this check keeps them out.
    if !cors::allows(&config.allowed_origins, request) {
        let message = "Pages of this website may not open a WebSocket here.";
        return Problem::new(StatusCode::FORBIDDEN, message).into_response();
    }
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let offered = offered.iter().filter_map(|value| value.to_str().ok());
    if !offered.flat_map(|value| value.split(',')).any(|name| name.trim() == PROTOCOL) {
        return Problem::bad_request(format!("Offer the WebSocket protocol {PROTOCOL}."))
            .into_response();
    }
    let Ok(socket) = WebSocket::from_request_without_body(request).await else {
        return Problem::bad_request("This is no WebSocket handshake.").into_response();
    };
    let most = usize::try_from(config.limits.max_body).unwrap_or(usize::MAX);
    let limits = WebSocketConfig::default().max_message_size(Some(most)).max_frame_size(Some(most));
    let client = caller::client(request, config.trusted_proxies);
    let request_id = access::request_id(request);
    let state = Arc::clone(state);
    // Taken before the upgrade, so that a stop in between waits for it too.
    let tracked = state.sockets.token();
    socket
        .protocols([PROTOCOL])
        .config(limits)
        .on_upgrade(async move |stream| {
            let count = Open::new();
            Socket::new(state, client, request_id, stream).serve().await;
            drop((count, tracked));
        })
        .into_response()
}

/// Counts an open WebSocket for as long as it lives.
struct Open;

impl Open {
    fn new() -> Self {
        gauge!("twinspace_websocket_connections").increment(1);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!("twinspace_websocket_connections").decrement(1);
    }
}

/// What an operation yields; nothing where it ends.
type Operation = BoxStream<'static, Option<Outcome>>;

struct Socket {
    state: Arc<State>,
    client: Client,
    request_id: String,
    sink: SplitSink<WebSocketStream, Message>,
    stream: SplitStream<WebSocketStream>,
    events: broadcast::Receiver<Event>,
    operations: StreamMap<String, Operation>,
    stage: Stage,
    /// Whether anything came since the last pulse.
    heard: bool,
}

/// How far a client has introduced itself.
enum Stage {
    /// Not yet.
    Strange,
    /// As the owner of this token, or as nobody.
    Known {
        token: Option<String>,
        viewer: Viewer,
        /// Given back when the socket ends.
        _seat: Option<Seat>,
    },
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

impl Socket {
    fn new(state: Arc<State>, client: Client, request_id: String, socket: WebSocketStream) -> Self {
        let (sink, stream) = socket.split();
        let events = state.api.app.db.events().listen();
        Self {
            state,
            client,
            request_id,
            sink,
            stream,
            events,
            operations: StreamMap::new(),
            stage: Stage::Strange,
            heard: true,
        }
    }

    async fn serve(mut self) {
        let stop = self.state.stop.clone();
        let end = self.converse(stop).await;
        // What is under way is undone before the client hears of the end.
        self.operations.clear();
        let farewell = async {
            if let Err(End::Closed(close)) = end {
                let Close { code, reason } = &close;
                tracing::info!(request_id = self.request_id, code, reason, "socket closed");
                self.sink.send(close.into()).await?;
            }
            self.sink.close().await?;
            // Until the client has closed too, so that it reads why.
            while let Some(Ok(_)) = self.stream.next().await {}
            Ok::<_, std::io::Error>(())
        };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::debug!(request_id = self.request_id, "socket not closed by its client");
        }
    }

    async fn converse(&mut self, stop: CancellationToken) -> Result<(), End> {
        let introduction = tokio::time::sleep(INTRODUCTION);
        tokio::pin!(introduction);
        let mut pulse = tokio::time::interval(PULSE);
        pulse.reset();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Err(Close::going_away().into()),
                () = &mut introduction, if matches!(self.stage, Stage::Strange) => {
                    return Err(Close::too_late().into());
                }
                _ = pulse.tick() => self.pulse().await?,
                event = self.events.recv() => self.event(event).await?,
                message = self.stream.next() => {
                    self.heard = true;
                    match message {
                        Some(Ok(message)) => self.message(message).await?,
                        // What is too big or malformed cannot be read past.
                        Some(Err(error)) if error.kind() == std::io::ErrorKind::Other => {
                            return Err(Close::unreadable().into());
                        }
                        _ => return Err(End::Gone),
                    }
                }
                Some((id, outcome)) = self.operations.next(), if !self.operations.is_empty() => {
                    self.outcome(&id, outcome).await?;
                }
            }
        }
    }

    async fn message(&mut self, message: Message) -> Result<(), End> {
        let text = match &message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Close::invalid("Send text.").into()),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Gone),
        };
        match serde_json::from_str(text) {
            Err(_) => Err(Close::invalid("This is no message of the protocol.").into()),
            Ok(Incoming::ConnectionInit { payload }) => self.introduce(payload).await,
            Ok(Incoming::Ping { payload }) => {
                let mut pong = json!({ "type": "pong" });
                if let Some(payload) = payload {
                    pong["payload"] = payload;
                }
                self.send(pong).await
            }
            Ok(Incoming::Pong {}) => Ok(()),
            Ok(Incoming::Subscribe { id, payload }) => match payload.into_request() {
                Ok(request) => self.subscribe(id, request).await,
                Err(_) => Err(Close::invalid("A subscription needs a query.").into()),
            },
            Ok(Incoming::Complete { id }) => {
                self.operations.remove(&id);
                Ok(())
            }
        }
    }

    async fn introduce(&mut self, payload: Option<Json>) -> Result<(), End> {
        if matches!(self.stage, Stage::Known { .. }) {
            return Err(Close::introduced_twice().into());
        }
        let token = message::token(payload.as_ref().unwrap_or(&Json::Null));
        let viewer = match self.state.api.app.authenticate(token.as_deref()).await {
            Ok(viewer) => viewer,
            Err(error) => return Err(self.turned_away(error)),
        };
        let most = self.state.api.app.config.server.limits.max_sockets;
        let take = |account| self.state.seats.take(account, most).ok_or_else(Close::too_many);
        let seat = viewer.account().map(take).transpose()?;
        self.stage = Stage::Known { token, viewer, _seat: seat };
        self.send(json!({ "type": "connection_ack" })).await
    }

    async fn subscribe(&mut self, id: String, request: async_graphql::Request) -> Result<(), End> {
        let Stage::Known { token, .. } = &self.stage else {
            return Err(Close::unknown().into());
        };
        if self.operations.contains_key(&id) {
            return Err(Close::taken(&id).into());
        }
        let most = usize::from(self.state.api.app.config.server.limits.max_socket_operations);
        if self.operations.len() >= most {
            let message = format!("A WebSocket carries at most {most} operations at a time.");
            let error = refuse("TOO_MANY_OPERATIONS", message);
            return self.outcome(&id, Some(refused(error, &self.request_id))).await;
        }
        let operation = operation(
            Arc::clone(&self.state),
            token.clone(),
            self.client.clone(),
            self.request_id.clone(),
            request,
        );
        self.operations.insert(id, operation);
        Ok(())
    }

    async fn outcome(&mut self, id: &str, outcome: Option<Outcome>) -> Result<(), End> {
        let Some(outcome) = outcome else {
            self.operations.remove(id);
            return self.send(json!({ "type": "complete", "id": id })).await;
        };
        let answer = Answer::from(&outcome);
        let message = if let Some(errors) = answer.refusal() {
            self.operations.remove(id);
            json!({ "type": "error", "id": id, "payload": errors })
        } else {
            json!({ "type": "next", "id": id, "payload": answer })
        };
        self.send(message).await
    }

    /// Asks a silent client whether it is there, and the session whether it lasts.
    async fn pulse(&mut self) -> Result<(), End> {
        if !self.heard {
            return Err(End::Gone);
        }
        self.heard = false;
        self.reauthenticate().await?;
        self.write(Message::ping([])).await
    }

    /// Looks at the session when one of its owner's was ended.
    async fn event(&mut self, event: Result<Event, RecvError>) -> Result<(), End> {
        let Stage::Known { viewer, .. } = &self.stage else { return Ok(()) };
        let concerned = match event {
            Ok(Event::SignedOut { account }) => viewer.account() == Some(account),
            Ok(Event::Gap) | Err(RecvError::Lagged(_)) => viewer.account().is_some(),
            Ok(_) | Err(RecvError::Closed) => false,
        };
        if concerned { self.reauthenticate().await } else { Ok(()) }
    }

    async fn reauthenticate(&mut self) -> Result<(), End> {
        let Stage::Known { token: Some(token), .. } = &self.stage else { return Ok(()) };
        match self.state.api.app.authenticate(Some(token)).await {
            Err(error @ Error::Unauthenticated) => Err(self.turned_away(error)),
            // Whether it lasts is asked again.
            _ => Ok(()),
        }
    }

    fn turned_away(&self, error: Error) -> End {
        if let Error::Internal(_) = error {
            // This logs it.
            refused(whole(error), &self.request_id);
            return Close::our_fault().into();
        }
        Close::forbidden().into()
    }

    async fn send(&mut self, message: Json) -> Result<(), End> {
        self.write(Message::text(message.to_string())).await
    }

    async fn write(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(READING, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            // One that does not read must not hold what it would get.
            _ => Err(End::Gone),
        }
    }
}

/// Runs an operation as whoever the token stands for when it begins.
fn operation(
    state: Arc<State>,
    token: Option<String>,
    client: Client,
    request_id: String,
    request: async_graphql::Request,
) -> Operation {
    let outcomes = async move {
        let viewer = match state.api.app.authenticate(token.as_deref()).await {
            Ok(viewer) => viewer,
            Err(error) => return refused_stream(whole(error), &request_id),
        };
        let prepared = match state.api.prepare(request) {
            Ok(prepared) => prepared,
            Err(error) => return refused_stream(error, &request_id),
        };
        tracing::info!(
            request_id,
            operation = prepared.name,
            viewer = viewer.account().map(|id| id.to_string()),
            client = client.address,
            "operation"
        );
        let caller = Caller { viewer, client, request_id };
        if prepared.kind == OperationType::Subscription {
            return state.api.subscribe(prepared, caller);
        }
        stream::once(async move { state.api.run(prepared, caller).await }).boxed()
    };
    outcomes.into_stream().flatten().map(Some).chain(stream::once(future::ready(None))).boxed()
}
