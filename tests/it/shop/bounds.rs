//! The shop's listeners keep the bounds of the control server: clients that hold connections take none from the others.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use axum::Router;
use stackctl_base::server;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::chain::chain;

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Whether the server has closed it by now.
fn is_closed(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    !matches!(stream.read(&mut [0; 1]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_bounded_and_the_one_idle_for_longest_goes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", axum::routing::get(async || "here"));
    let _serving = tokio::spawn(server::serve(listener, router, 20, CancellationToken::new()));
    tokio::task::spawn_blocking(move || {
        let ask = |stream: &mut TcpStream| {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
            let mut answer = [0; 12];
            stream.read_exact(&mut answer)?;
            std::io::Result::Ok(answer == *b"HTTP/1.1 200")
        };
        // One that is used now and then, among others that only hold their place.
        let mut used = connect(address);
        let mut idle = Vec::new();
        for _ in 0..10 {
            idle.extend((0..10).map(|_| connect(address)));
            assert!(ask(&mut connect(address)).unwrap());
            used.set_nonblocking(false).unwrap();
            assert!(ask(&mut used).unwrap());
            // The rest of the answer.
            used.set_nonblocking(true).unwrap();
            let _ = used.read(&mut [0; 4096]);
        }
        // The last of them are closed while this asks.
        let start = Instant::now();
        let open = || idle.iter().filter(|stream| !is_closed(stream)).count();
        while open() > 20 {
            assert!(start.elapsed() < Duration::from_secs(20), "{} are open", open());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(is_closed(&idle[0]));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_head_is_not_waited_for() {
    let (chain, shop) = chain(None).await;
    let (gateway, api) = (chain.gateway(), chain.api());
    let closed = tokio::task::spawn_blocking(move || {
        let heads: [(SocketAddr, &[u8]); 2] =
            [(gateway, b"GET /orders HTTP/1.1\r\nHost: loc"), (api, b"PRI * HTTP/2.0\r\n")];
        let slow = heads.map(|(address, half)| {
            let mut stream = connect(address);
            stream.write_all(half).unwrap();
            stream
        });
        // Closed by the server, not by this test's timeout.
        slow.map(|mut stream| stream.read_to_end(&mut Vec::new()).is_ok())
    });
    assert_eq!(closed.await.unwrap(), [true, true]);
    // Orders still pass between the two.
    let placed = shop.post(serde_json::json!({"product_id": 3, "quantity": 2}), None).await;
    assert_eq!(placed.status(), 201);
    chain.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_answers_what_is_in_hand_and_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let (begun, mut entered) = tokio::sync::mpsc::channel(1);
    let slow = async move || {
        begun.send(()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        "done"
    };
    let router = Router::new().route("/", axum::routing::get(slow));
    let serving = tokio::spawn(server::serve(listener, router, 20, stop.clone()));
    let client = tokio::task::spawn_blocking(move || {
        let mut stream = connect(address);
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    entered.recv().await.unwrap();
    stop.cancel();
    serving.await.unwrap();
    let answer = client.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("done"), "{answer}");
    assert!(TcpStream::connect(address).is_err());
}
