//! Which pages may change the mode: a browser says in `Origin` where a request comes from, and in `Host` which name it
//! looked up. Without this check any web page that a developer visits could start a load.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};

use super::SERVICE;

/// The hosts that are ours.
#[derive(Debug, Clone)]
pub struct Hosts {
    names: Vec<String>,
}

impl Hosts {
    /// IP addresses, `localhost`, the service's name and `allowed`.
    pub fn new(allowed: &[String]) -> Self {
        let names = [SERVICE, "localhost"].into_iter().map(str::to_owned).chain(allowed.iter().cloned());
        Self { names: names.collect() }
    }

    /// Whether a request with these headers comes from one of our own pages, or from no page at all.
    pub fn allow(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let of_uri = uri.host().is_none_or(|host| self.ours(host));
        let hosts =
            headers.get_all(header::HOST).iter().all(|host| host.to_str().is_ok_and(|host| self.ours(host)));
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let origin = origins.all(|origin| {
            let host = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            host.is_some_and(|(_, host)| self.ours(host))
        });
        of_uri && hosts && origin
    }

    /// `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
    fn ours(&self, authority: &str) -> bool {
        let host = match authority.strip_prefix('[') {
            Some(rest) => match rest.split_once(']') {
                Some((address, after)) if after.is_empty() || is_port(after) => address,
                _ => return false,
            },
            None => match authority.find(':') {
                Some(colon) if is_port(&authority[colon..]) => &authority[..colon],
                Some(_) => return false,
                None => authority,
            },
        };
        host.parse::<IpAddr>().is_ok() || self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(host: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        host.map(|host| headers.insert(header::HOST, host.parse().unwrap()));
        origin.map(|origin| headers.insert(header::ORIGIN, origin.parse().unwrap()));
        Hosts::new(&["load.example".to_owned()]).allow(&Uri::from_static("/mode/burst"), &headers)
    }

    #[test]
    fn our_own_hosts_are_allowed_whatever_the_port() {
        for host in [
            "localhost:8089",
            "127.0.0.1:1",
            "[::1]:8089",
            "10.1.2.3",
            "traffic-generator:8089",
            "Load.Example",
        ] {
            assert!(allowed(Some(host), None), "{host}");
            assert!(allowed(Some("localhost"), Some(&format!("http://{host}"))), "{host}");
        }
        assert!(allowed(None, None));
    }

    #[test]
    fn foreign_hosts_are_not() {
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "evil@localhost",
            "[::1",
            "localhost:80x",
            "",
        ] {
            assert!(!allowed(Some(host), None), "{host}");
            assert!(!allowed(Some("localhost"), Some(&format!("http://{host}"))), "{host}");
        }
        assert!(!allowed(Some("localhost"), Some("null")));
        assert!(!allowed(Some("localhost"), Some("http://localhost/path")));
    }
}
