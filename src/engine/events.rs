//! What happens to the containers of a project, as it happens.

use std::{collections::HashMap, pin::Pin, time::Duration};

use bollard::{models::EventMessage, query_parameters::EventsOptions};
use futures_util::{Stream, StreamExt};

use super::{
    client::{Client, EngineError, labelled},
    observe::{PROJECT, SERVICE},
    time,
};

/// Something that happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEvent {
    /// The container's identifier.
    pub id: String,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Its main process ended.
    Died {
        /// With this code; 137 when it was killed.
        exit_code: i64,
    },
    /// The kernel killed a process in it because it ran out of memory.
    OutOfMemory,
    /// Anything else that changes how it is seen: made, started, healthy, unhealthy, removed.
    Changed,
}

/// The events that change how a container is seen; a health check alone makes three others each time.
const ACTIONS: [&str; 9] =
    ["create", "start", "die", "oom", "health_status", "stop", "pause", "unpause", "destroy"];

/// A stream of them.
pub type Events = Pin<Box<dyn Stream<Item = Result<ContainerEvent, EngineError>> + Send>>;

/// How far back it is asked for what was killed, in seconds, and how long the answer may take.
const KILLS_SINCE: i64 = 24 * 3600;
const KILLS_TIMEOUT: Duration = Duration::from_secs(1);

impl Client {
    pub(super) async fn oom_kills(&self, project: &str, now: &str) -> Vec<(String, i64)> {
        let Some(now) = time::seconds(now).map(|now| now.floor() as i64) else { return Vec::new() };
        let (since, until) = (Some((now - KILLS_SINCE).to_string()), Some(now.to_string()));
        let events =
            self.docker.events(Some(EventsOptions { since, until, filters: filters(project, &["oom"]) }));
        let kills = events.filter_map(|event| async {
            let event = event.ok()?;
            let service = event.actor?.attributes?.remove(SERVICE)?;
            Some((service, event.time?))
        });
        tokio::time::timeout(KILLS_TIMEOUT, kills.collect()).await.unwrap_or_default()
    }

    pub(super) fn events(&self, project: &str) -> Events {
        let options = EventsOptions { filters: filters(project, &ACTIONS), ..EventsOptions::default() };
        let client = self.clone();
        let events = self.docker.events(Some(options));
        Box::pin(events.map(move |event| event.map(container_event).map_err(|error| client.error(error))))
    }
}

/// Of the containers of a project, events of these kinds.
fn filters(project: &str, events: &[&str]) -> Option<HashMap<String, Vec<String>>> {
    let mut filters = labelled(PROJECT, project);
    filters.insert("type".to_owned(), vec!["container".to_owned()]);
    filters.insert("event".to_owned(), events.iter().map(|event| (*event).to_owned()).collect());
    Some(filters)
}

fn container_event(event: EventMessage) -> ContainerEvent {
    let actor = event.actor.unwrap_or_default();
    let attributes = actor.attributes.unwrap_or_default();
    let kind = match event.action.as_deref() {
        Some("die") => EventKind::Died {
            exit_code: attributes.get("exitCode").and_then(|code| code.parse().ok()).unwrap_or(0),
        },
        Some("oom") => EventKind::OutOfMemory,
        _ => EventKind::Changed,
    };
    ContainerEvent { id: actor.id.unwrap_or_default(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deaths_carry_their_code() {
        let read = |text: &str| container_event(serde_json::from_str(text).unwrap()).kind;
        let died =
            r#"{"Type":"container","Action":"die","Actor":{"ID":"x","Attributes":{"exitCode":"137"}}}"#;
        assert_eq!(read(died), EventKind::Died { exit_code: 137 });
        assert_eq!(read(r#"{"Action":"oom","Actor":{"ID":"x"}}"#), EventKind::OutOfMemory);
        assert_eq!(read(r#"{"Action":"health_status: healthy","Actor":{"ID":"x"}}"#), EventKind::Changed);
    }
}
