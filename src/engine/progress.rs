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
        progress.hide(mask);
        progress
    }

    /// The same of a line that was asked for as text: Compose has JSON from 2.29 on.
    pub fn parse_plain(line: &str, mask: &Mask) -> Self {
        let mut progress = match (plain_step(line), line.strip_prefix("Error ")) {
            (Some(step), _) => Self::Step(step),
            (None, Some(_)) => Self::Message { level: "error".to_owned(), text: line.to_owned() },
            (None, None) => return Self::parse(line, mask),
        };
        progress.hide(mask);
        progress
    }

    fn hide(&mut self, mask: &Mask) {
        match self {
            Self::Warning(text) | Self::Message { text, .. } | Self::Text(text) => mask.hide(text),
            Self::Step(step) => mask.hide(&mut step.words),
        }
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

/// What a line of `--progress plain` says, as in ` Container x-a-1  Created`, ` a Pulling` and ` a Error no such image`; a layer
/// does not name its image there.
fn plain_step(line: &str) -> Option<Step> {
    let (first, rest) = line.strip_prefix(' ')?.trim().split_once(' ')?;
    let rest = rest.trim_start();
    let (id, rest) = match KINDS_OF_THINGS.contains(&first) {
        true => {
            let (name, rest) = rest.split_once(' ')?;
            (format!("{first} {}", name.trim_matches('"')), rest.trim_start())
        }
        false => (first.to_owned(), rest),
    };
    let phase = PULL_PHASES.iter().find(|phase| rest.starts_with(*phase)).copied();
    let phase = phase.or_else(|| id.contains(' ').then(|| rest.split(' ').next()).flatten())?;
    let words = rest[phase.len()..].trim().to_owned();
    Some(Step { id, phase: phase.to_owned(), words, ..Step::default() })
}

/// What a line of text begins with where it is not an image that is pulled.
const KINDS_OF_THINGS: [&str; 4] = ["Container", "Network", "Volume", "Image"];
/// What happens to images and their layers.
const PULL_PHASES: [&str; 11] = [
    "Pulling",
    "Pulled",
    "Pull complete",
    "Already exists",
    "Downloading",
    "Download complete",
    "Verifying Checksum",
    "Extracting",
    "Waiting",
    "Skipped",
    "Error",
];

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
    /// Whether a pull got somewhere.
    pub fn is_of_pull(&self) -> bool {
        PULL_PHASES.contains(&self.phase.as_str())
    }

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
    fn lines_of_compose_2_26_which_has_no_json() {
        let plain = |line: &str| Progress::parse_plain(line, &Mask::default());
        let step = |line: &str| match plain(line) {
            Progress::Step(step) => step,
            other => panic!("{other:?}"),
        };
        let created = step(" Container cx-a-1  Created");
        assert_eq!((created.subject(), created.phase.as_str()), (Some(("Container", "cx-a-1")), "Created"));
        assert_eq!(step(" Volume \"cx_d\"  Creating").subject(), Some(("Volume", "cx_d")));
        let pulling = step(" b Pulling ");
        assert_eq!(
            (pulling.id.as_str(), pulling.phase.as_str(), pulling.is_of_pull()),
            ("b", "Pulling", true)
        );
        let failed = step(" b Error Get \"http://localhost:5999/v2/\": connection refused");
        assert_eq!(
            (failed.phase.as_str(), failed.words.as_str()),
            ("Error", "Get \"http://localhost:5999/v2/\": connection refused")
        );
        assert!(step(" 5f70bf18a086 Pull complete ").is_of_pull());
        let error = Progress::Message {
            level: "error".into(),
            text: "Error response from daemon: No such image: x".into(),
        };
        assert_eq!(plain("Error response from daemon: No such image: x"), error);
        for line in ["no configuration file provided: not found", " ", " a is what a build prints"] {
            assert_eq!(plain(line), Progress::Text(line.to_owned()));
        }
        let warning = r#"time="2026-11-30T05:58:42Z" level=warning msg="The \"A\" variable is not set.""#;
        assert_eq!(plain(warning), Progress::Warning("The \"A\" variable is not set.".into()));
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
