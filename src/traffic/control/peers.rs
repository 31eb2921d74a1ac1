//! Generators that share one rate: each sends its part, and a mode that one of them is told reaches all.
//!
//! They find each other by a name that resolves to all of them (`tasks.traffic-generator` on a swarm, the service's name in
//! Compose), asked again and again: a generator that comes or goes changes everybody's part within seconds.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use tokio::{net::lookup_host, time::sleep};

use crate::traffic::engine::Handle;

/// How often the names are asked.
const AGAIN: Duration = Duration::from_secs(2);
/// How long a peer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Marks a mode that came from a peer: it is not passed on again.
pub const HEADER: &str = "x-stackctl-peer";

/// The generators of one load, this one among them.
#[derive(Debug, Clone)]
pub struct Peers {
    names: Vec<String>,
    port: u16,
    client: reqwest::Client,
}

/// How many peers a mode reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Reached {
    /// That took it.
    pub reached: usize,
    /// That there are.
    pub of: usize,
}

impl Peers {
    /// Behind these names or addresses, all at this control port.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(names: Vec<String>, port: u16) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { names, port, client })
    }

    /// The control addresses of all. A name that does not resolve has nobody behind it yet.
    async fn addresses(&self) -> BTreeSet<SocketAddr> {
        let mut all = BTreeSet::new();
        for name in &self.names {
            all.extend(lookup_host((name.as_str(), self.port)).await.into_iter().flatten());
        }
        all
    }

    /// Keep this engine's part of the rate right, until the future is dropped.
    pub async fn share(self, handle: Handle) {
        let mut last = 1;
        loop {
            let parts = u32::try_from(self.addresses().await.len()).unwrap_or(u32::MAX).max(1);
            if parts != last {
                tracing::info!(generators = parts, "sharing the rate");
                handle.share(parts);
                last = parts;
            }
            sleep(AGAIN).await;
        }
    }

    /// Tell every generator to go on in this mode; this one hears it twice, which changes nothing.
    pub async fn tell(&self, mode: &str) -> Reached {
        let addresses = self.addresses().await;
        let each = addresses.iter().map(|address| {
            let url = format!("http://{address}/mode/{mode}");
            self.client.post(url).header(HEADER, "1").send()
        });
        let answers = futures_util::future::join_all(each).await;
        let took = |answer: &Result<reqwest::Response, reqwest::Error>| {
            answer.as_ref().is_ok_and(|answer| answer.status().is_success())
        };
        let reached = Reached { reached: answers.iter().filter(|it| took(it)).count(), of: addresses.len() };
        if reached.reached < reached.of {
            tracing::warn!(
                mode,
                reached = reached.reached,
                of = reached.of,
                "not every generator changed its mode"
            );
        }
        reached
    }
}
