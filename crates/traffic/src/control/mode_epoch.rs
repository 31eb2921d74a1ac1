//! This generator's identity and the time of its last mode change: what generators that share a rate exchange.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The generator that answers, so that it recognises itself.
const GENERATOR: HeaderName = HeaderName::from_static("x-stackctl-generator");
/// Seconds since the mode of the answer was set; absent before the first change.
const CHANGED: HeaderName = HeaderName::from_static("x-stackctl-mode-age");

/// The identity and the last mode change of this generator. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ModeEpoch {
    generator: u64,
    at: Arc<Mutex<Option<Instant>>>,
}

/// What the headers of a generator's answer hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeerEpoch {
    /// It is this generator.
    pub is_self: bool,
    /// How long ago its mode was set.
    pub changed: Option<Duration>,
}

impl Default for ModeEpoch {
    fn default() -> Self {
        Self { generator: fastrand::u64(..), at: Arc::default() }
    }
}

impl ModeEpoch {
    /// Record a mode change that happened `ago`: zero for one made here, more for one taken from another generator.
    pub fn set(&self, ago: Duration) {
        let at = Instant::now().checked_sub(ago);
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = at.or_else(|| Some(Instant::now()));
    }

    /// Time since the last change; none before the first.
    pub fn ago(&self) -> Option<Duration> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }

    /// Write it into the headers of an answer.
    pub fn write(&self, headers: &mut HeaderMap) {
        let mut set = |name, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        };
        set(GENERATOR, format!("{:016x}", self.generator));
        if let Some(ago) = self.ago() {
            set(CHANGED, format!("{:.3}", ago.as_secs_f64()));
        }
    }

    /// Read it from the headers of a generator's answer.
    pub fn read(&self, headers: &HeaderMap) -> PeerEpoch {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let seconds = text(&CHANGED).and_then(|text| text.parse::<f64>().ok());
        PeerEpoch {
            is_self: text(&GENERATOR) == Some(&format!("{:016x}", self.generator)),
            changed: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip() {
        let (one, other) = (ModeEpoch::default(), ModeEpoch::default());
        let mut headers = HeaderMap::new();
        one.write(&mut headers);
        assert_eq!(one.read(&headers), PeerEpoch { is_self: true, changed: None });
        assert_eq!(other.read(&headers), PeerEpoch { is_self: false, changed: None });
        one.set(Duration::from_secs(3));
        one.write(&mut headers);
        let changed = other.read(&headers).changed.unwrap();
        assert!((2.9..4.0).contains(&changed.as_secs_f64()), "{changed:?}");
        headers.insert(CHANGED, HeaderValue::from_static("-1"));
        assert_eq!(other.read(&headers).changed, None);
    }
}
