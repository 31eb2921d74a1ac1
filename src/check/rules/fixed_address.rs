//! Addresses that a service asks for.

use std::{collections::HashMap, net::IpAddr};

use super::{Context, subnet};
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath, service_path},
    model::{Map, Resource, Subnet, Value},
};

static BAD_FIXED_ADDRESS: Code = Code::error(
    "bad-fixed-address",
    Allow::Anywhere,
    "\
A service asks for an address, `ipv4_address` or `ipv6_address`, that the network cannot give it: the network has no `subnet` of that \
family, the address is outside of it, is the gateway's or in `aux_addresses`, two services that can be active together ask for it, or \
the service has several replicas. `docker compose config` accepts it; `up` fails, or the second container does.

```toml
[services.api]
networks = { back = { ipv4_address = \"172.28.0.10\" } }

[networks.back]
ipam = { config = [{ subnet = \"172.28.0.0/24\" }] }
```

Containers find each other by the names of their services: a fixed address is rarely needed.",
);

pub(super) static CODES: &[&Code] = &[&BAD_FIXED_ADDRESS];

/// The keys, and whether their addresses are IPv4.
const KEYS: [(&str, bool); 2] = [("ipv4_address", true), ("ipv6_address", false)];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut taken: HashMap<(&str, IpAddr), Vec<(&str, &'static str)>> = HashMap::new();
    for (name, service) in context.services() {
        for (network, options) in &service.networks {
            let Some(options) = options.as_map().filter(|options| !options.is_empty()) else { continue };
            let mut with_replicas = false;
            for (key, is_four) in KEYS {
                let Some(written) = subnet::text(context, options, key) else { continue };
                let place =
                    |service: &str, key: &str| service_path(service).key("networks").key(network).key(key);
                match judge(context, network, &written, is_four) {
                    Err((problem, help)) => {
                        found.push(refused(name, place(name, key), &written, &problem, help))
                    }
                    Ok(None) => {}
                    Ok(Some(address)) => {
                        if !with_replicas {
                            let several = replicas(context, name, place(name, key), &written);
                            with_replicas = several.is_some();
                            found.extend(several);
                        }
                        let holders = taken.entry((network, address)).or_default();
                        let mut others = holders.iter().filter(|(other, _)| other != name);
                        found.extend(others.find_map(|(other, other_key)| {
                            let other = (*other, place(other, other_key));
                            twice(context, other, (name, place(name, key)), &written)
                        }));
                        holders.push((name, key));
                    }
                }
            }
        }
    }
}

fn refused(service: &str, at: KeyPath, address: &str, problem: &str, help: String) -> Diagnostic {
    let message = format!("service `{service}` cannot have the address {address}: {problem}");
    Diagnostic::new(&BAD_FIXED_ADDRESS, message)
        .at(at)
        .why("`docker compose config` accepts it and `up` fails, or the container gets no such address")
        .help(help)
}

/// The address where the network can give it; `None` where only Compose or another driver knows.
fn judge(
    context: &Context<'_>,
    network: &str,
    written: &str,
    is_four: bool,
) -> Result<Option<IpAddr>, (String, String)> {
    let none = Resource::default();
    let declared = match context.stack.networks.get(network) {
        Some(declared) => declared,
        None if network == "default" => &none,
        None => return Ok(None),
    };
    if declared.external {
        return Ok(None);
    }
    let Some(pools) = subnet::pools(context, declared) else { return Ok(None) };
    if pools.iter().any(|pool| pool.subnet.is_none()) {
        return Ok(None);
    }
    let family = if is_four { "IPv4" } else { "IPv6" };
    let of_family = |address: IpAddr| address.is_ipv4() == is_four;
    let Some(address) = written.parse::<IpAddr>().ok().filter(|address| of_family(*address)) else {
        return Err((
            format!("it is not an {family} address"),
            format!("write an {family} address of the network"),
        ));
    };
    let pools = pools.iter().filter_map(|pool| {
        pool.subnet.filter(|subnet| of_family(subnet.address)).map(|subnet| (pool, subnet))
    });
    let pools: Vec<(&subnet::Pool<'_>, Subnet)> = pools.collect();
    let example = if is_four { "172.28.0.0/24" } else { "fd00:28::/64" };
    if pools.is_empty() {
        let help = format!(
            "write `ipam = {{ config = [{{ subnet = \"{example}\" }}] }}` in [networks.{network}] with its own range, or remove the address"
        );
        return Err((format!("the network `{network}` has no {family} subnet"), help));
    }
    // A subnet of a family that is off has a diagnostic of its own.
    if !subnet::has_family(declared, is_four) {
        return Ok(None);
    }
    let Some((pool, within)) = pools.iter().find(|(_, subnet)| subnet.contains(address)) else {
        let ranges: Vec<String> = pools.iter().map(|(_, subnet)| subnet.to_string()).collect();
        let ranges = ranges.join(" and ");
        return Err((format!("it is outside of {ranges}"), format!("write one out of {ranges}")));
    };
    let help = || format!("write another one out of {within}");
    if subnet::is_reserved(*within, address) {
        return Err(("it is the network's own, or its broadcast address".to_owned(), help()));
    }
    if !is_isolated(declared) && subnet::gateway(context, pool, *within) == Some(address) {
        return Err(("it is the gateway's".to_owned(), help()));
    }
    match aux(context, pool.table, address) {
        Some(host) => Err((format!("`aux_addresses` keeps it for `{host}`"), help())),
        None => Ok(Some(address)),
    }
}

/// A bridge without a gateway.
fn is_isolated(network: &Resource) -> bool {
    network.options().is_some_and(|options| options.keys().any(|option| option.contains("gateway_mode")))
}

fn aux<'a>(context: &Context<'_>, pool: &'a Map, address: IpAddr) -> Option<&'a str> {
    let hosts = pool.get("aux_addresses").and_then(Value::as_map)?;
    let holds =
        |value: &Value| value.as_str().and_then(|text| context.value(text)?.parse().ok()) == Some(address);
    hosts.iter().find(|(_, value)| holds(value)).map(|(host, _)| host.as_str())
}

/// More than one container that asks for it.
fn replicas(context: &Context<'_>, name: &str, at: KeyPath, address: &str) -> Option<Diagnostic> {
    let choices = context.replicas(name);
    choices.iter().filter(|choice| choice.value > Some(1)).find_map(|choice| {
        let combination = context.when(name).chosen(choice, &choices).witness()?;
        let count = choice.value.unwrap_or_default();
        let problem = format!("it has {count} replicas");
        let help = "remove the address: the replicas share the name of the service".to_owned();
        let diagnostic = refused(name, at.clone(), address, &problem, help);
        Some(
            diagnostic
                .related(choice.path(name, &["replicas"]), format!("{count} replicas"))
                .in_combination(combination),
        )
    })
}

/// Two services that ask for it.
fn twice(
    context: &Context<'_>,
    (first, first_at): (&str, KeyPath),
    (second, second_at): (&str, KeyPath),
    address: &str,
) -> Option<Diagnostic> {
    let combination = context.when(first).active(second).witness()?;
    let help = "give one of them another address, or none".to_owned();
    let diagnostic = refused(second, second_at, address, &format!("service `{first}` has it"), help);
    Some(diagnostic.related(first_at, format!("asked for by `{first}`")).in_combination(combination))
}
