//! No order is lost, and none is fulfilled twice, whoever is killed.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    client::{Shop, read},
    collector::Collector,
    containers::Containers,
    parts::{Part, Parts},
    processes::Processes,
    trace,
};

/// Orders that must be placed.
const ORDERS: usize = 10_000;
/// Tries after which something is wrong: a part is nearly always down, so about every other order is refused.
const TRIES: usize = 50_000;
/// A second; overload is 100.
const RATE: usize = 200;

/// What the client was told.
#[derive(Default)]
struct Told {
    placed: Mutex<Vec<i64>>,
    refused: AtomicUsize,
    broken: AtomicUsize,
    unexpected: Mutex<Vec<String>>,
}

/// Try at [`RATE`] until [`ORDERS`] are placed, every other one under a key.
async fn load(shop: &Shop, told: Arc<Told>) {
    let (start, mut sent) = (Instant::now(), Vec::new());
    for n in 0..TRIES {
        if told.placed.lock().unwrap().len() >= ORDERS {
            break;
        }
        let due = Duration::from_secs_f64(n as f64 / RATE as f64);
        sleep(due.saturating_sub(start.elapsed())).await;
        let mut request = shop.http.post(format!("{}/orders", shop.base)).timeout(Duration::from_secs(5));
        if n % 2 == 0 {
            request = request.header("Idempotency-Key", format!("order-{n}"));
        }
        let (request, told) =
            (request.json(&json!({"product_id": 1 + n % 10, "quantity": 1 + n % 100})), Arc::clone(&told));
        sent.push(tokio::spawn(async move {
            let Ok(response) = request.send().await else {
                told.broken.fetch_add(1, Ordering::Relaxed);
                return;
            };
            let later = response.headers().contains_key("retry-after");
            match read(response).await {
                (StatusCode::CREATED, order) => {
                    told.placed.lock().unwrap().push(order["id"].as_i64().unwrap())
                }
                (StatusCode::SERVICE_UNAVAILABLE, Value::Object(_)) if later => {
                    told.refused.fetch_add(1, Ordering::Relaxed);
                }
                (status, body) => told.unexpected.lock().unwrap().push(format!("{status} {body}")),
            }
        }));
    }
    for request in sent {
        request.await.unwrap();
    }
}

/// Kill one after another, again and again, until told that the load is over.
async fn kill(parts: &mut impl Parts, victims: &[Part], over: &AtomicBool) -> usize {
    let mut killed = 0;
    for victim in victims.iter().cycle() {
        sleep(Duration::from_secs(2)).await;
        parts.kill(*victim).await;
        sleep(Duration::from_millis(400)).await;
        parts.restart(*victim).await;
        killed += 1;
        if over.load(Ordering::Relaxed) {
            break;
        }
    }
    killed
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres and Redis"]
async fn ten_thousand_orders_while_processes_are_killed() {
    let mut processes = Processes::start(&[]).await;
    survive(&mut processes, &Part::ALL[1..]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an engine"]
async fn ten_thousand_orders_while_containers_are_killed() {
    let mut containers = Containers::start().await;
    survive(&mut containers, &Part::ALL).await;
}

/// Place orders while `victims` are killed in turn; then every order that was answered 201 is there, fulfilled, once.
async fn survive(parts: &mut impl Parts, victims: &[Part]) {
    let (told, over) = (Arc::new(Told::default()), Arc::new(AtomicBool::new(false)));
    let shop = Shop { base: parts.shop().base.clone(), http: parts.shop().http.clone() };
    let loading = tokio::spawn({
        let (told, over) = (Arc::clone(&told), Arc::clone(&over));
        async move {
            load(&shop, told).await;
            over.store(true, Ordering::Relaxed);
        }
    });
    let killed = kill(parts, victims, &over).await;
    loading.await.unwrap();
    parts.shop().until_ready().await;

    let placed: BTreeSet<i64> = told.placed.lock().unwrap().iter().copied().collect();
    let (refused, broken) = (told.refused.load(Ordering::Relaxed), told.broken.load(Ordering::Relaxed));
    let unexpected = told.unexpected.lock().unwrap().clone();
    assert!(
        unexpected.is_empty(),
        "{} answers such as {:?}",
        unexpected.len(),
        &unexpected[..unexpected.len().min(3)]
    );
    assert_eq!(placed.len(), told.placed.lock().unwrap().len(), "an id was answered twice");
    assert!(
        killed >= 10 && placed.len() >= ORDERS,
        "{killed} killed, {} placed, {refused} refused, {broken} broken\n{}",
        placed.len(),
        parts.log(Part::Gateway) + &parts.log(Part::Api),
    );

    let database = parts.database().await;
    let count = async |sql: &str| database.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    let start = Instant::now();
    while count("SELECT count(*) FROM orders WHERE status <> 'fulfilled'").await > 0 {
        assert!(start.elapsed() < Duration::from_secs(180), "{}", parts.log(Part::Worker));
        sleep(Duration::from_millis(500)).await;
    }
    let fulfilled: BTreeSet<i64> = database
        .query("SELECT id FROM orders JOIN fulfillments ON order_id = id WHERE status = 'fulfilled'", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(placed.is_subset(&fulfilled), "lost: {:?}", placed.difference(&fulfilled).collect::<Vec<_>>());
    assert_eq!(count("SELECT count(*) FROM fulfillments").await, count("SELECT count(*) FROM orders").await);
    assert_eq!(count("SELECT count(*) FROM outbox").await, 0, "letters that were delivered are kept");
    let mut stream = parts.stream().await;
    let start = Instant::now();
    while redis::AsyncCommands::xlen::<_, u64>(&mut stream, "orders").await.unwrap() > 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "entries that are done are kept");
        sleep(Duration::from_millis(500)).await;
    }
    // Not one of the orders that nobody was told of is a second one of a key.
    let extra = fulfilled.len() - placed.len();
    assert!(extra <= refused + broken, "{extra} orders that nobody asked for");
    for part in Part::OURS {
        let log = parts.log(part);
        assert!(!log.contains("panicked"), "{log}");
        assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{log}");
        assert!(log.lines().count() < 1_000, "{part:?} floods its log: {} lines", log.lines().count());
        assert_eq!(parts.terminate(part).await, 0, "{part:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres and Redis"]
async fn an_order_waits_for_redis_and_for_the_worker() {
    let mut processes = Processes::start(&[("ORDER_RETENTION", "5s")]).await;
    processes.kill(Part::Redis).await;
    let (status, order) =
        read(processes.shop().post(json!({"product_id": 1, "quantity": 1}), None).await).await;
    assert_eq!(status, StatusCode::CREATED, "Redis is not in the way of an order");
    let id = order["id"].as_i64().unwrap();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(processes.shop().get(&format!("/orders/{id}")).await.1["status"], "pending");
    processes.restart(Part::Redis).await;
    processes.shop().until_fulfilled(id).await;

    processes.kill(Part::Worker).await;
    let (_, order) = read(processes.shop().post(json!({"product_id": 1, "quantity": 1}), None).await).await;
    sleep(Duration::from_secs(1)).await;
    redis::cmd("FLUSHALL").exec_async(&mut processes.stream().await).await.unwrap();
    processes.restart(Part::Worker).await;
    processes.shop().until_fulfilled(order["id"].as_i64().unwrap()).await;

    // And what is old goes.
    let start = Instant::now();
    while processes.shop().get("/orders").await.1 != json!([]) {
        assert!(start.elapsed() < Duration::from_secs(60));
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(processes.shop().get(&format!("/orders/{id}")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres and Redis"]
async fn what_a_killed_worker_left_is_taken_over_at_once() {
    const LEFT: usize = 300;
    let mut processes = Processes::start(&[]).await;
    // Once an order is fulfilled the group of the workers exists.
    let (_, order) = read(processes.shop().post(json!({"product_id": 1, "quantity": 1}), None).await).await;
    processes.shop().until_fulfilled(order["id"].as_i64().unwrap()).await;
    processes.kill(Part::Worker).await;
    let mut stream = processes.stream().await;
    let mut left = redis::pipe();
    for order in 0..LEFT {
        left.cmd("XADD").arg(&["orders", "*", "order"]).arg(1_000 + order);
    }
    let left: Vec<String> = left.query_async(&mut stream).await.unwrap();
    let read = ["GROUP", "fulfillment", "dead", "COUNT", "1000", "STREAMS", "orders", ">"];
    redis::cmd("XREADGROUP").arg(&read).exec_async(&mut stream).await.unwrap();
    let silent = ["orders", "fulfillment", "dead", "0"];
    redis::cmd("XCLAIM")
        .arg(&silent)
        .arg(&left)
        .arg(&["IDLE", "60000", "JUSTID"])
        .exec_async(&mut stream)
        .await
        .unwrap();
    processes.restart(Part::Worker).await;
    let start = Instant::now();
    while redis::AsyncCommands::xlen::<_, usize>(&mut stream, "orders").await.unwrap() > 0 {
        // A batch every five seconds would take a minute and a half.
        assert!(start.elapsed() < Duration::from_secs(30), "{}", processes.log(Part::Worker));
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres and Redis"]
async fn a_dead_backend_is_503_and_a_trace_crosses_processes() {
    let (collector, address) = Collector::start().await;
    let endpoint = format!("http://{address}");
    let mut processes =
        Processes::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("KAFKA_BROKERS", "127.0.0.1:1")])
            .await;
    // The dead broker slows nothing; its letters wait.
    let start = Instant::now();
    trace::order_in_a_trace(processes.shop()).await;
    assert!(start.elapsed() < Duration::from_secs(5));
    trace::assert_one_trace(&collector, |span| &span.process).await;
    let database = processes.database().await;
    let letters = database
        .query("SELECT event FROM outbox WHERE destination = 'events' ORDER BY id", &[])
        .await
        .unwrap();
    assert_eq!(letters.iter().map(|row| row.get(0)).collect::<Vec<&str>>(), ["created", "fulfilled"]);

    processes.kill(Part::Postgres).await;
    for path in ["/orders", "/orders/1"] {
        let response =
            processes.shop().http.get(format!("{}{path}", processes.shop().base)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(response.headers()["retry-after"], "1", "{path}");
        assert!(!response.text().await.unwrap().to_lowercase().contains("postgres"), "{path} tells too much");
    }
    processes.shop().until_readyz_is(StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(processes.shop().get("/healthz").await.0, StatusCode::OK, "alive all the same");
    processes.kill(Part::Api).await;
    let placed = processes.shop().post(json!({"product_id": 1, "quantity": 1}), Some("k")).await;
    assert_eq!(placed.status(), StatusCode::SERVICE_UNAVAILABLE);
    processes.restart(Part::Postgres).await;
    processes.restart(Part::Api).await;
    processes.shop().until_ready().await;
    let placed = processes.shop().post(json!({"product_id": 1, "quantity": 1}), Some("k")).await;
    assert_eq!(placed.status(), StatusCode::CREATED);
}
