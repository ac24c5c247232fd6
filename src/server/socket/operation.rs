//! An operation on a socket, in its own task. It holds no database resources while it waits for
//! space in the socket's queue.

use std::sync::Arc;

use async_graphql::{Request, Response as Outcome, parser::types::OperationType};
use domain::events::Event;
use poem::web::websocket::Message;
use serde_json::json;
use tokio::sync::broadcast::Receiver;

use super::{Socket, message::Close, told};
use crate::{
    graphql::{
        api::{Caller, refused},
        error::{is_passing, whole},
    },
    server::{
        answer::Answer,
        live::{Subscription, Told},
    },
};

impl Socket {
    /// Runs an operation as the viewer to whom the token belongs when it begins. A subscription receives
    /// these events.
    pub async fn operate(
        self: Arc<Self>,
        id: String,
        token: Option<String>,
        request: Request,
        events: Receiver<Event>,
    ) {
        let prepared = self.state.api.prepare(request);
        let about = prepared.as_ref().ok().and_then(|prepared| prepared.about);
        let found = self.state.api.app.recognise(token.as_deref(), about).await;
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                let error = found.err().map_or(error, |error| whole(error).into());
                return self.last(&id, &refused(error, &self.request_id)).await;
            }
        };
        let subscribes = prepared.kind == OperationType::Subscription;
        let recognised = match found {
            Ok(found) => found,
            Err(error) => {
                let outcome = refused(whole(error), &self.request_id);
                if subscribes && is_passing(&outcome) {
                    return self.come_back();
                }
                return self.last(&id, &outcome).await;
            }
        };
        tracing::info!(
            request_id = self.request_id,
            operation = prepared.name,
            viewer = recognised.viewer.account().map(|id| id.to_string()),
            client = self.client.address,
            "operation"
        );
        let (client, request_id) = (self.client.clone(), self.request_id.clone());
        let caller = Caller { client, request_id, ..recognised.into() };
        if !subscribes {
            let outcome = self.state.api.run(prepared, caller).await;
            return self.last(&id, &outcome).await;
        }
        let mut subscription = Subscription::begin(&self.state, events, prepared, caller);
        while let Some(next) = subscription.next().await {
            match next {
                Told::Event(outcome) => {
                    if self.send(told(&id, &outcome)).await.is_err() {
                        return;
                    }
                }
                Told::Refusal(outcome) => return self.last(&id, &outcome).await,
                Told::Failure(_) => return self.come_back(),
            }
        }
        self.finish(&id, complete(&id)).await;
    }

    /// Sends the only outcome of an operation.
    async fn last(&self, id: &str, outcome: &Outcome) {
        let message = told(id, outcome);
        if Answer::from(outcome).refusal().is_some() {
            return self.finish(id, message).await;
        }
        if self.send(message).await.is_ok() {
            self.finish(id, complete(id)).await;
        }
    }

    /// Sends the last message of an operation, whose ID can be used again once the client may know.
    async fn finish(&self, id: &str, message: String) {
        if let Ok(room) = self.queue.reserve().await {
            self.operations().remove(id);
            room.send(Message::text(message));
        }
    }

    /// Closes the socket because of an internal error.
    fn come_back(&self) {
        // Another may have done so already.
        let _ = self.closing.try_send(Close::come_back());
    }
}

fn complete(id: &str) -> String {
    json!({ "type": "complete", "id": id }).to_string()
}
