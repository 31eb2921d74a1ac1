//! Which generator this is, and when somebody last told it a mode: what generators that share a rate have to know of each
//! other.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Names the generator that answers, so that it knows its own answer.
const GENERATOR: HeaderName = HeaderName::from_static("x-stackctl-generator");
/// For how many seconds the mode of the answer has been on; not there while nobody has told one.
const TOLD: HeaderName = HeaderName::from_static("x-stackctl-told");

/// Of this generator. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Told {
    generator: u64,
    at: Arc<Mutex<Option<Instant>>>,
}

/// What the headers of a generator's answer say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// It is this one.
    pub is_self: bool,
    /// How long ago it was told its mode.
    pub told: Option<Duration>,
}

impl Default for Told {
    fn default() -> Self {
        Self { generator: fastrand::u64(..), at: Arc::default() }
    }
}

impl Told {
    /// A mode was told now, or so long ago to the generator that it was taken from.
    pub fn set(&self, ago: Duration) {
        let at = Instant::now().checked_sub(ago);
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = at.or_else(|| Some(Instant::now()));
    }

    /// How long ago.
    pub fn ago(&self) -> Option<Duration> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }

    /// Say it in an answer.
    pub fn write(&self, headers: &mut HeaderMap) {
        let mut say = |name, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        };
        say(GENERATOR, format!("{:016x}", self.generator));
        if let Some(ago) = self.ago() {
            say(TOLD, format!("{:.3}", ago.as_secs_f64()));
        }
    }

    /// Read it in the answer of a generator.
    pub fn read(&self, headers: &HeaderMap) -> Heard {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let seconds = text(&TOLD).and_then(|text| text.parse::<f64>().ok());
        Heard {
            is_self: text(&GENERATOR) == Some(&format!("{:016x}", self.generator)),
            told: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_writes_the_other_reads() {
        let (one, other) = (Told::default(), Told::default());
        let mut headers = HeaderMap::new();
        one.write(&mut headers);
        assert_eq!(one.read(&headers), Heard { is_self: true, told: None });
        assert_eq!(other.read(&headers), Heard { is_self: false, told: None });
        one.set(Duration::from_secs(3));
        one.write(&mut headers);
        let told = other.read(&headers).told.unwrap();
        assert!((2.9..4.0).contains(&told.as_secs_f64()), "{told:?}");
        headers.insert(TOLD, HeaderValue::from_static("-1"));
        assert_eq!(other.read(&headers).told, None);
    }
}
