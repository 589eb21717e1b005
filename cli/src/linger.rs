//! Bodies that nobody reads to their end: swallowed for a while, so that the client reads its refusal.
//!
//! A server that answers before it has read the body and then closes makes the client's kernel throw the answer away
//! (RFC 9112, section 9.6). So what is left of a body that was dropped is read and forgotten beside the answer, up to
//! bounds.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio_util::task::TaskTracker;

/// How much of a body is swallowed, in bytes.
const MOST: u64 = 64 << 20;
/// How long a body is swallowed.
const LONGEST: Duration = Duration::from_secs(10);

/// A request's body, whose rest is swallowed when it is dropped.
#[derive(Debug)]
pub(crate) struct Lingering {
    body: Option<Incoming>,
    tasks: TaskTracker,
}

impl Lingering {
    /// Wraps a body; the swallowing is one of `tasks`.
    pub(crate) fn new(body: Incoming, tasks: TaskTracker) -> Self {
        Self {
            body: Some(body),
            tasks,
        }
    }
}

impl Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream())
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            self.tasks.spawn_on(swallow(body), &runtime);
        }
    }
}

async fn swallow(body: Incoming) {
    let mut chunks = axum::body::Body::new(body).into_data_stream();
    let _ = tokio::time::timeout(LONGEST, async {
        let mut swallowed = 0;
        while let Some(Ok(chunk)) = chunks.next().await
            && swallowed < MOST
        {
            swallowed += chunk.len() as u64;
        }
    })
    .await;
}
