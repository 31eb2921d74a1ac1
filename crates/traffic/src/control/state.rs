//! The state of the control server.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::watch;

use super::{Hosts, answers::Answers, mode_epoch::ModeEpoch, peers::Peers};
use crate::{
    dashboard::About,
    engine::{Handle, SwitchError},
    history::{Recent, lock},
    plan::CUSTOM,
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
    pub(super) about: Arc<About>,
}

impl Control {
    /// For one engine. `feed` is what `/events` sends on, `recent` what `/history` shows.
    pub fn new(handle: Handle, hosts: Hosts, feed: Feed, recent: Arc<Mutex<Recent>>) -> Self {
        let (answers, epoch) = (Arc::default(), ModeEpoch::default());
        let (hosts, about) = (Arc::new(hosts), Arc::default());
        Self { handle, epoch, hosts, feed, recent, answers, peers: None, about }
    }

    /// Put this into reports, and link to the target.
    #[must_use]
    pub fn about(self, about: Arc<About>) -> Self {
        Self { about, ..self }
    }

    /// Pass modes on to these.
    #[must_use]
    pub fn with_peers(self, peers: Option<Peers>) -> Self {
        Self { peers: peers.map(Arc::new), ..self }
    }

    /// Switch to a mode that was chosen `ago`, and reach its rate after `over`. Every answer from now on shows it.
    ///
    /// # Errors
    /// See [`SwitchError`].
    pub(super) async fn switch(&self, mode: &str, over: Duration, ago: Duration) -> Result<f64, SwitchError> {
        let rate = self.handle.switch(mode, over).await?;
        self.switched(mode, rate, over, ago).await;
        Ok(rate)
    }

    /// The same with a rate that is no mode's.
    ///
    /// # Errors
    /// See [`SwitchError`].
    pub(super) async fn set_rate(&self, rate: f64, over: Duration, ago: Duration) -> Result<(), SwitchError> {
        self.handle.set_rate(rate, over).await?;
        self.switched(CUSTOM, rate, over, ago).await;
        Ok(())
    }

    async fn switched(&self, mode: &str, rate: f64, over: Duration, ago: Duration) {
        self.epoch.set(ago);
        lock(&self.recent).changed(Some(mode.to_owned()), Some(rate), over.as_secs_f64());
        self.answers.forget().await;
    }
}
