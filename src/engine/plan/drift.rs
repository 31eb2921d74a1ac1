//! What was changed with `docker update`: Compose compares the configuration that a container was created with and not
//! what the engine holds it to, so `up` has to look itself.

use super::podman;
use crate::{
    engine::{client::EngineKind, observe::Observed},
    model::Service,
    resolve::ResolvedStack,
};

/// The selected services with a container that the engine holds to something else than stack.toml asks for, in
/// declaration order. Only what `docker update` can change is compared; `swap_limit` is whether the engine can limit swap.
pub fn drifted<'a>(selection: &ResolvedStack<'a>, containers: &[Observed], swap_limit: bool) -> Vec<&'a str> {
    let differs = |name: &str, service: &Service| {
        let mut own = containers.iter().filter(|container| container.service == name);
        own.any(|container| !holds(container, service, swap_limit))
    };
    let services = selection.services.iter().filter(|(name, service)| differs(name, service));
    services.map(|(name, _)| *name).collect()
}

fn holds(container: &Observed, service: &Service, swap_limit: bool) -> bool {
    let has = &container.limits;
    let limits = &service.limits;
    let memory = limits.memory.map(|bytes| bytes.0);
    // Without a setting, the engine allows as much swap as memory.
    let double = || memory.and_then(|memory| i64::try_from(memory.saturating_mul(2)).ok());
    let swap = service.memswap_limit.map_or_else(double, |swap| swap.bytes(limits.memory));
    // `deploy.restart_policy`, which Compose reads too, stands among the keys that are passed through.
    let restart = service.deploy().is_some()
        || service.restart.as_deref().unwrap_or("no").trim_end_matches(":0") == has.restart;
    let pids = limits.pids.filter(|pids| *pids > 0);
    let has_pids = match container.engine {
        EngineKind::Docker => has.pids,
        EngineKind::Podman => podman::pids(has.pids, pids),
    };
    restart
        && has.memory == memory
        && has.memory_reservation == service.reservations.memory.map(|bytes| bytes.0)
        && has.nano_cpus == limits.cpus.map(|cpus| cpus.nanos).filter(|nanos| *nanos > 0)
        && has_pids == pids
        && (!swap_limit || has.memory_swap == swap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::observe::Limits,
        model::{Bytes, Cpus, Resources, Stack},
        resolve::Profiles,
    };

    #[test]
    fn what_docker_update_changes_is_seen() {
        let limits = Resources { memory: Some(Bytes(100)), cpus: Cpus::parse("0.5").ok(), pids: Some(-1) };
        let service = Service { limits, restart: Some("unless-stopped".into()), ..Service::default() };
        let services = [("a".to_owned(), service.clone()), ("b".to_owned(), service)].into();
        let stack = Stack { services, ..Stack::default() };
        let profiles = Profiles::new(&stack);
        let selection = ResolvedStack::new(&profiles, &[] as &[&str]);
        let held = Limits {
            memory: Some(100),
            memory_swap: Some(200),
            nano_cpus: Some(500_000_000),
            restart: "unless-stopped".into(),
            ..Limits::default()
        };
        let container =
            |service: &str, limits| Observed { service: service.into(), limits, ..Observed::default() };
        let seen = |limits: Limits| {
            let containers = [container("a", held.clone()), container("b", limits)];
            drifted(&selection, &containers, true).len()
        };
        assert_eq!(seen(held.clone()), 0);
        for changed in [
            Limits { memory: Some(101), ..held.clone() },
            Limits { memory_swap: Some(-1), ..held.clone() },
            Limits { memory_reservation: Some(7), ..held.clone() },
            Limits { nano_cpus: None, ..held.clone() },
            Limits { pids: Some(9), ..held.clone() },
            Limits { restart: "no".into(), ..held.clone() },
        ] {
            assert_eq!(seen(changed.clone()), 1, "{changed:?}");
        }
        let podman = Observed {
            engine: EngineKind::Podman,
            ..container("b", Limits { pids: Some(2048), ..held.clone() })
        };
        assert_eq!(drifted(&selection, &[podman], true), [] as [&str; 0]);
        let elsewhere = [container("b", Limits { memory_swap: Some(-1), ..held.clone() })];
        assert_eq!(drifted(&selection, &elsewhere, false), [] as [&str; 0]);
    }
}
