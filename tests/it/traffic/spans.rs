//! The generator's own spans: a trace begins where the request does.

use std::{collections::BTreeMap, time::Duration};

use super::{
    command::{SHOP_TABLE, stackctl},
    target::Shop,
};
use crate::shop::collector::Collector;

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_traces_and_an_overload_only_some_of_them() {
    let (collector, endpoint) = Collector::start().await;
    let (shop, address) = Shop::start(|| Duration::from_millis(2));
    let target = format!("http://{address}");
    let mut command = stackctl(&["traffic", "--target", &target, "--rate", "100", "--duration", "2s"]);
    command.args(["--config", SHOP_TABLE]).env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{endpoint}"));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let seen = shop.seen.lock().unwrap();
    let mut recorded = BTreeMap::new();
    for request in seen.iter() {
        let parent = request.header("traceparent").unwrap();
        let parts: Vec<&str> = parent.split('-').collect();
        match parts[3] {
            "01" => assert!(recorded.insert(parts[1].to_owned(), parts[2].to_owned()).is_none()),
            flags => assert_eq!(flags, "00"),
        }
    }
    assert_eq!(seen.len(), 200);
    // 20 a second.
    assert!((38..=42).contains(&recorded.len()), "{}", recorded.len());
    let spans = collector.spans();
    let exported: BTreeMap<_, _> = spans.iter().map(|span| (span.trace.clone(), span.id.clone())).collect();
    assert_eq!(exported, recorded, "what the target is asked to record has its root");
    for span in &spans {
        assert_eq!((span.process.as_str(), span.parent.trim_matches('0')), ("traffic-generator", ""));
        assert!(["POST /orders", "GET /orders", "GET /orders/:id"].contains(&span.name.as_str()), "{span:?}");
        assert!((Duration::from_millis(2)..Duration::from_secs(1)).contains(&span.time), "{span:?}");
    }
}

#[test]
fn a_collector_that_is_dead_costs_no_request_and_a_wrong_address_is_said() {
    let (_shop, address) = Shop::start(|| Duration::ZERO);
    let target = format!("http://{address}");
    let run = |name: &str, value: &str| {
        let mut command = stackctl(&["traffic", "--target", &target, "--rate", "50", "--duration", "1s"]);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1").env(name, value);
        let output = command.args(["--max-failed", "0%"]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, stderr) = run("OTEL_SERVICE_NAME", "load");
    assert_eq!(code, Some(0), "{stderr}");
    for (name, value) in
        [("OTEL_EXPORTER_OTLP_ENDPOINT", "not a url"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    {
        let (code, stderr) = run(name, value);
        assert!(code == Some(2) && stderr.contains(name), "{code:?} {stderr}");
    }
}
