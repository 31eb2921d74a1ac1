//! A connection's bytes: plain TCP or TLS, without blocking.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
};

use mio::{Interest, Registry, Token, net::TcpStream};

use super::tls::{Tls, TlsStream};

/// Whether a new connection can carry a request yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Not yet: wait for the next event.
    Pending,
    /// It can.
    Ready,
}

/// A connection to the target.
#[derive(Debug)]
pub enum Transport {
    /// `http`.
    Plain(TcpStream),
    /// `https`.
    Tls(Box<TlsStream>),
}

impl Transport {
    /// Begin to connect. Events of the socket carry `token`, edge-triggered: read and write until it would block.
    ///
    /// # Errors
    /// When no attempt can be made: no route, no file descriptor, refused at once.
    pub fn connect(
        address: SocketAddr,
        tls: Option<&Tls>,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let mut socket = TcpStream::connect(address)?;
        // A request is one segment and must not wait for the last one's acknowledgement.
        let _ = socket.set_nodelay(true);
        registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        match tls {
            None => Ok(Self::Plain(socket)),
            Some(tls) => Ok(Self::Tls(Box::new(TlsStream::new(tls, socket)?))),
        }
    }

    /// Move a new connection on, TLS handshake included. After `Ready` it is not called again.
    ///
    /// # Errors
    /// What made the attempt fail.
    pub fn establish(&mut self) -> io::Result<Readiness> {
        let socket = self.socket();
        if let Some(error) = socket.take_error()? {
            return Err(error);
        }
        if let Err(error) = socket.peer_addr() {
            let waiting = error.kind() == io::ErrorKind::NotConnected;
            return if waiting { Ok(Readiness::Pending) } else { Err(error) };
        }
        match self {
            Self::Plain(_) => Ok(Readiness::Ready),
            Self::Tls(stream) => Ok(if stream.handshake()? { Readiness::Ready } else { Readiness::Pending }),
        }
    }

    /// Whether a read that did not fill its buffer has emptied the socket. Not so with TLS: its records are
    /// buffered in between.
    pub fn short_read_drains(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Take it off the event queue before it is dropped.
    pub fn deregister(&mut self, registry: &Registry) {
        // Closing the socket takes it off anyway.
        let _ = registry.deregister(self.socket());
    }

    fn socket(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket(),
        }
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(data),
            Self::Tls(stream) => stream.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => Write::flush(stream.as_mut()),
        }
    }
}
