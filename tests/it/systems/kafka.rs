//! The broker: the events that order-api sends are read back by Kafka's own console consumer and by kcat (librdkafka).

use std::{collections::HashSet, process::Command, time::Duration};

use serde_json::Value;

use super::{Traffic, container, inspected, sql, status, until};
use crate::running::{Stack, elsewhere};

/// A record of the topic `orders`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Event {
    /// The order's identifier, which is the record's key.
    pub order: i64,
    /// `created` or `fulfilled`.
    pub kind: String,
}

/// The records that one of the readers prints, each as its key and its value.
fn events(lines: &str) -> Vec<Event> {
    let event = |line: &str| {
        let (key, value) = line.split_once(' ').unwrap_or_else(|| panic!("{line:?} is no record"));
        let value: Value = serde_json::from_str(value).unwrap();
        assert_eq!(value["order"]["id"].to_string(), key, "{value}");
        Event { order: key.parse().unwrap(), kind: value["event"].as_str().unwrap().to_owned() }
    };
    lines.lines().map(event).collect()
}

fn by_kcat(stack: &Stack) -> Vec<Event> {
    let read = "timeout 20 kcat -b kafka:9092 -C -t orders -o beginning -e -q -f '%k %s\\n' || true";
    events(&stack.compose(&["exec", "-T", "kafka", "bash", "-c", read]))
}

/// The first `count` of them: this one waits for more where there are none.
fn by_console_consumer(stack: &Stack, count: usize) -> Vec<Event> {
    let read = format!(
        "/opt/kafka/bin/kafka-console-consumer.sh --bootstrap-server kafka:9092 --topic orders --partition 0 --offset earliest \
         --max-messages {count} --timeout-ms 60000 --property print.key=true --property key.separator=' '"
    );
    events(&stack.compose(&["exec", "-T", "kafka", "bash", "-c", &read]))
}

/// All events, once there are enough: both readers find the same ones in the same order.
pub fn read_back(stack: &Stack, enough: impl Fn(&[Event]) -> bool) -> Vec<Event> {
    let found = until("order events", || Some(by_kcat(stack)).filter(|events| enough(events)));
    assert_eq!(by_console_consumer(stack, found.len()), found, "Kafka's own consumer, and kcat");
    found
}

#[test]
#[ignore = "needs an engine"]
fn the_broker_keeps_every_event_over_a_new_container_and_a_kill_under_load() {
    let (place, _, control) = elsewhere("orders-kafka");
    let stack = Stack(&place, "orders-kafka");
    place.run(&["up", "--profile", "kafka"]).exits(0);
    let overlay = ["-f", "generated/docker-compose.kafka.yml", "--profile", "kafka"];
    stack.limits_are_equal(&overlay);
    let arguments = stack.compose(&["exec", "-T", "kafka", "cat", "/proc/1/cmdline"]).replace('\0', " ");
    assert!(arguments.contains("-Xms1g -Xmx1g") && arguments.contains("kafka.Kafka"), "{arguments}");

    let traffic = Traffic::of(&place, control);
    traffic.set("burst");
    let early = read_back(&stack, |events| events.iter().any(|event| event.kind == "fulfilled"));
    let folder = stack.compose(&["exec", "-T", "kafka", "ls", "/var/lib/kafka/data/orders-0"]);
    assert!(folder.contains("00000000000000000000.log"), "{folder}");

    // A new container finds the volume formatted, and everything in it.
    place.run(&["down"]).exits(0);
    place.run(&["up", "--profile", "kafka"]).exits(0);
    let again = read_back(&stack, |events| events.len() > early.len());
    assert!(again.starts_with(&early), "{early:?}\n{again:?}");

    // Killed while events come in: the engine starts it again, orders go on, and what happened meanwhile is sent later.
    traffic.set("burst");
    std::thread::sleep(Duration::from_secs(3));
    let kafka = container(&stack, "kafka");
    let process = inspected(&kafka, "{{.State.Pid}}");
    assert!(Command::new("kill").args(["-9", &process]).status().unwrap().success());
    let at_kill = sql(&stack, "select coalesce(max(id), 0) from orders");
    until("the broker is back", || {
        let kafka = status(&place, "kafka");
        (kafka["restarts"] == 1 && kafka["health"] == "healthy").then_some(())
    });
    let later = format!("select count(*) from orders where id > {at_kill}");
    until("orders after the kill", || (sql(&stack, &later) != "0").then_some(()));
    traffic.set("pause");
    let stats = traffic.stats();
    assert_eq!(stats["failed"], 0, "{stats}");
    until("nothing is left to tell", || {
        let open = "select (select count(*) from outbox) + (select count(*) from orders where status <> 'fulfilled')";
        (sql(&stack, open) == "0").then_some(())
    });
    let orders = sql(&stack, "select id from orders");
    let orders: Vec<i64> = orders.lines().map(|id| id.parse().unwrap()).collect();
    let sent = read_back(&stack, |events| events.len() >= 2 * orders.len());
    let sent: HashSet<Event> = sent.into_iter().collect();
    for order in orders {
        for kind in ["created", "fulfilled"] {
            assert!(
                sent.contains(&Event { order, kind: kind.to_owned() }),
                "order {order} is not sent as {kind}"
            );
        }
    }
    let oom = inspected(&kafka, "{{.State.OOMKilled}}");
    assert_eq!(oom, "false");
    let kafka = status(&place, "kafka");
    assert!(kafka["memory_peak_bytes"].as_u64() < kafka["memory_limit_bytes"].as_u64(), "{kafka}");
}
