//! Waking up in time. An `epoll` timeout has a grid of 1 ms; a Linux timerfd is late by less than 0.1 ms, for one more
//! system call a wake. Elsewhere the poll's own timeout has to do.

use std::{io, time::Duration};

use mio::{Events, Poll, Token};

use crate::schedule::Nanos;

/// Wakes the engine's poll.
#[derive(Debug)]
pub struct Pacer {
    #[cfg(target_os = "linux")]
    timer: Option<Timer>,
}

impl Pacer {
    /// A pacer; its timer, where there is one, reports as `token`.
    pub fn new(poll: &Poll, token: Token) -> Self {
        #[cfg(target_os = "linux")]
        {
            // Without a timerfd (a seccomp profile may forbid it) the poll's timeout paces, on a grid of 1 ms.
            Self { timer: Timer::new(poll.registry(), token).ok() }
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = (poll, token);
            Self {}
        }
    }

    /// Wait for events, until `wake` at the latest, or until `coarse`, which may be late by some milliseconds.
    ///
    /// # Errors
    /// The poll's; an interruption by a signal is none.
    pub fn wait(
        &mut self,
        poll: &mut Poll,
        events: &mut Events,
        now: Nanos,
        wake: Option<Nanos>,
        coarse: Nanos,
    ) -> io::Result<()> {
        let until = |time: Nanos| Duration::from_nanos(time.saturating_sub(now));
        let mut timeout = until(coarse);
        if let Some(wake) = wake {
            if wake <= now {
                timeout = Duration::ZERO;
            } else if !self.arm(wake, until(wake)) {
                timeout = timeout.min(until(wake));
            }
        }
        loop {
            match poll.poll(events, Some(timeout)) {
                // As after a process was stopped: what has come meanwhile is taken in before anything is sent.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => timeout = Duration::ZERO,
                done => return done,
            }
        }
    }

    /// Set the timer. False where there is none.
    #[cfg(target_os = "linux")]
    fn arm(&mut self, wake: Nanos, after: Duration) -> bool {
        self.timer.as_mut().is_some_and(|timer| timer.arm(wake, after).is_ok())
    }

    #[cfg(not(target_os = "linux"))]
    fn arm(&mut self, _wake: Nanos, _after: Duration) -> bool {
        false
    }
}

#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Timer {
    fd: std::os::fd::OwnedFd,
    armed: Option<Nanos>,
}

#[cfg(target_os = "linux")]
impl Timer {
    fn new(registry: &mio::Registry, token: Token) -> io::Result<Self> {
        use std::os::fd::AsRawFd;

        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};

        let fd = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        // Edge-triggered: setting it again is enough, the expiry need not be read.
        registry.register(&mut mio::unix::SourceFd(&fd.as_raw_fd()), token, mio::Interest::READABLE)?;
        Ok(Self { fd, armed: None })
    }

    fn arm(&mut self, wake: Nanos, after: Duration) -> io::Result<()> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};

        if self.armed == Some(wake) {
            return Ok(());
        }
        let never = Timespec { tv_sec: 0, tv_nsec: 0 };
        let value = Timespec { tv_sec: after.as_secs() as i64, tv_nsec: i64::from(after.subsec_nanos()) };
        let spec = Itimerspec { it_interval: never, it_value: value };
        timerfd_settime(&self.fd, TimerfdTimerFlags::empty(), &spec)?;
        self.armed = Some(wake);
        Ok(())
    }
}
