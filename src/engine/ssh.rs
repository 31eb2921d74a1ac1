//! An engine behind SSH, as the `docker` command reaches it: `ssh HOST docker system dial-stdio` is a connection to the
//! engine's socket there. The `ssh` of this machine does it, with its keys, agent, configuration and known hosts.

use std::{
    io,
    pin::Pin,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
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
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader, Join, ReadBuf, join},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower_service::Service;

/// As many connections are opened at once: a server drops some of those beyond 10 that have not said who they are
/// (`MaxStartups` of sshd_config(5)), and Compose opens its own.
const AT_ONCE: usize = 3;
/// How long a connection may take, in seconds; as the `docker` command.
const PATIENCE: &str = "ConnectTimeout=30";

/// Where an address `ssh://[USER@]HOST[:PORT][/SOCKET]` leads.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// The engine's socket there, where it is not the usual one.
    socket: Option<String>,
}

/// What `ssh` said last, where something goes wrong.
#[derive(Debug, Clone, Default)]
pub struct LastWords(Arc<Mutex<String>>);

impl LastWords {
    /// The words; empty while all is well.
    pub fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, words: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }
}

/// The engine at an address `ssh://`; nothing is sent yet. `None` where the address has another form.
pub fn open(
    address: &str,
    seconds: u64,
    version: &ClientVersion,
) -> Option<Result<(Docker, LastWords), Error>> {
    let words = LastWords::default();
    let connector = Connector {
        address: Arc::new(Address::parse(address)?),
        opening: Arc::new(Semaphore::new(AT_ONCE)),
        words: words.clone(),
    };
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let transport = move |request: BollardRequest| {
        let answer = client.request(request);
        async move { answer.await.map_err(Error::from) }
    };
    // The name is only for the Host header.
    let docker = Docker::connect_with_custom_transport(transport, Some("http://docker"), seconds, version);
    Some(docker.map(|docker| (docker, words)))
}

impl Address {
    fn parse(address: &str) -> Option<Self> {
        let rest = address.strip_prefix("ssh://")?;
        let (authority, socket) = rest.split_once('/').map_or((rest, ""), |(before, path)| (before, path));
        let (user, host) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let (host, port) = match host.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
            _ => (host, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        // A password has no place here, as `ssh` takes none; what begins with a dash would be an option.
        let is_wrong =
            |text: &str| text.is_empty() || text.starts_with('-') || text.contains([':', '?', '#']);
        if user.is_some_and(is_wrong) || host.is_empty() || host.starts_with('-') {
            return None;
        }
        let socket = (!socket.is_empty()).then(|| format!("/{socket}"));
        Some(Self { user: user.map(str::to_owned), host: host.to_owned(), port, socket })
    }

    fn command(&self) -> Command {
        let mut command = Command::new("ssh");
        // Nobody is asked anything: there would be a question for every connection.
        command.args(["-T", "-o", PATIENCE, "-o", "BatchMode=yes"]);
        if let Some(user) = &self.user {
            command.args(["-l", user]);
        }
        if let Some(port) = self.port {
            command.args(["-p", &port.to_string()]);
        }
        command.args(["--", &self.host, "docker"]);
        if let Some(socket) = &self.socket {
            command.args(["--host", &format!("unix://{socket}")]);
        }
        command.args(["system", "dial-stdio"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // Ctrl-C is for stackctl, which has something left to ask.
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// Makes connections.
#[derive(Debug, Clone)]
struct Connector {
    address: Arc<Address>,
    opening: Arc<Semaphore>,
    words: LastWords,
}

impl<Target> Service<Target> for Connector {
    type Response = TokioIo<Tunnel>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Tunnel>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Target) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect().await.map(TokioIo::new) })
    }
}

impl Connector {
    async fn connect(self) -> io::Result<Tunnel> {
        let opening = Arc::clone(&self.opening).acquire_owned().await.map_err(io::Error::other)?;
        let mut child = self.address.command().spawn().inspect_err(|error| {
            self.words.set(format!("failed to run `ssh`: {error}"));
        })?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let words = self.words;
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if !line.trim().is_empty() {
                    words.set(line.trim().to_owned());
                }
            }
        });
        Ok(Tunnel { stream: join(stdout, stdin), opening: Some(opening), _child: child })
    }
}

/// One connection.
struct Tunnel {
    stream: Join<ChildStdout, ChildStdin>,
    /// Given back with the first byte from the other side.
    opening: Option<OwnedSemaphorePermit>,
    _child: Child,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_the_docker_command_takes_them() {
        let line = |address: &str| {
            let command = Address::parse(address)?.command();
            let words: Vec<String> =
                command.as_std().get_args().skip(5).map(|word| word.to_string_lossy().into_owned()).collect();
            Some(words.join(" "))
        };
        let rest = "docker system dial-stdio";
        assert_eq!(line("ssh://far"), Some(format!("-- far {rest}")));
        assert_eq!(line("ssh://me@far:2222"), Some(format!("-l me -p 2222 -- far {rest}")));
        assert_eq!(line("ssh://me@[::1]:22/"), Some(format!("-l me -p 22 -- ::1 {rest}")));
        let socket = "-- far docker --host unix:///run/user/1000/docker.sock system dial-stdio";
        assert_eq!(line("ssh://far/run/user/1000/docker.sock").as_deref(), Some(socket));
        for wrong in
            ["ssh://", "ssh://me:secret@far", "ssh://-oProxyCommand=x", "ssh://-x@far", "ssh://far:x"]
        {
            assert_eq!(line(wrong), None, "{wrong}");
        }
    }
}
