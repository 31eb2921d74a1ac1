//! Where the traffic goes.

use std::{fmt, str::FromStr};

/// An `http` or `https` URL, reduced to what a request needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whether the connection is TLS.
    pub tls: bool,
    /// Host name or IP address; an IPv6 address without its brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What every path is put behind: empty, or beginning with `/` and not ending with it.
    pub base: String,
}

/// Why a text is no target; completes "... is not a target: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither scheme.
    #[error("it must begin with http:// or https://")]
    Scheme,
    /// Nothing, or what no host name holds.
    #[error("it has no valid host name")]
    Host,
    /// Not 1 to 65535.
    #[error("its port must be a number from 1 to 65535")]
    Port,
    /// `user:password@`.
    #[error("a user name or password in it is not supported: put an Authorization header on the requests")]
    UserInfo,
    /// A query, a fragment or characters that a URL does not hold.
    #[error("only a path may follow the host: no query, fragment, space or control character")]
    Path,
}

impl Target {
    /// `http://HOST:PORT`.
    pub fn http(host: &str, port: u16) -> Self {
        Self { tls: false, host: host.to_owned(), port, base: String::new() }
    }

    /// The value of the `Host` header: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let own = if self.tls { 443 } else { 80 };
        if self.port == own { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.base)
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (target, path) = Self::split(text)?;
        if !path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#')) {
            return Err(TargetError::Path);
        }
        Ok(Self { base: path.trim_end_matches('/').to_owned(), ..target })
    }
}

impl Target {
    /// The target of a URL, without a base, and what follows host and port.
    pub(super) fn split(text: &str) -> Result<(Self, &str), TargetError> {
        let (scheme, rest) = text.split_once("://").ok_or(TargetError::Scheme)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(TargetError::Scheme),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(TargetError::UserInfo);
        }
        let (host, port) = if let Some(inner) = authority.strip_prefix('[') {
            let (host, port) = inner.split_once(']').ok_or(TargetError::Host)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| TargetError::Host)?;
            match port.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if port.is_empty() => (host, None),
                None => return Err(TargetError::Host),
            }
        } else {
            match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            }
        };
        let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if host.is_empty() || (!authority.starts_with('[') && !host.bytes().all(named)) {
            return Err(TargetError::Host);
        }
        let port = match port {
            None => 80 + u16::from(tls) * (443 - 80),
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port != 0).ok_or(TargetError::Port)?
            }
            Some(_) => return Err(TargetError::Port),
        };
        Ok((Self { tls, host: host.to_owned(), port, base: String::new() }, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_reduced_and_printed() {
        for (text, printed, port) in [
            ("http://nginx", "http://nginx", 80),
            ("http://nginx/", "http://nginx", 80),
            ("HTTP://127.0.0.1:8080", "http://127.0.0.1:8080", 8080),
            ("https://shop.local:443/api/", "https://shop.local/api", 443),
            ("http://[::1]:9000/a", "http://[::1]:9000/a", 9000),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!(target.to_string(), printed);
            assert_eq!(target.port, port);
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, error) in [
            ("nginx", TargetError::Scheme),
            ("ftp://nginx", TargetError::Scheme),
            ("http://", TargetError::Host),
            ("http:///x", TargetError::Host),
            ("http://a b", TargetError::Host),
            ("http://[::1", TargetError::Host),
            ("http://[x]", TargetError::Host),
            ("http://a:0", TargetError::Port),
            ("http://a:+80", TargetError::Port),
            ("http://a:65536", TargetError::Port),
            ("http://u:p@a", TargetError::UserInfo),
            ("http://a/?q=1", TargetError::Path),
            ("http://a/\r\nX: y", TargetError::Path),
        ] {
            assert_eq!(text.parse::<Target>(), Err(error), "{text}");
        }
    }
}
