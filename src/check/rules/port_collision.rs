//! Two containers on one port of the machine.

use super::Context;
use crate::{
    check::reach::When,
    diag::{Allow, Code, Diagnostic, service_path},
    model::{HostIp, Port, PortRange},
};

static PORT_COLLISION: Code = Code::error(
    "port-collision",
    Allow::UntilUp,
    "\
Two ports of the stack are published on the same port of the machine: by two services that some combination activates \
together, or twice by one service. `docker compose config` accepts it; the second container fails to start (`port is \
already allocated`).

Addresses, protocols and ranges count: `8080/tcp` and `8080/udp` are different ports, so are 127.0.0.1 and 127.0.0.2, and \
`*`, 0.0.0.0 and `[::]` overlap with every address. A port without an address is published on 127.0.0.1. A range with one \
container port lets the engine choose a free one; another service may then find its fixed port taken.

Publish one of them on another port.",
);

pub(super) static CODES: &[&Code] = &[&PORT_COLLISION];

/// A published port in declaration order.
struct Published<'a> {
    service: &'a str,
    index: usize,
    position: usize,
    port: &'a Port,
    range: PortRange,
    /// The containers that take a port out of a range; `None` for fixed ports.
    choosing: Option<u32>,
}

/// Sorted by their first port, only those with a range that is still open can collide with the next one. A port is reported
/// once, with the first one that it collides with in some combination.
pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut all: Vec<Published<'_>> = Vec::new();
    for (index, (name, service)) in context.services().iter().enumerate() {
        if service.ports.is_empty() {
            continue;
        }
        let containers =
            context.replicas(name).iter().filter_map(|choice| choice.value).max().unwrap_or_default();
        for (position, port) in service.ports.iter().enumerate() {
            // Compose merges ports that are the same in every part.
            let repeated = service.ports[..position].iter().any(|earlier| earlier.is_same(port));
            if let Some(range) = port.published.filter(|range| range.first > 0 && containers > 0 && !repeated)
            {
                let choosing = (range.count() > port.target.count()).then_some(containers);
                all.push(Published { service: name, index, position, port, range, choosing });
            }
        }
    }
    all.sort_by_key(|port| (port.port.protocol.as_str(), port.range.first, port.index, port.position));
    let mut open: Vec<&Published<'_>> = Vec::new();
    for port in &all {
        open.retain(|earlier| {
            earlier.port.protocol == port.port.protocol && earlier.range.last >= port.range.first
        });
        let mut others = open.iter().filter(|other| collide(other, port));
        found.extend(others.find_map(|other| collision(context, other, port)));
        open.push(port);
    }
}

fn collide(one: &Published<'_>, other: &Published<'_>) -> bool {
    let room = match (one.choosing, other.choosing) {
        (Some(one_needs), Some(other_needs)) => {
            u64::from(one_needs) + u64::from(other_needs)
                <= u64::from(one.range.count().min(other.range.count()))
        }
        _ => false,
    };
    one.port.host_ip.overlaps(other.port.host_ip) && !room
}

fn address(port: &Published<'_>) -> String {
    match port.port.host_ip {
        HostIp::Every => "every address".to_owned(),
        other => other.to_string(),
    }
}

/// And a container of the service runs.
fn running<'r>(context: &Context<'_>, when: When<'r>, name: &str) -> When<'r> {
    let when = when.active(name);
    let choices = context.replicas(name);
    match choices.iter().find(|choice| choice.value > Some(0)) {
        Some(choice) if choices[0].value == Some(0) => when.chosen(choice, &choices),
        _ => when,
    }
}

fn collision(context: &Context<'_>, one: &Published<'_>, other: &Published<'_>) -> Option<Diagnostic> {
    let (first, second) =
        if (one.index, one.position) <= (other.index, other.position) { (one, other) } else { (other, one) };
    let when = running(context, context.reach.when(), first.service);
    let combination = running(context, when, second.service).witness()?;
    let shared = PortRange {
        first: first.range.first.max(second.range.first),
        last: first.range.last.min(second.range.last),
    };
    let protocol = first.port.protocol.as_str();
    let message = if first.service == second.service {
        format!("service `{}` publishes the machine's port {shared}/{protocol} twice", first.service)
    } else {
        let (first, second) = (first.service, second.service);
        format!("services `{first}` and `{second}` both publish the machine's port {shared}/{protocol}")
    };
    let path = |port: &Published<'_>| service_path(port.service).key("ports").index(port.position);
    let diagnostic = Diagnostic::new(&PORT_COLLISION, message)
        .at(path(second))
        .label(format!("on {}", address(second)))
        .related(path(first), format!("`{}` publishes it on {}", first.service, address(first)))
        .why("`docker compose config` accepts it and the second container fails: the port is already allocated")
        .help("publish one of them on another port of the machine")
        .in_combination(combination);
    Some(diagnostic)
}
