//! What `docker compose --progress json` says while it works: one JSON object a line.

use serde::Deserialize;

use crate::model::Mask;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A container, network, volume, image or layer got somewhere.
    Step(Step),
    /// What Compose warns of.
    Warning(String),
    /// Compose's own log: another level, and a message.
    Message {
        /// `error`, `info`.
        level: String,
        /// The words.
        text: String,
    },
    /// Not JSON: what the engine or a build prints as it is.
    Text(String),
}

/// A step of something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// `Container orders-redis-1`, `Network orders_default`; a layer is a bare hash, and an image that is pulled for a
    /// service goes by the service's name (Compose 2) or is `Image postgres:17` (Compose 5).
    pub id: String,
    /// What it is a part of: a layer's image, named likewise.
    pub parent: String,
    /// `Creating`, `Started`, `Downloading`, `Error`, ...
    pub phase: String,
    /// More words, such as an error.
    pub words: String,
    /// Bytes so far.
    pub current: u64,
    /// Bytes in all; 0 when that is not known.
    pub total: u64,
}

/// A step as it is written. Where the phase stands differs: Compose 2 has it in `text` for what it pulls, with more words
/// in `status`, and in `status` for everything else; Compose 5 has it in `text`, with more words in `details` and one of
/// [`KINDS`] in `status` (docker/compose, `cmd/display/json.go`).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    id: String,
    parent_id: String,
    status: String,
    text: String,
    details: String,
    current: u64,
    total: u64,
}

/// What Compose 5 writes as `status`.
const KINDS: [&str; 4] = ["Working", "Done", "Warning", "Error"];

impl From<Written> for Step {
    fn from(written: Written) -> Self {
        let Written { id, parent_id: parent, status, text, details, current, total } = written;
        let (phase, words) = match (text.is_empty(), KINDS.contains(&status.as_str())) {
            (true, _) => (status, String::new()),
            (false, true) => (text, details),
            (false, false) => (text, status),
        };
        Self { id, parent, phase, words, current, total }
    }
}

#[derive(Deserialize)]
struct Line {
    level: Option<String>,
    msg: Option<String>,
    message: Option<String>,
    error: Option<bool>,
}

impl Progress {
    /// Read a line, and hide private values in its words. Names of containers, volumes and images are not hidden.
    pub fn parse(line: &str, mask: &Mask) -> Self {
        let mut progress = Self::read(line);
        match &mut progress {
            Self::Warning(text) | Self::Message { text, .. } | Self::Text(text) => mask.hide(text),
            Self::Step(step) => mask.hide(&mut step.words),
        }
        progress
    }

    fn read(line: &str) -> Self {
        let text = || Self::Text(line.to_owned());
        if let Some(warning) = plain_warning(line) {
            return Self::Warning(warning);
        }
        let Ok(found) = serde_json::from_str::<Line>(line) else { return text() };
        if let Some(words) = found.msg.or(found.message) {
            let level = found
                .level
                .unwrap_or_else(|| if found.error == Some(true) { "error" } else { "info" }.to_owned());
            return match level.as_str() {
                "warning" => Self::Warning(cleared(&words)),
                _ => Self::Message { level, text: words },
            };
        }
        match serde_json::from_str::<Written>(line) {
            Ok(step) if !step.id.is_empty() => Self::Step(step.into()),
            _ => text(),
        }
    }
}

/// A warning as it is written without `--progress json`, `time="..." level=warning msg="..."`, or by the `docker` command
/// itself, `WARNING: ...`.
fn plain_warning(line: &str) -> Option<String> {
    if let Some(words) = line.strip_prefix("WARNING: ") {
        return Some(words.trim().to_owned());
    }
    let (_, words) = line.strip_prefix("time=")?.split_once(" level=warning msg=")?;
    // One word stands without quotes.
    Some(cleared(&serde_json::from_str::<String>(words).unwrap_or_else(|_| words.to_owned())))
}

/// A warning without the prefix that some have: it is added where the warning is shown.
fn cleared(words: &str) -> String {
    words.strip_prefix("Warning: ").unwrap_or(words).trim().to_owned()
}

impl Step {
    /// What kind of thing it is, and its name: `("Container", "orders-redis-1")`.
    pub fn subject(&self) -> Option<(&str, &str)> {
        self.id.split_once(' ')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(line: &str) -> Step {
        match Progress::read(line) {
            Progress::Step(step) => step,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lines_of_compose_2_40() {
        let created = step(r#"{"id":"Container upx-a-1","status":"Created"}"#);
        assert_eq!((created.subject(), created.phase.as_str()), (Some(("Container", "upx-a-1")), "Created"));
        let layer = step(
            r#"{"id":"c1b3","parent_id":"db","text":"Downloading","status":"[=>   ] 5B/9B","current":5,"total":9,"percent":55}"#,
        );
        assert_eq!((layer.parent.as_str(), layer.phase.as_str()), ("db", "Downloading"));
        assert_eq!((layer.current, layer.total), (5, 9));
        let error = step(r#"{"id":"db","text":"Error","status":"manifest unknown"}"#);
        assert_eq!((error.phase.as_str(), error.words.as_str()), ("Error", "manifest unknown"));
        let warning =
            r#"{"level":"warning","msg":"Warning: No resource found","time":"2026-11-24T13:35:43Z"}"#;
        assert_eq!(Progress::read(warning), Progress::Warning("No resource found".into()));
        let plain = r#"time="2026-11-29T10:19:00Z" level=warning msg="The \"A\" variable is not set.""#;
        assert_eq!(Progress::read(plain), Progress::Warning("The \"A\" variable is not set.".into()));
        let cli = "WARNING: Error loading config file: x";
        assert_eq!(Progress::read(cli), Progress::Warning("Error loading config file: x".into()));
        let error = Progress::read(r#"{"error":true,"message":"no such image"}"#);
        assert_eq!(error, Progress::Message { level: "error".into(), text: "no such image".into() });
        for line in ["Error response from daemon: x", "{", "7", "{}"] {
            assert_eq!(Progress::read(line), Progress::Text(line.to_owned()));
        }
    }

    #[test]
    fn private_values_are_hidden() {
        let mask = Mask::new(["hunter2"], "");
        let of = |line: &str| format!("{:?}", Progress::parse(line, &mask));
        for line in [
            r#"service "a" depends on undefined service "hunter2": invalid compose project"#,
            r#"{"error":true,"message":"depends on undefined service \"hunter2\""}"#,
            r#"{"level":"warning","msg":"hunter2"}"#,
            r#"{"id":"db","text":"Error","status":"unknown hunter2"}"#,
        ] {
            assert!(of(line).contains("***") && !of(line).contains("hunter2"), "{}", of(line));
        }
    }

    #[test]
    fn lines_of_compose_5() {
        let removed = step(r#"{"id":"Container upx-a-1","status":"Done","text":"Removed"}"#);
        assert_eq!((removed.subject(), removed.phase.as_str()), (Some(("Container", "upx-a-1")), "Removed"));
        let error =
            step(r#"{"id":"Image x:1","status":"Error","text":"Error","details":"manifest unknown"}"#);
        assert_eq!((error.phase.as_str(), error.words.as_str()), ("Error", "manifest unknown"));
        let layer = step(
            r#"{"id":"c1b3","parent_id":"Image x:1","status":"Working","text":"Downloading","details":"5B","current":5,"total":9}"#,
        );
        assert_eq!(
            (layer.parent.as_str(), layer.phase.as_str(), layer.current),
            ("Image x:1", "Downloading", 5)
        );
    }
}
