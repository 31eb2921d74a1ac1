//! Connections: accepted, counted, swept and closed.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use axum::Router;
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{activity::Activity, files::raise_file_limit, request::Requests, socket::Socket};
use crate::log_limit::LogLimit;

/// The least bound where file descriptors are rare.
const FEWEST: usize = 16;

/// Bytes of a request's head, at most.
const HEAD_BYTES: usize = 16 * 1024;

/// Between two looks at connections that take too long.
const SWEEP: Duration = Duration::from_secs(1);

/// After a failed accept (no file descriptor is left), so long until the next.
const PAUSE: Duration = Duration::from_millis(50);

/// Between two log lines about failed accepts.
const LOGGED: Duration = Duration::from_secs(30);

/// Serve until `stop`, and then until every request in hand is answered; drop the future to end at once. There are `connections` at
/// most, which should be so many that a health check, which lives for milliseconds, is never the one that is missed least.
pub async fn serve(listener: TcpListener, router: Router, connections: usize, stop: CancellationToken) {
    let mut connections = Connections::new(connections, stop.clone());
    let mut sweep = interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut refused = LogLimit::every(LOGGED);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = sweep.tick() => connections.sweep(Instant::now()),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => connections.add(stream, router.clone()),
                Err(error) => {
                    connections.evict();
                    if let Some(left_out) = refused.pass() {
                        tracing::warn!(%error, left_out, "failed to accept a connection");
                    }
                    sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    while connections.tasks.join_next().await.is_some() {}
}

/// The connections of a listener.
struct Connections {
    bound: usize,
    open: Vec<(Activity, AbortHandle)>,
    /// Ends with this.
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Connections {
    fn new(wanted: usize, stop: CancellationToken) -> Self {
        // Two listeners and the load in one process share the descriptors.
        let quarter = raise_file_limit(4 * wanted as u64) / 4;
        let bound = usize::try_from(quarter).unwrap_or(wanted).max(FEWEST).min(wanted);
        Self { bound, open: Vec::new(), tasks: JoinSet::new(), stop }
    }

    fn add(&mut self, stream: TcpStream, router: Router) {
        if self.open.len() >= self.bound {
            self.forget_ended();
        }
        if self.open.len() >= self.bound {
            self.evict();
        }
        let (activity, stop) = (Activity::new(), self.stop.clone());
        let socket = TokioIo::new(Socket::new(stream, activity.clone()));
        let requests = Requests { router, activity: activity.clone() };
        let task = self.tasks.spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.max_buf_size(HEAD_BYTES);
            let mut connection = pin!(http.serve_connection(socket, requests));
            // What a client does wrong ends its own connection and concerns no other.
            tokio::select! {
                _ = connection.as_mut() => return,
                () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
        self.open.push((activity, task));
    }

    /// Close the connection that is missed least.
    fn evict(&mut self) {
        let least = self.open.iter().enumerate().min_by_key(|(_, (activity, _))| activity.rank());
        if let Some((at, _)) = least {
            self.open.swap_remove(at).1.abort();
        }
    }

    /// Close those that take too long.
    fn sweep(&mut self, now: Instant) {
        self.forget_ended();
        self.open.retain(|(activity, task)| {
            let overdue = activity.is_overdue(now);
            if overdue {
                task.abort();
            }
            !overdue
        });
    }

    fn forget_ended(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        self.open.retain(|(_, task)| !task.is_finished());
    }
}
