//! Someone who is subscribed.

use std::time::Duration;

use async_graphql::Response;
use domain::events::Event;
use futures_util::{StreamExt, stream::BoxStream};
use serde_json::Value;
use tokio::time::timeout;

use super::{TestApp, cast::Person, play::verdict};

/// A subscriber. It looks at what happened when it is asked, and not before.
pub struct Ear {
    answers: BoxStream<'static, Response>,
    /// The subscription.
    name: String,
}

impl Ear {
    /// Subscribes to the only field of this operation.
    pub async fn of(app: &TestApp, who: &Person, operation: &str, input: Value) -> Self {
        Self::with(app, Some(&who.token), operation, input).await
    }

    /// Subscribes as the owner of a token, or as a stranger.
    pub async fn with(app: &TestApp, token: Option<&str>, operation: &str, input: Value) -> Self {
        let mut words = operation.split(|c: char| !c.is_alphanumeric());
        let name = words.find(|word| word.ends_with("Changed")).expect("a subscription").into();
        let answers = app.subscribe(token, operation, input).await;
        Self { answers, name }
    }

    /// The next answer.
    pub async fn answer(&mut self) -> Value {
        let answer = timeout(Duration::from_secs(10), self.answers.next()).await;
        serde_json::to_value(answer.expect("nothing was heard").expect("it has ended")).unwrap()
    }

    /// The next change.
    pub async fn hears(&mut self) -> Value {
        let mut answer = self.answer().await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"][&self.name].take()
    }

    /// Fails if something is heard within a short time.
    pub async fn hears_nothing(&mut self) {
        let heard = timeout(Duration::from_millis(150), self.answers.next()).await;
        assert!(heard.is_err(), "{heard:?}");
    }

    /// Why it ends.
    pub async fn ends(&mut self) -> String {
        let last = verdict(&self.answer().await);
        let end = timeout(Duration::from_secs(10), self.answers.next()).await.unwrap();
        assert!(end.is_none(), "{end:?}");
        last
    }
}

/// Waits until all of them have looked at everything that was done so far, and fails if one heard
/// of any of it. A subscriber loads what an event refers to as it is when the event arrives: without
/// this, what is done next may be seen by those who were told of the last thing.
pub async fn all_hear_nothing(app: &TestApp, ears: &mut [&mut Ear]) {
    app.told().await;
    app.db.events().tell(Event::Gap);
    for ear in ears {
        let heard = ear.hears().await;
        assert_eq!(heard["__typename"], "ChangesMissed", "{heard}");
    }
}
