//! A connection's requests, one after another.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
};
use hyper::body::{Frame, Incoming, SizeHint};
use tower_service::Service as _;

use super::activity::{Activity, InHand};

/// The router for one connection.
#[derive(Debug)]
pub struct Requests {
    /// What answers.
    pub router: Router,
    /// The connection's.
    pub activity: Activity,
}

impl hyper::service::Service<Request<Incoming>> for Requests {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (pipelined, in_hand) = self.activity.begin();
        let mut router = self.router.clone();
        Box::pin(async move {
            if pipelined {
                // All other connections come first: hyper would go on with up to 16 requests of this one.
                tokio::task::yield_now().await;
            }
            let response = router.call(request).await?;
            Ok(response.map(|body| Body::new(Answer { body, _in_hand: in_hand })))
        })
    }
}

/// A body that is in hand until it is written.
struct Answer {
    body: Body,
    _in_hand: InHand,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
