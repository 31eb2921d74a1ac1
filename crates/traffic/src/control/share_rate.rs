//! Keeps the part and the mode of a generator that shares its rate with others.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::sleep;

use super::{
    peers::{PeerMode, Peers},
    state::Control,
};
use crate::{
    engine::SwitchError,
    plan::{CUSTOM, MAX_RATE},
};

/// How often the names are asked.
const AGAIN: Duration = Duration::from_secs(2);
/// How often the others are asked for their mode after the addresses changed, while none answers.
const ASKS: u32 = 3;
/// A mode counts as newer by at least this: a response takes its time.
const NEWER: Duration = Duration::from_millis(500);

/// Keep this engine's part of the rate right and its mode that of the others, until the future is dropped.
pub async fn share_rate(peers: Peers, control: Control) {
    let mut last = 1;
    let mut known = BTreeSet::new();
    let mut asks = 0;
    loop {
        let addresses = peers.addresses().await;
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
            let seen = peers.ask(&known, &control.epoch).await;
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

/// Switch to the newest mode, if another generator has it.
async fn follow(seen: &[PeerMode], control: &Control) {
    let Some((newest, ago)) = newest(seen, control.epoch.ago()) else {
        tracing::info!("no other generator has a newer mode: the mode stays");
        return;
    };
    let PeerMode { address, mode, rps, .. } = newest;
    let taken = match rps {
        Some(rate) if mode == CUSTOM && (0.0..=MAX_RATE).contains(rate) => {
            control.set_rate(*rate, Duration::ZERO, ago).await
        }
        _ => control.switch(mode, Duration::ZERO, ago).await.map(drop),
    };
    match taken {
        Ok(()) => {
            tracing::info!(%mode, from = %address, "took the mode of another generator");
        }
        Err(SwitchError::Unknown) => {
            tracing::warn!(%mode, from = %address, "another generator is in a mode that this one does not have");
        }
        Err(SwitchError::Gone) => {}
    }
}

/// The mode that was set last, and how long ago; `None` when this generator has it, or none was set.
fn newest(seen: &[PeerMode], own: Option<Duration>) -> Option<(&PeerMode, Duration)> {
    let changed = seen.iter().filter_map(|seen| Some((seen, seen.epoch.changed?)));
    let newest = changed.min_by_key(|(_, ago)| *ago)?;
    own.is_none_or(|own| newest.1 + NEWER < own).then_some(newest)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::{super::mode_epoch::PeerEpoch, *};

    #[test]
    fn the_newest_mode_counts() {
        let seen = |mode: &str, seconds: Option<u64>| PeerMode {
            address: SocketAddr::from(([127, 0, 0, 1], 1)),
            mode: mode.to_owned(),
            rps: None,
            epoch: PeerEpoch { is_self: false, changed: seconds.map(Duration::from_secs) },
        };
        let all = [seen("steady", None), seen("burst", Some(9)), seen("overload", Some(30))];
        let mode =
            |own: Option<u64>| newest(&all, own.map(Duration::from_secs)).map(|(seen, _)| seen.mode.as_str());
        assert_eq!(mode(None), Some("burst"));
        assert_eq!(mode(Some(40)), Some("burst"));
        // This one was set to the same at the same time, or to something else since.
        assert_eq!(mode(Some(9)), None);
        assert_eq!(mode(Some(1)), None);
        assert_eq!(newest(&all[..1], None), None, "a start mode was not chosen");
    }
}
