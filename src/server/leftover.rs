//! Bodies of which a rest was not read, because the request was answered before: one that is too
//! long, or that nobody may send. A client that is still writing it does not read the response, and
//! reports a broken connection in its place. So the rest is read, within bounds, and thrown away.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream::BoxStream};
use poem::{Body, Endpoint, Request, Response, Result, http::header};
use tokio::{sync::oneshot, time::timeout};

/// What fits into the buffers of a connection: the client has written it, whatever is read.
const SMALL: u64 = 16 << 10;
/// The most that is read and thrown away, in bytes: the largest upload, and more.
const MOST: usize = 256 << 20;
/// The longest time for that.
const LONGEST: Duration = Duration::from_mins(1);
/// How much has to arrive in this time: a client that has stopped may be reading, and one that says
/// little from time to time is not waited for.
const PACE: (usize, Duration) = (64 << 10, Duration::from_secs(1));

/// Responds when nothing is left of the body.
pub async fn read<E: Endpoint>(endpoint: Arc<E>, mut request: Request) -> Result<Response> {
    if !may_be_cut_short(&request) {
        return Ok(endpoint.get_response(request).await);
    }
    let (leave, mut left) = oneshot::channel();
    let body = request.take_body().into_bytes_stream().boxed();
    request.set_body(Body::from_bytes_stream(Reading { body: Some(body), leave: Some(leave) }));
    let response = endpoint.get_response(request).await;
    if let Ok(rest) = left.try_recv() {
        // A body that is longer, or slower, breaks the connection as it would have done.
        drop(timeout(LONGEST, throw_away(rest)).await);
    }
    Ok(response)
}

/// Whether the client may still be writing when it is answered. One that waits to be asked for its
/// body is not; over HTTP/2 the response arrives all the same.
fn may_be_cut_short(request: &Request) -> bool {
    let headers = request.headers();
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let long =
        length.and_then(|length| length.parse().ok()).is_some_and(|length: u64| length > SMALL);
    (long || headers.contains_key(header::TRANSFER_ENCODING))
        && !headers.contains_key(header::EXPECT)
}

async fn throw_away(mut rest: BoxStream<'static, io::Result<Bytes>>) {
    let mut read = 0;
    while read < MOST {
        let mut lately = 0;
        let reading = async {
            while let Some(Ok(chunk)) = rest.next().await {
                lately += chunk.len();
                if read + lately > MOST {
                    break;
                }
            }
        };
        let ended = timeout(PACE.1, reading).await.is_ok();
        if ended || lately < PACE.0 {
            return;
        }
        read += lately;
    }
}

/// A body that leaves what is not read of it.
struct Reading {
    body: Option<BoxStream<'static, io::Result<Bytes>>>,
    leave: Option<oneshot::Sender<BoxStream<'static, io::Result<Bytes>>>>,
}

impl Stream for Reading {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let next = body.poll_next_unpin(context);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        next
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let (Some(body), Some(leave)) = (self.body.take(), self.leave.take()) {
            // Nobody waits for it once the response has begun.
            drop(leave.send(body));
        }
    }
}
