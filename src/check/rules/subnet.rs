//! The addresses of networks.

use std::{collections::HashMap, net::IpAddr};

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath},
    model::{Map, Resource, Subnet, Value},
};

static BAD_SUBNET: Code = Code::error(
    "bad-subnet",
    Allow::Anywhere,
    "\
The addresses of a network, `ipam.config`, cannot be given: a `subnet` that is none or has host bits set, a `gateway`, `ip_range` or \
`aux_addresses` outside of it, an address that is named twice, two subnets of one family on a bridge. `docker compose config` \
accepts all of them, and `up` fails when it creates the network. An IPv6 subnet without `enable_ipv6 = true` is accepted and \
ignored: no container gets an address.

```toml
[networks.back]
ipam = { config = [{ subnet = \"172.28.0.0/24\", gateway = \"172.28.0.1\" }] }
```

Networks that no service joins are not created and not looked at.",
);

static OVERLAPPING_SUBNETS: Code = Code::error(
    "overlapping-subnets",
    Allow::Anywhere,
    "\
Two networks that exist at the same time have subnets that share addresses; the engine refuses the second one (`Pool overlaps with other \
one on this address space`). `docker compose config` accepts it.

Give each network a range of its own.",
);

pub(super) static CODES: &[&Code] = &[&BAD_SUBNET, &OVERLAPPING_SUBNETS];

/// An entry of `ipam.config`.
pub(super) struct Pool<'a> {
    /// Its position.
    pub position: usize,
    /// Its keys.
    pub table: &'a Map,
    /// Its subnet; `None` where it cannot be read, or a variable leaves nothing of it.
    pub subnet: Option<Subnet>,
}

/// The pools that the engine's own driver gives addresses out of; `None` where another gives them.
pub(super) fn pools<'a>(context: &Context<'_>, network: &'a Resource) -> Option<Vec<Pool<'a>>> {
    let Some(ipam) = network.rest.get("ipam").and_then(Value::as_map) else { return Some(Vec::new()) };
    let driver = ipam.get("driver").and_then(Value::as_str).unwrap_or_default();
    if network.external || !["", "default"].contains(&driver) {
        return None;
    }
    let config = ipam.get("config").and_then(Value::as_list).unwrap_or_default();
    let pools = config.iter().enumerate().filter_map(|(position, pool)| {
        let table = pool.as_map()?;
        let subnet = text(context, table, "subnet").as_deref().and_then(Subnet::parse);
        Some(Pool { position, table, subnet })
    });
    Some(pools.collect())
}

/// The text of a key with its variables; `None` also where they leave nothing.
pub(super) fn text(context: &Context<'_>, table: &Map, key: &str) -> Option<String> {
    let written = table.get(key).and_then(Value::as_str)?;
    context.value(written).map(std::borrow::Cow::into_owned).filter(|text| !text.is_empty())
}

/// Whether a network has addresses of a family; where a variable decides, it has.
pub(super) fn has_family(network: &Resource, is_four: bool) -> bool {
    match network.rest.get(if is_four { "enable_ipv4" } else { "enable_ipv6" }) {
        None => is_four,
        Some(value) => *value != Value::Bool(false),
    }
}

/// The address that the engine gives to the gateway of a pool.
pub(super) fn gateway(context: &Context<'_>, pool: &Pool<'_>, subnet: Subnet) -> Option<IpAddr> {
    if let Some(written) = text(context, pool.table, "gateway") {
        return written.parse().ok();
    }
    let range = text(context, pool.table, "ip_range");
    let range = match range {
        Some(range) => Some(Subnet::parse(&range)?.first()),
        None => None,
    };
    let is_pair = subnet.address.is_ipv4() && subnet.prefix >= 31;
    let usual = if is_pair { subnet.first() } else { subnet.nth(1) };
    Some(range.map_or(usual, |range| range.max(usual)))
}

/// Whether an address names the network, or all of its members.
pub(super) fn is_reserved(subnet: Subnet, address: IpAddr) -> bool {
    let is_pair = subnet.address.is_ipv4() && subnet.prefix >= 31;
    !is_pair && (address == subnet.first() || (address.is_ipv4() && address == subnet.last()))
}

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !context.stack.networks.values().any(|network| network.rest.contains_key("ipam")) {
        return;
    }
    let users = users(context);
    let mut all = Vec::new();
    for (name, network) in &context.stack.networks {
        let Some(user) = users.get(name.as_str()) else { continue };
        let Some(pools) = pools(context, network).filter(|_| !network.external) else { continue };
        for pool in &pools {
            if let Some((key, problem, help)) = fault(context, network, &pools, pool) {
                let at = KeyPath::from(["networks", name, "ipam", "config"]).index(pool.position);
                let at = if key.is_empty() { at } else { at.key(key) };
                found.push(refused(name, at, &problem, help));
            }
            let subnet = pool.subnet.filter(|subnet| has_family(network, subnet.address.is_ipv4()));
            all.extend(
                subnet.map(|subnet| (subnet.normalised(), name.as_str(), pool.position, user.as_slice())),
            );
        }
    }
    overlaps(context, all, found);
}

fn refused(network: &str, at: KeyPath, problem: &str, help: String) -> Diagnostic {
    let message = format!("the addresses of the network `{network}` cannot be given: {problem}");
    Diagnostic::new(&BAD_SUBNET, message)
        .at(at)
        .why("`docker compose config` accepts it and `up` fails, or no container gets such an address")
        .help(help)
}

/// The services that join each network; where one of them is always active, that one alone.
fn users<'a>(context: &Context<'a>) -> HashMap<&'a str, Vec<&'a str>> {
    let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, service) in context.services() {
        let implied = service.networks.is_empty() && service.network_mode.is_none();
        let joined = service.networks.keys().map(String::as_str).chain(implied.then_some("default"));
        for network in joined {
            let users = users.entry(network).or_default();
            match (users.first(), context.reach.is_core(name)) {
                (Some(user), _) if context.reach.is_core(user) => {}
                (_, true) => *users = vec![name],
                (_, false) => users.push(name),
            }
        }
    }
    users
}

/// The first thing that is wrong with a pool: its key, what, and what to do.
fn fault(
    context: &Context<'_>,
    network: &Resource,
    pools: &[Pool<'_>],
    pool: &Pool<'_>,
) -> Option<(&'static str, String, String)> {
    let Some(subnet) = pool.subnet else {
        let Some(written) = pool.table.get("subnet").and_then(Value::as_str) else {
            return Some((
                "",
                "an entry has no `subnet`".into(),
                "add one, such as \"172.28.0.0/24\"".into(),
            ));
        };
        let written = context.value(written).filter(|text| !text.is_empty())?;
        let help = "write an address and a prefix, such as \"172.28.0.0/24\"".to_owned();
        return Some(("subnet", format!("`{written}` is not a subnet"), help));
    };
    let is_bridge = ["", "bridge"].contains(&network.driver());
    if !has_family(network, subnet.address.is_ipv4()) {
        let family = if subnet.address.is_ipv4() { 4 } else { 6 };
        let help = format!("write `enable_ipv{family} = true` in the network, or remove the subnet");
        return Some(("subnet", format!("`{subnet}` is IPv{family}, which is disabled"), help));
    }
    if subnet != subnet.normalised() {
        let help = format!("write \"{}\"", subnet.normalised());
        return Some(("subnet", format!("`{subnet}` has host bits set"), help));
    }
    let earlier = pools.iter().take_while(|earlier| earlier.position < pool.position);
    let mut earlier = earlier.filter_map(|earlier| earlier.subnet);
    if let Some(other) = earlier.find(|other| {
        other.overlaps(subnet) || (is_bridge && other.address.is_ipv4() == subnet.address.is_ipv4())
    }) {
        let (problem, help) = if other.overlaps(subnet) {
            (format!("`{subnet}` overlaps `{other}`"), "give each entry a range of its own")
        } else {
            ("a bridge takes one subnet of a family".to_owned(), "keep one of them")
        };
        return Some(("subnet", problem, help.to_owned()));
    }
    let smallest = if subnet.address.is_ipv4() { 31 } else { 126 };
    if is_bridge && subnet.prefix > smallest {
        let problem = format!("`{subnet}` has no address for a container beside the gateway");
        return Some(("subnet", problem, "choose a shorter prefix, such as /24".to_owned()));
    }
    parts(context, pool, subnet)
}

/// The keys beside `subnet`.
fn parts(context: &Context<'_>, pool: &Pool<'_>, subnet: Subnet) -> Option<(&'static str, String, String)> {
    let inside = format!("write one out of {subnet}");
    let judge = |written: &str| match written.parse::<IpAddr>() {
        Err(_) => Some(format!("`{written}` is not an address")),
        Ok(address) if !subnet.contains(address) => Some(format!("`{written}` is outside of {subnet}")),
        Ok(address) if is_reserved(subnet, address) => {
            Some(format!("`{written}` is the network's own, or its broadcast address"))
        }
        Ok(_) => None,
    };
    if let Some(problem) = text(context, pool.table, "gateway").and_then(|written| judge(&written)) {
        return Some(("gateway", problem, inside));
    }
    if let Some(written) = text(context, pool.table, "ip_range") {
        let problem = match Subnet::parse(&written) {
            None => Some(format!("`{written}` is not a range")),
            Some(range) if range != range.normalised() => {
                return Some((
                    "ip_range",
                    format!("`{written}` has host bits set"),
                    format!("write \"{}\"", range.normalised()),
                ));
            }
            Some(range) if range.prefix < subnet.prefix || !subnet.contains(range.first()) => {
                Some(format!("`{written}` is outside of {subnet}"))
            }
            Some(_) => None,
        };
        if let Some(problem) = problem {
            return Some(("ip_range", problem, inside));
        }
    }
    let mut taken: HashMap<IpAddr, &str> = HashMap::new();
    taken.extend(gateway(context, pool, subnet).map(|gateway| (gateway, "gateway")));
    for (host, address) in pool.table.get("aux_addresses").and_then(Value::as_map).into_iter().flatten() {
        let Some(written) = address.as_str().and_then(|written| context.value(written)) else { continue };
        let problem = judge(&written).or_else(|| {
            let other = taken.insert(written.parse().ok()?, host)?;
            Some(format!("`{host}` and `{other}` both have {written}"))
        });
        if let Some(problem) = problem {
            return Some(("aux_addresses", problem, inside));
        }
    }
    None
}

/// A pool of a network: its subnet, the network, the position, and the services that join it.
type Range<'p> = (Subnet, &'p str, usize, &'p [&'p str]);

/// The most services of one network that are looked at for two that can be active together.
const MOST_USERS: usize = 64;

/// Subnets either nest or share nothing, so sorted by their first address, those that the next one can overlap are those that
/// hold the one before it. It is reported with the widest that exists at the same time.
fn overlaps(context: &Context<'_>, mut all: Vec<Range<'_>>, found: &mut Vec<Diagnostic>) {
    all.sort_by_key(|(subnet, _, position, _)| (subnet.address, subnet.prefix, *position));
    let mut around: Vec<Range<'_>> = Vec::new();
    for next in all {
        while around.last().is_some_and(|(wide, ..)| !wide.overlaps(next.0)) {
            around.pop();
        }
        let together = |one: &[&str], other: &[&str]| {
            one.iter().take(MOST_USERS).find_map(|one| {
                other.iter().take(MOST_USERS).find_map(|other| context.when(one).active(other).witness())
            })
        };
        // Two of one network are reported with it.
        let mut others = around.iter().filter(|wide| wide.1 != next.1);
        let first = others.find_map(|wide| Some((*wide, together(wide.3, next.3)?)));
        around.push(next);
        let Some((wide, combination)) = first else { continue };
        let order = |name: &str| context.stack.networks.get_index_of(name);
        let (first, second) = if order(wide.1) <= order(next.1) { (wide, next) } else { (next, wide) };
        let at = |(_, name, position, _): Range<'_>| {
            KeyPath::from(["networks", name, "ipam", "config"]).index(position).key("subnet")
        };
        let message = format!("the subnets of the networks `{}` and `{}` overlap", first.1, second.1);
        found.push(
            Diagnostic::new(&OVERLAPPING_SUBNETS, message)
                .at(at(second))
                .label(format!("shares addresses with {}", first.0))
                .related(at(first), format!("the subnet of `{}`", first.1))
                .why("`docker compose config` accepts it and the engine refuses the second network: \"Pool overlaps with other one\"")
                .help("give each network a range of its own")
                .in_combination(combination),
        );
    }
}
