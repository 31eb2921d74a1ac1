//! Order events reach a Kafka broker, and a dead one slows nothing.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::time::sleep;

use super::{
    client::{SOON, read},
    parts::Parts,
    processes::Processes,
};
use crate::ports::free_port;

/// A broker in a container, gone with the test.
struct Broker {
    name: String,
    port: u16,
}

impl Broker {
    fn start() -> Self {
        let port = free_port();
        let broker = Self { name: format!("stackctl-test-kafka-{}", std::process::id()), port };
        // One property discards the image's whole default configuration, so this is all of it.
        let variables = [
            "CLUSTER_ID=Vw0h2bX7TjKq3mYdRz5sLA".to_owned(),
            "KAFKA_NODE_ID=1".to_owned(),
            "KAFKA_PROCESS_ROLES=broker,controller".to_owned(),
            format!("KAFKA_LISTENERS=PLAINTEXT://:{port},CONTROLLER://:9093"),
            format!("KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://127.0.0.1:{port}"),
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT".to_owned(),
            "KAFKA_INTER_BROKER_LISTENER_NAME=PLAINTEXT".to_owned(),
            "KAFKA_CONTROLLER_LISTENER_NAMES=CONTROLLER".to_owned(),
            "KAFKA_CONTROLLER_QUORUM_VOTERS=1@localhost:9093".to_owned(),
            "KAFKA_LOG_DIRS=/tmp/orders".to_owned(),
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=1".to_owned(),
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR=1".to_owned(),
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR=1".to_owned(),
        ];
        let published = format!("127.0.0.1:{port}:{port}");
        let mut command = Command::new("docker");
        command.args([
            "run",
            "-d",
            "--name",
            &broker.name,
            "-p",
            &published,
            "--tmpfs",
            "/tmp/orders:mode=1777",
        ]);
        command.args(variables.iter().flat_map(|variable| ["-e", variable])).arg("apache/kafka:4.1.1");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        broker
    }

    /// What the topic holds, key and value of each record, as kcat (librdkafka) reads it; the image has it.
    fn topic(&self) -> String {
        let broker = format!("127.0.0.1:{}", self.port);
        let read =
            ["kcat", "-b", &broker, "-C", "-t", "orders", "-o", "beginning", "-e", "-q", "-f", "%k %s\\n"];
        // A broker that is paused lets it wait.
        let patient = ["exec", &self.name, "timeout", "5"];
        let output = Command::new("docker").args(patient).args(read).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    async fn until_topic_holds(&self, text: &str, processes: &Processes) {
        let start = Instant::now();
        while !self.topic().contains(text) {
            assert!(start.elapsed() < SOON, "no {text}: {}", processes.log(super::parts::Part::Api));
            sleep(Duration::from_millis(200)).await;
        }
    }

    fn docker(&self, verb: &str) {
        assert!(Command::new("docker").args([verb, &self.name]).output().unwrap().status.success(), "{verb}");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rm", "-f", "-v", &self.name]).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an engine, Postgres and Redis"]
async fn an_order_is_told_when_it_is_placed_and_when_it_is_fulfilled() {
    let broker = Broker::start();
    let brokers = format!("127.0.0.1:{}", broker.port);
    let processes = Processes::start(&[("KAFKA_BROKERS", &brokers)]).await;
    let place = async || {
        let start = Instant::now();
        let (_, order) =
            read(processes.shop().post(json!({"product_id": 7, "quantity": 1}), None).await).await;
        assert!(start.elapsed() < Duration::from_secs(4), "an order does not wait for a broker");
        let id = order["id"].as_i64().unwrap();
        processes.shop().until_fulfilled(id).await;
        id
    };
    let order = |id: i64| format!(r#""order":{{"id":{id},"product_id":7,"quantity":1}}"#);
    let first = place().await;
    broker.until_topic_holds(&order(first), &processes).await;
    broker.until_topic_holds(r#""event":"created""#, &processes).await;
    broker.until_topic_holds(r#""event":"fulfilled""#, &processes).await;

    broker.docker("pause");
    let second = place().await;
    sleep(Duration::from_secs(6)).await;
    broker.docker("unpause");
    broker.until_topic_holds(&order(second), &processes).await;
    let start = Instant::now();
    let left = "SELECT count(*) FROM outbox";
    while processes.database().await.query_one(left, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        assert!(start.elapsed() < SOON, "letters that arrived are kept");
        sleep(Duration::from_millis(500)).await;
    }
}
