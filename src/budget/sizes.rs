//! What a ledger reads of a service and of its overlays.

use crate::model::{Bytes, Cpus, Overlay, Resources, Service};

/// The sizes of a service. A ledger is made from nothing else, so that what is missing here cannot count; and a key that is
/// added to overlays does not compile before [`Sizes::apply`] decides about it.
#[derive(Debug, Clone)]
pub(super) struct Sizes {
    pub(super) limits: Resources,
    pub(super) reservations: Resources,
    pub(super) replicas: u32,
    /// The most bytes that the logs of one container may take; `None` without a bound. No overlay changes it.
    pub(super) logs: Option<u128>,
}

impl Sizes {
    /// Those of a service without overlays. A provider is not a container and uses nothing.
    pub(super) fn of(service: &Service) -> Self {
        if service.is_provided() {
            let (memory, cpus) = (Some(Bytes(0)), Some(Cpus::default()));
            let limits = Resources { memory, cpus, ..Resources::default() };
            return Self { limits, reservations: Resources::default(), replicas: 1, logs: Some(0) };
        }
        Self {
            limits: service.limits.clone(),
            reservations: service.reservations.clone(),
            replicas: service.replica_count(),
            logs: log_bound(service),
        }
    }

    /// Whether an overlay sets a size.
    pub(super) fn are_set_by(overlay: &Overlay) -> bool {
        let (limits, reservations, replicas) = set_by(overlay);
        [limits, reservations].into_iter().any(|set| *set != Resources::default()) || replicas.is_some()
    }

    /// Apply an overlay, as [`crate::resolve::apply`] does.
    pub(super) fn apply(&mut self, overlay: &Overlay) {
        let (limits, reservations, replicas) = set_by(overlay);
        self.limits.replace(limits);
        self.reservations.replace(reservations);
        self.replicas = replicas.unwrap_or(self.replicas);
    }

    /// Take in an overlay that may be enabled or not: each size becomes the largest that it can have.
    pub(super) fn raise(&mut self, overlay: &Overlay) {
        let mut with = self.clone();
        with.apply(overlay);
        let Self { limits, reservations, replicas, logs: _ } = with;
        self.limits.raise(&limits);
        self.reservations.raise(&reservations);
        self.replicas = self.replicas.max(replicas);
    }
}

/// The most bytes that one container's logs may take, `None` without a bound. The driver `none` writes nothing.
/// The engine counts `10m` of a log as 10,000,000 bytes (moby, go-units' `FromHumanSize`; measured), and here as everywhere in
/// stack.toml it is 10 MiB: the bound holds, with 4.9 % to spare for the line that goes beyond.
/// `max_file` defaults to 1 for `json-file` and to 5 for `local` (moby, daemon/logger).
pub fn log_bound(service: &Service) -> Option<u128> {
    let logging = &service.logging;
    let driver = logging.driver.as_deref();
    if driver == Some("none") {
        return Some(0);
    }
    let files = logging.max_file.unwrap_or(if driver == Some("local") { 5 } else { 1 }).max(1);
    logging.max_size.map(|size| u128::from(size.0) * u128::from(files))
}

/// What an overlay sets of the sizes. Every field is named, so that a new one has to be decided on here.
fn set_by(overlay: &Overlay) -> (&Resources, &Resources, Option<u32>) {
    let Overlay { limits, reservations, replicas, environment: _, depends_on: _, command: _, variables: _ } =
        overlay;
    (limits, reservations, *replicas)
}
