//! What the order shop carries on this machine, and where the time goes: `cargo bench --bench shop`.
//!
//! Needs Postgres and Redis installed. Services, servers and load share the machine, so the figures are a floor.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its figures")]
#![allow(dead_code, clippy::allow_attributes, reason = "shared with the tests, which use all of it")]

#[path = "../tests/it/shop/client.rs"]
mod client;
#[path = "../tests/it/shop/collector.rs"]
mod collector;
#[path = "../tests/it/shop/parts.rs"]
mod parts;
#[path = "../tests/it/ports.rs"]
mod ports;
#[path = "../tests/it/shop/processes.rs"]
mod processes;

use std::{process::Command, time::Duration};

use collector::{Collector, Span};
use parts::Parts;
use processes::Processes;
use serde_json::Value;

/// Requests a second; the sample's overload is 100.
const RATES: [&str; 5] = ["20", "100", "200", "400", "800"];
const DURATION: &str = "10s";

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!("requests/s  reached  p50 ms  p99 ms  failed  dropped  (mix: 60 % POST, 40 % GET)");
    let shop = Processes::start_in(folder, &[]).await;
    for rate in RATES {
        let report = load(&shop, rate).await;
        let figure = |value: &Value| value.as_f64().unwrap_or_default();
        let (reached, response) = (figure(&report["rate_reached"]), &report["response_ms"]);
        let (p50, p99) = (figure(&response["p50"]), figure(&response["p99"]));
        let (failed, dropped) = (figure(&report["failed"]), figure(&report["dropped"]));
        println!("{rate:>10}  {reached:>7.1}  {p50:>6.2}  {p99:>6.2}  {failed:>6}  {dropped:>7}");
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let waits = shop
        .database()
        .await
        .query_one(
            "SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY wait), percentile_cont(0.99) WITHIN GROUP (ORDER BY wait)
             FROM (SELECT 1e3 * extract(epoch FROM fulfilled_at - created_at)::float8 AS wait
                   FROM orders JOIN fulfillments ON order_id = id) AS waits",
            &[],
        )
        .await
        .unwrap();
    let (orders, p50, p99): (i64, f64, f64) = (waits.get(0), waits.get(1), waits.get(2));
    println!("\n{orders} orders fulfilled: p50 {p50:.1} ms, p99 {p99:.1} ms after they were placed");
    drop(shop);

    let (collector, address) = Collector::start().await;
    let endpoint = format!("http://{address}");
    let folder = tempfile::tempdir().unwrap();
    let shop = Processes::start_in(folder, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).await;
    load(&shop, "100").await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    println!("\nwhere the time of POST /orders goes at 100 requests/s, by the spans:");
    where_time_goes(&collector.spans());
}

/// One run of the traffic engine with the order shop's own table.
async fn load(shop: &Processes, rate: &str) -> Value {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("stackctl"));
    command.current_dir(std::env::temp_dir()).args(["traffic", "--quiet", "--target", &shop.shop().base]);
    command.args(["--rate", rate, "--duration", DURATION, "--report", "-"]);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn where_time_goes(spans: &[Span]) {
    let median = |hop: &str, keep: &dyn Fn(&Span) -> bool| {
        let mut times: Vec<Duration> = spans.iter().filter(|span| keep(span)).map(|span| span.time).collect();
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e3;
        println!("{hop:<44} {median:>7.2} ms  ({} spans)", times.len());
    };
    let places: std::collections::HashSet<&str> = spans
        .iter()
        .filter(|span| span.name == "orders.v1.Orders/Place")
        .map(|span| span.id.as_str())
        .collect();
    let postgres = |span: &Span| span.name == "postgres";
    median("web-gateway, all of it", &|span| span.name == "POST /orders");
    median("  order-api, as seen by itself", &|span| places.contains(span.id.as_str()));
    median("    Postgres: order and letter, committed", &|span| {
        postgres(span) && places.contains(span.parent.as_str())
    });
    median("fulfillment-worker, later", &|span| span.name == "fulfil order");
    median("  Postgres: one of its two steps", &|span| {
        postgres(span) && span.process == "fulfillment-worker"
    });
}
