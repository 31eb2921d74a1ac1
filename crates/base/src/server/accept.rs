//! Connections: accepted, counted, swept and closed.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::{
    net::TcpListener,
    time::{Interval, MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{activity::Activity, files::raise_file_limit, socket::Socket};
use crate::log_limit::LogLimit;

/// The least bound where file descriptors are rare.
const FEWEST: usize = 16;

/// Between two looks at connections that take too long.
const SWEEP: Duration = Duration::from_secs(1);

/// After a failed accept (no file descriptor is left), so long until the next.
const PAUSE: Duration = Duration::from_millis(50);

/// Between two log lines about failed accepts.
const LOGGED: Duration = Duration::from_secs(30);

/// A listener, and the connections that it has accepted.
#[derive(Debug)]
pub struct Acceptor {
    listener: TcpListener,
    bound: usize,
    open: Vec<(Activity, CancellationToken)>,
    sweep: Interval,
    refused: LogLimit,
}

/// A connection, and what is cancelled when it is to be closed.
#[derive(Debug)]
pub struct Accepted {
    /// Its socket.
    pub socket: Socket,
    /// What it is doing.
    pub activity: Activity,
    /// Cancelled when it takes too long, or its place is needed.
    pub closed: CancellationToken,
}

impl Acceptor {
    /// With so many connections at most.
    pub fn new(listener: TcpListener, connections: usize) -> Self {
        // Two listeners and the load in one process share the descriptors.
        let quarter = raise_file_limit(4 * connections as u64) / 4;
        let bound = usize::try_from(quarter).unwrap_or(connections).max(FEWEST).min(connections);
        let mut sweep = interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { listener, bound, open: Vec::new(), sweep, refused: LogLimit::every(LOGGED) }
    }

    /// Wait for the next connection; those that take too long are closed meanwhile.
    pub async fn next(&mut self) -> Accepted {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = self.sweep.tick() => {
                    self.close_overdue(Instant::now());
                    continue;
                }
            };
            match accepted {
                Ok((stream, _)) => {
                    let (activity, closed) = self.admit();
                    return Accepted { socket: Socket::new(stream, activity.clone()), activity, closed };
                }
                Err(error) => self.refuse(&error).await,
            }
        }
    }

    async fn refuse(&mut self, error: &io::Error) {
        self.evict();
        if let Some(left_out) = self.refused.pass() {
            tracing::warn!(%error, left_out, "failed to accept a connection");
        }
        sleep(PAUSE).await;
    }

    fn admit(&mut self) -> (Activity, CancellationToken) {
        if self.open.len() >= self.bound {
            self.open.retain(|(activity, _)| !activity.is_ended());
        }
        if self.open.len() >= self.bound {
            self.evict();
        }
        let (activity, closed) = (Activity::new(), CancellationToken::new());
        self.open.push((activity.clone(), closed.clone()));
        (activity, closed)
    }

    /// Close the connection that is missed least.
    fn evict(&mut self) {
        let least = self.open.iter().enumerate().min_by_key(|(_, (activity, _))| activity.rank());
        if let Some((at, _)) = least {
            self.open.swap_remove(at).1.cancel();
        }
    }

    fn close_overdue(&mut self, now: Instant) {
        self.open.retain(|(activity, closed)| {
            let overdue = activity.is_overdue(now);
            if overdue {
                closed.cancel();
            }
            !overdue && !activity.is_ended()
        });
    }
}
