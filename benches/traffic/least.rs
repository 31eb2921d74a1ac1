//! What 100 requests a second cost at least on a machine: a loop that sleeps until the next is due, reads the answer to the last one
//! and sends, with nothing else to do. `least PORT SECONDS` sends GET requests to loopback and prints its CPU as a share of one.

use std::{
    error::Error,
    io::{self, Read, Write},
    net::TcpStream,
    num::NonZeroU64,
    thread,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

const APART: Duration = Duration::from_millis(10);

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, port, seconds] = args.as_slice() else { return Err("usage: least PORT SECONDS".into()) };
    let (port, seconds): (u16, u32) = (port.parse()?, seconds.parse()?);
    rustix::thread::set_current_timer_slack(NonZeroU64::new(1))?;
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    let (start, used) = (Instant::now(), cpu());
    for number in 0..seconds * 100 {
        thread::sleep((start + APART * number).saturating_duration_since(Instant::now()));
        if number > 0 && stream.read(&mut buffer)? == 0 {
            return Err("the server closed the connection".into());
        }
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    }
    let share = (cpu() - used) / start.elapsed().as_secs_f64();
    writeln!(io::stdout(), "{:.2}", 100.0 * share)?;
    Ok(())
}

/// CPU seconds of this process.
fn cpu() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}
