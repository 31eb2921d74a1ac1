//! Jaeger and the collector with the sample's own configuration: a trace from the generator to the worker, spans that wait
//! while Jaeger is away, and memory under load.

use std::{
    collections::HashSet,
    ops::Range,
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::{Traffic, container, inspected, status, until};
use crate::{
    running::{Stack, elsewhere},
    support::Place,
};

const HOPS: [&str; 4] = ["traffic-generator", "web-gateway", "order-api", "fulfillment-worker"];

/// An answer of Jaeger's HTTP API.
fn ask(url: &str) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { reqwest::get(url).await.unwrap().json().await.unwrap() })
}

fn hops(trace: &Value) -> HashSet<String> {
    let processes = trace["processes"].as_object().unwrap().values();
    processes.map(|process| process["serviceName"].as_str().unwrap().to_owned()).collect()
}

/// An order that the generator placed in this time (microseconds since 1970) is one trace in Jaeger, through gateway and API
/// to the worker: it came by OTLP through the collector, and every span but the generator's has its parent there.
pub fn a_trace_is_whole(place: &Place, placed: Range<i64>) {
    let jaeger = status(place, "jaeger");
    let jaeger = format!("http://{}", jaeger["ports"][0].as_str().unwrap());
    let id = until("a trace with every hop", || {
        let found = ask(&format!("{jaeger}/api/traces?service=fulfillment-worker&limit=500"));
        let in_time = |trace: &&Value| {
            let spans = trace["spans"].as_array().unwrap();
            let started = spans.iter().map(|span| span["startTime"].as_i64().unwrap()).min();
            started.is_some_and(|started| placed.contains(&started))
        };
        let traces = found["data"].as_array().unwrap().iter();
        let whole = |trace: &&Value| HOPS.iter().all(|hop| hops(trace).contains(*hop));
        // The newest are still coming in.
        let trace = traces.rev().filter(in_time).find(whole)?;
        Some(trace["traceID"].as_str().unwrap().to_owned())
    });
    let found = ask(&format!("{jaeger}/api/traces/{id}"));
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let trace = &found["data"][0];
    let spans = trace["spans"].as_array().unwrap();
    let of = |span: &Value| {
        let process = span["processID"].as_str().unwrap();
        trace["processes"][process]["serviceName"].as_str().unwrap().to_owned()
    };
    let parent = |span: &Value| {
        let references = span["references"].as_array().unwrap();
        let parent = references.iter().find(|reference| reference["refType"] == "CHILD_OF")?;
        assert_eq!(parent["traceID"], *id, "{span}");
        spans.iter().find(|other| other["spanID"] == parent["spanID"])
    };
    let roots: Vec<&Value> = spans.iter().filter(|span| parent(span).is_none()).collect();
    assert_eq!(roots.iter().map(|span| of(span)).collect::<Vec<_>>(), [HOPS[0]], "{trace}");
    let worker = spans.iter().find(|span| of(span) == HOPS[3]).unwrap();
    let way = std::iter::successors(Some(worker), |span| parent(span));
    let mut way: Vec<String> = way.map(of).collect();
    way.dedup();
    way.reverse();
    assert_eq!(way, HOPS, "{trace}");
}

/// Microseconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_micros()).unwrap()
}

#[test]
#[ignore = "needs an engine"]
fn spans_wait_while_jaeger_is_away_and_memory_stays_within_its_limits() {
    let (place, _, control) = elsewhere("orders-tracing");
    let stack = Stack(&place, "orders-tracing");
    place.run(&["up", "--profile", "tracing"]).exits(0);
    stack.limits_are_equal(&["-f", "generated/docker-compose.tracing.yml", "--profile", "tracing"]);
    a_trace_is_whole(&place, 0..i64::MAX);

    // Jaeger keeps its traces in memory: those of the time without it can only come from the collector's queue.
    let traffic = Traffic::of(&place, control);
    traffic.set("burst");
    stack.compose(&["stop", "jaeger"]);
    let away = now();
    std::thread::sleep(Duration::from_secs(8));
    let back = now();
    stack.compose(&["start", "jaeger"]);
    until("Jaeger is back", || (status(&place, "jaeger")["health"] == "healthy").then_some(()));
    a_trace_is_whole(&place, away..back);

    // A minute of it; the README has the figures of twenty, when Jaeger holds as many traces as it may.
    traffic.set("overload");
    std::thread::sleep(Duration::from_secs(60));
    let stats = traffic.stats();
    assert!(stats["total"].as_u64() > Some(3000), "{stats}");
    for service in ["jaeger", "otel-collector"] {
        let found = status(&place, service);
        let [peak, limit] =
            ["memory_peak_bytes", "memory_limit_bytes"].map(|key| found[key].as_u64().unwrap());
        assert!(peak < limit, "{found}");
        let id = container(&stack, service);
        assert_eq!(inspected(&id, "{{.State.OOMKilled}} {{.RestartCount}}"), "false 0", "{service}");
    }
    let log = stack.compose(&["logs", "--no-log-prefix", "otel-collector"]);
    assert!(!log.contains("Memory usage is above") && !log.contains("Dropping data"), "{log}");
}
