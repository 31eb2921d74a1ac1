//! Kafka, Jaeger and the OpenTelemetry Collector themselves, as the sample's profiles start them: under load, over restarts.

pub mod kafka;
pub mod tracing;

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{running::Stack, support::Place};

/// How long spans and events may take to arrive: exporters and the collector send in batches.
const SOON: Duration = Duration::from_secs(60);

/// Ask until there is an answer.
#[track_caller]
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < SOON, "{what}: not within {SOON:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// What `stackctl status` reports of a service.
fn status(place: &Place, service: &str) -> Value {
    let status = place.run(&["status", "--format", "json"]).json();
    let services = status["services"].as_array().unwrap();
    services.iter().find(|found| found["service"] == service).unwrap().clone()
}

/// The rate of its traffic generator.
struct Traffic<'a> {
    place: &'a Place,
    url: String,
}

impl<'a> Traffic<'a> {
    fn of(place: &'a Place, port: u16) -> Self {
        Self { place, url: format!("http://127.0.0.1:{port}") }
    }

    fn set(&self, mode: &str) {
        self.place.run(&["traffic", "set", mode, "--url", &self.url]).exits(0);
    }

    /// Its counters.
    fn stats(&self) -> Value {
        let status = self.place.run(&["traffic", "status", "--url", &self.url, "--format", "json"]);
        status.exits(0).json()["stats"].clone()
    }
}

/// The identifier of a service's container.
fn container(stack: &Stack, service: &str) -> String {
    stack.compose(&["ps", "-q", service]).trim().to_owned()
}

/// What the engine says of a container in this format.
fn inspected(container: &str, format: &str) -> String {
    let output = Command::new("docker").args(["inspect", "-f", format, container]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The only row of a query.
fn sql(stack: &Stack, query: &str) -> String {
    let psql = ["exec", "-T", "postgres", "psql", "-U", "orders", "-d", "orders", "-Atc", query];
    stack.compose(&psql).trim().to_owned()
}
