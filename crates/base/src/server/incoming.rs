//! Accepted connections for a server of another protocol than HTTP/1: the same bounds on how many there are and on how long the first
//! bytes may take. What comes after them is that protocol's matter, such as HTTP/2's pings.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, stream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpListener,
};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{
    accept::{Accepted, Acceptor},
    activity::{Activity, InHand},
    socket::Socket,
};

/// Bytes of the preface with which an HTTP/2 client begins (RFC 9113, section 3.4).
const PREFACE: usize = 24;

/// The connections of a listener, `connections` at most.
pub fn incoming(listener: TcpListener, connections: usize) -> impl Stream<Item = io::Result<Incoming>> {
    stream::unfold(Acceptor::new(listener, connections), async |mut acceptor| {
        let accepted = acceptor.next().await;
        Some((Ok(Incoming::new(accepted)), acceptor))
    })
}

/// A connection. It ends for its server when its place is needed.
#[derive(Debug)]
pub struct Incoming {
    socket: Socket,
    activity: Activity,
    closed: Pin<Box<WaitForCancellationFutureOwned>>,
    received: usize,
    /// Once the preface has come.
    in_hand: Option<InHand>,
}

impl Incoming {
    fn new(accepted: Accepted) -> Self {
        let Accepted { socket, activity, closed } = accepted;
        Self { socket, activity, closed: Box::pin(closed.cancelled_owned()), received: 0, in_hand: None }
    }
}

impl AsyncRead for Incoming {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.closed.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.socket).poll_read(cx, buffer);
        if self.in_hand.is_none() {
            self.received += buffer.filled().len() - before;
            self.in_hand = (self.received >= PREFACE).then(|| self.activity.begin().1);
        }
        result
    }
}

impl AsyncWrite for Incoming {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
