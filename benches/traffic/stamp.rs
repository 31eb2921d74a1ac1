//! A target that stamps arrivals, for the lateness of a generator as it is on the wire.
//!
//! `stamp PORT RATE COUNT`: answers GET requests on loopback until COUNT have come or none has for three seconds, then
//! prints how far each was from an even grid of RATE a second (`--config` with `jitter = 0`). The grid's origin is the
//! arrival that was earliest against it, so that the figures hold every delay but the network's own. The kernel stamps the
//! arrivals where it can: this program's own wakes are then no part of them.

use std::{
    collections::HashMap,
    error::Error,
    io::{self, Write},
    time::{Duration, Instant},
};

use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const LISTENER: Token = Token(usize::MAX);
const IDLE: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, port, rate, count] = args.as_slice() else { return Err("usage: stamp PORT RATE COUNT".into()) };
    let (rate, count): (f64, usize) = (rate.parse()?, count.parse()?);
    let mut stamps = collect(port.parse()?, count)?;
    stamps.sort_unstable();
    let nanos: Vec<f64> = stamps.iter().map(|stamp| (*stamp - stamps[0]).as_nanos() as f64).collect();
    let grid = |n: usize| n as f64 * 1e9 / rate;
    let origin = nanos.iter().enumerate().map(|(n, at)| at - grid(n)).fold(f64::INFINITY, f64::min);
    let mut late: Vec<f64> = nanos.iter().enumerate().map(|(n, at)| (at - grid(n) - origin) / 1e6).collect();
    late.sort_unstable_by(f64::total_cmp);
    let quantile = |q: f64| late[((late.len() as f64 * q).ceil() as usize).clamp(1, late.len()) - 1];
    let seconds = nanos.last().copied().unwrap_or_default() / 1e9;
    writeln!(
        io::stdout(),
        "requests {} rate {:.2} lateness_ms p50 {:.3} p90 {:.3} p99 {:.3} p999 {:.3} max {:.3}",
        late.len(),
        (late.len() - 1) as f64 / seconds,
        quantile(0.5),
        quantile(0.9),
        quantile(0.99),
        quantile(0.999),
        quantile(1.0),
    )?;
    Ok(())
}

/// The instants at which requests came.
fn collect(port: u16, count: usize) -> Result<Vec<Instant>, Box<dyn Error>> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind(([127, 0, 0, 1], port).into())?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut streams: HashMap<usize, TcpStream> = HashMap::new();
    let mut stamps = Vec::with_capacity(count);
    let mut buffer = [0; 65_536];
    let mut last = Instant::now();
    while stamps.len() < count && (stamps.is_empty() || last.elapsed() < IDLE) {
        poll.poll(&mut events, Some(IDLE))?;
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    ask_for_stamps(&stream);
                    let token = (0..).find(|token| !streams.contains_key(token)).unwrap_or_default();
                    poll.registry().register(&mut stream, Token(token), Interest::READABLE)?;
                    streams.insert(token, stream);
                }
                continue;
            }
            let Some(stream) = streams.get_mut(&event.token().0) else { continue };
            loop {
                match read(stream, &mut buffer) {
                    Ok((read @ 1.., age)) => {
                        let now = Instant::now();
                        last = now.checked_sub(age).unwrap_or(now);
                        let requests = buffer[..read].windows(4).filter(|bytes| bytes == b"\r\n\r\n").count();
                        stamps.extend(std::iter::repeat_n(last, requests));
                        for _ in 0..requests {
                            stream.write_all(ANSWER)?;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Ok(_) | Err(_) => {
                        streams.remove(&event.token().0);
                        break;
                    }
                }
            }
        }
    }
    Ok(stamps)
}

/// Have the kernel stamp what arrives (`SO_TIMESTAMPNS`). Refused, the time of reading is taken.
#[cfg(target_os = "linux")]
fn ask_for_stamps(stream: &TcpStream) {
    let _ = nix::sys::socket::setsockopt(stream, nix::sys::socket::sockopt::ReceiveTimestampns, &true);
}

/// Read, and how long ago the last byte came.
#[cfg(target_os = "linux")]
fn read(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<(usize, Duration)> {
    use std::{io::IoSliceMut, os::fd::AsRawFd, time::UNIX_EPOCH};

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};

    /// Room for one control message of 32 bytes, where its header may lie.
    #[repr(align(8))]
    struct Control([u8; 64]);

    let (mut control, mut pieces) = (Control([0; 64]), [IoSliceMut::new(buffer)]);
    let message = recvmsg::<()>(stream.as_raw_fd(), &mut pieces, Some(&mut control.0), MsgFlags::empty())?;
    let stamp = message.cmsgs()?.find_map(|one| match one {
        ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
        _ => None,
    });
    let age = stamp.and_then(|stamp| (UNIX_EPOCH + stamp).elapsed().ok());
    Ok((message.bytes, age.unwrap_or_default()))
}

#[cfg(not(target_os = "linux"))]
fn ask_for_stamps(_: &TcpStream) {}

#[cfg(not(target_os = "linux"))]
fn read(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<(usize, Duration)> {
    Ok((io::Read::read(&mut stream, buffer)?, Duration::ZERO))
}
