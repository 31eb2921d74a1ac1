//! What `docker compose --progress json` says while it works: one JSON object a line.

use serde::Deserialize;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A container, network, volume, image or layer got somewhere.
    Step(Step),
    /// Compose's own log: a level, and a message.
    Message {
        /// `warning`, `error`, `info`.
        level: String,
        /// The words.
        text: String,
    },
    /// Not JSON: what the engine or a build prints as it is.
    Text(String),
}

/// A step of something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Step {
    /// `Container orders-redis-1`, `Network orders_default`, `Image postgres:17`; a layer is a bare hash, and an image that
    /// is pulled for a service goes by the service's name.
    pub id: String,
    /// What it is a part of: a layer's image.
    pub parent_id: String,
    /// `Creating`, `Started`, `Downloading`, `Error`, ...
    pub status: String,
    /// More words, such as an error.
    pub text: String,
    /// Bytes so far.
    pub current: u64,
    /// Bytes in all; 0 when that is not known.
    pub total: u64,
}

#[derive(Deserialize)]
struct Line {
    level: Option<String>,
    msg: Option<String>,
    message: Option<String>,
    error: Option<bool>,
}

impl Progress {
    /// Read a line.
    pub fn parse(line: &str) -> Self {
        let text = || Self::Text(line.to_owned());
        let Ok(found) = serde_json::from_str::<Line>(line) else { return text() };
        if let Some(words) = found.msg.or(found.message) {
            let level = found
                .level
                .unwrap_or_else(|| if found.error == Some(true) { "error" } else { "info" }.to_owned());
            return Self::Message { level, text: words };
        }
        match serde_json::from_str::<Step>(line) {
            Ok(step) if !step.id.is_empty() => Self::Step(step),
            _ => text(),
        }
    }
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

    #[test]
    fn lines_of_compose_2_40() {
        let Progress::Step(step) = Progress::parse(r#"{"id":"Container upx-a-1","status":"Created"}"#) else {
            panic!("a step")
        };
        assert_eq!((step.subject(), step.status.as_str()), (Some(("Container", "upx-a-1")), "Created"));
        let layer =
            r#"{"id":"c1b3","parent_id":"db","status":"Downloading","current":5,"total":9,"percent":55}"#;
        let Progress::Step(layer) = Progress::parse(layer) else { panic!("a step") };
        assert_eq!((layer.parent_id.as_str(), layer.current, layer.total), ("db", 5, 9));
        let warning = r#"{"level":"warning","msg":"No resource found","time":"2026-11-24T13:35:43Z"}"#;
        let expected = Progress::Message { level: "warning".into(), text: "No resource found".into() };
        assert_eq!(Progress::parse(warning), expected);
        let error = Progress::parse(r#"{"error":true,"message":"no such image"}"#);
        assert_eq!(error, Progress::Message { level: "error".into(), text: "no such image".into() });
        for line in ["Error response from daemon: x", "{", "7", "{}"] {
            assert_eq!(Progress::parse(line), Progress::Text(line.to_owned()));
        }
    }
}
