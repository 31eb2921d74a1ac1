//! What is sent, when, and how it is measured.

use std::{
    collections::{HashMap, HashSet},
    io::Write,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use stackctl_traffic::{
    engine::{self, Phase, Snapshot, Start},
    plan::{ScheduledMode, Traffic},
};

use super::target::{Shop, answer, get, json, orders, run, serve};

/// Whatever is not sent is counted: a machine that is busy elsewhere drops, it does not lose.
fn all(last: &Snapshot) -> u64 {
    last.counts.sent + last.counts.dropped()
}

/// Runs beside each other, each of so many seconds.
fn at_once<const N: usize>(runs: [(&Traffic, Start, u64); N]) -> [Snapshot; N] {
    thread::scope(|scope| {
        let running = runs.map(|(traffic, start, seconds)| {
            scope.spawn(move || run(traffic, &start, Duration::from_secs(seconds)))
        });
        running.map(|run| run.join().unwrap())
    })
}

#[test]
fn every_mode_sends_at_its_rate() {
    let address = answer(|_| json("200 OK", "[]"));
    let traffic = get(address);
    let modes = ["steady", "burst", "overload", "pause"];
    let ended = at_once(modes.map(|mode| (&traffic, Start::Mode(mode.to_owned()), 2)));
    for ((mode, expected), last) in modes.into_iter().zip([4, 40, 200, 0]).zip(ended) {
        assert_eq!(all(&last), expected, "{mode}");
        assert_eq!(last.counts.successful, last.counts.sent, "{mode}: {:?}", last.faults);
        assert!((last.ran_seconds - 2.0).abs() < 1e-6, "{}", last.ran_seconds);
    }
}

#[test]
fn the_mean_is_exact_at_a_high_rate() {
    let address = answer(|_| json("200 OK", "[]"));
    let last = run(&get(address), &Start::Rate(1_234.5), Duration::from_secs(2));
    assert_eq!(all(&last), 2_469);
}

#[test]
fn a_schedule_is_followed_to_the_request() {
    let address = answer(|_| json("200 OK", "[]"));
    let entry = |at, mode: &str, over| ScheduledMode {
        at: Duration::from_millis(at),
        mode: mode.to_owned(),
        over: Duration::from_millis(over),
    };
    let modes = [("low", 10.0), ("high", 50.0), ("pause", 0.0)].map(|(name, rate)| (name.to_owned(), rate));
    let traffic = |schedule: Vec<ScheduledMode>, repeat| Traffic {
        modes: modes.clone().into(),
        schedule,
        repeat,
        ..get(address)
    };
    // 10 in the first second, 30 on the way up in the second, nothing in the third.
    let day = vec![entry(0, "low", 0), entry(1_000, "high", 1_000), entry(2_000, "pause", 0)];
    let (once, repeat) = (traffic(day.clone(), None), Some(Duration::from_secs(2)));
    let twice = traffic(day[..2].to_vec(), repeat);
    let [scheduled, twice, mode, rate] = at_once([
        (&once, Start::Scheduled, 3),
        (&twice, Start::Scheduled, 4),
        (&once, Start::Mode("high".to_owned()), 3),
        (&once, Start::Rate(5.0), 2),
    ]);
    assert_eq!((all(&scheduled), scheduled.counts.failed), (40, 0));
    assert_eq!((scheduled.mode.as_deref(), scheduled.mean_asked), (Some("pause"), Some(13.333_333)));
    assert_eq!((all(&twice), twice.mean_asked), (80, Some(20.0)));
    // A mode that was asked for holds until the next entry; a rate that was asked for holds.
    assert_eq!(all(&mode), 100);
    assert_eq!((all(&rate), rate.mode), (10, None));
}

#[test]
fn the_mix_is_the_shops_and_ids_are_really_fetched() {
    let (shop, address) = Shop::start(|| Duration::ZERO);
    let last = run(&orders(address), &Start::Rate(1_000.0), Duration::from_secs(3));
    assert_eq!(last.counts.failed, 0, "{:?}", last.faults);
    let seen = shop.seen.lock().unwrap();
    assert_eq!(seen.len() as u64, last.counts.sent);
    let mut counts: HashMap<&str, f64> = HashMap::new();
    let mut traces = HashSet::new();
    let (mut orders, mut created) = (0_usize, HashSet::new());
    for request in seen.iter() {
        let trace = request.header("traceparent").unwrap();
        let parts: Vec<&str> = trace.split('-').collect();
        let hex = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(parts[0] == "00" && hex(parts[1], 32) && hex(parts[2], 16) && parts[3] == "01", "{trace}");
        assert!(traces.insert(trace.to_owned()), "{trace} was used twice");
        if request.method == "POST" {
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            assert!((1..=10).contains(&body["product_id"].as_i64().unwrap()), "{body}");
            assert!((1..=5).contains(&body["quantity"].as_i64().unwrap()), "{body}");
            created.insert((body["product_id"].as_i64(), body["quantity"].as_i64()));
            orders += 1;
            *counts.entry("post").or_default() += 1.0;
        } else if let Some(id) = request.path.strip_prefix("/orders/order-") {
            // One of the last fifty ids; up to 256 requests may have been under way in between.
            let id: usize = id.parse().unwrap();
            assert!(id < orders && id + 50 + 256 >= orders, "{id} of {orders}");
            *counts.entry("get").or_default() += 1.0;
        } else {
            assert_eq!(request.path, "/orders");
            *counts.entry("list").or_default() += 1.0;
        }
    }
    assert_eq!(created.len(), 50, "every product and quantity is drawn");
    for (kind, part) in [("post", 0.60), ("list", 0.25), ("get", 0.15)] {
        // Five standard deviations of a draw of that many.
        let all = seen.len() as f64;
        let bound = 5.0 * (part * (1.0 - part) / all).sqrt() + 0.01;
        assert!((counts[kind] / all - part).abs() < bound, "{kind}: {} of {all}", counts[kind]);
    }
    let names: Vec<_> = last.endpoints.iter().map(|e| (e.name.as_str(), e.sent as f64)).collect();
    assert_eq!(
        names,
        [
            ("POST /orders", counts["post"]),
            ("GET /orders", counts["list"]),
            ("GET /orders/:id", counts["get"])
        ]
    );
}

#[test]
fn a_target_that_stops_shows_in_the_percentiles() {
    let stopped = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&stopped);
    let address = answer(move |_| {
        while gate.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        json("200 OK", "[]")
    });
    let gate = Arc::clone(&stopped);
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(1));
        gate.store(true, Ordering::SeqCst);
        thread::sleep(Duration::from_secs(2));
        gate.store(false, Ordering::SeqCst);
    });
    let traffic = stackctl_traffic::plan::Traffic { max_in_flight: 1_000, ..get(address) };
    let last = run(&traffic, &Start::Rate(100.0), Duration::from_secs(4));
    assert_eq!(
        (last.counts.sent, last.counts.dropped(), last.counts.failed),
        (400, 0, 0),
        "{:?}",
        last.faults
    );
    // 200 of 400 were meant to be sent during the stop: the latest waits nothing, the first 2 s.
    assert!(last.response.p999 > Some(1_900.0) && last.response.max > Some(1_900.0), "{:?}", last.response);
    assert!(last.response.p90 > Some(1_500.0), "{:?}", last.response);
}

#[test]
fn what_the_bound_does_not_allow_is_counted() {
    // For a second nothing makes room, then four requests every 200 ms.
    let began = Instant::now();
    let delay =
        move || Duration::from_secs(1).saturating_sub(began.elapsed()).max(Duration::from_millis(200));
    let (shop, address) = Shop::start(delay);
    let traffic = stackctl_traffic::plan::Traffic { max_in_flight: 4, ..get(address) };
    let last = run(&traffic, &Start::Rate(200.0), Duration::from_secs(2));
    assert_eq!(all(&last), 400);
    // What is due while this process is stalled waits for room, and is overdue after a second. No stall is as long as that
    // in which there is no room: `engine/load/tests.rs` has the exact counts.
    assert!(last.counts.dropped() > 300 && last.counts.dropped_bound > 0, "{last:?}");
    assert!(shop.most_busy.load(Ordering::SeqCst) <= 4);
    assert_eq!(last.counts.successful, last.counts.sent);
}

#[test]
fn as_fast_as_possible_keeps_the_bound_full() {
    let (shop, address) = Shop::start(|| Duration::from_millis(1));
    let traffic = stackctl_traffic::plan::Traffic { max_in_flight: 8, ..get(address) };
    let last = run(&traffic, &Start::Max, Duration::from_secs(1));
    assert!(last.counts.sent > 50, "{}", last.counts.sent);
    assert_eq!((last.counts.dropped(), last.counts.failed), (0, 0));
    assert_eq!(shop.most_busy.load(Ordering::SeqCst), 8);
}

#[test]
fn modes_switch_under_load_and_take_effect_at_once() {
    let address = answer(|_| json("200 OK", "[]"));
    let mut traffic = get(address);
    // At one request in a thousand seconds, the first one's jitter alone would be minutes.
    traffic.jitter = 0.0;
    traffic.modes.insert("crawl".to_owned(), 0.001);
    traffic.modes.insert("high".to_owned(), 500.0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (handle, mut ended) =
            engine::start(&traffic, &Start::Mode("crawl".to_owned()), None, None).unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(handle.snapshot(false).await.unwrap().counts.sent, 1);
        assert_eq!(handle.switch("high", Duration::ZERO).await, Ok(500.0));
        let began = Instant::now();
        loop {
            let snapshot = handle.snapshot(false).await.unwrap();
            assert_eq!(snapshot.mode.as_deref(), Some("high"));
            if snapshot.counts.sent + snapshot.counts.dropped() > 100 {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "the new rate has no effect");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Switching all the time adds nothing: the phase is kept. What a busy machine has left due until now is sent first.
        handle.switch("steady", Duration::ZERO).await.unwrap();
        let before = handle.snapshot(false).await.unwrap();
        let began = Instant::now();
        for round in 0..300 {
            handle.switch(if round % 2 == 0 { "burst" } else { "steady" }, Duration::ZERO).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let after = handle.snapshot(false).await.unwrap();
        let most = began.elapsed().as_secs_f64() * 20.0 + 3.0;
        assert!(
            ((after.counts.sent - before.counts.sent) as f64) < most,
            "{} above {most}",
            after.counts.sent - before.counts.sent
        );
        // The mode that is on already is no change: what is measured goes on.
        handle.switch("burst", Duration::ZERO).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        handle.switch("burst", Duration::ZERO).await.unwrap();
        let rate = handle.snapshot(false).await.unwrap().current_rate;
        assert!((12.0..30.0).contains(&rate), "{rate}");
        handle.switch("pause", Duration::ZERO).await.unwrap();
        let paused = handle.snapshot(false).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let later = handle.snapshot(false).await.unwrap();
        assert_eq!(
            (later.counts.sent, later.phase, later.rate),
            (paused.counts.sent, Phase::Paused, Some(0.0))
        );
        assert!(handle.switch("no such mode", Duration::ZERO).await.is_err());
        handle.stop(Duration::from_secs(2));
        let last = ended.wait().await.unwrap().detailed.snapshot;
        assert_eq!((last.phase, last.in_flight, last.counts.failed), (Phase::Draining, 0, 0));
        assert_eq!(handle.snapshot(false).await, None);
    });
}

#[test]
fn a_stop_gives_up_on_what_does_not_end() {
    let address = serve(|stream| {
        thread::sleep(Duration::from_secs(60));
        drop(stream);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (handle, mut ended) = engine::start(&get(address), &Start::Rate(50.0), None, None).unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        handle.stop(Duration::from_millis(200));
        let last = ended.wait().await.unwrap().detailed.snapshot;
        assert!(last.counts.sent > 0);
        assert_eq!(last.faults, [("timeout".to_owned(), last.counts.sent)]);
    });
}

#[test]
fn the_end_of_the_duration_gives_up_on_what_does_not_end() {
    let address = serve(|stream| {
        thread::sleep(Duration::from_secs(60));
        drop(stream);
    });
    let traffic = stackctl_traffic::plan::Traffic { timeout: Duration::from_secs(30), ..get(address) };
    let last = run(&traffic, &Start::Rate(20.0), Duration::from_millis(500));
    assert_eq!((last.counts.sent, last.in_flight), (10, 0));
    assert_eq!(last.faults, [("timeout".to_owned(), 10)]);
    // The oldest was intended half a second before the end, and all are given up 2 s after it.
    let longest = last.response.max.unwrap();
    assert!((2_000.0..20_000.0).contains(&longest), "{longest} ms");
}

#[test]
fn what_the_engine_itself_cannot_send_in_time_is_not_hidden() {
    let address = answer(|_| json("200 OK", "[]"));
    let last = run(&get(address), &Start::Rate(1e9), Duration::from_millis(500));
    assert_eq!(all(&last), 500_000_000);
    assert!(last.counts.dropped() > 0);
}

#[test]
fn a_connection_that_was_closed_while_idle_fails_no_get() {
    // Answers once a connection and closes it a little later, without saying so.
    let address = serve(|stream| {
        let mut writer = stream.try_clone().unwrap();
        let mut reader = std::io::BufReader::new(stream);
        if super::target::request(&mut reader).is_some() {
            let _ = writer.write_all(&json("200 OK", "[]"));
            thread::sleep(Duration::from_millis(3));
        }
    });
    let last = run(&get(address), &Start::Rate(200.0), Duration::from_secs(2));
    assert_eq!((all(&last), last.counts.failed), (400, 0), "{:?}", last.faults);
}

#[test]
fn a_target_that_comes_later_is_found() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut traffic = get(address);
    traffic.modes.insert("high".to_owned(), 100.0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (handle, _ended) = engine::start(&traffic, &Start::Mode("high".to_owned()), None, None).unwrap();
        while handle.snapshot(false).await.unwrap().counts.failed < 10 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let listener = TcpListener::bind(address).unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                thread::spawn(move || {
                    let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
                    while super::target::request(&mut reader).is_some() {
                        let _ = stream.write_all(&json("200 OK", "[]"));
                    }
                });
            }
        });
        let began = Instant::now();
        while handle.snapshot(false).await.unwrap().counts.successful < 10 {
            assert!(began.elapsed() < Duration::from_secs(20), "the target is back and not found");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}
