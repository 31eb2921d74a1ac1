//! Who holds a port of the engine's machine.

use std::{
    fmt, fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
};

use bollard::query_parameters::ListContainersOptions;

use super::{
    client::{Client, EngineError},
    observe::{PROJECT, SERVICE},
};
use crate::model::{Protocol, Service};

/// What holds a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A container that publishes it.
    Container {
        /// Its name.
        name: String,
        /// Its Compose project; empty without one.
        project: String,
        /// Its service there.
        service: String,
    },
    /// A process of this machine.
    Process {
        /// Its number.
        pid: u32,
        /// Its command's name.
        name: String,
    },
    /// A process of another user.
    Other,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container { name, project, .. } if project.is_empty() => write!(f, "the container {name}"),
            Self::Container { name, project, .. } => {
                write!(f, "the container {name} of the project {project}")
            }
            Self::Process { pid, name } => write!(f, "the process {name} ({pid})"),
            Self::Other => f.write_str("a process of another user"),
        }
    }
}

/// A port that a service publishes and something else holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortConflict {
    /// The service.
    pub service: String,
    /// `127.0.0.1:8080`; `*:8080` is every address.
    pub address: String,
    /// What holds it.
    pub holder: Holder,
}

/// Every port that is taken, with its holder.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    containers: Vec<(Socket, Holder)>,
    processes: Vec<(Socket, u64)>,
    /// The root of the file system with `proc`.
    root: Option<std::path::PathBuf>,
}

/// An address of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Socket {
    protocol: Protocol,
    address: IpAddr,
    port: u16,
}

impl Socket {
    fn conflicts(self, other: Self) -> bool {
        let all = self.address.is_unspecified() || other.address.is_unspecified();
        self.protocol == other.protocol && self.port == other.port && (all || self.address == other.address)
    }
}

impl Client {
    pub(super) async fn taken_ports(&self) -> Result<Taken, EngineError> {
        let listed = self.list(ListContainersOptions::default()).await?;
        let mut containers = Vec::new();
        for container in listed {
            let labels = container.labels.unwrap_or_default();
            let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
            let name = container.names.unwrap_or_default().into_iter().next().unwrap_or_default();
            let holder = Holder::Container {
                name: name.trim_start_matches('/').to_owned(),
                project: label(PROJECT),
                service: label(SERVICE),
            };
            for port in container.ports.unwrap_or_default() {
                let Some(public) = port.public_port else { continue };
                let protocol = port.typ.and_then(|typ| Protocol::parse(typ.as_ref())).unwrap_or_default();
                let address =
                    port.ip.and_then(|ip| ip.parse().ok()).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
                containers.push((Socket { protocol, address, port: public }, holder.clone()));
            }
        }
        let root = (self.host.is_local() && cfg!(target_os = "linux")).then(|| "/".into());
        Ok(Taken { containers, ..Taken::of_processes(root) })
    }
}

impl Taken {
    /// One port of the loopback address, and who holds it.
    #[cfg(test)]
    pub fn held(port: u16, holder: Holder) -> Self {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let socket = Socket { protocol: Protocol::Tcp, address, port };
        Self { containers: vec![(socket, holder)], ..Self::default() }
    }

    fn of_processes(root: Option<std::path::PathBuf>) -> Self {
        let mut processes = Vec::new();
        if let Some(root) = &root {
            for (file, protocol) in [
                ("tcp", Protocol::Tcp),
                ("tcp6", Protocol::Tcp),
                ("udp", Protocol::Udp),
                ("udp6", Protocol::Udp),
            ] {
                let table = fs::read_to_string(root.join("proc/net").join(file)).unwrap_or_default();
                processes.extend(table.lines().skip(1).filter_map(|line| socket(line, protocol)));
            }
        }
        Self { containers: Vec::new(), processes, root }
    }

    /// The same without processes, where the engine turned out to be on another machine.
    #[must_use]
    pub fn observed(self, is_here: bool) -> Self {
        if is_here { self } else { Self { processes: Vec::new(), ..self } }
    }

    /// Who holds it; containers before processes, as a container's port is also held by a process of the engine.
    pub fn holder(&self, protocol: Protocol, address: IpAddr, port: u16) -> Option<Holder> {
        let wanted = Socket { protocol, address, port };
        if let Some((_, holder)) = self.containers.iter().find(|(socket, _)| socket.conflicts(wanted)) {
            return Some(holder.clone());
        }
        let (_, inode) = self.processes.iter().find(|(socket, _)| socket.conflicts(wanted))?;
        Some(self.root.as_deref().and_then(|root| process(root, *inode)).unwrap_or(Holder::Other))
    }

    /// The ports of these services that are held by what is not their own, and how many were looked up. One that the engine may
    /// choose from a range is not.
    pub fn conflicts<'a>(
        &self,
        services: impl IntoIterator<Item = (&'a str, &'a Service)>,
        is_own: impl Fn(&Holder) -> bool,
    ) -> (usize, Vec<PortConflict>) {
        let (mut count, mut conflicts) = (0, Vec::new());
        for (service, port) in
            services.into_iter().flat_map(|(name, it)| it.ports.iter().map(move |port| (name, port)))
        {
            let fixed = port.published.filter(|range| range.count() == port.target.count());
            for number in fixed.into_iter().flat_map(|range| range.first..=range.last) {
                count += 1;
                let holder = self.holder(port.protocol, port.host_ip.representative(), number);
                conflicts.extend(holder.filter(|holder| !is_own(holder)).map(|holder| PortConflict {
                    service: service.to_owned(),
                    address: format!("{}:{number}", port.host_ip),
                    holder,
                }));
            }
        }
        (count, conflicts)
    }
}

/// A listening socket and its inode from a line of `/proc/net/tcp` (proc(5)): `sl local_address rem_address st ... inode`.
/// State 0A listens; an unconnected UDP socket is 07.
fn socket(line: &str, protocol: Protocol) -> Option<(Socket, u64)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let listening = if protocol == Protocol::Udp { "07" } else { "0A" };
    if *fields.get(3)? != listening {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    // 32-bit words in the machine's byte order.
    let words: Option<Vec<u32>> = (0..address.len() / 8)
        .map(|at| u32::from_str_radix(address.get(at * 8..at * 8 + 8)?, 16).ok())
        .collect();
    let bytes: Vec<u8> = words?.into_iter().flat_map(u32::to_ne_bytes).collect();
    let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(bytes) => IpAddr::V4(Ipv4Addr::from(bytes)),
        Err(_) => {
            let address = Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?);
            address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4)
        }
    };
    Some((Socket { protocol, address, port }, fields.get(9)?.parse().ok()?))
}

/// The process that has this socket open, as far as this user may look.
fn process(root: &Path, inode: u64) -> Option<Holder> {
    let wanted = format!("socket:[{inode}]");
    for entry in fs::read_dir(root.join("proc")).ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(open) = fs::read_dir(entry.path().join("fd")) else { continue };
        let has = |target: &Path| target.to_str() == Some(wanted.as_str());
        if open.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|target| has(&target))) {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            return Some(Holder::Process { pid, name: name.trim().to_owned() });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_listener_of_this_process_is_found_by_name() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Taken::of_processes(Some("/".into()));
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let Some(Holder::Process { pid, name }) = taken.holder(Protocol::Tcp, loopback, port) else {
            panic!("{:?}", taken.holder(Protocol::Tcp, loopback, port));
        };
        assert_eq!(pid, std::process::id());
        assert!(!name.is_empty());
        let every = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        assert!(taken.holder(Protocol::Tcp, every, port).is_some(), "0.0.0.0 needs every address");
        let other = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));
        assert_eq!(taken.holder(Protocol::Tcp, other, port), None);
        assert_eq!(taken.holder(Protocol::Udp, loopback, port), None);
    }

    #[test]
    fn processes_of_another_machine_hold_nothing() {
        let socket = Socket { protocol: Protocol::Tcp, address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 80 };
        let taken = || Taken { containers: Vec::new(), processes: vec![(socket, 1)], root: None };
        let holder = |is_here| taken().observed(is_here).holder(Protocol::Tcp, socket.address, 80);
        assert_eq!((holder(true), holder(false)), (Some(Holder::Other), None));
    }

    #[test]
    fn lines_of_proc_net() {
        let read = |line: &str, protocol| {
            socket(line, protocol).map(|(socket, inode)| (socket.address.to_string(), socket.port, inode))
        };
        let four = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0";
        let six = "   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 x";
        if cfg!(target_endian = "little") {
            assert_eq!(read(four, Protocol::Tcp), Some(("127.0.0.1".into(), 8080, 4711)));
        }
        assert_eq!(read(six, Protocol::Tcp), Some(("::".into(), 80, 4712)));
        assert_eq!(read(&four.replace(" 0A ", " 01 "), Protocol::Tcp), None, "a connection holds nothing");
        assert_eq!(read("junk", Protocol::Tcp), None);
    }

    #[test]
    fn a_container_is_named_before_the_process_that_proxies_for_it() {
        let socket = Socket { protocol: Protocol::Tcp, address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 80 };
        let holder = Holder::Container { name: "x-web-1".into(), project: "x".into(), service: "web".into() };
        let taken =
            Taken { containers: vec![(socket, holder.clone())], processes: vec![(socket, 1)], root: None };
        assert_eq!(taken.holder(Protocol::Tcp, socket.address, 80), Some(holder.clone()));
        assert_eq!(holder.to_string(), "the container x-web-1 of the project x");
    }
}
