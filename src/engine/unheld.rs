//! What the kernel holds containers to, beside what stack.toml asks for.

use super::{
    held::{Bound, Held},
    observe::Observed,
};
use crate::{
    model::{Bytes, Cpus, Service},
    resolve::ResolvedStack,
};

/// The kernel counts memory in pages, of 64 KiB at most.
const PAGE: u64 = 64 << 10;
/// systemd counts CPUs in hundredths.
const CPU_STEP: u64 = 10_000_000;

/// A service that is not held to its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheld {
    /// Its name.
    pub service: String,
    /// The container that shows it.
    pub container: String,
    /// Which limits, in a sentence.
    pub detail: String,
}

/// Whether the limits of a stack are held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitsHeld {
    /// `None` where nothing that runs has a limit that can be looked at.
    pub held: Option<bool>,
    /// Each service that is not held, once.
    pub unheld: Vec<Unheld>,
}

impl LimitsHeld {
    /// For programs: `true`, `false` or `null`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(&self.held, serializer)
    }

    /// Look at the containers of what is selected; `held` is what the kernel holds each to.
    ///
    /// A limit counts as held where the kernel has what stack.toml asks for, or what the container was created with: after
    /// an edit of stack.toml it is the container that is old, and not the engine that holds nothing.
    pub fn of(selection: &ResolvedStack<'_>, containers: &[Observed], held: &[Option<Held>]) -> Self {
        let mut found = Self::default();
        for (container, held) in containers.iter().zip(held) {
            let declared = selection.services.get(container.service.as_str());
            let (Some(held), Some(declared)) = (held, declared) else { continue };
            let compared = compare(declared, container, held);
            if compared.is_empty() {
                continue;
            }
            let wrong: Vec<String> = compared.into_iter().flatten().collect();
            found.held = Some(found.held.unwrap_or(true) && wrong.is_empty());
            let is_known = found.unheld.iter().any(|known| known.service == container.service);
            if !wrong.is_empty() && !is_known {
                found.unheld.push(Unheld {
                    service: container.service.clone(),
                    container: container.id.clone(),
                    detail: wrong.join(", "),
                });
            }
        }
        found
    }
}

/// One entry for each limit that is asked for and known: how it is not held, or `None`.
fn compare(service: &Service, container: &Observed, held: &Held) -> Vec<Option<String>> {
    let (asked, created) = (&service.limits, &container.limits);
    let mut found = Vec::new();
    if let Some(asked) = asked.memory.map(|bytes| bytes.0) {
        let is = |held: u64, limit: u64| held <= limit && limit - held < PAGE;
        let shown = |bytes: u64| Bytes(bytes).to_string();
        match (held.memory, held.memory_used) {
            (Bound::Unknown, Some(used)) if used > asked => {
                found.push(Some(format!(
                    "{} of memory in use instead of {} at most",
                    Bytes(used).rounded(),
                    Bytes(asked)
                )));
            }
            (bound, _) => found.extend(judge(bound, asked, created.memory, is, "memory limit", shown)),
        }
    }
    if let Some(asked) = asked.cpus.map(|cpus| cpus.nanos).filter(|nanos| *nanos > 0) {
        let is = |held: u64, limit: u64| held.abs_diff(limit) <= CPU_STEP;
        let shown = |nanos| Cpus { nanos }.to_string();
        found.extend(judge(held.nano_cpus, asked, created.nano_cpus, is, "CPU limit", shown));
    }
    if let Some(asked) = asked.pids.and_then(|pids| u64::try_from(pids).ok()).filter(|pids| *pids > 0) {
        let created = created.pids.and_then(|pids| u64::try_from(pids).ok());
        let shown = |pids: u64| pids.to_string();
        found.extend(judge(
            held.pids,
            asked,
            created,
            |held, limit| held == limit,
            "limit of processes",
            shown,
        ));
    }
    found
}

/// Nothing where the bound is not known.
fn judge(
    bound: Bound,
    asked: u64,
    created: Option<u64>,
    is: impl Fn(u64, u64) -> bool,
    what: &str,
    shown: impl Fn(u64) -> String,
) -> Option<Option<String>> {
    let wanted = shown(asked);
    match bound {
        Bound::Unknown => None,
        Bound::Unlimited => Some(Some(format!("no {what} instead of {wanted}"))),
        Bound::At(held) if is(held, asked) || created.is_some_and(|created| is(held, created)) => Some(None),
        Bound::At(held) => Some(Some(format!("a {what} of {} instead of {wanted}", shown(held)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{fake::held_to, observe::Limits},
        model::{Resources, Stack},
        resolve::Profiles,
    };

    /// The judgement over one container of a service with limits.
    fn judged(created: Limits, held: Option<Held>) -> (Option<bool>, Vec<String>) {
        let limits =
            Resources { memory: Some(Bytes(64 << 20)), cpus: Cpus::parse("0.333").ok(), pids: Some(9) };
        let services = [
            ("a".to_owned(), Service { limits, ..Service::default() }),
            ("open".to_owned(), Service::default()),
        ];
        let stack = Stack { services: services.into(), ..Stack::default() };
        let profiles = Profiles::new(&stack);
        let selection = ResolvedStack::new(&profiles, &[] as &[&str]);
        let of = |service: &str| Observed {
            service: service.into(),
            limits: created.clone(),
            ..Observed::default()
        };
        let open = Held { memory: Bound::Unlimited, ..Held::default() };
        let containers = [of("a"), of("a"), of("open"), of("gone")];
        let found = LimitsHeld::of(&selection, &containers, &[held, held, Some(open), Some(open)]);
        (found.held, found.unheld.into_iter().map(|it| format!("{}: {}", it.service, it.detail)).collect())
    }

    fn asked() -> Limits {
        Limits { memory: Some(64 << 20), nano_cpus: Some(333_000_000), pids: Some(9), ..Limits::default() }
    }

    #[test]
    fn what_is_asked_for_has_to_be_what_the_kernel_has() {
        let held = held_to(&asked());
        assert_eq!(judged(asked(), Some(held)), (Some(true), Vec::new()));
        // Whole pages, and systemd's hundredths.
        let rounded =
            Held { memory: Bound::At((64 << 20) - 4096), nano_cpus: Bound::At(340_000_000), ..held };
        assert_eq!(judged(asked(), Some(rounded)), (Some(true), Vec::new()));
        let open = Held {
            memory: Bound::Unlimited,
            nano_cpus: Bound::Unlimited,
            pids: Bound::Unlimited,
            memory_used: None,
        };
        let (is_held, details) = judged(asked(), Some(open));
        assert_eq!(is_held, Some(false));
        assert_eq!(
            details,
            [
                "a: no memory limit instead of 64 MiB, no CPU limit instead of 0.333, no limit of processes instead of 9"
            ]
        );
        // An engine elsewhere gives the machine's memory, and no CPUs.
        let machine = Held { memory: Bound::At(8 << 30), ..Held::default() };
        assert_eq!(judged(asked(), Some(machine)).1, ["a: a memory limit of 8 GiB instead of 64 MiB"]);
        let small = Held { memory: Bound::At(64 << 20), ..Held::default() };
        assert_eq!(judged(asked(), Some(small)).0, Some(true));
    }

    #[test]
    fn an_edited_stack_is_not_an_engine_that_holds_nothing() {
        let old = Limits {
            memory: Some(32 << 20),
            nano_cpus: Some(100_000_000),
            pids: Some(5),
            ..Limits::default()
        };
        assert_eq!(judged(old.clone(), Some(held_to(&old))), (Some(true), Vec::new()));
        // The engine took the limits away: so does Podman without root on cgroup 1.
        let none = Limits::default();
        assert_eq!(judged(none.clone(), Some(held_to(&none))).0, Some(false));
    }

    #[test]
    fn what_is_not_known_says_nothing_unless_use_is_above_the_limit() {
        assert_eq!(judged(asked(), None), (None, Vec::new()));
        assert_eq!(judged(asked(), Some(Held::default())), (None, Vec::new()));
        let used = |memory_used| Held { memory_used: Some(memory_used), ..Held::default() };
        assert_eq!(judged(asked(), Some(used(64 << 20))).0, None);
        let (is_held, details) = judged(asked(), Some(used(2 << 30)));
        assert_eq!(
            (is_held, details[0].as_str()),
            (Some(false), "a: 2.0 GiB of memory in use instead of 64 MiB at most")
        );
    }
}
