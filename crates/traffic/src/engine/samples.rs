//! One failure of each kind, to look at.

use std::collections::BTreeMap;

use crate::{
    fault::Fault,
    http::MAX_SAMPLE,
    schedule::{Nanos, SECOND},
};

/// Kinds that are kept: all of the engine's own, and the first statuses.
const KINDS: usize = 32;

/// The first failure of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureSample {
    /// The name under which the request is counted.
    pub endpoint: String,
    /// Its first line as it was sent, without `HTTP/1.1`; `None` for one that was not sent.
    pub request: Option<String>,
    /// The answer's status, where there was one.
    pub status: Option<u16>,
    /// From the intended time until it failed, in milliseconds.
    pub milliseconds: f64,
    /// When it failed, in seconds since the engine began.
    pub at: f64,
    /// What the system, TLS or the engine says of it; may be empty.
    pub detail: String,
    /// The first bytes of the answer's body, at most [`MAX_SAMPLE`]; what is not UTF-8 is replaced, controls are not masked.
    pub body: String,
}

/// What is known of one failure, while it is at hand.
#[derive(Debug, Clone, Copy)]
pub struct Failed<'a> {
    /// The name under which the request is counted.
    pub endpoint: &'a str,
    /// The first bytes of the request as it was sent, its first line among them; empty where it was not.
    pub request: &'a [u8],
    /// The answer's status.
    pub status: Option<u16>,
    /// How long it took.
    pub response: Nanos,
    /// When it failed.
    pub now: Nanos,
    /// What is known of the reason.
    pub detail: &'a str,
    /// The first bytes of the answer.
    pub body: &'a [u8],
}

/// The samples.
#[derive(Debug, Default)]
pub struct Samples(BTreeMap<Fault, FailureSample>);

impl Samples {
    /// Keep a failure where it is the first of its kind.
    pub fn note(&mut self, fault: Fault, failed: Failed<'_>) {
        if self.0.contains_key(&fault) || self.0.len() >= KINDS {
            return;
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let line = failed.request.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
        let line = line.strip_suffix(b" HTTP/1.1").map_or_else(|| text(line) + "…", text);
        self.0.insert(
            fault,
            FailureSample {
                endpoint: failed.endpoint.to_owned(),
                request: (!failed.request.is_empty()).then_some(line),
                status: failed.status,
                milliseconds: (failed.response as f64 / 1e3).round() / 1e3,
                at: (failed.now as f64 / SECOND as f64 * 1e3).round() / 1e3,
                detail: failed.detail.to_owned(),
                body: text(&failed.body[..failed.body.len().min(MAX_SAMPLE)]),
            },
        );
    }

    /// All of them, by kind.
    pub fn all(&self) -> Vec<(String, FailureSample)> {
        self.0.iter().map(|(fault, sample)| (fault.to_string(), sample.clone())).collect()
    }

    /// Forget them.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_kind_is_kept_and_not_without_end() {
        let mut samples = Samples::default();
        let failed = |request: &'static [u8], body: &'static [u8]| Failed {
            endpoint: "GET /:id",
            request,
            status: Some(503),
            response: 12_345_678,
            now: SECOND,
            detail: "",
            body,
        };
        samples.note(Fault::Status(503), failed(b"GET /7?a=b HTTP/1.1\r\nHost: x", b"no\xffw"));
        samples.note(Fault::Status(503), failed(b"GET /8 HTTP/1.1\r\n", b"later"));
        samples.note(Fault::Timeout, failed(b"GET /very-lo", &[b'x'; 500]));
        samples.note(Fault::Dns, failed(b"", b""));
        let all: std::collections::BTreeMap<_, _> = samples.all().into_iter().collect();
        let first = &all["status-503"];
        assert_eq!((first.request.as_deref(), first.body.as_str()), (Some("GET /7?a=b"), "no\u{fffd}w"));
        assert_eq!((first.milliseconds, first.at), (12.346, 1.0));
        let cut = &all["timeout"];
        assert_eq!((cut.request.as_deref(), cut.body.len()), (Some("GET /very-lo…"), MAX_SAMPLE));
        assert_eq!(all["dns"].request, None);
        for status in 400..500 {
            samples.note(Fault::Status(status), failed(b"GET / HTTP/1.1\r\n", b""));
        }
        assert_eq!(samples.all().len(), KINDS);
        samples.clear();
        assert!(samples.all().is_empty());
    }
}
