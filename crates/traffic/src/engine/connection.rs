//! One connection: a request at a time, written and read without blocking.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
};

use mio::{Registry, Token, event::Event};

use super::flight::FlightId;
use crate::{
    fault::Fault,
    http::{Decoder, Progress, Readiness, Tls, Transport},
    schedule::Nanos,
};

/// Reads of one wake, so that a target that sends without end does not keep the others waiting.
const READS: usize = 8;

/// Bytes of a request that are kept while it is answered, for a sample of a failure: its first line, as a rule.
const FIRST_LINE: usize = 160;

/// A body buffer that is larger than this is given back after the answer.
const KEEP_BODY: usize = 4 * 1024;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Being made, to the address at this place of the list, `tried` of the list's addresses being behind it.
    Connecting {
        /// The place in the list.
        address: usize,
        /// How many were tried before.
        tried: usize,
    },
    /// Open, without a request.
    Idle,
    /// Open, with a request.
    Busy(FlightId),
}

/// A connection to the target.
#[derive(Debug)]
pub struct Connection {
    transport: Transport,
    /// What it is doing.
    pub state: State,
    /// Since when.
    pub since: Nanos,
    /// Answers that came over it.
    pub answered: u32,
    decoder: Decoder,
    /// The part of the request that the socket has not taken yet.
    unsent: Vec<u8>,
    body: Vec<u8>,
    keep_body: bool,
    /// How the request begins, and how many of these bytes there are.
    request: [u8; FIRST_LINE],
    request_len: u8,
    /// Bytes that came since the request was sent.
    received: u64,
}

/// What reading came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing more for now.
    Waiting,
    /// There is more to read, and it was enough for one wake.
    More,
    /// The answer is complete.
    Answered {
        /// Its status.
        status: u16,
        /// Whether the connection may carry another request.
        reusable: bool,
    },
    /// An idle connection was closed by the target, or brought bytes that answer no request.
    Useless {
        /// There were bytes.
        unasked: bool,
    },
    /// The request failed.
    Failed(Fault),
}

impl Connection {
    /// Begin to connect.
    ///
    /// # Errors
    /// When not even an attempt could be made.
    pub fn open(
        address: SocketAddr,
        tls: Option<&Tls>,
        registry: &Registry,
        token: Token,
        state: State,
        now: Nanos,
    ) -> io::Result<Self> {
        Ok(Self {
            transport: Transport::connect(address, tls, registry, token)?,
            state,
            since: now,
            answered: 0,
            decoder: Decoder::default(),
            unsent: Vec::new(),
            body: Vec::new(),
            keep_body: false,
            request: [0; FIRST_LINE],
            request_len: 0,
            received: 0,
        })
    }

    /// Move a new connection on.
    ///
    /// # Errors
    /// What made it fail.
    pub fn establish(&mut self) -> io::Result<Readiness> {
        self.transport.establish()
    }

    /// Read what has come on a new connection before any request was sent.
    ///
    /// # Errors
    /// The kind of failure: bytes are `Malformed`, whatever they are, since they answer nothing.
    pub fn read_early(&mut self, buffer: &mut [u8]) -> Result<(), Fault> {
        match self.transport.read(buffer) {
            Ok(0) => Err(Fault::Closed),
            Ok(_) => Err(Fault::Malformed),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(()),
                _ => Err(Fault::transfer(&error)),
            },
        }
    }

    /// Send a request. `head` when its answer has no body, `keep_body` when the body is needed, `is_picky` when a 2xx may be a
    /// failure.
    ///
    /// # Errors
    /// The kind of failure.
    pub fn send(&mut self, request: &[u8], head: bool, keep_body: bool, is_picky: bool) -> Result<(), Fault> {
        self.decoder.reset(head, is_picky);
        self.keep_body = keep_body;
        let kept = request.len().min(FIRST_LINE);
        self.request[..kept].copy_from_slice(&request[..kept]);
        self.request_len = kept as u8;
        self.received = 0;
        self.body.clear();
        let sent = self.write(request)?;
        self.unsent.extend_from_slice(&request[sent..]);
        Ok(())
    }

    /// Send what is left of the request.
    ///
    /// # Errors
    /// The kind of failure.
    pub fn flush(&mut self) -> Result<(), Fault> {
        if !self.unsent.is_empty() {
            let unsent = std::mem::take(&mut self.unsent);
            let sent = self.write(&unsent)?;
            self.unsent.extend_from_slice(&unsent[sent..]);
        }
        match self.transport.flush() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(Fault::transfer(&error)),
            _ => Ok(()),
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<usize, Fault> {
        let mut sent = 0;
        while sent < data.len() {
            match self.transport.write(&data[sent..]) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::transfer(&error)),
            }
        }
        Ok(sent)
    }

    /// Read what has come, into `buffer`, which all connections share. `closing`: the event reports that the target is done.
    /// `received` counts the bytes.
    pub fn read(&mut self, buffer: &mut [u8], closing: bool, received: &mut u64) -> Outcome {
        for _ in 0..READS {
            let count = match self.transport.read(buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Outcome::Waiting,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) if self.state == State::Idle => return Outcome::Useless { unasked: false },
                Err(error) => return Outcome::Failed(Fault::transfer(&error)),
            };
            *received += count as u64;
            self.received += count as u64;
            if !matches!(self.state, State::Busy(_)) {
                return Outcome::Useless { unasked: count > 0 };
            }
            if count == 0 {
                return match self.decoder.close() {
                    Ok(()) => Outcome::Answered { status: self.decoder.status, reusable: false },
                    Err(fault) => Outcome::Failed(fault),
                };
            }
            let kept = self.keep_body.then_some(&mut self.body);
            match self.decoder.feed(&buffer[..count], kept) {
                Err(fault) => return Outcome::Failed(fault),
                Ok(Progress::Done(used)) => {
                    // What follows the answer belongs to no request, and an answer that came before its request was
                    // sent in full leaves the rest of it in the way.
                    let clean = used == count && self.unsent.is_empty() && !closing;
                    let reusable = self.decoder.keep_alive && clean;
                    return Outcome::Answered { status: self.decoder.status, reusable };
                }
                Ok(Progress::More) => {
                    // A read that did not fill the buffer has emptied the socket: no need to ask again.
                    if count < buffer.len() && !closing && self.transport.short_read_drains() {
                        return Outcome::Waiting;
                    }
                }
            }
        }
        Outcome::More
    }

    /// The body that was kept, at the end of an answer.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// How the request begins that was sent last.
    pub fn request(&self) -> &[u8] {
        &self.request[..usize::from(self.request_len)]
    }

    /// How the body of an answer begins that may be a failure.
    pub fn sample(&self) -> &[u8] {
        self.decoder.sample()
    }

    /// The answer's status, as far as it has come.
    pub fn status(&self) -> Option<u16> {
        Some(self.decoder.status).filter(|status| *status > 0)
    }

    /// Bytes of the answer so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// It waits for another request from `now` on.
    pub fn rest(&mut self, now: Nanos) {
        self.state = State::Idle;
        self.since = now;
        self.answered = self.answered.saturating_add(1);
        if self.body.capacity() > KEEP_BODY {
            self.body = Vec::new();
        }
    }

    /// Whether nothing of the answer has come yet.
    pub fn untouched(&self) -> bool {
        self.decoder.untouched()
    }

    /// Take it off the event queue before it is dropped.
    pub fn deregister(&mut self, registry: &Registry) {
        self.transport.deregister(registry);
    }
}

/// What an event says about a connection.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// It can be read.
    pub readable: bool,
    /// It can be written.
    pub writable: bool,
    /// The target has sent its last byte.
    pub closing: bool,
}

impl From<&Event> for Ready {
    fn from(event: &Event) -> Self {
        let closing = event.is_read_closed() || event.is_error();
        Self { readable: event.is_readable() || closing, writable: event.is_writable(), closing }
    }
}
