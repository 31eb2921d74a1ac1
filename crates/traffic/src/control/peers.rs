//! Generators that share one rate: each sends its part, and a mode that one of them is told reaches all.
//!
//! They find each other by a name that resolves to all of them (`tasks.traffic-generator` on a swarm, the service's name in
//! Compose), asked again and again: a generator that comes or goes changes everybody's part within seconds. Whenever the
//! addresses change, a generator asks the others which mode was told last: so one that starts later, or missed a change, goes
//! on in the mode of the rest and not in its own start mode.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{net::lookup_host, time::sleep};

use super::{Control, Told, body, told::Heard};
use stackctl_base::log_limit::LogLimit;

use crate::engine::SwitchError;

/// How often the names are asked.
const AGAIN: Duration = Duration::from_secs(2);
/// How long a peer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the others are asked for their mode after the addresses changed, while none answers.
const ASKS: u32 = 3;
/// What one was told has to be newer by so much: an answer takes its time.
const NEWER: Duration = Duration::from_millis(500);
/// Between two log lines about a mode that a peer did not take.
const MISSED: Duration = Duration::from_secs(1);
/// Marks a mode that came from a peer: it is not passed on again.
pub const HEADER: &str = "x-stackctl-peer";

/// The generators of one load, this one among them.
#[derive(Debug, Clone)]
pub struct Peers {
    names: Vec<String>,
    port: u16,
    client: reqwest::Client,
    missed: Arc<Mutex<LogLimit>>,
}

/// How many peers a mode reached.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Reached {
    /// That took it.
    pub reached: usize,
    /// That there are.
    pub of: usize,
    /// Those that did not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Missed>,
}

/// A peer that did not take a mode.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Missed {
    /// Its control server.
    pub address: SocketAddr,
    /// What it answered; `null` when it did not.
    pub status: Option<u16>,
}

/// A peer's mode.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    address: SocketAddr,
    mode: String,
    heard: Heard,
}

impl Peers {
    /// Behind these names or addresses, all at this control port.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(names: Vec<String>, port: u16) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { names, port, client, missed: Arc::new(Mutex::new(LogLimit::every(MISSED))) })
    }

    /// The control addresses of all. A name that does not resolve has nobody behind it yet.
    async fn addresses(&self) -> BTreeSet<SocketAddr> {
        let mut all = BTreeSet::new();
        for name in &self.names {
            all.extend(lookup_host((name.as_str(), self.port)).await.into_iter().flatten());
        }
        all
    }

    /// Keep this engine's part of the rate right and its mode that of the others, until the future is dropped.
    pub async fn share(self, control: Control) {
        let mut last = 1;
        let mut known = BTreeSet::new();
        let mut asks = 0;
        loop {
            let addresses = self.addresses().await;
            let parts = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
            if parts != last {
                tracing::info!(generators = parts, "sharing the rate");
                control.handle.share(parts);
                last = parts;
            }
            if addresses != known {
                asks = ASKS;
                known = addresses;
            }
            if asks > 0 {
                asks -= 1;
                let seen = self.ask(&known, &control.told).await;
                if !seen.is_empty() {
                    asks = 0;
                    follow(&seen, &control).await;
                } else if asks == 0 {
                    tracing::info!("no other generator answers: the mode stays");
                }
            }
            sleep(AGAIN).await;
        }
    }

    /// The modes of those of the others that answer.
    async fn ask(&self, addresses: &BTreeSet<SocketAddr>, told: &Told) -> Vec<Seen> {
        let each = addresses.iter().map(|address| async move {
            let answer = self.client.get(format!("http://{address}/status")).send().await.ok()?;
            let heard = told.read(answer.headers());
            let status = body::json(answer).await.ok()?;
            let mode = status.get("mode")?.as_str()?.to_owned();
            Some(Seen { address: *address, mode, heard })
        });
        let seen = futures_util::future::join_all(each).await;
        seen.into_iter().flatten().filter(|seen| !seen.heard.is_self).collect()
    }

    /// Tell every generator to go on in this mode; this one hears it twice, which changes nothing.
    pub async fn tell(&self, mode: &str) -> Reached {
        let addresses = self.addresses().await;
        let each = addresses.iter().map(|address| async move {
            let mut url = reqwest::Url::parse(&format!("http://{address}/mode/")).ok()?;
            url.path_segments_mut().ok()?.pop_if_empty().push(mode);
            let answer = self.client.post(url).header(HEADER, "1").send().await.ok()?;
            Some(answer.status())
        });
        let answers = futures_util::future::join_all(each).await;
        let missed: Vec<Missed> = addresses
            .iter()
            .zip(answers)
            .filter(|(_, answer)| !answer.is_some_and(|status| status.is_success()))
            .map(|(address, answer)| Missed {
                address: *address,
                status: answer.map(|status| status.as_u16()),
            })
            .collect();
        if let Some(Missed { address, status }) = missed.first()
            && let Some(left_out) = self.missed.lock().unwrap_or_else(PoisonError::into_inner).pass()
        {
            let others = missed.len() - 1;
            tracing::warn!(mode, %address, status, others, left_out, "another generator did not take the mode");
        }
        Reached { reached: addresses.len() - missed.len(), of: addresses.len(), missed }
    }
}

/// Go on in the mode that was told last, if that was to another.
async fn follow(seen: &[Seen], control: &Control) {
    let Some((newest, ago)) = newest(seen, control.told.ago()) else {
        tracing::info!("no other generator was told another mode: the mode stays");
        return;
    };
    let Seen { address, mode, .. } = newest;
    match control.switch(mode, ago).await {
        Ok(_) => {
            tracing::info!(%mode, from = %address, "took the mode of another generator");
        }
        Err(SwitchError::Unknown) => {
            tracing::warn!(%mode, from = %address, "another generator is in a mode that this one does not have");
        }
        Err(SwitchError::Gone) => {}
    }
}

/// The mode that was told last, and how long ago; `None` when that was to this one, or nobody was told any.
fn newest(seen: &[Seen], own: Option<Duration>) -> Option<(&Seen, Duration)> {
    let told = seen.iter().filter_map(|seen| Some((seen, seen.heard.told?)));
    let newest = told.min_by_key(|(_, ago)| *ago)?;
    own.is_none_or(|own| newest.1 + NEWER < own).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_last_counts() {
        let seen = |mode: &str, seconds: Option<u64>| Seen {
            address: SocketAddr::from(([127, 0, 0, 1], 1)),
            mode: mode.to_owned(),
            heard: Heard { is_self: false, told: seconds.map(Duration::from_secs) },
        };
        let all = [seen("steady", None), seen("burst", Some(9)), seen("overload", Some(30))];
        let mode =
            |own: Option<u64>| newest(&all, own.map(Duration::from_secs)).map(|(seen, _)| seen.mode.as_str());
        assert_eq!(mode(None), Some("burst"));
        assert_eq!(mode(Some(40)), Some("burst"));
        // This one was told the same at the same time, or something else since.
        assert_eq!(mode(Some(9)), None);
        assert_eq!(mode(Some(1)), None);
        assert_eq!(newest(&all[..1], None), None, "a start mode is nobody's wish");
    }
}
