//! Generators that share one rate: each sends its part, and a mode that is set on one of them reaches all.
//!
//! They find each other by a name that resolves to all of them (`tasks.traffic-generator` on a swarm, the service's name in
//! Compose), asked again and again: a generator that comes or goes changes the part of each within seconds. Whenever the
//! addresses change, a generator asks the others which mode was set last: so one that starts later, or missed a change, goes
//! on in the mode of the rest and not in its own start mode.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::net::lookup_host;

use super::{
    body,
    mode_epoch::{ModeEpoch, PeerEpoch},
};
use stackctl_base::log_limit::LogLimit;

/// How long a peer may take.
const TIMEOUT: Duration = Duration::from_secs(2);
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
pub(super) struct PeerMode {
    pub address: SocketAddr,
    pub mode: String,
    /// Its rate, which counts where the mode is no mode of a table.
    pub rps: Option<f64>,
    pub epoch: PeerEpoch,
}

/// What is passed on to the others.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// A mode, by its name.
    Mode(&'a str),
    /// A rate without a mode.
    Rate(f64),
}

impl Peers {
    /// Behind these names or addresses, all at this control port.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(names: Vec<String>, port: u16) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        Ok(Self { names, port, client, missed: Arc::new(Mutex::new(LogLimit::every(MISSED))) })
    }

    /// The control addresses of all. A name that does not resolve has no generator behind it yet.
    pub(super) async fn addresses(&self) -> BTreeSet<SocketAddr> {
        let mut all = BTreeSet::new();
        for name in &self.names {
            all.extend(lookup_host((name.as_str(), self.port)).await.into_iter().flatten());
        }
        all
    }

    /// The modes of those of the others that answer.
    pub(super) async fn ask(&self, addresses: &BTreeSet<SocketAddr>, own: &ModeEpoch) -> Vec<PeerMode> {
        let each = addresses.iter().map(|address| async move {
            let answer = self.client.get(format!("http://{address}/status")).send().await.ok()?;
            let epoch = own.read(answer.headers());
            let status = body::json(answer).await.ok()?;
            let mode = status.get("mode")?.as_str()?.to_owned();
            let rps = status.get("rps").and_then(serde_json::Value::as_f64);
            Some(PeerMode { address: *address, mode, rps, epoch })
        });
        let seen = futures_util::future::join_all(each).await;
        seen.into_iter().flatten().filter(|seen| !seen.epoch.is_self).collect()
    }

    /// Switch every generator to this mode or rate, reached after `over`; this one is switched twice, which changes nothing.
    pub async fn broadcast(&self, change: Change<'_>, over: Duration) -> Reached {
        let (kind, mode) = match change {
            Change::Mode(mode) => ("mode", mode.to_owned()),
            Change::Rate(rate) => ("rate", rate.to_string()),
        };
        let addresses = self.addresses().await;
        let mode = mode.as_str();
        let each = addresses.iter().map(|address| async move {
            let mut url = reqwest::Url::parse(&format!("http://{address}/{kind}/")).ok()?;
            url.path_segments_mut().ok()?.pop_if_empty().push(mode);
            if !over.is_zero() {
                url.set_query(Some(&format!("over={}ms", over.as_millis())));
            }
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
