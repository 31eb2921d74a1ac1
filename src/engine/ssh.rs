//! An engine behind SSH, as the `docker` command reaches it: `ssh HOST docker system dial-stdio` is a connection to the
//! engine's socket there. The `ssh` of this machine does it, with its keys, agent, configuration and known hosts.

use std::{
    io,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use bollard::{ClientVersion, Docker, errors::Error};
use tokio::{io::join, process::Command, sync::Semaphore};

use super::{
    lines::Lines,
    tunnel::{self, Dialing, Tunnel},
};

/// As many connections are opened at once: a server drops some of those beyond 10 that are not yet authenticated
/// (`MaxStartups` of sshd_config(5)), and Compose opens its own.
const AT_ONCE: usize = 3;
/// How long a connection may take, in seconds; as the `docker` command.
const CONNECT_TIMEOUT: &str = "ConnectTimeout=30";

/// Where an address `ssh://[USER@]HOST[:PORT][/SOCKET]` leads.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// The engine's socket there, where it is not the usual one.
    socket: Option<String>,
}

/// The last line that `ssh` printed on stderr.
#[derive(Debug, Clone, Default)]
pub struct LastStderr(Arc<Mutex<String>>);

impl LastStderr {
    /// The line; empty while there is none.
    pub fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, line: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = line;
    }
}

/// The engine at an address `ssh://`; nothing is sent yet. `None` where the address has another form.
pub fn open(
    address: &str,
    seconds: u64,
    version: &ClientVersion,
) -> Option<Result<(Docker, LastStderr), Error>> {
    let address = Arc::new(Address::parse(address)?);
    let opening = Arc::new(Semaphore::new(AT_ONCE));
    let stderr = LastStderr::default();
    let last = stderr.clone();
    let dial = move || -> Dialing {
        let (address, opening, last) = (Arc::clone(&address), Arc::clone(&opening), last.clone());
        Box::pin(async move {
            let opening = opening.acquire_owned().await.map_err(io::Error::other)?;
            Ok(Tunnel { opening: Some(opening), ..address.dial(last)? })
        })
    };
    Some(tunnel::open(dial, seconds, version).map(|docker| (docker, stderr)))
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
        // No prompts: there would be one for every connection.
        command.args(["-T", "-o", CONNECT_TIMEOUT, "-o", "BatchMode=yes"]);
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

    fn dial(&self, last: LastStderr) -> io::Result<Tunnel> {
        let mut child =
            self.command().spawn().inspect_err(|error| last.set(format!("failed to run `ssh`: {error}")))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        tokio::spawn(async move {
            let mut lines = Lines::new(stderr);
            while let Ok(Some(line)) = lines.next().await {
                if !line.trim().is_empty() {
                    last.set(line.trim().to_owned());
                }
            }
        });
        Ok(Tunnel { stream: Box::new(join(stdout, stdin)), opening: None, _child: Some(child) })
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
