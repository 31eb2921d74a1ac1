//! A URL as a person gives it on the command line: where requests go, and what is asked for there.

use std::{fmt, str::FromStr};

use super::{Authority, Target, TargetError};

/// A URL with its path and query. A scheme that is left out is `http`: `localhost:3000/health`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Where connections go; its base is empty.
    pub target: Target,
    /// Path and query, beginning with `/`.
    pub path: String,
}

impl Address {
    /// The target that every path of a mix is put behind.
    ///
    /// # Errors
    /// When the URL has a query.
    pub fn as_base(&self) -> Result<Target, TargetError> {
        if self.path.contains('?') || !self.path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TargetError::Path);
        }
        Ok(Target { base: self.path.trim_end_matches('/').to_owned(), ..self.target.clone() })
    }
}

impl From<Target> for Address {
    fn from(target: Target) -> Self {
        let path = if target.base.is_empty() { "/" } else { &target.base }.to_owned();
        Self { target: Target { base: String::new(), ..target }, path }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.target, self.path)
    }
}

impl FromStr for Address {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let has_scheme = text.split_once("://").is_some_and(|(scheme, _)| {
            !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        let completed;
        let text = if has_scheme {
            text
        } else if is_bare(text) {
            completed = format!("http://{text}");
            &completed
        } else {
            return Err(TargetError::Scheme);
        };
        let (target, rest) = Target::split(text)?;
        // A fragment is the browser's: no server ever sees it.
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        if rest.contains(|c: char| c.is_control() || c == ' ') {
            return Err(TargetError::Path);
        }
        let path = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
        Ok(Self { target, path })
    }
}

/// Whether a text without a scheme is meant as a URL: an address, `localhost`, a name with a port or with a dot. Any other word is
/// more likely a command or a mode with a typo.
fn is_bare(text: &str) -> bool {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    text[..end].parse::<Authority>().is_ok_and(|authority| {
        let host = authority.host.as_str();
        authority.port.is_some() || host.starts_with('[') || host.contains('.') || host == "localhost"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type() {
        for (text, target, path) in [
            ("http://a/x?q=1&r=ä#top", "http://a", "/x?q=1&r=ä"),
            ("https://a:8443", "https://a:8443", "/"),
            ("localhost:3000", "http://localhost:3000", "/"),
            ("localhost", "http://localhost", "/"),
            ("127.0.0.1/health/", "http://127.0.0.1", "/health/"),
            ("[::1]:8080?a=b://c", "http://[::1]:8080", "/?a=b://c"),
            ("shop.example/orders", "http://shop.example", "/orders"),
            ("api:80/x", "http://api", "/x"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(
                (address.target.to_string().as_str(), address.path.as_str()),
                (target, path),
                "{text}"
            );
        }
        for (text, error) in [
            ("statsu", TargetError::Scheme),
            ("ftp://a.b", TargetError::Scheme),
            ("", TargetError::Scheme),
            ("-1", TargetError::Scheme),
            ("localhost:x", TargetError::Scheme),
            ("http://a/b c", TargetError::Path),
            ("http://a/\n", TargetError::Path),
            ("http://u:p@a", TargetError::UserInfo),
        ] {
            assert_eq!(text.parse::<Address>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_base_has_no_query() {
        let base = |text: &str| text.parse::<Address>().unwrap().as_base().map(|target| target.to_string());
        assert_eq!(base("localhost:1/api/"), Ok("http://localhost:1/api".to_owned()));
        assert_eq!(base("http://a"), Ok("http://a".to_owned()));
        assert_eq!(base("http://a/?q=1"), Err(TargetError::Path));
        let target: Target = "http://a/api".parse().unwrap();
        assert_eq!(Address::from(target.clone()).as_base(), Ok(target));
    }
}
