//! The state of the control server.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::watch;

use super::{Hosts, answers::Answers, mode_epoch::ModeEpoch, peers::Peers};
use crate::{
    engine::{Handle, SwitchError},
    history::{Recent, lock},
};

/// The latest event of the live view, as JSON; `None` while no client is connected.
pub type Feed = watch::Sender<Option<Arc<str>>>;

/// The state that the routes share.
#[derive(Debug, Clone)]
pub struct Control {
    pub(super) handle: Handle,
    pub(super) epoch: ModeEpoch,
    pub(super) hosts: Arc<Hosts>,
    pub(super) feed: Feed,
    pub(super) recent: Arc<Mutex<Recent>>,
    pub(super) answers: Arc<Answers>,
    pub(super) peers: Option<Arc<Peers>>,
}

impl Control {
    /// For one engine. `feed` is what `/events` sends on, `recent` what `/history` shows.
    pub fn new(handle: Handle, hosts: Hosts, feed: Feed, recent: Arc<Mutex<Recent>>) -> Self {
        let (answers, epoch) = (Arc::default(), ModeEpoch::default());
        Self { handle, epoch, hosts: Arc::new(hosts), feed, recent, answers, peers: None }
    }

    /// Pass modes on to these.
    #[must_use]
    pub fn with_peers(self, peers: Option<Peers>) -> Self {
        Self { peers: peers.map(Arc::new), ..self }
    }

    /// Switch to a mode that was chosen `ago`. Every answer from now on shows it.
    ///
    /// # Errors
    /// See [`SwitchError`].
    pub(super) async fn switch(&self, mode: &str, ago: Duration) -> Result<f64, SwitchError> {
        let rate = self.handle.switch(mode).await?;
        self.epoch.set(ago);
        lock(&self.recent).changed(Some(mode.to_owned()), Some(rate));
        self.answers.forget().await;
        Ok(rate)
    }
}
