//! Servers that behave as a test says, one thread a connection.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use stackctl_traffic::{
    engine::{self, Snapshot, Start},
    plan::{Request, Target, Template, Traffic},
};

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Read one request; `None` when the client has left.
pub fn request(stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    if stream.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut seen = Seen { method, path, headers, body: String::new() };
    let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    seen.body = String::from_utf8(body).unwrap();
    Some(seen)
}

/// Serve every connection with `behave`, for the rest of the process.
pub fn serve(behave: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let behave = Arc::new(behave);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let behave = Arc::clone(&behave);
            thread::spawn(move || behave(stream));
        }
    });
    address
}

/// Serve every request with the bytes that `answer` makes of it.
pub fn answer(answer: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    serve(move |stream| {
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        while let Some(seen) = request(&mut reader) {
            if writer.write_all(&answer(&seen)).is_err() {
                return;
            }
        }
    })
}

/// An answer with a JSON body.
pub fn json(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The order shop's gateway: gives ids, remembers what it was asked, and how many at once.
#[derive(Debug, Default)]
pub struct Shop {
    pub seen: Mutex<Vec<Seen>>,
    next: AtomicU64,
    busy: AtomicUsize,
    pub most_busy: AtomicUsize,
}

impl Shop {
    /// Start one; every answer takes as long as `delay` says at that time.
    pub fn start(delay: impl Fn() -> Duration + Send + Sync + 'static) -> (Arc<Self>, SocketAddr) {
        let shop = Arc::new(Self::default());
        let kept = Arc::clone(&shop);
        let address = answer(move |seen| {
            let busy = shop.busy.fetch_add(1, Ordering::SeqCst) + 1;
            shop.most_busy.fetch_max(busy, Ordering::SeqCst);
            // The id is remembered before its answer: nobody can ask for it earlier.
            let answer = if seen.method == "POST" {
                let id = shop.next.fetch_add(1, Ordering::SeqCst);
                json("201 Created", &format!(r#"{{"id":"order-{id}","status":"pending"}}"#))
            } else {
                json("200 OK", "[]")
            };
            shop.seen.lock().unwrap().push(seen.clone());
            thread::sleep(delay());
            shop.busy.fetch_sub(1, Ordering::SeqCst);
            answer
        });
        (kept, address)
    }
}

/// A table that sends `GET /` to an address, with no start delay.
pub fn get(address: SocketAddr) -> Traffic {
    Traffic {
        start_delay: Duration::ZERO,
        timeout: Duration::from_secs(20),
        ..Traffic::new(
            Target::http(&address.ip().to_string(), address.port()),
            vec![Request::new("GET", Template::literal("/"))],
        )
    }
}

/// The order shop's mix to an address, with no start delay.
pub fn orders(address: SocketAddr) -> Traffic {
    Traffic { requests: Traffic::order_shop().requests, ..get(address) }
}

/// Run for so long and say how it went.
pub fn run(traffic: &Traffic, start: &Start, duration: Duration) -> Snapshot {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_handle, mut ended) = engine::start(traffic, start, Some(duration), None).unwrap();
    runtime.block_on(ended.wait()).unwrap().detailed.snapshot
}
