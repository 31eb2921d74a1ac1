//! A client of the shop.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

/// Long enough for a slow machine; nothing waits for it unless something is broken.
pub const SOON: Duration = Duration::from_secs(60);

/// A client of the shop.
pub struct Shop {
    pub base: String,
    pub http: Client,
}

impl Shop {
    pub fn at(gateway: SocketAddr) -> Self {
        Self { base: format!("http://{gateway}"), http: Client::new() }
    }

    /// Wait until the gateway is ready, or listens at all.
    pub async fn until_ready(&self) {
        self.until_readyz_is(StatusCode::OK).await;
    }

    /// Wait for an answer of readiness.
    pub async fn until_readyz_is(&self, status: StatusCode) {
        let (start, path) = (Instant::now(), format!("{}/readyz", self.base));
        while !self.http.get(&path).send().await.is_ok_and(|response| response.status() == status) {
            assert!(start.elapsed() < SOON, "readiness never is {status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.http.get(format!("{}{path}", self.base)).send().await.unwrap()).await
    }

    pub async fn post(&self, body: impl ToString, key: Option<&str>) -> Response {
        let mut request = self.http.post(format!("{}/orders", self.base));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        request.header("Content-Type", "application/json").body(body.to_string()).send().await.unwrap()
    }

    pub async fn until_fulfilled(&self, id: i64) -> Value {
        let start = Instant::now();
        loop {
            let (status, order) = self.get(&format!("/orders/{id}")).await;
            assert_eq!(status, StatusCode::OK);
            if order["status"] == "fulfilled" {
                return order;
            }
            assert!(start.elapsed() < SOON, "still {order}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The status, and the body as JSON, or as text where it is none.
pub async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
