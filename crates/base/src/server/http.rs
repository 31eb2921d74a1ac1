//! HTTP/1 over accepted connections.

use std::pin::pin;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    accept::{Accepted, Acceptor},
    request::Requests,
};

/// Bytes of a request's head, at most.
const HEAD_BYTES: usize = 16 * 1024;

/// Serve until `stop`, and then until every request in hand is answered; drop the future to end at once. There are `connections` at
/// most, which should be so many that a health check, which lives for milliseconds, is never the one that is missed least.
pub async fn serve(listener: TcpListener, router: Router, connections: usize, stop: CancellationToken) {
    let mut acceptor = Acceptor::new(listener, connections);
    // Ends with this.
    let mut tasks = JoinSet::new();
    while let Some(accepted) = stop.run_until_cancelled(acceptor.next()).await {
        while tasks.try_join_next().is_some() {}
        tasks.spawn(one(accepted, router.clone(), stop.clone()));
    }
    drop(acceptor);
    while tasks.join_next().await.is_some() {}
}

async fn one(accepted: Accepted, router: Router, stop: CancellationToken) {
    let Accepted { socket, activity, closed } = accepted;
    let mut http = http1::Builder::new();
    http.max_buf_size(HEAD_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(socket), Requests { router, activity }));
    // What a client does wrong ends its own connection and concerns no other.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = closed.cancelled() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = closed.run_until_cancelled(connection).await;
}
