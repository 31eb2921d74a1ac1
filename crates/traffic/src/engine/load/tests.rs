//! The load's loop turned by hand: what comes first in a round is what a test says, not what the clock says.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use mio::{Events, Waker};

use super::*;
use crate::{
    fault::Fault,
    plan::{Request, Target, Template, Traffic},
};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const SURPLUS: &[u8] = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";

/// A load of one request a second to this address, which begins at its first second.
fn load(address: SocketAddr) -> Load {
    let target = Target::http(&address.ip().to_string(), address.port());
    let traffic = Traffic::new(target, vec![Request::new("GET", Template::literal("/"))]);
    let poll = Poll::new().unwrap();
    let waker = Arc::new(Waker::new(poll.registry(), WAKER).unwrap());
    let (_, commands) = mpsc::channel();
    let setup = Setup {
        pacer: Pacer::new(&poll, TIMER),
        pool: Pool::new(&traffic, poll.registry().try_clone().unwrap(), waker).unwrap(),
        poll,
        origin: Instant::now(),
        commands,
        scenario: Scenario::new(&traffic, Rng::new()).unwrap(),
        target: traffic.target.to_string(),
        mode: None,
        rate: Some(0.0),
        parts: 1,
        jitter: 0.0,
        start: 0,
        end: Nanos::MAX,
        timeout: 60 * SECOND,
        bound: 256,
        keep_alive: true,
        timeline: Timeline::none(),
        spans: None,
    };
    Load::new(setup)
}

/// The next events of connections, once `wanted` is among them.
fn events(load: &mut Load, wanted: impl Fn(&Ready) -> bool) -> Events {
    let began = Instant::now();
    loop {
        let mut events = Events::with_capacity(16);
        load.setup.poll.poll(&mut events, Some(Duration::from_millis(100))).unwrap();
        let found = events.iter().any(|event| event.token().0 < 1_000 && wanted(&event.into()));
        if found {
            return events;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "the event does not come");
    }
}

/// A load with one connection, over which one request was answered, and the server's end of it.
fn answered() -> (Load, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut load = load(listener.local_addr().unwrap());
    load.send(0);
    let connected = events(&mut load, |ready| ready.writable);
    load.round(&connected);
    let mut server = listener.accept().unwrap().0;
    let mut request = [0; 1024];
    assert!(server.read(&mut request).unwrap() > 0);
    server.write_all(ANSWER).unwrap();
    let answer = events(&mut load, |ready| ready.readable);
    load.round(&answer);
    assert_eq!((load.record.counts.successful, load.record.counts.failed), (1, 0));
    (load, server)
}

#[test]
fn requests_that_have_timed_out_wait_for_nothing() {
    // The listener's kernel connects, and the loop never learns of it: a target that never accepts.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut load = load(listener.local_addr().unwrap());
    for round in 0..10_000 {
        load.send(0);
        load.time_out(61 * SECOND);
        assert!(load.waiting.is_empty(), "{} ids after {round} rounds", load.waiting.len());
    }
    assert_eq!((load.record.faults[&Fault::ConnectTimeout], load.flights.len()), (10_000, 0));
    assert_eq!(load.setup.pool.connecting(), 1);
}

#[test]
fn bytes_on_an_idle_connection_answer_no_request() {
    let (mut load, mut server) = answered();
    // In one round both: the bytes have come, and a request is due.
    server.write_all(SURPLUS).unwrap();
    let surplus = events(&mut load, |ready| ready.readable);
    load.pace = Pace::Scheduled(Schedule::new(1e-3, 0.0, load.now() - 1, Rng::new()));
    let sent = load.record.counts.sent;
    load.round(&surplus);
    assert_eq!(load.record.counts.sent, sent + 1, "the request was not due");
    assert_eq!((load.record.counts.successful, load.record.counts.failed), (1, 0));
    // The connection is closed, and the request goes over another one.
    assert_eq!(server.read(&mut [0; 1]).unwrap_or(0), 0);
    assert_eq!((load.setup.pool.connecting(), load.waiting.len()), (1, 1));
}

#[test]
fn an_answer_before_the_request_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut load = load(listener.local_addr().unwrap());
    load.send(0);
    let mut server = listener.accept().unwrap().0;
    server.write_all(ANSWER).unwrap();
    // Edge-triggered: the first event may say only that it is connected, and is not taken in.
    let early = events(&mut load, |ready| ready.readable);
    load.round(&early);
    assert_eq!((load.record.counts.successful, load.record.counts.failed), (0, 1));
    assert_eq!(load.record.faults[&Fault::Malformed], 1);
    let mut seen = Vec::new();
    let _ = server.read_to_end(&mut seen);
    assert_eq!(String::from_utf8_lossy(&seen), "", "the request was sent");
}

#[test]
fn an_idle_connection_that_brings_nothing_is_used_again() {
    let (mut load, mut server) = answered();
    load.send(0);
    assert_eq!((load.setup.pool.connecting(), load.waiting.len()), (0, 0));
    server.write_all(ANSWER).unwrap();
    let answer = events(&mut load, |ready| ready.readable);
    load.round(&answer);
    assert_eq!(load.record.counts.successful, 2);
}

#[test]
fn what_the_bound_does_not_allow_is_dropped_unless_this_process_was_stalled() {
    const MS: Nanos = SECOND / 1_000;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut load = load(listener.local_addr().unwrap());
    load.setup.bound = 2;
    load.pace = Pace::Scheduled(Schedule::new(100.0, 0.0, 0, Rng::new()));
    // Sent, dropped for the bound, dropped as overdue.
    let counts = |load: &Load| {
        let counts = &load.record.counts;
        (counts.sent, counts.dropped_bound, counts.dropped_overdue)
    };
    for time in 0..=10 {
        load.send_due(time * 10 * MS, true);
    }
    assert_eq!(counts(&load), (2, 9, 0), "each in time");
    // There is room, and for half a second nothing is looked at: what came due meanwhile waits.
    load.fail_waiting(Fault::Reset, "");
    load.send_due(600 * MS, true);
    assert_eq!(counts(&load), (3, 9, 0));
    load.fail_waiting(Fault::Reset, "");
    load.send_due(610 * MS, true);
    assert_eq!(counts(&load), (4, 9, 0));
    // Nothing makes room: it is overdue after a second.
    load.send_due(1_300 * MS, true);
    assert_eq!(counts(&load), (4, 9, 17));
    // What comes due after the stall is for the bound again.
    load.send_due(1_700 * MS, true);
    assert_eq!(counts(&load), (4, 9 + 101, 17 + 40));
}
