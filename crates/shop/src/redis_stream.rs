//! The queue of the stack: a Redis stream with one consumer group.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use redis::{
    AsyncCommands, Client, ConnectionInfo, RedisError, Value,
    aio::{ConnectionManager, ConnectionManagerConfig},
    from_redis_value_ref,
    streams::{
        StreamAutoClaimOptions, StreamAutoClaimReply, StreamId, StreamInfoConsumersReply, StreamReadOptions,
        StreamReadReply,
    },
};

use super::{
    order::OrderId,
    queue::{OrderQueue, QueueError, Taken, Task},
    trace::{TRACEPARENT, TraceContext},
};

const STREAM: &str = "orders";
const GROUP: &str = "fulfillment";
const ORDER: &str = "order";
/// How long a taken task may stay unacknowledged before another worker claims it: longer than the slowest healthy worker.
const SILENCE: Duration = Duration::from_secs(15);
/// How often to look for such tasks.
const CLAIM: Duration = Duration::from_secs(5);
/// A consumer that has nothing and was silent for this long is a container that is gone.
const GONE: Duration = Duration::from_secs(3600);
/// How long Redis may take for an answer, apart from waiting for a task.
const ANSWER: Duration = Duration::from_secs(2);

/// Orders on their way to a worker.
pub struct RedisStream {
    /// For everything that is answered at once.
    connection: ConnectionManager,
    /// For waiting: a blocked connection would hold up the others.
    waiting: ConnectionManager,
    consumer: String,
    claimed: Mutex<Option<Instant>>,
}

impl RedisStream {
    /// A queue that connects when it is first asked. `consumer` names this worker within the group; `longest_wait` is the
    /// longest that `take` will be asked to wait.
    ///
    /// # Errors
    /// When the address makes no sense.
    pub fn new(
        address: ConnectionInfo,
        consumer: String,
        longest_wait: Duration,
    ) -> Result<Self, QueueError> {
        let client = Client::open(address).map_err(failed)?;
        let config = |response| {
            ConnectionManagerConfig::new()
                .set_connection_timeout(Some(ANSWER))
                .set_response_timeout(Some(response))
                // Those who ask try again themselves.
                .set_number_of_retries(0)
        };
        let manager = |response| {
            ConnectionManager::new_lazy_with_config(client.clone(), config(response)).map_err(failed)
        };
        Ok(Self {
            connection: manager(ANSWER)?,
            waiting: manager(longest_wait + ANSWER)?,
            consumer,
            claimed: Mutex::new(None),
        })
    }

    /// Whether it is time to claim.
    fn claim_is_due(&self) -> bool {
        let claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        claimed.is_none_or(|at| at.elapsed() >= CLAIM)
    }

    /// Take over what others, or an earlier life of ours, left behind. As long as there is some, it is always due; once
    /// nothing is found, it is not for the time of [`CLAIM`].
    async fn claim(&self, limit: usize) -> Result<Vec<StreamId>, RedisError> {
        let mut connection = self.connection.clone();
        let mut from = "0-0".to_owned();
        loop {
            let options = StreamAutoClaimOptions::default().count(limit);
            let reply: StreamAutoClaimReply = connection
                .xautoclaim_options(STREAM, GROUP, &self.consumer, millis(SILENCE), &from, options)
                .await?;
            // One call looks at a part of the list only; the last says "0-0".
            if !reply.claimed.is_empty() || reply.next_stream_id == "0-0" {
                if reply.claimed.is_empty() {
                    *self.claimed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                    self.strike_gone().await?;
                }
                return Ok(reply.claimed);
            }
            from = reply.next_stream_id;
        }
    }

    /// Strike consumers that are gone.
    async fn strike_gone(&self) -> Result<(), RedisError> {
        let mut connection = self.connection.clone();
        let known: StreamInfoConsumersReply = connection.xinfo_consumers(STREAM, GROUP).await?;
        for consumer in known.consumers {
            if consumer.name != self.consumer && consumer.pending == 0 && consumer.idle > millis(GONE) {
                let _: usize = connection.xgroup_delconsumer(STREAM, GROUP, &consumer.name).await?;
            }
        }
        Ok(())
    }

    async fn read(&self, limit: usize, wait: Duration) -> Result<Vec<StreamId>, RedisError> {
        if self.claim_is_due() {
            let claimed = self.claim(limit).await?;
            if !claimed.is_empty() {
                return Ok(claimed);
            }
        }
        let options =
            StreamReadOptions::default().group(GROUP, &self.consumer).count(limit).block(millis(wait));
        let reply: Option<StreamReadReply> =
            self.waiting.clone().xread_options(&[STREAM], &[">"], &options).await?;
        Ok(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids).collect())
    }
}

#[async_trait]
impl OrderQueue for RedisStream {
    async fn push(&self, tasks: &[Task]) -> Result<(), QueueError> {
        let mut pipeline = redis::pipe();
        for task in tasks {
            let order = task.order.get().to_string();
            let mut fields = vec![(ORDER, order.as_str())];
            fields.extend(task.trace.traceparent().map(|traceparent| (TRACEPARENT, traceparent)));
            pipeline.xadd(STREAM, "*", &fields).ignore();
        }
        pipeline.query_async(&mut self.connection.clone()).await.map_err(failed)
    }

    async fn take(&self, limit: usize, wait: Duration) -> Result<Vec<Taken>, QueueError> {
        let entries = match self.read(limit, wait).await {
            // Redis was emptied, or is new.
            Err(error) if error.code() == Some("NOGROUP") => {
                let mut connection = self.connection.clone();
                match connection.xgroup_create_mkstream(STREAM, GROUP, "0").await {
                    Err(error) if error.code() != Some("BUSYGROUP") => return Err(failed(error)),
                    Ok(()) | Err(_) => Vec::new(),
                }
            }
            result => result.map_err(failed)?,
        };
        Ok(entries.into_iter().map(read_entry).collect())
    }

    async fn done(&self, receipts: &[String]) -> Result<(), QueueError> {
        // Both or neither: an entry that is acknowledged and stays would never be removed.
        redis::pipe()
            .atomic()
            .xack(STREAM, GROUP, receipts)
            .ignore()
            .xdel(STREAM, receipts)
            .ignore()
            .query_async(&mut self.connection.clone())
            .await
            .map_err(failed)
    }

    async fn depth(&self) -> Result<u64, QueueError> {
        self.connection.clone().xlen(STREAM).await.map_err(failed)
    }
}

fn read_entry(entry: StreamId) -> Taken {
    let text = |map: &HashMap<String, Value>, field| {
        map.get(field).and_then(|value| from_redis_value_ref::<String>(value).ok())
    };
    let order = text(&entry.map, ORDER).and_then(|order| OrderId::parse(&order).ok());
    let trace = TraceContext::received(text(&entry.map, TRACEPARENT).as_deref());
    Taken { receipt: entry.id, task: order.map(|order| Task { order, trace }) }
}

fn millis(duration: Duration) -> usize {
    usize::try_from(duration.as_millis()).unwrap_or(usize::MAX)
}

fn failed(error: impl ToString) -> QueueError {
    QueueError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fields: &[(&str, &str)]) -> StreamId {
        let map = fields
            .iter()
            .map(|(field, text)| ((*field).to_owned(), Value::BulkString(text.as_bytes().to_vec())));
        StreamId {
            id: "1-0".to_owned(),
            map: map.collect(),
            milliseconds_elapsed_from_delivery: None,
            delivered_count: None,
        }
    }

    #[test]
    fn an_entry_that_makes_no_sense_has_no_task_and_can_be_removed() {
        for fields in [&[][..], &[(ORDER, "abc")], &[(ORDER, "-1")], &[("other", "1")]] {
            let taken = read_entry(entry(fields));
            assert_eq!((taken.receipt.as_str(), taken.task), ("1-0", None), "{fields:?}");
        }
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let task = read_entry(entry(&[(ORDER, "7"), (TRACEPARENT, trace)])).task.unwrap();
        assert_eq!((task.order.get(), task.trace.traceparent()), (7, Some(trace)));
    }
}
