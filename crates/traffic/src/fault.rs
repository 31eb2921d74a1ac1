//! The named kinds of failure.

use std::{fmt, io};

/// Why a request failed. The name is the key in the report's `errors`, in `/metrics` and in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// `dns`: the target's name did not resolve.
    Dns,
    /// `connect-refused`: nothing listens on the target's port.
    ConnectRefused,
    /// `connect-timeout`: no connection within the timeout.
    ConnectTimeout,
    /// `connect`: no connection for another reason: no route, no free port or file descriptor here.
    Connect,
    /// `tls`: the handshake failed or the certificate is not trusted.
    Tls,
    /// `timeout`: sent, and not answered in full within the timeout.
    Timeout,
    /// `reset`: the target reset the connection.
    Reset,
    /// `closed`: the target closed the connection before the answer was complete.
    Closed,
    /// `malformed`: what came back is not an HTTP/1 answer.
    Malformed,
    /// `too-large`: a head above [`MAX_HEAD`](super::http::MAX_HEAD) or a body above
    /// [`MAX_BODY`](super::http::MAX_BODY) bytes; the connection is closed instead of read on.
    TooLarge,
    /// `status-503`: a complete answer with a status that is not among the expected ones.
    Status(u16),
}

impl Fault {
    /// The kind of an error while connecting.
    pub fn connecting(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::ConnectRefused,
            io::ErrorKind::TimedOut => Self::ConnectTimeout,
            io::ErrorKind::ConnectionReset => Self::Reset,
            _ => Self::Connect,
        }
    }

    /// The kind of an error while sending or receiving.
    pub fn transfer(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::Tls,
            io::ErrorKind::TimedOut => Self::Timeout,
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Reset,
        }
    }

    /// What may be done about it, where that is not obvious.
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Self::Tls => Some(
                "ca_file in [traffic] (--ca-file) names the authority that signed the certificate; insecure = true (--insecure) \
                 trusts any",
            ),
            _ => None,
        }
    }

    /// Whether the target gave a complete answer: those are part of the latency percentiles.
    pub fn answered(self) -> bool {
        matches!(self, Self::Status(_))
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "dns",
            Self::ConnectRefused => "connect-refused",
            Self::ConnectTimeout => "connect-timeout",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::Status(status) => return write!(f, "status-{status}"),
        })
    }
}
