//! The connections of the control server. `/health` must be answered in time whatever other clients do: a client has
//! seconds to send its head, and when there are too many connections the oldest goes, never the newest.

use std::{collections::VecDeque, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinSet},
};

/// Connections at most. A health check lives for milliseconds, so the oldest of so many is never one.
const CONNECTIONS: usize = 512;

/// A request's head must be complete after this.
const HEAD: Duration = Duration::from_secs(5);

/// Bytes of a request's head, at most.
const HEAD_BYTES: usize = 16 * 1024;

/// After a failed accept (no file descriptor is left), so long until the next.
const PAUSE: Duration = Duration::from_millis(50);

/// Serve until the future is dropped.
pub async fn serve(listener: TcpListener, router: Router) {
    let mut tasks = JoinSet::new();
    let mut oldest: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(_) => {
                if let Some(task) = oldest.pop_front() {
                    task.abort();
                }
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        while tasks.try_join_next().is_some() {}
        oldest.retain(|task| !task.is_finished());
        if oldest.len() >= CONNECTIONS
            && let Some(task) = oldest.pop_front()
        {
            task.abort();
        }
        let service = TowerToHyperService::new(router.clone());
        let _ = stream.set_nodelay(true);
        oldest.push_back(tasks.spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
            // What a client does wrong ends its own connection and concerns nobody else.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        }));
    }
}
