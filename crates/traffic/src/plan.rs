//! The `[traffic]` table: what is sent where, and how often.

mod address;
mod authority;
mod request;
mod target;
mod template;

pub use address::Address;
pub use authority::{Authority, AuthorityError};
pub use request::{Body, Expect, Json, OWN_FIELDS, Request, is_pointer};
pub use target::{Target, TargetError};
pub use template::{Part, Template, TemplateError, WORDS, is_capture_name};

use std::{path::PathBuf, time::Duration};

use indexmap::IndexMap;
use stackctl_base::text::listed;

/// The mode that runs when none is asked for.
pub const DEFAULT_MODE: &str = "steady";

/// The name under which a rate without a mode runs; no mode of a table has it.
pub const CUSTOM: &str = "custom";

/// The highest rate that may be asked for, in requests per second: above what one machine sends.
pub const MAX_RATE: f64 = 1e6;

/// The most requests that may be in flight: every one of them may need a socket.
pub const MAX_IN_FLIGHT: u32 = 65_536;

/// The decoded `[traffic]` table.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// Where requests go.
    pub target: Target,
    /// The control server's port.
    pub port: u16,
    /// How long nothing is sent after the start.
    pub start_delay: Duration,
    /// Each interval lies within this part of itself, 0 to 1, around its mean.
    pub jitter: f64,
    /// How long a response may take, from the intended time.
    pub timeout: Duration,
    /// Requests in flight at most, at least 1; an arrival above that is dropped and counted.
    pub max_in_flight: u32,
    /// Mode name to requests per second, finite and from 0 to [`MAX_RATE`].
    pub modes: IndexMap<String, f64>,
    /// The mix; the weights' sum is above 0.
    pub requests: Vec<Request>,
    /// Hosts beside the local ones ([`Authority::is_local`]) under which a browser may reach the control server; one without a port
    /// means any.
    pub allowed_hosts: Vec<Authority>,
    /// Modes that begin by themselves, in the order of their times, which rise.
    pub schedule: Vec<ScheduledMode>,
    /// The schedule begins again after this; longer than its last entry.
    pub repeat: Option<Duration>,
    /// Whether a connection carries more than one request.
    pub keep_alive: bool,
    /// Whether the certificate of an `https` target is trusted, whoever signed it.
    pub insecure: bool,
    /// A PEM file with certificates that an `https` target's may be signed by, beside the machine's own.
    pub ca_file: Option<PathBuf>,
    /// The URL under which a browser reaches the target.
    pub public_url: Option<String>,
}

/// A mode that begins by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledMode {
    /// When, after the start.
    pub at: Duration,
    /// One of the table's.
    pub mode: String,
    /// How long the rate takes to reach the mode's, on a straight line; zero is at once.
    pub over: Duration,
}

/// The modes of every table that does not name its own.
pub fn default_modes() -> IndexMap<String, f64> {
    [(DEFAULT_MODE, 2.0), ("burst", 20.0), ("overload", 100.0), ("pause", 0.0)]
        .map(|(name, rate)| (name.to_owned(), rate))
        .into()
}

impl Traffic {
    /// A table with the defaults of every key, that sends `requests` to `target`.
    pub fn new(target: Target, requests: Vec<Request>) -> Self {
        Self {
            target,
            port: 8089,
            start_delay: Duration::from_secs(10),
            jitter: 0.2,
            timeout: Duration::from_secs(5),
            max_in_flight: 256,
            modes: default_modes(),
            requests,
            allowed_hosts: Vec::new(),
            schedule: Vec::new(),
            repeat: None,
            keep_alive: true,
            insecure: false,
            ca_file: None,
            public_url: None,
        }
    }

    /// A table that sends GET to one URL.
    pub fn get(address: &Address) -> Self {
        let request = Request::new("GET", Template::literal(&address.path));
        Self::new(address.target.clone(), vec![request])
    }

    /// The order shop's own table, which runs where there is no stack.toml: 60 % `POST /orders`, 25 % `GET /orders`,
    /// 15 % `GET /orders/:id` of a captured id.
    pub fn order_shop() -> Self {
        let int = |from, to| Json::Text(Template { parts: vec![Part::Int { from, to }] });
        let order =
            Json::Object(vec![("product_id".to_owned(), int(1, 10)), ("quantity".to_owned(), int(1, 5))]);
        let create = Request {
            weight: 60,
            body: Body::Json(order),
            capture: vec![("order".to_owned(), "/id".to_owned())],
            ..Request::new("POST", Template::literal("/orders"))
        };
        let list = Request { weight: 25, ..Request::new("GET", Template::literal("/orders")) };
        let path = vec![Part::Literal("/orders/".to_owned()), Part::Captured("order".to_owned())];
        let get = Request {
            weight: 15,
            name: "GET /orders/:id".to_owned(),
            ..Request::new("GET", Template { parts: path })
        };
        Self {
            public_url: Some("http://127.0.0.1:8080".to_owned()),
            ..Self::new(Target::http("nginx", 80), vec![create, list, get])
        }
    }

    /// The requests, by index, that can never be sent: those of weight 0, and those that need a captured value which no
    /// request that can be sent captures.
    pub fn never_sent(&self) -> Vec<usize> {
        let mut sendable = vec![false; self.requests.len()];
        let mut captured: Vec<&str> = Vec::new();
        loop {
            let mut grown = false;
            for (index, request) in self.requests.iter().enumerate() {
                let ready = |name: &str| captured.contains(&name);
                let needs = request.templates();
                if !sendable[index]
                    && request.weight > 0
                    && needs.iter().all(|template| template.captured().all(ready))
                {
                    sendable[index] = true;
                    grown = true;
                    captured.extend(request.capture.iter().map(|(name, _)| name.as_str()));
                }
            }
            if !grown {
                return (0..sendable.len()).filter(|index| !sendable[*index]).collect();
            }
        }
    }

    /// The names of the modes, for a message: `steady, burst, overload, pause`.
    pub fn mode_names(&self) -> String {
        listed(self.modes.keys())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_shop_is_the_documented_mix() {
        let traffic = Traffic::order_shop();
        let mix: Vec<_> = traffic.requests.iter().map(|r| (r.weight, r.name.as_str())).collect();
        assert_eq!(mix, [(60, "POST /orders"), (25, "GET /orders"), (15, "GET /orders/:id")]);
        assert_eq!(traffic.mode_names(), "steady, burst, overload, pause");
        assert_eq!(traffic.target.to_string(), "http://nginx");
        assert!(traffic.never_sent().is_empty());
    }

    #[test]
    fn requests_that_wait_for_each_other_are_never_sent() {
        let request = |path: &str, captures: &str| Request {
            capture: vec![(captures.to_owned(), "/id".to_owned())],
            ..Request::new("GET", Template::parse(path).unwrap())
        };
        let idle = Request { weight: 0, ..request("/", "d") };
        let requests =
            vec![request("/{b}", "a"), request("/{a}", "b"), idle, request("/", "c"), request("/{c}", "x")];
        assert_eq!(Traffic::new(Target::http("a", 80), requests).never_sent(), [0, 1, 2]);
    }
}
