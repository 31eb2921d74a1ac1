//! Which browsers may read and change the mode: a browser sends in `Host` which name it looked up, and in `Origin` which page a
//! request comes from. Without these checks any web page that a developer visits could start a load (a foreign `Origin`) or read
//! what is tested (a foreign `Host`, which a name that resolves to this machine brings along).

use axum::http::{HeaderMap, HeaderName, Method, Uri, header};

use crate::plan::Authority;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Bytes of a client's header that an error repeats.
const REPEATED: usize = 80;

/// The hosts that are ours beside addresses and names that no public page can own.
#[derive(Debug, Clone)]
pub struct Hosts {
    allowed: Vec<Authority>,
}

impl Hosts {
    /// With `[traffic] allowed_hosts`.
    pub fn new(allowed: &[Authority]) -> Self {
        Self { allowed: allowed.to_vec() }
    }

    /// Whether this request may be answered.
    ///
    /// # Errors
    /// Why not and what to do, for the answer 403.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), String> {
        // An absolute URI replaces the Host (RFC 9112, section 3.2.2); both have to be ours.
        let of_uri = uri.authority().map(|authority| Ok(authority.as_str()));
        let of_headers = headers.get_all(header::HOST).iter().map(|host| host.to_str());
        let mut own = None;
        for host in of_uri.into_iter().chain(of_headers) {
            let host = host.unwrap_or("?");
            let authority = host.parse::<Authority>().ok();
            let Some(ours) = authority.filter(|host| host.is_local() || self.allows(host)) else {
                return Err(format!(
                    "the Host {:?} is foreign; allowed_hosts in [traffic] adds a name",
                    repeated(host)
                ));
            };
            own.get_or_insert(ours);
        }
        for origin in headers.get_all(header::ORIGIN) {
            self.check_origin(origin.to_str().unwrap_or("?"), own.as_ref())?;
        }
        let site = headers.get(SEC_FETCH_SITE);
        if method == Method::POST
            && site.is_some_and(|site| site.as_bytes().eq_ignore_ascii_case(b"cross-site"))
        {
            return Err(
                "a page of another site may not change the mode; allowed_hosts in [traffic] does not change that"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn check_origin(&self, origin: &str, own: Option<&Authority>) -> Result<(), String> {
        let shown = repeated(origin);
        let foreign = || format!("the Origin {shown:?} is foreign; allowed_hosts in [traffic] adds a name");
        let (authority, default) = page(origin).ok_or_else(foreign)?;
        if self.allows(&authority) {
            return Ok(());
        }
        let own = own.filter(|own| own.has_host_of(&authority)).ok_or_else(foreign)?;
        if own.port.or(Some(default)) == authority.port {
            return Ok(());
        }
        Err(format!(
            "the Origin {shown:?} and the Host have different ports; a proxy between them has to pass the Host on (nginx: \
             proxy_set_header Host $http_host), or allowed_hosts in [traffic] adds the name"
        ))
    }

    /// Whether `allowed_hosts` has it. An entry without a port means any; a host without one may have that of either scheme.
    fn allows(&self, host: &Authority) -> bool {
        self.allowed.iter().any(|entry| {
            let port = match (entry.port, host.port) {
                (Some(entry), Some(host)) => entry == host,
                (Some(entry), None) => matches!(entry, 80 | 443),
                (None, _) => true,
            };
            port && entry.has_host_of(host)
        })
    }
}

/// The page of an `Origin`, with the port of its scheme where it has none, and that port; `None` for `null` and for what is no web
/// page.
fn page(origin: &str) -> Option<(Authority, u16)> {
    let (scheme, rest) = origin.split_once("://")?;
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority: Authority = rest.parse().ok()?;
    Some((Authority { port: authority.port.or(Some(default)), ..authority }, default))
}

fn repeated(text: &str) -> &str {
    text.get(..REPEATED).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, fields: &[(&'static str, &str)]) -> Result<(), String> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        let hosts = Hosts::new(&["load.example", "dash.example:8443"].map(|host| host.parse().unwrap()));
        hosts.check(&method, &Uri::from_static("/mode/burst"), &headers)
    }

    fn origin(host: &str, origin: &str) -> Result<(), String> {
        // On every method: reading is as foreign as writing.
        let fields = [("host", host), ("origin", origin)];
        let of_get = check(Method::GET, &fields);
        assert_eq!(of_get, check(Method::POST, &fields));
        of_get
    }

    #[test]
    fn our_own_hosts_are_allowed_whatever_the_port() {
        for host in [
            "localhost:8089",
            "shop.localhost:8080",
            "127.0.0.1:1",
            "[::1]:8089",
            "10.1.2.3",
            "traffic-generator:8089",
            "traffic_generator",
            "nas",
            "Load.Example",
            "load.example:1",
            "dash.example:8443",
        ] {
            assert_eq!(check(Method::POST, &[("host", host)]), Ok(()), "{host}");
            assert_eq!(origin(host, &format!("http://{host}")), Ok(()), "{host}");
        }
        assert_eq!(check(Method::POST, &[]), Ok(()), "no Host at all");
    }

    #[test]
    fn foreign_hosts_are_not() {
        for host in [
            "evil.example",
            "localhost.evil.example",
            "evillocalhost.example",
            "127.0.0.1.nip.io",
            "evil@localhost",
            "[::1",
            "[::1]x",
            "[evil.example]",
            "localhost:80x",
            "localhost:99999",
            "dash.example:8089",
            "dash.example",
            "com.",
            "",
        ] {
            let refused = check(Method::GET, &[("host", host)]).unwrap_err();
            assert!(refused.contains("allowed_hosts"), "{host}: {refused}");
            assert!(origin("localhost", &format!("http://{host}")).is_err(), "{host}");
        }
        // Each of several has to be ours.
        assert!(check(Method::GET, &[("host", "localhost"), ("host", "evil.example")]).is_err());
        let uri = Uri::from_static("http://evil.example/status");
        let headers = HeaderMap::from_iter([(header::HOST, "localhost".parse().unwrap())]);
        assert!(Hosts::new(&[]).check(&Method::GET, &uri, &headers).is_err());
    }

    #[test]
    fn an_origin_equals_the_host_in_name_and_port() {
        for (host, page) in [
            ("localhost:8089", "http://localhost:8089"),
            ("LOCALHOST:8089", "http://localhost:8089"),
            ("localhost", "http://localhost"),
            ("localhost:80", "http://localhost"),
            ("localhost", "http://localhost:80"),
            // Behind TLS.
            ("shop", "https://shop"),
            ("shop:443", "https://shop"),
            ("[::1]:8089", "http://[::1]:8089"),
            // allowed_hosts, from whichever host.
            ("localhost:8089", "https://load.example"),
            ("localhost:8089", "https://dash.example:8443"),
        ] {
            assert_eq!(origin(host, page), Ok(()), "{host} {page}");
        }
        for (host, page) in [
            ("localhost:8089", "http://203.0.113.5"),
            ("localhost:8089", "http://127.0.0.1:8089"),
            ("127.0.0.1:8089", "http://10.0.0.7:8089"),
            ("localhost:8089", "null"),
            ("localhost:8089", "http://localhost:8089/path"),
            ("localhost:8089", "http://traffic-generator:8089"),
            ("localhost:8089", "https://dash.example"),
            ("localhost", "chrome-extension://localhost"),
        ] {
            let refused = origin(host, page).unwrap_err();
            assert!(refused.contains("is foreign; allowed_hosts in [traffic]"), "{host} {page}: {refused}");
        }
        assert!(check(Method::POST, &[("origin", "http://localhost")]).is_err(), "no Host to equal");
    }

    #[test]
    fn where_only_the_port_differs_the_setting_of_the_proxy_is_named() {
        for (host, page) in [
            ("localhost:8089", "http://localhost:3000"),
            ("localhost", "http://localhost:8080"),
            ("shop:80", "https://shop"),
        ] {
            let refused = origin(host, page).unwrap_err();
            assert!(refused.contains("proxy_set_header Host $http_host"), "{refused}");
            assert!(refused.contains("allowed_hosts"), "{refused}");
        }
    }

    #[test]
    fn another_site_changes_nothing() {
        let fields = [("host", "localhost:8089"), ("sec-fetch-site", "cross-site")];
        assert!(check(Method::POST, &fields).is_err());
        assert_eq!(check(Method::GET, &fields), Ok(()), "a link to the dashboard");
        for site in ["same-origin", "same-site", "none"] {
            assert_eq!(check(Method::POST, &[("sec-fetch-site", site)]), Ok(()), "{site}");
        }
    }
}
