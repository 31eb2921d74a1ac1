//! Order events, for whoever listens: a topic of Kafka.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use rskafka::{
    BackoffConfig,
    chrono::DateTime,
    client::{
        Client, ClientBuilder,
        partition::{Compression, PartitionClient, UnknownTopicHandling},
    },
    record::Record,
};
use serde_json::json;
use tokio::sync::Mutex;

use super::{relay::Carrier, store::Letter, trace::TRACEPARENT};

/// The topic.
pub const TOPIC: &str = "orders";
/// How long a broker may take for a batch; it then comes again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Brings order events to the topic `orders`.
pub struct ToKafka {
    brokers: Vec<String>,
    partition: Mutex<Option<Arc<PartitionClient>>>,
}

impl ToKafka {
    /// A carrier that connects when it has something to bring. `brokers` are `host:port`, separated by commas.
    pub fn new(brokers: &str) -> Self {
        let brokers = brokers.split(',').map(|broker| broker.trim().to_owned()).collect();
        Self { brokers, partition: Mutex::new(None) }
    }

    async fn send(&self, records: Vec<Record>) -> Result<(), String> {
        let mut held = self.partition.lock().await;
        let partition = match held.as_ref() {
            Some(partition) => Arc::clone(partition),
            None => Arc::new(self.connect().await.map_err(|error| error.to_string())?),
        };
        // Kept only if it works: a broker that was replaced is found again.
        *held = None;
        partition.produce(records, Compression::NoCompression).await.map_err(|error| error.to_string())?;
        *held = Some(partition);
        Ok(())
    }

    async fn connect(&self) -> rskafka::client::error::Result<PartitionClient> {
        let backoff = BackoffConfig {
            max_backoff: Duration::from_secs(1),
            deadline: Some(PATIENCE),
            ..Default::default()
        };
        let client = ClientBuilder::new(self.brokers.clone())
            .client_id("order-api")
            .backoff_config(backoff)
            .build()
            .await?;
        ensure_topic(&client).await?;
        client.partition_client(TOPIC, 0, UnknownTopicHandling::Retry).await
    }
}

/// One partition: events of an order stay in order, and one is enough for a shop.
async fn ensure_topic(client: &Client) -> rskafka::client::error::Result<()> {
    if client.list_topics().await?.iter().any(|topic| topic.name == TOPIC) {
        return Ok(());
    }
    client.controller_client()?.create_topic(TOPIC, 1, 1, 5_000).await
}

#[async_trait]
impl Carrier for ToKafka {
    async fn carry(&self, letters: &[Letter]) -> Result<(), String> {
        let sent = tokio::time::timeout(PATIENCE, self.send(letters.iter().map(record).collect()));
        sent.await.unwrap_or_else(|_| {
            Err(format!("no answer from {} in {} s", self.brokers.join(","), PATIENCE.as_secs()))
        })
    }
}

/// An event as it is read from the topic: its key is the order, and `id` identifies a duplicate.
fn record(letter: &Letter) -> Record {
    let order = &letter.order;
    let value = json!({
        "id": letter.id,
        "event": letter.event.name(),
        "at": prost_types::Timestamp::from(letter.at).to_string(),
        "order": { "id": order.id.get(), "product_id": order.product_id, "quantity": order.quantity },
    });
    let trace = letter.trace.traceparent().map(|traceparent| (TRACEPARENT.to_owned(), traceparent.into()));
    Record {
        key: Some(order.id.to_string().into_bytes()),
        value: Some(value.to_string().into_bytes()),
        headers: trace.into_iter().collect::<BTreeMap<_, _>>(),
        timestamp: DateTime::from_timestamp_millis(millis(letter.at)).unwrap_or_default(),
    }
}

fn millis(at: SystemTime) -> i64 {
    at.duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        order::{Order, OrderId, Status},
        store::Event,
        trace::TraceContext,
    };

    #[test]
    fn an_event_names_its_order_and_carries_the_trace() {
        let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
        let order = Order {
            id: OrderId::new(7).unwrap(),
            product_id: 3,
            quantity: 2,
            status: Status::Pending,
            created_at: at,
        };
        let trace = TraceContext::received(Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        let record = record(&Letter { id: 9, event: Event::Created, at, order, trace: trace.clone() });
        assert_eq!(record.key.unwrap(), b"7");
        assert_eq!(record.headers[TRACEPARENT], trace.traceparent().unwrap().as_bytes());
        assert_eq!(record.timestamp.timestamp_millis(), 1_700_000_000_500);
        assert_eq!(
            String::from_utf8(record.value.unwrap()).unwrap(),
            r#"{"id":9,"event":"created","at":"2023-11-14T22:13:20.500Z","order":{"id":7,"product_id":3,"quantity":2}}"#
        );
    }
}
