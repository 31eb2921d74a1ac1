//! One request is one trace, from the client's header to the worker.

use std::time::Instant;

use serde_json::json;
use stackctl_shop::{Env, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use super::{
    chain::chain,
    client::{SOON, read},
    collector::{Collector, Span},
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// Place an order as part of [`TRACE`] and wait for it.
pub async fn order_in_a_trace(shop: &super::client::Shop) {
    let placed =
        shop.http.post(format!("{}/orders", shop.base)).json(&json!({"product_id": 1, "quantity": 1}));
    let placed = placed.header("traceparent", format!("00-{TRACE}-{CALLER}-01")).send().await.unwrap();
    let (_, order) = read(placed).await;
    shop.until_fulfilled(order["id"].as_i64().unwrap()).await;
}

/// The three hops hang together: gateway under the caller, order-api under the gateway, worker under order-api.
pub async fn assert_one_trace(collector: &Collector, hop: impl Fn(&Span) -> &str) {
    let start = Instant::now();
    let [gateway, api, worker] = loop {
        let spans = collector.trace(TRACE);
        let of = |service: &str, name: &str| {
            spans.iter().find(|span| hop(span) == service && span.name == name).cloned()
        };
        let hops = (
            of("web-gateway", "POST /orders"),
            of("order-api", "orders.v1.Orders/Place"),
            of("fulfillment-worker", "fulfil order"),
        );
        if let (Some(gateway), Some(api), Some(worker)) = hops {
            break [gateway, api, worker];
        }
        assert!(start.elapsed() < SOON, "only {spans:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(gateway.parent, CALLER);
    assert_eq!(api.parent, gateway.id);
    assert_eq!(worker.parent, api.id);
    assert!(gateway.time >= api.time, "a caller waits for whom it calls: {gateway:?} {api:?}");
    // Whatever else is in the trace belongs to one of them.
    for span in collector.trace(TRACE).iter().filter(|span| span.name == "postgres") {
        assert!([&api.id, &worker.id].contains(&&span.parent), "{span:?}");
    }
}

#[tokio::test]
async fn a_request_is_followed_through_all_hops() {
    let (collector, address) = Collector::start().await;
    let env = Env::of([("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))]);
    let telemetry = Telemetry::from_env(&env, "demo").unwrap().expect("the endpoint is set");
    // For the whole binary: the other tests' spans come along, in traces of their own.
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(telemetry.layer())).unwrap();
    let (chain, shop) = chain(None).await;
    order_in_a_trace(&shop).await;
    chain.stop().await;
    tokio::task::spawn_blocking(|| telemetry.shutdown()).await.unwrap();
    assert_one_trace(&collector, |span| &span.hop).await;
    assert!(collector.trace(TRACE).iter().all(|span| span.process == "demo"));
}

#[tokio::test]
async fn without_an_endpoint_nothing_is_tried() {
    assert!(Telemetry::from_env(&Env::of([]), "demo").unwrap().is_none());
    let env = |protocol: &str| {
        Env::of([
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1".to_owned()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
        ])
    };
    assert!(
        Telemetry::from_env(&env("http/protobuf"), "demo").unwrap_err().to_string().contains("only grpc")
    );
    let dead = Telemetry::from_env(&env("grpc"), "demo").unwrap().expect("a dead collector is no error");
    tokio::task::spawn_blocking(|| dead.shutdown()).await.unwrap();
}
