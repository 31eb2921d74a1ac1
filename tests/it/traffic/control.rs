//! The control server, over real sockets.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    command::{Running, SHOP_TABLE, stackctl},
    target::{Shop, get},
};
use crate::ports::free_port;

/// An engine with its control server, and the address of that.
fn engine(args: &[&str]) -> (Running, SocketAddr) {
    let (_, shop) = Shop::start(|| Duration::ZERO);
    let port = free_port();
    let child = stackctl(&["traffic", "--port", &port.to_string(), "--target", &format!("http://{shop}")])
        .args(["--config", SHOP_TABLE])
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let running = Running(child);
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "the control server does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    (running, address)
}

/// Send bytes and read all that comes back; the request asks for the connection to be closed.
fn raw(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> Answer {
    let has_host = headers.lines().any(|line| line.to_ascii_lowercase().starts_with("host:"));
    let host = if has_host { "" } else { "Host: localhost\r\n" };
    let request = format!("{method} {path} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n");
    let answer = raw(address, request.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{path}: {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

#[test]
fn health_and_modes_answer_during_the_start_delay() {
    let (_running, address) = engine(&["--start-delay", "60s"]);
    let health = ask(address, "GET", "/health", "");
    assert_eq!(
        (health.status, health.json()),
        (200, json!({"status": "healthy", "service": "traffic-generator"}))
    );
    let status = ask(address, "GET", "/status", "").json();
    assert_eq!(
        (&status["state"], &status["mode"], &status["rps"]),
        (&"starting".into(), &"steady".into(), &2.into())
    );
    let keys: Vec<&str> = status.as_object().unwrap().keys().map(String::as_str).collect();
    for key in [
        "mode",
        "rps",
        "stats",
        "state",
        "current_rps",
        "target",
        "uptime_seconds",
        "in_flight",
        "dropped",
        "latency_ms",
    ] {
        assert!(keys.contains(&key), "{key}");
    }
    let zero = json!({"POST /orders": 0, "GET /orders": 0, "GET /orders/:id": 0});
    assert_eq!(status["stats"], json!({"total": 0, "successful": 0, "failed": 0, "by_endpoint": zero}));
    // A mode posted now applies after the delay.
    let burst = ask(address, "POST", "/mode/burst", "");
    assert_eq!((burst.status, burst.body.as_str()), (200, r#"{"mode":"burst","rps":20}"#));
    let status = ask(address, "GET", "/status", "").json();
    assert_eq!(
        (&status["state"], &status["mode"], &status["stats"]["total"]),
        (&"starting".into(), &"burst".into(), &0.into())
    );
}

#[test]
fn a_rate_without_a_mode_is_set_over_http_and_the_command_line() {
    let (_running, address) = engine(&["--start-delay", "0s"]);
    let set = |path: &str| ask(address, "POST", path, "");
    assert_eq!(set("/rate/50").body, r#"{"mode":"custom","rps":50}"#);
    let status = ask(address, "GET", "/status", "").json();
    assert_eq!((&status["mode"], &status["rps"]), (&"custom".into(), &50.into()));
    assert_eq!(set("/rate/0.25").json(), json!({"mode": "custom", "rps": 0.25}));
    assert_eq!(set("/rate/1000000").status, 200);
    for path in [
        "/rate/1000001",
        "/rate/-1",
        "/rate/NaN",
        "/rate/inf",
        "/rate/x",
        "/rate/5?over=x",
        "/rate/5?over=30",
        "/mode/burst?over=-1s",
    ] {
        let refused = set(path);
        assert!(refused.status == 400 && refused.json()["error"].is_string(), "{path}: {}", refused.body);
    }
    assert_eq!(set("/mode/nothing?over=1s").status, 404);
    let wrong = ask(address, "GET", "/rate/5", "");
    assert!(wrong.status == 405 && wrong.head.contains("allow: post"), "{}", wrong.head);
    let foreign = ask(address, "POST", "/rate/5", "Host: evil.example\r\n");
    assert_eq!(foreign.status, 403);

    let url = format!("http://{address}");
    let command = |args: &[&str]| {
        let output = stackctl(&[&["traffic", "set"], args, &["--url", &url]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(command(&["--rate", "7.5"]), "custom: 7.5 requests a second\n");
    assert_eq!(command(&["burst", "--over", "30s"]), "burst: 20 requests a second, reached within 30s\n");
    let status = ask(address, "GET", "/status", "").json();
    let now = status["current_rps"].as_f64().unwrap();
    assert!(status["rps"] == 20 && (7.0..13.0).contains(&now), "{status}");
    let history = ask(address, "GET", "/history", "").json();
    let last = history["changes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["mode"], &last["over_seconds"]), (&"burst".into(), &30.0.into()));
}

#[test]
fn statistics_begin_anew_and_a_report_can_be_taken_at_any_time() {
    let (_running, address) = engine(&["--start-delay", "0s", "--mode", "overload"]);
    let total = || ask(address, "GET", "/status", "").json()["stats"]["total"].as_u64().unwrap();
    let began = Instant::now();
    while total() < 100 {
        assert!(began.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(100));
    }
    let file = |kind: &str| {
        let answer = ask(address, "GET", &format!("/report.{kind}"), "");
        assert!(answer.head.contains(&format!("filename=\"traffic-report.{kind}\"")), "{}", answer.head);
        answer
    };
    let report = file("json").json();
    assert!(report["sent"].as_u64().unwrap() >= 100 && report["rate_asked"] == 100.0, "{report}");
    let csv = file("csv").body;
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert!(lines.len() > 1 && lines.iter().all(|line| line.len() == 15), "{csv}");
    assert_eq!((lines[0][0], lines[0][14], lines[1][2]), ("time", "max_ms", "running"));
    let page = file("html").body;
    assert!(page.starts_with("<!doctype html>") && page.contains("POST /orders"), "{page:.200}");
    assert_eq!(ask(address, "POST", "/reset", "").json(), json!({"reset": true}));
    let status = ask(address, "GET", "/status", "").json();
    let stats = &status["stats"];
    let count = |key: &str| stats[key].as_u64().unwrap();
    assert!(count("total") < 60, "{status}");
    assert_eq!(count("total"), count("successful") + count("failed") + status["in_flight"].as_u64().unwrap());
    assert_eq!(ask(address, "GET", "/reset", "").status, 405);
}

#[test]
fn modes_are_switched_over_http_and_the_command_line() {
    let (_running, address) = engine(&["--start-delay", "0s"]);
    let unknown = ask(address, "POST", "/mode/brust", "");
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json()["modes"], json!(["steady", "burst", "overload", "pause"]));
    let wrong = ask(address, "GET", "/mode/burst", "");
    assert!(wrong.status == 405 && wrong.head.contains("allow: post"), "{}", wrong.head);
    assert_eq!(ask(address, "POST", "/status", "").status, 405);
    assert_eq!(ask(address, "GET", "/nothing", "").status, 404);
    assert_eq!(ask(address, "POST", "/mode/pause", "").json(), json!({"mode": "pause", "rps": 0}));
    assert_eq!(ask(address, "GET", "/status", "").json()["state"], "paused");

    let url = format!("http://{address}");
    let set = stackctl(&["traffic", "set", "overload", "--url", &url]).output().unwrap();
    assert_eq!(
        (set.status.code(), set.stdout.as_slice()),
        (Some(0), b"overload: 100 requests a second\n".as_slice())
    );
    let set = stackctl(&["traffic", "set", "nothing", "--url", &url]).output().unwrap();
    let stderr = String::from_utf8(set.stderr).unwrap();
    assert!(set.status.code() == Some(1) && stderr.contains("steady, burst, overload, pause"), "{stderr}");
    let status = stackctl(&["--format", "json", "traffic", "status", "--url", &url]).output().unwrap();
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(
        (&status["mode"], &status["rps"], &status["state"]),
        (&"overload".into(), &100.into(), &"running".into())
    );
    let status = stackctl(&["traffic", "status", "--url", &url]).output().unwrap();
    assert!(String::from_utf8(status.stdout).unwrap().starts_with("mode       overload (running)\n"));
    let absent = format!("http://127.0.0.1:{}", free_port());
    let set = stackctl(&["traffic", "set", "burst", "--url", &absent]).output().unwrap();
    let stderr = String::from_utf8(set.stderr).unwrap();
    assert!(set.status.code() == Some(3) && stderr.matches("caused by").count() == 1, "{stderr}");
}

#[test]
fn another_server_is_not_taken_for_an_engine() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 4_096]);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
            let _ = write!(connection, "{head}{{\"id\":7}}");
        }
    });
    for args in [&["status"][..], &["status", "--watch"], &["set", "burst"]] {
        let ran = stackctl(&[&["traffic"], args, &["--url", &url]].concat()).output().unwrap();
        let stderr = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.code() == Some(3) && ran.stdout.is_empty(), "{args:?}: {stderr}");
        assert!(stderr.contains("not as a traffic engine does"), "{args:?}: {stderr}");
    }
}

#[test]
fn no_web_page_can_start_a_load() {
    let (_running, address) = engine(&["--start-delay", "60s"]);
    for headers in [
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "Host: evil.example\r\n",
        "Host: evil.example:8089\r\nOrigin: http://evil.example:8089\r\n",
        "Origin: http://localhost.evil.example\r\n",
        "Origin: http://203.0.113.5\r\n",
        "Origin: http://localhost:3000\r\n",
        "Host: localhost:8089\r\nOrigin: http://127.0.0.1:8089\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ] {
        let refused = ask(address, "POST", "/mode/overload", headers);
        assert_eq!(refused.status, 403, "{headers}");
        assert!(refused.json()["error"].as_str().unwrap().contains("allowed_hosts"), "{headers}");
    }
    let other_port = ask(address, "POST", "/mode/overload", "Origin: http://localhost:3000\r\n").json();
    assert!(
        other_port["error"].as_str().unwrap().contains("proxy_set_header Host $http_host"),
        "{other_port}"
    );
    // What is tested is no foreign page's business either. A health check has whichever name it likes.
    for path in ["/status", "/history", "/metrics", "/events", "/", "/nothing"] {
        for headers in ["Host: evil.example\r\n", "Origin: http://evil.example\r\n"] {
            assert_eq!(ask(address, "GET", path, headers).status, 403, "{path} {headers}");
        }
        let absolute = format!("http://evil.example{path}");
        assert_eq!(ask(address, "GET", &absolute, "").status, 403, "{absolute}");
    }
    for headers in ["Host: evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        assert_eq!(ask(address, "GET", "/health", headers).status, 200, "{headers}");
    }
    assert_eq!(ask(address, "GET", "/status", "").json()["mode"], "steady");
    for headers in [
        "Origin: http://localhost\r\n",
        "Host: traffic-generator:8089\r\nOrigin: http://traffic-generator:8089\r\n",
        "Host: [::1]:8089\r\n",
        "Host: 10.0.0.7\r\nOrigin: http://10.0.0.7\r\n",
    ] {
        assert_eq!(ask(address, "POST", "/mode/overload", headers).status, 200, "{headers}");
    }
    let page = ask(address, "GET", "/", "");
    assert!(
        page.status == 200 && page.head.contains("content-security-policy: default-src 'none'"),
        "{}",
        page.head
    );
    for path in ["/page.js", "/charts.js", "/page.css"] {
        assert_eq!(ask(address, "GET", path, "").status, 200);
    }
}

#[test]
fn metrics_and_events_tell_the_same() {
    let (_running, address) = engine(&["--start-delay", "0s", "--mode", "overload"]);
    let began = Instant::now();
    loop {
        let metrics = ask(address, "GET", "/metrics", "");
        assert!(metrics.head.contains("content-type: text/plain; version=0.0.4"), "{}", metrics.head);
        let value = |name: &str| -> f64 {
            let line =
                metrics.body.lines().find(|line| line.starts_with(&format!("stackctl_traffic_{name} ")));
            line.unwrap_or_else(|| panic!("{name}")).rsplit(' ').next().unwrap().parse().unwrap()
        };
        assert!(metrics.body.contains("stackctl_traffic_mode{mode=\"overload\"} 1\n"));
        assert_eq!(value("rate_asked"), 100.0);
        assert_eq!(value("response_seconds_bucket{le=\"+Inf\"}"), value("response_seconds_count"));
        if value("response_seconds_count") > 20.0 {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(20));
    }
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while text.matches("data: ").count() < 2 || !text.ends_with("\n\n\r\n") {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(text.contains("text/event-stream"), "{text}");
    let event = text.split("data: ").nth(1).unwrap().lines().next().unwrap();
    let event: Value = serde_json::from_str(event).unwrap();
    assert_eq!((&event["status"]["mode"], &event["modes"]["burst"]), (&"overload".into(), &20.into()));
}

#[test]
fn the_history_adds_up_to_the_status() {
    let (_running, address) = engine(&["--start-delay", "0s", "--mode", "overload"]);
    let began = Instant::now();
    loop {
        let history = ask(address, "GET", "/history", "").json();
        let points = history["points"].as_array().unwrap();
        if points.len() < 2 {
            assert!(began.elapsed() < Duration::from_secs(20), "{history}");
            std::thread::sleep(Duration::from_millis(100));
            continue;
        }
        let sum = |key: &str| points.iter().map(|point| point[key].as_u64().unwrap()).sum::<u64>();
        let endpoints = points.iter().flat_map(|point| point["endpoints"].as_array().unwrap());
        assert_eq!(endpoints.map(|pair| pair[0].as_u64().unwrap()).sum::<u64>(), sum("sent"));
        let status = ask(address, "GET", "/status", "").json();
        assert!(sum("sent") > 50 && sum("sent") <= status["stats"]["total"].as_u64().unwrap(), "{status}");
        assert!(points[1]["t"].as_f64() > points[0]["t"].as_f64());
        assert_eq!(history["endpoints"], json!(["POST /orders", "GET /orders", "GET /orders/:id"]));
        break;
    }
    // Every change is kept, however many there are in one second.
    for mode in ["pause", "steady", "burst"] {
        assert_eq!(ask(address, "POST", &format!("/mode/{mode}"), "").status, 200);
    }
    let history = ask(address, "GET", "/history", "").json();
    let changes: Vec<&Value> = history["changes"].as_array().unwrap().iter().map(|c| &c["mode"]).collect();
    assert_eq!(changes, ["overload", "pause", "steady", "burst"]);
}

#[test]
fn health_answers_whatever_other_clients_do() {
    let (_running, address) = engine(&["--start-delay", "0s", "--mode", "overload"]);
    // More slow clients than there is room for, each with half a head.
    let mut slow: Vec<TcpStream> = (0..700)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"GET /status HTTP/1.1\r\nHost: loc").unwrap();
            stream
        })
        .collect();
    assert_eq!(ask(address, "GET", "/health", "").status, 200);
    for (round, stream) in slow.iter_mut().enumerate() {
        let _ = stream.write_all(b"a");
        if round % 100 == 0 {
            assert_eq!(ask(address, "GET", "/health", "").status, 200);
        }
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(100_000));
    let many = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(5_000));
    for request in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(),
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /mode/burst HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST /mode/%ff%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"POST /mode/../../etc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ] {
        let answer = raw(address, request);
        let status: u16 = answer.split(' ').nth(1).map_or(400, |status| status.parse().unwrap());
        assert!((400..500).contains(&status), "{answer}");
        assert_eq!(ask(address, "GET", "/health", "").status, 200);
    }
    // A body of a gigabyte is promised and never sent: the mode is switched, the rest is not waited for.
    let mut promised = TcpStream::connect(address).unwrap();
    promised
        .write_all(b"POST /mode/burst HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        .unwrap();
    let mut answer = [0; 12];
    promised.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    // Many at once.
    let answers: Vec<_> = (0..50)
        .map(|_| {
            std::thread::spawn(move || (0..10).all(|_| ask(address, "GET", "/status", "").status == 200))
        })
        .collect();
    assert!(answers.into_iter().all(|answer| answer.join().unwrap()));
}

/// One answer is made for all of them, and no client waits for another one's.
#[test]
fn health_answers_before_a_pile_of_unread_answers() {
    let (_running, address) = engine(&["--start-delay", "0s", "--mode", "overload"]);
    let pile = "GET /history HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    let unread: Vec<TcpStream> = (0..500)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_nonblocking(true).unwrap();
            let _ = stream.write(pile.as_bytes());
            stream
        })
        .collect();
    for _ in 0..5 {
        assert_eq!(ask(address, "GET", "/health", "").status, 200);
        assert_eq!(ask(address, "GET", "/status", "").status, 200);
    }
    // Of those that read, each gets all of its own.
    let mut reader = TcpStream::connect(address).unwrap();
    reader.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let last = "GET /history HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    reader.write_all(format!("{pile}{last}").as_bytes()).unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 101);
    drop(unread);
}

#[test]
fn mode_changes_by_the_thousand_are_one_line_a_second() {
    let (_, shop) = Shop::start(|| Duration::ZERO);
    let port = free_port();
    let mut child =
        stackctl(&["traffic", "--port", &port.to_string(), "--target", &format!("http://{shop}")])
            .args(["--start-delay", "60s", "--duration", "60s"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    let stderr = child.stderr.take().unwrap();
    let running = Running(child);
    let (sender, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        BufReader::new(stderr).lines().try_for_each(|line| sender.send(line.unwrap()))
    });
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let began = Instant::now();
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(_) => {
                assert!(began.elapsed() < Duration::from_secs(20), "the control server does not listen")
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let began = Instant::now();
    let changes = 1_000;
    for change in 0..changes {
        let mode = if change % 2 == 0 { "burst" } else { "pause" };
        let request = format!("POST /mode/{mode} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
    }
    // None is forgotten, and the last line tells the mode that is on: it comes a second after the one before it.
    let (mut written, mut left_out) = (0, 0);
    let mut last = Value::Null;
    while written + left_out < changes {
        let line: Value =
            serde_json::from_str(&lines.recv_timeout(Duration::from_secs(20)).unwrap()).unwrap();
        if line["message"].as_str().unwrap().starts_with("mode changed to") {
            written += 1;
            left_out += line["left_out"].as_u64().unwrap_or(0) as usize;
            last = line;
        }
    }
    let seconds = began.elapsed().as_secs() as usize;
    drop(running);
    assert_eq!(written + left_out, changes);
    assert!((2..=seconds + 2).contains(&written), "{written} lines in {seconds} s");
    assert_eq!(last["mode"], "pause");
}

#[test]
fn a_slow_client_is_sent_away() {
    let (_running, address) = engine(&["--start-delay", "60s"]);
    let mut slow = TcpStream::connect(address).unwrap();
    slow.write_all(b"GET /health HTTP/1.1\r\n").unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut rest = Vec::new();
    // Closed by the server, not by this test's timeout.
    assert!(slow.read_to_end(&mut rest).is_ok());
}

#[test]
fn allowed_hosts_are_the_tables() {
    let traffic = stackctl_traffic::plan::Traffic {
        allowed_hosts: vec!["load.example".parse().unwrap()],
        ..get(([127, 0, 0, 1], 1).into())
    };
    let hosts = stackctl_traffic::control::Hosts::new(&traffic.allowed_hosts);
    let mut headers = axum::http::HeaderMap::new();
    headers.insert("host", "load.example:8089".parse().unwrap());
    let check = |uri: &str| hosts.check(&axum::http::Method::POST, &uri.parse().unwrap(), &headers);
    assert_eq!(check("/mode/burst"), Ok(()));
}

/// A Python program of the machine or of a virtual environment, whose folder `PYTHON_BIN` names.
fn python(program: &str) -> std::process::Command {
    let folder = std::env::var_os("PYTHON_BIN").map(std::path::PathBuf::from);
    std::process::Command::new(folder.map_or_else(|| program.into(), |folder| folder.join(program)))
}

#[test]
#[ignore = "needs prometheus-client from PyPI"]
fn a_prometheus_parser_reads_the_metrics() {
    let (_running, address) = engine(&["--start-delay", "0s", "--mode", "overload"]);
    std::thread::sleep(Duration::from_millis(500));
    let script = "\
import sys, urllib.request
from prometheus_client.parser import text_string_to_metric_families
text = urllib.request.urlopen(sys.argv[1]).read().decode()
families = {family.name: family for family in text_string_to_metric_families(text)}
kinds = {name: family.type for name, family in families.items()}
assert kinds['stackctl_traffic_requests'] == 'counter', kinds
assert kinds['stackctl_traffic_in_flight'] == 'gauge', kinds
assert kinds['stackctl_traffic_response_seconds'] == 'histogram', kinds
assert all(kind != 'unknown' for kind in kinds.values()), kinds
samples = {sample.labels['endpoint']: sample.value for sample in families['stackctl_traffic_requests'].samples}
assert set(samples) == {'POST /orders', 'GET /orders', 'GET /orders/:id'} and sum(samples.values()) > 10, samples
buckets = [s.value for s in families['stackctl_traffic_response_seconds'].samples if s.name.endswith('_bucket')]
assert buckets == sorted(buckets) and len(buckets) == 16, buckets
";
    let url = format!("http://{address}/metrics");
    let status = python("python3").args(["-c", script, &url]).status().unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "needs schemathesis from PyPI"]
fn the_http_surface_is_as_published() {
    let (_running, address) = engine(&["--start-delay", "0s"]);
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.yaml");
    let url = format!("http://{address}");
    // It keeps notes where it runs.
    let folder = tempfile::tempdir().unwrap();
    // Events never end, and foreign hosts are another test's.
    let status = python("schemathesis")
        .current_dir(folder.path())
        .args([
            "run",
            schema,
            "--url",
            &url,
            "--checks",
            "all",
            "--exclude-path",
            "/events",
            "--max-examples",
            "200",
        ])
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(ask(address, "GET", "/health", "").status, 200);
}
