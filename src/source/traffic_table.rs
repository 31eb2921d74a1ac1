//! `[traffic]`: the table as the traffic engine understands it.

use std::time::Duration as StdDuration;

use indexmap::IndexMap;

use super::{
    reference::TRAFFIC,
    scalar::{BAD_NUMBER, BAD_VALUE},
    table::{Item, Table},
    traffic_request::{self, put},
    traffic_schedule::{self, duration},
    tree::Kind,
};
use crate::{
    diag::{Allow, Code, KeyPath},
    model::traffic::{Authority, CUSTOM, MAX_IN_FLIGHT, MAX_RATE, Target, Traffic},
};

/// A target that is not a URL.
pub static BAD_TARGET: Code = Code::error(
    "bad-target",
    Allow::Never(Allow::TRAFFIC),
    "\
`[traffic].target` is the URL of the service that gets the requests: `http` or `https`, a host, a port where it is not \
the scheme's own, and a path that every request's path is put behind.

```toml
target = \"nginx\"               # error: no scheme
target = \"http://nginx\"
target = \"https://shop.example/api\"
```

A user name or password in it is refused: put an `Authorization` header on the requests.",
);

/// A mode that cannot be sent.
pub static BAD_RATE: Code = Code::error(
    "bad-rate",
    Allow::Never(Allow::TRAFFIC),
    "\
A mode is a name and its rate in requests per second, from 0 (a pause) to 1,000,000; fractions are fine, `0.2` is one \
request in five seconds. `inf`, `nan` and negative numbers are not rates. A mode's name is part of a URL \
(`POST /mode/NAME`): letters, digits, `-`, `_` and `.`. `custom` is the name of a rate that is set without a mode \
(`stackctl traffic set --rate 50`).

```toml
modes = { steady = 2, burst = -20 }     # error
modes = { steady = 2, burst = 20, night = 0.2, pause = 0 }
```",
);

/// A request that nothing ever draws.
pub static NEVER_SENT: Code = Code::error(
    "never-sent",
    Allow::Never(Allow::TRAFFIC),
    "\
A request needs a captured value that no request captures before it: those that capture it wait for a captured value \
themselves, or have a weight of 0. It would silently never be sent. The same code is reported for a table in which no request \
has a weight above 0.

```toml
[[traffic.requests]]
path = \"/orders/{order}\"          # error: only this request captures `order`, and it waits for it
capture = { order = \"/id\" }
```

Capture the value from a request that needs none.",
);

/// Decode `[traffic]`. `None` when anything in it was reported.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Traffic> {
    let table = item.table()?;
    let mut traffic = Traffic::new(Target::http("localhost", 80), Vec::new());
    let is_sound = item.reports_nothing(|| read(&table, &mut traffic))
        && item.reports_nothing(|| traffic_schedule::judge(item, &traffic))
        && item.reports_nothing(|| sendable(item, &traffic));
    is_sound.then_some(traffic)
}

fn read(table: &Table<'_, '_>, traffic: &mut Traffic) {
    let least = StdDuration::from_millis(1);
    for item in table.items_of(&TRAFFIC) {
        match item.key() {
            "target" => put(&mut traffic.target, target(&item)),
            "port" => {
                let port = item.whole(1, 65_535).and_then(|port| u16::try_from(port).ok());
                put(&mut traffic.port, port);
            }
            "start_delay" => put(&mut traffic.start_delay, duration(&item, StdDuration::ZERO)),
            "jitter" => put(&mut traffic.jitter, number(&item, 1.0, &BAD_NUMBER)),
            "timeout" => put(&mut traffic.timeout, duration(&item, least)),
            "max_in_flight" => {
                let bound = item.whole(1, MAX_IN_FLIGHT.into()).and_then(|bound| u32::try_from(bound).ok());
                put(&mut traffic.max_in_flight, bound);
            }
            "modes" => traffic.modes = modes(&item),
            "requests" => traffic.requests = traffic_request::decode(&item),
            "schedule" => traffic.schedule = traffic_schedule::decode(&item),
            "repeat" => traffic.repeat = duration(&item, least),
            "keep_alive" => put(&mut traffic.keep_alive, item.boolean()),
            "insecure" => put(&mut traffic.insecure, item.boolean()),
            "ca_file" => traffic.ca_file = item.plain_text().map(Into::into),
            // What is kept is as it was written: a browser reads more than a target has.
            "public_url" => {
                traffic.public_url = target(&item).and_then(|_| item.plain_text()).map(str::to_owned);
            }
            "allowed_hosts" => traffic.allowed_hosts = item.each(host),
            _ => {}
        }
    }
    table.requires_key("target", "`target = \"http://nginx\"`: where the requests go");
    table.requires_key("requests", "a `[[traffic.requests]]` with a `path`: what is sent");
}

fn host(item: &Item<'_, '_>) -> Option<Authority> {
    let text = item.plain_text()?;
    text.parse().ok().or_else(|| {
        item.reject(|| {
            item.error(&BAD_VALUE, format!("{text:?} is not a host"))
                .label("a name, with or without a port")
                .help("write it as in a URL after http://, such as \"shop.example:8089\"")
        })
    })
}

fn target(item: &Item<'_, '_>) -> Option<Target> {
    let text = item.plain_text()?;
    match text.parse() {
        Ok(target) => Some(target),
        Err(error) => item.reject(|| {
            item.error(&BAD_TARGET, format!("{text:?} is not a target URL"))
                .label(format!("{error}"))
                .help("write a URL such as \"http://nginx\" or \"https://shop.example/api\"")
        }),
    }
}

/// A number from 0 to `most`.
fn number(item: &Item<'_, '_>, most: f64, code: &'static Code) -> Option<f64> {
    let number = match item.node.kind() {
        Kind::Integer(_) => item.integer()? as f64,
        Kind::Float(number) => number.parse().unwrap_or(f64::NAN),
        _ => return item.wrong_type("a number"),
    };
    if (0.0..=most).contains(&number) {
        return Some(number);
    }
    item.reject(|| {
        let range = format!("from 0 to {most}");
        item.error(code, format!("{} must be {range}, not {number}", item.path())).label(range)
    })
}

fn modes(item: &Item<'_, '_>) -> IndexMap<String, f64> {
    let mut modes = IndexMap::new();
    let Some(table) = item.table() else { return modes };
    for item in table.items() {
        let name = item.key();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let is_name = !name.is_empty() && !matches!(name, "." | "..") && name.bytes().all(plain);
        item.ensure(is_name, || {
            item.key_error(&BAD_RATE, format!("{name:?} is not a name for a mode"))
                .label("letters, digits, `-`, `_` and `.`")
                .why("the name is part of a URL: POST /mode/NAME")
        });
        item.ensure(name != CUSTOM, || {
            item.key_error(&BAD_RATE, format!("no mode can have the name {name:?}"))
                .label("the name of a rate that is set without a mode")
        });
        modes.extend(number(&item, MAX_RATE, &BAD_RATE).map(|rate| (name.to_owned(), rate)));
    }
    item.ensure(table.own_len() > 0, || {
        item.error(&BAD_RATE, "[traffic] has no mode").label("empty").help(
            "write `modes = { steady = 2 }`, or leave the key out for steady, burst, overload and pause",
        )
    });
    modes
}

/// Report requests with a weight that can never be sent.
fn sendable(item: &Item<'_, '_>, traffic: &Traffic) {
    let requests = KeyPath::from(["traffic", "requests"]);
    if traffic.requests.iter().all(|request| request.weight == 0) {
        return item.report(|| {
            item.error(&NEVER_SENT, "no request of [traffic] has a weight above 0")
                .at(requests.clone())
                .label("nothing would ever be sent")
        });
    }
    for index in traffic.never_sent() {
        let request = &traffic.requests[index];
        item.ensure(request.weight == 0, || {
            item.error(&NEVER_SENT, format!("{:?} can never be sent", request.name))
                .at(requests.index(index))
                .label("needs a captured value that no earlier request captures")
                .help("capture the value from a request that needs none")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, parse_traffic};
    use crate::{diag::Place, model::traffic::Traffic};

    fn findings(table: &str) -> Vec<(&'static str, String)> {
        let text = format!("[traffic]\n{table}");
        let parsed = parse_traffic(text.as_bytes());
        let place = |place: &Place| parsed.document.locate(place).map(|span| text[span].to_owned());
        let found = parsed.diagnostics.iter();
        found.map(|d| (d.code.name, d.place.as_ref().and_then(place).unwrap_or_default())).collect()
    }

    const REST: &str = "target = 'http://a'\n[[traffic.requests]]\npath = '/'\n";

    #[test]
    fn the_samples_own_table_is_the_order_shop() {
        let sample = include_bytes!("../../stack.toml");
        assert_eq!(parse_traffic(sample).stack.traffic, Some(Traffic::order_shop()));
        assert_eq!(parse(sample).stack.traffic, Some(Traffic::order_shop()));
    }

    #[test]
    fn every_mistake_has_its_place() {
        let with = |line: &str| findings(&format!("{line}\n{REST}"));
        let one = |code, place: &str| vec![(code, place.to_owned())];
        assert_eq!(with("modes = { a = -1 }"), one("bad-rate", "-1"));
        assert_eq!(with("modes = { a = nan }"), one("bad-rate", "nan"));
        assert_eq!(with("modes = { a = 1e10 }"), one("bad-rate", "1e10"));
        assert_eq!(with("modes = { a = 'x' }"), one("wrong-type", "'x'"));
        assert_eq!(with("modes = { 'a/b' = 1 }"), one("bad-rate", "'a/b'"));
        assert_eq!(with("modes = {}"), one("bad-rate", "{}"));
        assert_eq!(with("jitter = 1.5"), one("bad-number", "1.5"));
        assert_eq!(with("timeout = '0s'"), one("bad-duration", "'0s'"));
        assert_eq!(with("timeout = 5"), one("bad-duration", "5"));
        assert_eq!(with("max_in_flight = 0"), one("bad-number", "0"));
        assert_eq!(with("port = 70000"), one("bad-number", "70000"));
        assert_eq!(with("prot = 1"), one("unknown-key", "prot"));
        assert_eq!(
            findings("target = 'nginx'\n[[traffic.requests]]\npath = '/'"),
            one("bad-target", "'nginx'")
        );
        assert_eq!(findings("target = 'http://a'\nrequests = []"), one("never-sent", "[]"));
        assert_eq!(findings("target = 'http://a'").len(), 1);
        assert_eq!(with("").len(), 0);
    }

    #[test]
    fn a_table_with_a_mistake_is_not_run() {
        let text = format!("[traffic]\njitter = 2\n{REST}");
        assert_eq!(parse_traffic(text.as_bytes()).stack.traffic, None);
        let text = format!("[traffic]\nmodes = {{ a = 1e6, b = 0.2 }}\n{REST}");
        let modes = parse_traffic(text.as_bytes()).stack.traffic.unwrap().modes;
        assert_eq!((modes["a"], modes["b"]), (1e6, 0.2));
    }
}
