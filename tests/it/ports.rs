//! Ports for the servers of tests.

use std::sync::{
    LazyLock,
    atomic::{AtomicU16, Ordering},
};

/// A port of loopback that nobody listens on, and another one each time. It lies below those that the kernel gives to
/// connections (32768 and up), so that a server which is stopped and started again still finds it free.
pub fn free_port() -> u16 {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(fastrand::u16(..)));
    std::iter::repeat_with(|| 10_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 22_000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}
