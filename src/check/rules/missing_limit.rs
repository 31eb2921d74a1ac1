//! Services without a limit that the budget proof needs.

use super::{Context, logging};
use crate::{
    check::reach::When,
    diag::{Allow, Code, Diagnostic, KeyPath, Place, Severity, service_path},
    model::{Bytes, Cpus, Resources, Service},
};

static MISSING_LIMIT: Code = Code::error(
    "missing-limit",
    Allow::Anywhere,
    "\
A service has no memory limit or no CPU limit, so one of its containers may take everything the machine has, and no \
budget can be proved. Where `[budget]` sets `log_disk`, a service without `max_size` in `logging` has no limit for its log.

It is an error for each resource that `[budget]` names, and one warning for all others: without `[budget]` nothing is compared, and \
`stackctl budget check` answers `not proved` for every combination that holds such a service. All services are one finding.

```toml
[services.api]
limits = { memory = \"512M\", cpus = 1.0 }

[defaults]
logging = { driver = \"json-file\", max_size = \"10m\", max_file = 3 }
```

`stackctl budget suggest` proposes limits from measured use, and `--write` writes them. `[defaults]` can hold limits for every \
service.",
);

pub(super) static CODES: &[&Code] = &[&MISSING_LIMIT];

/// What a service may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Memory,
    Cpus,
    Logs,
}

impl Limit {
    const ALL: [Self; 3] = [Self::Memory, Self::Cpus, Self::Logs];

    fn words(self) -> &'static str {
        match self {
            Self::Memory => "memory limit",
            Self::Cpus => "CPU limit",
            Self::Logs => "log limit",
        }
    }
}

/// A service with what it lacks, and a combination in which it does.
struct Lacking<'a> {
    name: &'a str,
    service: &'a Service,
    limits: Vec<Limit>,
    /// What it lacks beside them, which another finding reports.
    others: Vec<Limit>,
    combination: Vec<String>,
}

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let budget = &context.stack.budget;
    // A bound that could not be read is named all the same.
    let is_written = |key: &str| context.is_written(&KeyPath::from(["budget", key]));
    let is_named = |limit: &Limit| match limit {
        Limit::Memory => budget.memory.is_some() || is_written("memory"),
        Limit::Cpus => budget.cpus.is_some() || is_written("cpus"),
        Limit::Logs => budget.log_disk.is_some(),
    };
    let (named, others): (Vec<Limit>, Vec<Limit>) = Limit::ALL.into_iter().partition(is_named);
    report(context, (&named, &others), Severity::Error, found);
    report(context, (&others, &named), Severity::Warning, found);
}

/// One finding for all services that lack one of these limits. Those that allow it have one each, which `allow` takes.
fn report(
    context: &Context<'_>,
    (limits, others): (&[Limit], &[Limit]),
    severity: Severity,
    found: &mut Vec<Diagnostic>,
) {
    let lacking = |name, service, limits: &[Limit]| lacking(context, name, service, limits, severity);
    let all = context.services().iter().filter_map(|(name, service)| {
        let found = lacking(name, service, limits)?;
        let mut others = lacking(name, service, others).map(|other| other.limits).unwrap_or_default();
        others.retain(|limit| *limit != Limit::Logs);
        Some(Lacking { others, ..found })
    });
    let (allowed, lacking): (Vec<Lacking<'_>>, Vec<Lacking<'_>>) =
        all.partition(|it| it.service.allow.contains_key(MISSING_LIMIT.name));
    for group in allowed.chunks(1).chain([lacking.as_slice()]).filter(|group| !group.is_empty()) {
        found.push(Diagnostic { severity, ..diagnostic(context, group, severity) });
    }
}

fn lacking<'a>(
    context: &Context<'a>,
    name: &'a str,
    service: &'a Service,
    limits: &[Limit],
    severity: Severity,
) -> Option<Lacking<'a>> {
    if service.is_provided() {
        return None;
    }
    let mut combination = None;
    let lacks = |limit: &Limit| {
        let when = match limit {
            Limit::Memory => unset(context, name, &service.limits, |limits| limits.memory.is_some())?,
            Limit::Cpus => unset(context, name, &service.limits, |limits| limits.cpus.is_some())?,
            // Without a ceiling, what is never rotated has a warning of its own.
            Limit::Logs
                if severity == Severity::Warning || !logging::is_unbounded(context, name, service) =>
            {
                return None;
            }
            Limit::Logs => context.when(name),
        };
        let witness = when.witness()?;
        let path = service_path(name).key("limits");
        let is_unread = match limit {
            Limit::Memory => context.is_written(&path.key("memory")) || context.is_no_table(&path),
            Limit::Cpus => context.is_written(&path.key("cpus")) || context.is_no_table(&path),
            Limit::Logs => false,
        };
        (!is_unread).then(|| combination.get_or_insert(witness)).map(|_| *limit)
    };
    let limits: Vec<Limit> = limits.iter().filter_map(lacks).collect();
    combination.map(|combination| Lacking { name, service, limits, others: Vec::new(), combination })
}

/// When neither the service nor an overlay sets a limit; `None` where the service does.
fn unset<'c>(
    context: &'c Context<'_>,
    name: &str,
    own: &Resources,
    is_set: fn(&Resources) -> bool,
) -> Option<When<'c>> {
    let set = |limits: &Resources| is_set(limits).then_some(());
    let choices = context.choices(name, set(own), |overlay| set(&overlay.limits));
    let own = &choices[0];
    own.value.is_none().then(|| context.when(name).chosen(own, &choices))
}

fn diagnostic(context: &Context<'_>, group: &[Lacking<'_>], severity: Severity) -> Diagnostic {
    let first = &group[0];
    let message = match group {
        [only] => format!("service `{}` has {}", only.name, none(&only.limits, " and ")),
        _ => counts(group),
    };
    let label = |it: &Lacking<'_>| match it.combination.as_slice() {
        profiles if profiles.is_empty() || group.len() == 1 => none(&it.limits, ", "),
        profiles => format!("{}, with {}", none(&it.limits, ", "), profiles.join("+")),
    };
    let has = |limit: Limit| group.iter().any(|it| it.limits.contains(&limit));
    let why = match (has(Limit::Memory) || has(Limit::Cpus), group.len()) {
        (true, 1) => "it may take everything the machine has, and no budget can be proved",
        (true, _) => "each may take everything the machine has, and no budget can be proved",
        (false, 1) => "its log is not limited, so `log_disk` cannot be proved",
        (false, _) => "their logs are not limited, so `log_disk` cannot be proved",
    };
    let mut diagnostic = Diagnostic::new(&MISSING_LIMIT, message)
        .at_key(service_path(first.name))
        .label(label(first))
        .why(why)
        .help(help(context, group, severity));
    for it in &group[1..] {
        diagnostic.places.push((Place::Key(service_path(it.name)), label(it)));
    }
    for it in group.iter().filter(|it| it.limits.contains(&Limit::Logs) && logging::rotates(it.service)) {
        diagnostic = diagnostic.fix(logging::fix(context, it.name, it.service));
    }
    if has(Limit::Logs) && context.stack.budget.log_disk.is_some() {
        diagnostic = diagnostic.related(["budget", "log_disk"], "the ceiling for all logs");
    }
    if group.len() == 1 { diagnostic.in_combination(first.combination.clone()) } else { diagnostic }
}

/// `no memory limit, no CPU limit`.
fn none(limits: &[Limit], separator: &str) -> String {
    limits.iter().map(|limit| format!("no {}", limit.words())).collect::<Vec<_>>().join(separator)
}

/// `5 services have no memory limit, 4 have no CPU limit`.
fn counts(group: &[Lacking<'_>]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for limit in Limit::ALL {
        let count = group.iter().filter(|it| it.limits.contains(&limit)).count();
        let who = match (count, parts.is_empty()) {
            (0, _) => continue,
            (1, true) => "1 service has".to_owned(),
            (1, false) => "1 has".to_owned(),
            (count, true) => format!("{count} services have"),
            (count, false) => format!("{count} have"),
        };
        parts.push(format!("{who} no {}", limit.words()));
    }
    parts.join(", ")
}

/// What to write, with figures that no other rule refuses: not below what is reserved, not above what the budget gives. Followed
/// together with the help of the other finding it leads to one `limits`: an error proposes all of it, a warning what it adds.
fn help(context: &Context<'_>, group: &[Lacking<'_>], severity: Severity) -> String {
    let whole = severity == Severity::Error;
    let lack = |limit: Limit| {
        group.iter().filter(move |it| it.limits.contains(&limit) || (whole && it.others.contains(&limit)))
    };
    let reserved =
        lack(Limit::Memory).filter_map(|it| it.service.reservations.memory).max().unwrap_or_default();
    let memory = reserved.max(Bytes(512 << 20));
    let reserved = lack(Limit::Cpus).filter_map(|it| it.service.reservations.cpus).max().unwrap_or_default();
    let half = Cpus { nanos: 500_000_000 };
    let cpus = reserved.max(context.stack.budget.cpus.map_or(half, |given| given.min(half)));
    let memory = lack(Limit::Memory).next().map(|_| format!("memory = \"{}\"", memory.exact()));
    let cpus = lack(Limit::Cpus).next().map(|_| format!("cpus = {cpus}"));
    let entries: Vec<String> = [memory, cpus].into_iter().flatten().collect();
    let limits = limits_help(context, group, &entries, whole);
    let logging = || group.iter().filter(|it| it.limits.contains(&Limit::Logs));
    let rotate = logging().all(|it| logging::rotates(it.service));
    let logs = logging().next().map(|_| match (rotate, group.len()) {
        (true, _) => logging::help(context, logging().all(|it| logging::goes_to(context, it.service))),
        (false, 1) => "write a driver that rotates, `json-file` or `local`, with a `max_size`",
        (false, _) => {
            "write `driver = \"json-file\"`, `max_size = \"10m\"` and `max_file = 3` in `logging` of each"
        }
    });
    let measure = limits.as_ref().map_or("", |_| "; `stackctl budget suggest` measures it");
    let logs = logs.map(|logs| if limits.is_some() { logs.trim_start_matches("write ") } else { logs });
    let parts: Vec<&str> = limits.as_deref().into_iter().chain(logs).collect();
    format!("{}{measure}", parts.join(", and "))
}

/// Where the limits are written, so that a service has one `limits`.
fn limits_help(
    context: &Context<'_>,
    group: &[Lacking<'_>],
    entries: &[String],
    whole: bool,
) -> Option<String> {
    if entries.is_empty() {
        return None;
    }
    let limits = entries.join(", ");
    let beside = entries.iter().map(|entry| format!("`{entry}`")).collect::<Vec<_>>().join(" and ");
    let holds = |path: &KeyPath| context.project.document.holds(&path.key("limits"));
    let in_defaults = KeyPath::from(["defaults"]);
    let follows = !whole && group.iter().any(|it| !it.others.is_empty());
    Some(match group {
        [only] if holds(&service_path(only.name)) || follows => {
            format!("write {beside} into its `limits`, with what it needs")
        }
        [_] => format!("write `limits = {{ {limits} }}` with what it needs"),
        _ if holds(&in_defaults) || follows => {
            format!("write {beside} into the `limits` of `[defaults]` or of each, with what they need")
        }
        _ => format!(
            "write `limits = {{ {limits} }}` in `[defaults]`, or in each of them, with what they need"
        ),
    })
}
