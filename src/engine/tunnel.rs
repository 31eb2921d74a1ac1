//! An engine that is reached by something else than a plain socket: a pool of connections, each made by a function.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bollard::{BollardRequest, ClientVersion, Docker, errors::Error};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connected, Connection},
    },
    rt::{TokioExecutor, TokioIo},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    process::Child,
    sync::OwnedSemaphorePermit,
};
use tower_service::Service;

/// A connection under way.
pub type Dialing = Pin<Box<dyn Future<Output = io::Result<Tunnel>> + Send>>;

/// Bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<Bytes: AsyncRead + AsyncWrite + Send + Unpin> Stream for Bytes {}

/// One connection, with what lives as long as it.
pub struct Tunnel {
    /// The bytes.
    pub stream: Box<dyn Stream>,
    /// Given back with the first byte from the other side.
    pub opening: Option<OwnedSemaphorePermit>,
    /// The process that carries them: it ends with the value.
    pub _child: Option<Child>,
}

/// The engine at the end of what `dial` makes; nothing is sent yet. A request may take so many seconds.
///
/// # Errors
/// When bollard refuses.
pub fn open(
    dial: impl Fn() -> Dialing + Send + Sync + 'static,
    seconds: u64,
    version: &ClientVersion,
) -> Result<Docker, Error> {
    let client = Client::builder(TokioExecutor::new()).build(Connector(Arc::new(dial)));
    let transport = move |request: BollardRequest| {
        let answer = client.request(request);
        async move { answer.await.map_err(Error::from) }
    };
    // The name is only for the Host header.
    Docker::connect_with_custom_transport(transport, Some("http://docker"), seconds, version)
}

/// Makes connections for the pool.
#[derive(Clone)]
struct Connector(Arc<dyn Fn() -> Dialing + Send + Sync>);

impl<Target> Service<Target> for Connector {
    type Response = TokioIo<Tunnel>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Tunnel>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Target) -> Self::Future {
        let dialing = (self.0)();
        Box::pin(async move { dialing.await.map(TokioIo::new) })
    }
}

impl Connection for Tunnel {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Tunnel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.opening = None;
        }
        read
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
