//! Bodies that many requests share: each is made at most once a second, or when something has changed, and then handed out as the
//! same bytes. Asking a thousand times a second takes nothing from the load, and responses that are not read take no memory.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::Mutex;

/// How long a body is handed out.
const FRESH: Duration = Duration::from_secs(1);

/// One body, and when it was made.
#[derive(Debug, Default)]
pub struct Shared(Mutex<Option<(Instant, Bytes)>>);

impl Shared {
    /// The body, made now where it is older than a second; `None` when it cannot be made.
    pub async fn get(&self, make: impl AsyncFnOnce() -> Option<Bytes>) -> Option<Bytes> {
        // While one request makes it, the others wait for it.
        let mut kept = self.0.lock().await;
        if let Some((_, body)) = kept.as_ref().filter(|(made, _)| made.elapsed() < FRESH) {
            return Some(body.clone());
        }
        let body = make().await?;
        *kept = Some((Instant::now(), body.clone()));
        Some(body)
    }

    /// Make it again for the next request.
    pub async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// The bodies of the paths that are asked again and again.
#[derive(Debug, Default)]
pub struct Answers {
    /// `/status`.
    pub status: Shared,
    /// `/metrics`.
    pub metrics: Shared,
    /// `/history`.
    pub history: Shared,
    /// `/report.html`.
    pub page: Shared,
    /// What `/events` begins with.
    pub event: Shared,
}

impl Answers {
    /// The mode has changed.
    pub async fn forget(&self) {
        for shared in [&self.status, &self.metrics, &self.history, &self.page, &self.event] {
            shared.forget().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn many_requests_share_the_same_bytes_until_something_changes() {
        let (shared, made) = (Shared::default(), Cell::new(0_u8));
        let make = async || {
            made.set(made.get() + 1);
            Some(Bytes::from(vec![made.get(); 1_000]))
        };
        let first = shared.get(make).await.unwrap();
        for _ in 0..1_000 {
            let body = shared.get(make).await.unwrap();
            assert_eq!(body.as_ptr(), first.as_ptr(), "a copy");
        }
        assert_eq!(made.get(), 1);
        shared.forget().await;
        assert_eq!(shared.get(make).await.unwrap()[0], 2);
        shared.forget().await;
        assert_eq!(shared.get(async || None).await, None);
    }
}
