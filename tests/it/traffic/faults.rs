//! Targets that misbehave: counted under a named kind, and the schedule is kept.

use std::{
    io::{BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use stackctl_traffic::{
    engine::{Snapshot, Start},
    plan::{Target, Traffic},
};

use super::target::{answer, get, json, request, run, serve};

/// 100 requests within a second, each given half a second.
fn load(traffic: Traffic) -> Snapshot {
    let traffic = Traffic { timeout: Duration::from_millis(500), ..traffic };
    let last = run(&traffic, &Start::Rate(100.0), Duration::from_secs(1));
    // No fault changes how many arrivals there are.
    assert_eq!(last.counts.sent + last.counts.dropped(), 100, "{last:?}");
    assert_eq!(last.counts.sent, last.counts.successful + last.counts.failed);
    last
}

#[track_caller]
fn fails_as(address: SocketAddr, kinds: &[&str]) {
    let last = load(get(address));
    let found: Vec<&str> = last.faults.iter().map(|(kind, _)| kind.as_str()).collect();
    assert!(!found.is_empty() && found.iter().all(|kind| kinds.contains(kind)), "{:?}", last.faults);
    assert_eq!(last.counts.successful, 0);
}

#[track_caller]
fn succeeds(address: SocketAddr) {
    let last = load(get(address));
    assert_eq!((last.counts.successful, last.counts.failed), (last.counts.sent, 0), "{:?}", last.faults);
}

#[test]
fn refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    fails_as(address, &["connect-refused"]);
}

/// A listener whose queue is full answers no further attempt.
#[test]
#[cfg(target_os = "linux")]
fn an_attempt_that_nobody_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let wait = Duration::from_millis(300);
    let queue: Vec<TcpStream> =
        std::iter::from_fn(|| TcpStream::connect_timeout(&address, wait).ok()).collect();
    fails_as(address, &["connect-timeout"]);
    drop((listener, queue));
}

#[test]
fn reset() {
    // Closing a socket whose input was not read resets the connection.
    let address = serve(|stream| {
        thread::sleep(Duration::from_millis(50));
        drop(stream);
    });
    fails_as(address, &["reset", "closed"]);
}

#[test]
fn never_answered() {
    let address = serve(|stream| {
        thread::sleep(Duration::from_secs(30));
        drop(stream);
    });
    let last = load(get(address));
    assert_eq!(last.faults, [("timeout".to_owned(), last.counts.sent)]);
    // A timeout counts at its timeout.
    assert!((last.response.p50.unwrap() - 500.0).abs() < 2.0, "{:?}", last.response);
}

#[test]
fn one_byte_a_second() {
    let address = serve(|mut stream| {
        request(&mut BufReader::new(stream.try_clone().unwrap()));
        for byte in json("200 OK", "[]") {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_secs(1));
        }
    });
    fails_as(address, &["timeout"]);
}

#[test]
fn closed_in_mid_body() {
    let address = serve(|mut stream| {
        request(&mut BufReader::new(stream.try_clone().unwrap()));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
    fails_as(address, &["closed"]);
}

#[test]
fn a_gigabyte() {
    let address = serve(|mut stream| {
        request(&mut BufReader::new(stream.try_clone().unwrap()));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..1024 {
            if stream.write_all(&piece).is_err() {
                return;
            }
        }
    });
    let traffic = Traffic { timeout: Duration::from_secs(20), ..get(address) };
    let last = run(&traffic, &Start::Rate(4.0), Duration::from_secs(1));
    assert_eq!(last.faults, [("too-large".to_owned(), last.counts.sent)]);
}

#[test]
fn garbage() {
    fails_as(answer(|_| b"\x16\x03\x01 this is not HTTP\r\n\r\n".to_vec()), &["malformed"]);
    fails_as(
        answer(|_| b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec()),
        &["malformed"],
    );
    fails_as(answer(|_| [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'x'; 65_536]].concat()), &["too-large"]);
}

#[test]
fn statuses() {
    fails_as(answer(|_| json("500 Internal Server Error", "{}")), &["status-500"]);
    fails_as(
        answer(|_| b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_vec()),
        &["status-302"],
    );
}

#[test]
fn other_ways_to_answer_are_no_faults() {
    succeeds(answer(|_| {
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n".to_vec()
    }));
    succeeds(answer(|_| {
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()
    }));
    succeeds(answer(|_| b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()));
    succeeds(serve(|mut stream| {
        request(&mut BufReader::new(stream.try_clone().unwrap()));
        let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nuntil the end");
    }));
    // In pieces, with the head cut in two.
    succeeds(answer(|_| Vec::new()).pieces());
}

/// Every connection gets this answer, and says how many requests came over it.
fn requests_per_connection(reply: &'static str) -> Vec<usize> {
    let counts = Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = Arc::clone(&counts);
    let address = serve(move |mut stream| {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let place = {
            let mut counts = kept.lock().unwrap();
            counts.push(0);
            counts.len() - 1
        };
        while request(&mut reader).is_some() {
            kept.lock().unwrap()[place] += 1;
            if stream.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    });
    succeeds(address);
    let counts = counts.lock().unwrap();
    counts.clone()
}

#[test]
fn a_connection_is_not_used_again_where_the_end_of_its_answer_is_doubtful() {
    for reply in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    ] {
        let counts = requests_per_connection(reply);
        assert!(counts.len() > 20 && counts.iter().all(|count| *count <= 1), "{reply}: {counts:?}");
    }
    let counts = requests_per_connection("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert!(counts.iter().any(|count| *count > 1), "{counts:?}");
}

/// The process is frozen while an answer too many arrives, so that it finds the bytes and the next request due at once.
#[test]
#[cfg(unix)]
fn an_answer_too_many_is_no_requests_answer() {
    use std::{
        process::{Command, Stdio},
        sync::mpsc,
    };

    let (connected, connections) = mpsc::channel::<TcpStream>();
    let address = serve(move |mut stream| {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut first = true;
        while request(&mut reader).is_some() {
            let _ = stream.write_all(&json("200 OK", "[]"));
            if std::mem::take(&mut first) {
                let _ = connected.send(stream.try_clone().unwrap());
            }
        }
    });
    let target = format!("http://{address}");
    let child =
        super::command::stackctl(&["traffic", "--target", &target, "--rate", "10", "--duration", "2s"])
            .args(["--report", "-"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
    };
    let mut connection = connections.recv_timeout(Duration::from_secs(20)).unwrap();
    thread::sleep(Duration::from_millis(40));
    signal("-STOP");
    thread::sleep(Duration::from_millis(20));
    connection.write_all(&json("500 Internal Server Error", "{}")).unwrap();
    thread::sleep(Duration::from_millis(200));
    signal("-CONT");
    let output = child.wait_with_output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["errors"], &report["failed"]), (&serde_json::json!({}), &0.into()), "{report}");
    // It is not silent either.
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        log.contains("closed idle connections on which the target sent what no request asked for"),
        "{log}"
    );
}

/// A server that answers in pieces.
trait Pieces {
    fn pieces(self) -> SocketAddr;
}

impl Pieces for SocketAddr {
    fn pieces(self) -> SocketAddr {
        serve(|mut stream| {
            let _ = stream.set_nodelay(true);
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while request(&mut reader).is_some() {
                for piece in json("200 OK", "[1, 2, 3]").chunks(23) {
                    if stream.write_all(piece).is_err() {
                        return;
                    }
                    thread::sleep(Duration::from_millis(2));
                }
            }
        })
    }
}

#[test]
fn a_name_that_does_not_resolve() {
    let mut traffic = get(([127, 0, 0, 1], 1).into());
    traffic.target = Target::http("no-such-host.invalid", 80);
    let last = load(traffic);
    assert_eq!(last.faults, [("dns".to_owned(), last.counts.sent)]);
}

/// The hosts file in a mount namespace of its own stands in for DNS: the system's resolver reads it anew each time.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs root"]
fn a_name_that_comes_goes_and_comes_back_elsewhere() {
    use std::{
        net::IpAddr,
        process::{Command, Stdio},
        sync::Mutex,
        time::Instant,
    };

    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<Mutex<Vec<IpAddr>>> = Arc::default();
    thread::spawn({
        let asked = Arc::clone(&asked);
        move || {
            for mut stream in listener.incoming().flatten() {
                // One request a connection, so that each looks at the address.
                if request(&mut BufReader::new(stream.try_clone().unwrap())).is_some() {
                    asked.lock().unwrap().push(stream.local_addr().unwrap().ip());
                    let _ = stream
                        .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
                }
            }
        }
    });
    let hosts = tempfile::NamedTempFile::new().unwrap();
    let point = |line: &str| std::fs::write(hosts.path(), line).unwrap();
    let script = r#"mount --bind "$0" /etc/hosts && exec "$@""#;
    let target = format!("http://shop.test:{port}");
    let options = ["--target", &target, "--rate", "50", "--duration", "16s", "--report", "-"];
    let running = Command::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .args([hosts.path().as_os_str(), env!("CARGO_BIN_EXE_stackctl").as_ref(), "traffic".as_ref()])
        .args(options)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_asked_at = |ip: &str| {
        let (ip, from, start): (IpAddr, _, _) =
            (ip.parse().unwrap(), asked.lock().unwrap().len(), Instant::now());
        while !asked.lock().unwrap()[from..].contains(&ip) {
            assert!(start.elapsed() < Duration::from_secs(8), "no request to {ip}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    thread::sleep(Duration::from_secs(2));
    assert!(asked.lock().unwrap().is_empty(), "the name is not known yet");
    point("127.0.0.1 shop.test\n");
    is_asked_at("127.0.0.1");
    point("");
    // An address that worked is kept while the name is gone.
    thread::sleep(Duration::from_secs(6));
    is_asked_at("127.0.0.1");
    point("127.0.0.2 shop.test\n");
    is_asked_at("127.0.0.2");
    let report: serde_json::Value =
        serde_json::from_slice(&running.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!((&report["sent"], &report["dropped"]), (&800.into(), &0.into()), "{report}");
    let kinds: Vec<&String> = report["errors"].as_object().unwrap().keys().collect();
    assert_eq!(kinds, ["dns"], "{report}");
    assert_eq!(report["successful"], asked.lock().unwrap().len(), "{report}");
}

/// A TLS server with the self-signed certificate of tests/it/traffic/tls.
fn tls_server() -> SocketAddr {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

    let pem = |name: &str| format!("{}/tests/it/traffic/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let cert = CertificateDer::from_pem_file(pem("cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(pem("key.pem")).unwrap();
    let provider = Arc::new(stackctl_base::tls::provider().unwrap());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)
        .unwrap();
    let config = Arc::new(config);
    serve(move |stream| {
        let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut tls = rustls::StreamOwned::new(session, stream);
        let mut buffer = [0; 4096];
        let mut text = Vec::new();
        while let Ok(count @ 1..) = tls.read(&mut buffer) {
            text.extend_from_slice(&buffer[..count]);
            if text.ends_with(b"\r\n\r\n") {
                text.clear();
                if tls.write_all(&json("200 OK", "[]")).is_err() {
                    return;
                }
            }
        }
    })
}

#[test]
fn a_certificate_that_nobody_signed() {
    let mut traffic = get(([127, 0, 0, 1], 1).into());
    traffic.target = Target { tls: true, port: tls_server().port(), ..Target::http("localhost", 443) };
    // Handshakes take their time in an unoptimised build.
    let last = run(&traffic, &Start::Rate(10.0), Duration::from_secs(1));
    assert_eq!(
        (last.counts.sent + last.counts.dropped(), last.faults),
        (10, vec![("tls".to_owned(), last.counts.sent)])
    );
}

#[test]
fn a_certificate_that_is_trusted() {
    let target = format!("https://localhost:{}", tls_server().port());
    let cert = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/traffic/tls/cert.pem");
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("traffic.toml");
    let table =
        format!("[traffic]\ntarget = '{target}'\ntimeout = '60s'\n[[traffic.requests]]\npath = '/'\n");
    std::fs::write(&config, table).unwrap();
    let args = ["traffic", "--rate", "10", "--duration", "1s", "--report", "-", "--config"];
    let output = super::command::stackctl(&args).arg(&config).env("SSL_CERT_FILE", cert).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["failed"], &report["errors"]), (&0.into(), &serde_json::json!({})), "{report}");
    assert!(report["successful"].as_u64().unwrap() > 0);
}

#[test]
fn a_certificate_that_a_file_vouches_for_or_that_anyone_may_have() {
    let target = format!("https://localhost:{}/", tls_server().port());
    let folder = tempfile::tempdir().unwrap();
    let cert = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/traffic/tls/cert.pem");
    std::fs::copy(cert, folder.path().join("ca.pem")).unwrap();
    std::fs::write(folder.path().join("empty.pem"), "nothing\n").unwrap();
    let base = target.trim_end_matches('/');
    let table = |keys: &str| {
        let path = folder.path().join("traffic.toml");
        let text = format!("[traffic]\ntarget = '{base}'\n{keys}\n[[traffic.requests]]\npath = '/'\n");
        std::fs::write(&path, text).unwrap();
        vec!["--config".to_owned(), path.display().to_string()]
    };
    let run = |args: Vec<String>| {
        let output = super::command::stackctl(&["traffic", "--rate", "5", "--duration", "1s"])
            .args(args)
            .args(["--max-failed", "0%"])
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let ca = folder.path().join("ca.pem").display().to_string();
    for args in [
        table("timeout = '60s'\ninsecure = true"),
        // The path counts from the file's folder.
        table("timeout = '60s'\nca_file = 'ca.pem'"),
        vec![target.clone(), "--insecure".to_owned()],
        vec![target.clone(), "--ca-file".to_owned(), ca],
    ] {
        let (code, stdout, stderr) = run(args.clone());
        assert_eq!(code, Some(0), "{args:?}: {stdout} {stderr}");
    }
    let (code, stdout, stderr) = run(vec![target.clone()]);
    assert_eq!(code, Some(1), "{stderr}");
    for part in [
        "× tls",
        "GET /, not sent",
        "invalid peer certificate",
        "hint: ca_file in [traffic]",
        "insecure = true",
    ] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    assert!(stderr.contains(r#""hint":"ca_file in [traffic]"#), "{stderr}");
    for file in ["empty.pem", "missing.pem"] {
        let (code, _, stderr) = run(table(&format!("ca_file = '{file}'")));
        assert!(code == Some(3) && stderr.contains("ca_file") && stderr.contains(file), "{code:?} {stderr}");
    }
}

#[test]
fn without_keep_alive_every_request_has_a_connection_of_its_own() {
    let connections = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counted = Arc::clone(&connections);
    let address = serve(move |stream| {
        counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let mut writer = stream.try_clone().unwrap();
        let mut reader = std::io::BufReader::new(stream);
        while let Some(seen) = super::target::request(&mut reader) {
            let is_closing = seen.header("connection") == Some("close");
            if writer.write_all(&json("200 OK", if is_closing { "1" } else { "0" })).is_err() {
                return;
            }
        }
    });
    let run = |keep_alive| {
        let before = connections.load(std::sync::atomic::Ordering::SeqCst);
        let traffic = Traffic { keep_alive, ..get(address) };
        let last = run(&traffic, &Start::Rate(50.0), Duration::from_secs(1));
        assert_eq!((last.counts.successful, last.counts.failed), (50, 0));
        connections.load(std::sync::atomic::Ordering::SeqCst) - before
    };
    assert_eq!(run(false), 50);
    assert!(run(true) < 10);
}

#[test]
fn the_first_failure_of_each_kind_is_kept_to_look_at() {
    let next = std::sync::atomic::AtomicU64::new(0);
    let address = serve(move |stream| {
        let mut writer = stream.try_clone().unwrap();
        let mut reader = std::io::BufReader::new(stream);
        while let Some(seen) = super::target::request(&mut reader) {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let long = "x".repeat(500);
            let answer = match number % 4 {
                0 => json("500 Oops", &format!("first of {}: {long}", seen.path)),
                1 => json("404 Not Found", "gone"),
                2 => b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbroken".to_vec(),
                _ => json("200 OK", "not 201"),
            };
            if writer.write_all(&answer).is_err() || number % 4 == 2 {
                return;
            }
        }
    });
    let mut traffic = get(address);
    traffic.requests[0].path = stackctl_traffic::plan::Template::parse("/n/{seq}?q").unwrap();
    traffic.requests[0].expect = stackctl_traffic::plan::Expect::Statuses(vec![201]);
    let last = run(&traffic, &Start::Rate(40.0), Duration::from_secs(1));
    let samples: std::collections::BTreeMap<_, _> = last.samples.into_iter().collect();
    let of = |kind: &str| &samples[kind];
    let oops = of("status-500");
    assert!(oops.request.as_ref().unwrap().starts_with("GET /n/"), "{oops:?}");
    assert!(oops.body.starts_with("first of /n/") && oops.body.len() == 200, "{oops:?}");
    assert_eq!((oops.status, of("status-404").body.as_str()), (Some(500), "gone"));
    // A success elsewhere is a failure here, and its answer is kept as well.
    assert_eq!((of("status-200").status, of("status-200").body.as_str()), (Some(200), "not 201"));
    let closed = of("closed");
    assert!(closed.status == Some(200) && closed.request.is_some(), "{closed:?}");
    assert_eq!(
        samples.keys().map(String::as_str).collect::<Vec<_>>(),
        ["closed", "status-200", "status-404", "status-500"]
    );
    let free = crate::ports::free_port();
    let last = run(&get(([127, 0, 0, 1], free).into()), &Start::Rate(20.0), Duration::from_millis(500));
    assert!(
        last.samples[0].1.request.is_none() && last.samples[0].1.detail.contains("refused"),
        "{:?}",
        last.samples
    );
}

#[test]
fn a_handshake_that_never_ends() {
    let address = serve(|stream| {
        thread::sleep(Duration::from_secs(30));
        drop(stream);
    });
    let mut traffic = get(address);
    traffic.target.tls = true;
    let last = load(traffic);
    assert_eq!(last.faults, [("connect-timeout".to_owned(), last.counts.sent)]);
}
