//! A forwarder in front of a server that a test can slow down, and cut off in the middle.

use std::{
    fs,
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// The socket of the engine that tests use.
pub const ENGINE: &str = "/var/run/docker.sock";

/// A connection of either kind.
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    fn again(&self) -> Self {
        match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone().unwrap()),
            Self::Unix(stream) => Self::Unix(stream.try_clone().unwrap()),
        }
    }

    fn close(&self, how: Shutdown) {
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(how),
            Self::Unix(stream) => stream.shutdown(how),
        };
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(buffer),
            Self::Unix(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What all connections share.
#[derive(Default)]
struct Shared {
    is_cut: AtomicBool,
    /// Bytes a second towards the client; 0 is without bound.
    rate: AtomicU64,
    /// A request with these bytes cuts the forwarder off before it is answered.
    last_words: Option<String>,
    streams: Mutex<Vec<Stream>>,
}

impl Shared {
    fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        self.streams.lock().unwrap().drain(..).for_each(|stream| stream.close(Shutdown::Both));
    }

    /// Carry bytes until one side has no more.
    fn carry(&self, mut from: Stream, mut to: Stream, is_request: bool) {
        let mut buffer = vec![0; 32 << 10];
        loop {
            let rate = if is_request { 0 } else { self.rate.load(Ordering::SeqCst) };
            let most = if rate == 0 { buffer.len() } else { buffer.len().min((rate / 20).max(1) as usize) };
            let Ok(read @ 1..) = from.read(&mut buffer[..most]) else { break };
            let text = self.last_words.as_deref().filter(|_| is_request);
            if text.is_some_and(|text| String::from_utf8_lossy(&buffer[..read]).contains(text)) {
                return self.cut();
            }
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
            if rate > 0 {
                thread::sleep(Duration::from_secs_f64(read as f64 / rate as f64));
            }
        }
        to.close(Shutdown::Write);
    }

    fn serve(self: &Arc<Self>, client: Stream, server: Stream) {
        self.streams.lock().unwrap().extend([client.again(), server.again()]);
        if self.is_cut.load(Ordering::SeqCst) {
            return self.cut();
        }
        for (from, to, is_request) in [(client.again(), server.again(), true), (server, client, false)] {
            let shared = Arc::clone(self);
            thread::spawn(move || shared.carry(from, to, is_request));
        }
    }
}

/// A forwarder; cut off at the end.
pub struct Proxy {
    shared: Arc<Shared>,
    /// `unix://PATH` or `tcp://ADDRESS`.
    pub address: String,
    path: Option<PathBuf>,
    _folder: Option<tempfile::TempDir>,
}

impl Proxy {
    /// In front of the engine, at a socket.
    pub fn of_engine() -> Self {
        Self::unix(None)
    }

    /// The same, gone when somebody asks for this.
    pub fn of_engine_until(last_words: &str) -> Self {
        Self::unix(Some(last_words.to_owned()))
    }

    fn unix(last_words: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let shared = Arc::new(Shared { last_words, ..Shared::default() });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if own.is_cut.load(Ordering::SeqCst) {
                    return;
                }
                let server = UnixStream::connect(ENGINE).unwrap();
                own.serve(Stream::Unix(client), Stream::Unix(server));
            }
        });
        let address = format!("unix://{}", path.display());
        Self { shared, address, path: Some(path), _folder: Some(folder) }
    }

    /// In front of the engine, at a port of loopback.
    pub fn of_engine_at_a_port() -> Self {
        Self::tcp(|| UnixStream::connect(ENGINE).map(Stream::Unix))
    }

    /// In front of a port of loopback.
    pub fn of_port(port: u16) -> Self {
        Self::tcp(move || TcpStream::connect(("127.0.0.1", port)).map(Stream::Tcp))
    }

    fn tcp(connect: impl Fn() -> io::Result<Stream> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if own.is_cut.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(server) = connect() {
                    own.serve(Stream::Tcp(client), server);
                }
            }
        });
        Self { shared, address, path: None, _folder: None }
    }

    /// The port, of one at a port.
    pub fn port(&self) -> u16 {
        self.address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Let so many bytes a second through to the client, on each connection.
    pub fn limit(&self, bytes: u64) {
        self.shared.rate.store(bytes, Ordering::SeqCst);
    }

    /// Be gone: every connection is closed, and no new one is taken.
    pub fn cut(&self) {
        self.shared.cut();
        // The listener goes when it wakes up once more.
        match &self.path {
            Some(path) => {
                let _ = UnixStream::connect(path);
                remove(path);
            }
            None => drop(TcpStream::connect(("127.0.0.1", self.port()))),
        }
    }
}

fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
    }
}
