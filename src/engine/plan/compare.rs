//! A container beside what its service asks for, field by field.

use std::collections::{BTreeMap, BTreeSet};

use super::{DesiredService, format, podman};
use crate::engine::{
    client::EngineKind,
    inspect_image::{HealthSpec, LocalImage},
    observe::{Limits, Mounted, Observed, Published},
};

/// The label with the fingerprint of a service's side files.
const FILES: &str = "stackctl.files";

/// One field that is not as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Reason {
    /// `limits.memory`, `environment.DEBUG`, `ports`.
    pub field: String,
    /// What the container has; null when it has nothing there.
    pub from: Option<String>,
    /// What is asked for; null when nothing is.
    pub to: Option<String>,
}

impl Reason {
    /// A reason from plain texts.
    pub fn new(field: impl Into<String>, from: Option<String>, to: Option<String>) -> Self {
        Self { field: field.into(), from, to }
    }
}

/// What the engine says about images and itself.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The image of the service's name; `None` where it has to be pulled or built.
    pub image: Option<&'a LocalImage>,
    /// The image that the container was made from; `None` where it is gone.
    pub own_image: Option<&'a LocalImage>,
    /// Whether the engine can limit swap; where it cannot, the limit it reports differs from the configured one.
    pub swap_limit: bool,
    /// `up` builds the image of the service's name first, with something else in it.
    pub rebuilt: bool,
}

/// Every field of a container that differs from what is wanted. Values of variables are never shown.
pub fn reasons(container: &Observed, wanted: &DesiredService, facts: Facts<'_>) -> Vec<Reason> {
    let mut found = Vec::new();
    let image_changed = image(container, wanted, facts, &mut found);
    // What the image brings along is compared only while it is the same image.
    let image = if image_changed { None } else { facts.own_image };
    limits(container, &wanted.limits, facts.swap_limit, &mut found);
    environment(container, wanted, facts.own_image, &mut found);
    run(container, wanted, image, &mut found);
    let created = &container.created_with;
    ports(&created.ports, &wanted.ports, &mut found);
    mounts(&created.mounts, &wanted.mounts, &mut found);
    if !wanted.networks.is_empty() && created.networks != wanted.networks {
        let shown = |names: &[String]| (!names.is_empty()).then(|| names.join(", "));
        found.push(Reason::new("networks", shown(&created.networks), shown(&wanted.networks)));
    }
    if created.read_only != wanted.read_only {
        let shown = |it: bool| Some(it.to_string());
        found.push(Reason::new("read_only", shown(created.read_only), shown(wanted.read_only)));
    }
    labels(container, wanted, facts.own_image, &mut found);
    found
}

/// Returns whether the container would get another image.
fn image(container: &Observed, wanted: &DesiredService, facts: Facts<'_>, found: &mut Vec<Reason>) -> bool {
    let to_id = facts.image.map(|image| image.id.as_str());
    let same_name = familiar(&container.image) == familiar(&wanted.image);
    if same_name && !facts.rebuilt && to_id.is_none_or(|id| id == container.image_id) {
        return false;
    }
    let shown = |id: &str| format!("{} {}", wanted.image, format::hash(id));
    let (from, to) = if same_name && facts.rebuilt {
        (shown(&container.image_id), format!("{} rebuilt", wanted.image))
    } else if same_name {
        (shown(&container.image_id), shown(to_id.unwrap_or_default()))
    } else {
        (container.image.clone(), wanted.image.clone())
    };
    found.push(Reason::new("image", Some(from), Some(to)));
    true
}

/// An image's name as Docker shortens it; Podman has it in full.
fn familiar(name: &str) -> String {
    let short =
        name.strip_prefix("docker.io/").map_or(name, |name| name.strip_prefix("library/").unwrap_or(name));
    let last = short.rsplit('/').next().unwrap_or_default();
    if last.contains([':', '@']) { short.to_owned() } else { format!("{short}:latest") }
}

fn limits(container: &Observed, wants: &Limits, swap_limit: bool, found: &mut Vec<Reason>) {
    let has = &container.limits;
    let is_podman = container.engine == EngineKind::Podman;
    let mut compare = |field: &str, from: Option<String>, to: Option<String>| {
        if from != to {
            found.push(Reason::new(field, from, to));
        }
    };
    compare("limits.memory", has.memory.map(format::bytes), wants.memory.map(format::bytes));
    let reserved = |limits: &Limits| limits.memory_reservation.map(format::bytes);
    compare("reservations.memory", reserved(has), reserved(wants));
    if swap_limit {
        compare("memswap_limit", has.memory_swap.map(format::swap), wants.memory_swap.map(format::swap));
    }
    compare("limits.cpus", has.nano_cpus.map(format::cpus), wants.nano_cpus.map(format::cpus));
    let pids = |pids: Option<i64>| pids.map(|pids| pids.to_string());
    let has_pids = if is_podman { podman::pids(has.pids, wants.pids) } else { has.pids };
    compare("limits.pids", pids(has_pids), pids(wants.pids));
    compare("restart", Some(has.restart.clone()), Some(wants.restart.clone()));
    // Without a driver and options, it is the daemon's own default.
    if !wants.log_driver.is_empty() {
        compare("logging.driver", Some(has.log_driver.clone()), Some(wants.log_driver.clone()));
    }
    // Podman does not show the options, and knows but one of them, a size.
    if !is_podman && (!wants.log_driver.is_empty() || !wants.log_options.is_empty()) {
        let names: BTreeSet<&String> = has.log_options.keys().chain(wants.log_options.keys()).collect();
        for name in names {
            let (from, to) = (has.log_options.get(name), wants.log_options.get(name));
            compare(&format!("logging.{name}"), from.cloned(), to.cloned());
        }
    }
}

/// Variables by name: whether they are set, and whether to the same value.
fn environment(
    container: &Observed,
    wanted: &DesiredService,
    image: Option<&LocalImage>,
    found: &mut Vec<Reason>,
) {
    let has = &container.created_with.environment;
    for (name, value) in &wanted.environment {
        let field = || format!("environment.{name}");
        match has.get(name) {
            Some(old) if old == value => {}
            Some(_) => found.push(Reason::new(field(), Some("set".into()), Some("another value".into()))),
            None => found.push(Reason::new(field(), None, Some("set".into()))),
        }
    }
    let inherited =
        |name: &str, value: &String| image.is_some_and(|it| it.environment.get(name) == Some(value));
    let own = |name: &str| container.engine == EngineKind::Podman && podman::VARIABLES.contains(&name);
    for (name, value) in has.iter().filter(|(name, _)| !own(name)) {
        // Docker itself sets PATH where the image has none.
        if !wanted.environment.contains_key(name) && !inherited(name, value) && name != "PATH" {
            found.push(Reason::new(format!("environment.{name}"), Some("set".into()), None));
        }
    }
}

/// Entrypoint, command, user and health check.
fn run(container: &Observed, wanted: &DesiredService, image: Option<&LocalImage>, found: &mut Vec<Reason>) {
    let created = &container.created_with;
    let entrypoint = wanted.entrypoint.as_ref().or(image.map(|image| &image.entrypoint));
    let command = match (&wanted.command, &wanted.entrypoint) {
        (Some(command), _) => Some(command.clone()),
        // An entrypoint of one's own discards the image's command.
        (None, Some(_)) => Some(Vec::new()),
        (None, None) => image.map(|image| image.command.clone()),
    };
    let pairs =
        [("entrypoint", &created.entrypoint, entrypoint.cloned()), ("command", &created.command, command)];
    for (field, has, wants) in pairs {
        let Some(wants) = wants.filter(|wants| wants != has) else { continue };
        let shown = |words: &[String]| (!words.is_empty()).then(|| format::words(words));
        found.push(Reason::new(field, shown(has), shown(&wants)));
    }
    if let Some(user) = wanted.user.as_ref().or(image.map(|image| &image.user))
        && *user != created.user
    {
        let shown = |user: &str| (!user.is_empty()).then(|| user.to_owned());
        found.push(Reason::new("user", shown(&created.user), shown(user)));
    }
    let inherited = image.and_then(|image| image.healthcheck.as_ref());
    let wants = match &wanted.healthcheck {
        Some(own) => Some(merged(own, inherited)),
        None if image.is_some() => inherited.cloned(),
        None => return,
    };
    let (has, wants) = match container.engine {
        EngineKind::Docker => (created.healthcheck.clone(), wants),
        EngineKind::Podman => (podman::health(created.healthcheck.clone()), podman::health(wants)),
    };
    if has != wants {
        let from = has.as_ref().map(format::healthcheck);
        found.push(Reason::new("healthcheck", from, wants.as_ref().map(format::healthcheck)));
    }
}

/// What is not set in a health check comes from the image's, as the engine merges them.
fn merged(own: &HealthSpec, image: Option<&HealthSpec>) -> HealthSpec {
    let Some(image) = image else { return own.clone() };
    let number = |own: i64, image: i64| if own == 0 { image } else { own };
    HealthSpec {
        test: if own.test.is_empty() { image.test.clone() } else { own.test.clone() },
        interval: number(own.interval, image.interval),
        timeout: number(own.timeout, image.timeout),
        retries: number(own.retries, image.retries),
        start_period: number(own.start_period, image.start_period),
        start_interval: number(own.start_interval, image.start_interval),
    }
}

fn ports(has: &[Published], wants: &[Published], found: &mut Vec<Reason>) {
    for port in has.iter().filter(|port| !wants.contains(port)) {
        found.push(Reason::new("ports", Some(format::port(port)), None));
    }
    for port in wants.iter().filter(|port| !has.contains(port)) {
        found.push(Reason::new("ports", None, Some(format::port(port))));
    }
}

fn mounts(has: &BTreeMap<String, Mounted>, wants: &BTreeMap<String, Mounted>, found: &mut Vec<Reason>) {
    for (target, wanted) in wants {
        let from = has.get(target);
        // An anonymous volume has a name of the engine's.
        let same = |from: &Mounted| {
            from.kind == wanted.kind
                && from.writable == wanted.writable
                && (wanted.source.is_empty() || from.source == wanted.source)
        };
        if !from.is_some_and(same) {
            found.push(Reason::new(
                format!("mounts.{target}"),
                from.map(format::mount),
                Some(format::mount(wanted)),
            ));
        }
    }
    for (target, mount) in has.iter().filter(|(target, _)| !wants.contains_key(*target)) {
        // A volume that the image declares and no service mounts: its name is 64 hexadecimal digits.
        let anonymous = mount.source.len() == 64 && mount.source.bytes().all(|b| b.is_ascii_hexdigit());
        if !anonymous && mount.kind != "tmpfs" {
            found.push(Reason::new(format!("mounts.{target}"), Some(format::mount(mount)), None));
        }
    }
}

fn labels(
    container: &Observed,
    wanted: &DesiredService,
    image: Option<&LocalImage>,
    found: &mut Vec<Reason>,
) {
    let known = |name: &str| name.starts_with("com.docker.") || name.starts_with("desktop.docker.");
    let inherited = |name: &str, value: &String| image.is_some_and(|it| it.labels.get(name) == Some(value));
    let names: BTreeSet<&String> = container.labels.keys().chain(wanted.labels.keys()).collect();
    for name in names.into_iter().filter(|name| !known(name)) {
        let (from, to) = (container.labels.get(name), wanted.labels.get(name));
        if from == to || (to.is_none() && from.is_some_and(|value| inherited(name, value))) {
            continue;
        }
        let field = if name == FILES { "side files".to_owned() } else { format!("labels.{name}") };
        found.push(Reason::new(field, from.cloned(), to.cloned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> LocalImage {
        let pairs = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        LocalImage {
            id: "sha256:1".into(),
            environment: pairs("LANG", "C"),
            command: vec!["run".into()],
            labels: pairs("made", "here"),
            ..LocalImage::default()
        }
    }

    /// A container that is exactly what the service asks for.
    fn pair() -> (Observed, DesiredService) {
        let mut container =
            Observed { image: "i:1".into(), image_id: "sha256:1".into(), ..Observed::default() };
        container.created_with.environment = image().environment;
        container.created_with.command = image().command;
        container.labels = image().labels;
        container.labels.insert("com.docker.compose.service".into(), "a".into());
        container.limits.restart = "no".into();
        container.limits.log_driver = "json-file".into();
        let mut wanted = DesiredService { image: "i:1".into(), ..DesiredService::default() };
        wanted.limits.restart = "no".into();
        (container, wanted)
    }

    fn found(container: &Observed, wanted: &DesiredService) -> Vec<String> {
        let own = image();
        let facts = Facts { image: Some(&own), own_image: Some(&own), swap_limit: true, rebuilt: false };
        let shown = |it: Option<String>| it.unwrap_or_else(|| "nothing".to_owned());
        let line = |it: Reason| format!("{}: {} -> {}", it.field, shown(it.from), shown(it.to));
        reasons(container, wanted, facts).into_iter().map(line).collect()
    }

    #[test]
    fn what_the_image_brings_is_no_difference() {
        let (container, wanted) = pair();
        assert_eq!(found(&container, &wanted), [] as [&str; 0]);
    }

    #[test]
    fn every_field_is_named_and_no_value_of_a_variable_is_shown() {
        let (mut container, mut wanted) = pair();
        container.image_id = "sha256:0".into();
        container.limits.memory = Some(1 << 29);
        wanted.limits.memory = Some(1 << 30);
        wanted.limits.nano_cpus = Some(500_000_000);
        wanted.limits.log_driver = "json-file".into();
        wanted.limits.log_options = [("max-size".to_owned(), "10m".to_owned())].into();
        container.created_with.environment.insert("OLD".into(), "s3cret".into());
        container.created_with.environment.insert("KEY".into(), "s3cret".into());
        wanted.environment =
            [("KEY".to_owned(), "n3w".to_owned()), ("NEW".to_owned(), "n3w".to_owned())].into();
        wanted.command = Some(vec!["sh".into(), "-c".into(), "a b".into()]);
        wanted.labels = [(FILES.to_owned(), "ab".to_owned())].into();
        let volume = Mounted { kind: "volume".into(), source: "x_v".into(), writable: true };
        wanted.mounts = [("/v".to_owned(), volume)].into();
        let port = |port| Published { address: "127.0.0.1".into(), port, target: 80, protocol: "tcp".into() };
        container.created_with.ports = vec![port(80)];
        wanted.ports = vec![port(81)];
        insta::assert_snapshot!(found(&container, &wanted).join("\n"), @r#"
        image: i:1 0 -> i:1 1
        limits.memory: 512 MiB -> 1 GiB
        limits.cpus: nothing -> 0.5
        logging.max-size: nothing -> 10m
        environment.KEY: set -> another value
        environment.NEW: nothing -> set
        environment.OLD: set -> nothing
        command: run -> sh -c "a b"
        ports: 127.0.0.1:80:80/tcp -> nothing
        ports: nothing -> 127.0.0.1:81:80/tcp
        mounts./v: nothing -> volume x_v
        side files: nothing -> ab
        "#);
    }

    #[test]
    fn what_podman_shows_otherwise_is_no_difference() {
        let (mut container, mut wanted) = pair();
        container.engine = EngineKind::Podman;
        container.image = "docker.io/library/i:1".into();
        for (name, value) in [("container", "podman"), ("HOME", "/root"), ("HOSTNAME", "x")] {
            container.created_with.environment.insert(name.into(), value.into());
        }
        container.limits.pids = Some(2048);
        let none =
            HealthSpec { test: vec!["NONE".into()], interval: 30_000_000_000, ..HealthSpec::default() };
        container.created_with.healthcheck = Some(none);
        wanted.limits.log_driver = "json-file".into();
        wanted.limits.log_options = [("max-size".to_owned(), "10m".to_owned())].into();
        assert_eq!(found(&container, &wanted), [] as [&str; 0]);
        // A difference is one all the same.
        wanted.environment = [("HOME".to_owned(), "/home".to_owned())].into();
        wanted.limits.pids = Some(100);
        let fields = found(&container, &wanted);
        assert_eq!(fields, ["limits.pids: 2048 -> 100", "environment.HOME: set -> another value"]);
        container.engine = EngineKind::Docker;
        assert!(found(&container, &wanted).len() > 4);
    }

    #[test]
    fn names_of_images_are_compared_in_full() {
        for (name, short) in [
            ("docker.io/library/debian:trixie-slim", "debian:trixie-slim"),
            ("docker.io/org/a", "org/a:latest"),
            ("registry.example:5000/a", "registry.example:5000/a:latest"),
            ("a@sha256:0", "a@sha256:0"),
        ] {
            assert_eq!(familiar(name), short);
        }
    }

    #[test]
    fn a_health_check_is_merged_with_the_images() {
        let image = HealthSpec { test: vec!["CMD".into()], interval: 5, ..HealthSpec::default() };
        let own = HealthSpec { interval: 7, ..HealthSpec::default() };
        assert_eq!(merged(&own, Some(&image)), HealthSpec { interval: 7, ..image.clone() });
        assert_eq!(merged(&own, None), own);
    }
}
