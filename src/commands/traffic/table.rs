//! Which `[traffic]` table runs: a file's, the stack's, or the order shop's own.

use std::{
    env,
    net::ToSocketAddrs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{
    commands::{Context, Exit, Failure, project::unreadable},
    model::{
        Protocol, Stack,
        traffic::{Address, Target, TargetError, Traffic},
    },
    source::{
        self, Parsed,
        files::{self, FileError},
    },
    ui::{Format, report},
};

/// What was found.
enum Found {
    /// A table.
    Table(Box<Table>),
    /// A file without one.
    NoTable(PathBuf),
    /// No file.
    NoFile,
}

impl Found {
    fn look(context: &Context, config: Option<&Path>) -> Result<Self, Failure> {
        if let Some(path) = config {
            let parsed = source::parse_traffic(&read(path)?);
            let table = Table::without_stack(understood(context, &parsed, path)?);
            return Ok(Self::Table(Box::new(table)));
        }
        let here = env::current_dir().context("failed to find the current folder")?;
        let path = match files::find(context.file.as_deref(), &here) {
            Ok(path) => path,
            Err(FileError::NotFound(_)) => return Ok(Self::NoFile),
            Err(error) => return Err(unreadable(error)),
        };
        let bytes = read(&path)?;
        let parsed = source::parse(&bytes);
        if parsed.is_whole && parsed.stack.traffic_table.is_none() {
            return Ok(Self::NoTable(path));
        }
        let traffic = understood(context, &source::parse_traffic(&bytes), &path)?;
        Ok(Self::Table(Box::new(Table { traffic, stack: Some(parsed.stack) })))
    }
}

fn not_a_base(address: &Address, error: &TargetError) -> Failure {
    Failure::new(Exit::Usage, format!("{address} is not a target for the requests of a table: {error}"))
        .hint("as an argument, stackctl traffic URL, it gets GET requests and no table is read")
}

/// The table, and the stack around it where there is one.
#[derive(Debug)]
pub struct Table {
    /// The table.
    pub traffic: Traffic,
    stack: Option<Stack>,
}

impl Table {
    /// Read the table: of `config`, else of the stack.toml that is named or found, else the order shop's own.
    ///
    /// # Errors
    /// When a file that was named cannot be read (exit 3), or the table has mistakes (exit 1).
    pub fn load(context: &Context, config: Option<&Path>) -> Result<Self, Failure> {
        match Found::look(context, config)? {
            Found::Table(table) => Ok(*table),
            Found::NoFile => Ok(Self::without_stack(Traffic::order_shop())),
            Found::NoTable(path) => {
                let message = format!("{} has no [traffic] table", path.display());
                Err(Failure::new(Exit::Judged, message)
                    .hint("add one, name another file with --config, or a URL: stackctl traffic URL"))
            }
        }
    }

    /// The table with the target that is asked for; GET of that URL where there is no table.
    ///
    /// # Errors
    /// As [`Table::load`].
    pub fn for_target(
        context: &Context,
        config: Option<&Path>,
        address: &Address,
        is_demo: bool,
    ) -> Result<Self, Failure> {
        let mut table = match Found::look(context, config)? {
            Found::Table(table) => *table,
            Found::NoFile | Found::NoTable(_) if is_demo => Self::without_stack(Traffic::order_shop()),
            Found::NoFile | Found::NoTable(_) => return Ok(Self::get(address)),
        };
        let target = address.as_base().map_err(|error| not_a_base(address, &error))?;
        if target != table.traffic.target {
            table.traffic.public_url = None;
        }
        table.traffic.target = target;
        Ok(table)
    }

    /// GET of one URL, and no table.
    pub fn get(address: &Address) -> Self {
        Self::without_stack(Traffic::get(address))
    }

    fn without_stack(traffic: Traffic) -> Self {
        Self { traffic, stack: None }
    }

    /// Whether the target can be meant: a service's name resolves only inside the stack's own network.
    ///
    /// # Errors
    /// When it is such a name and does not resolve here (exit 3), with the service's published address.
    pub fn check_target(&self) -> Result<(), Failure> {
        let Target { host, port, .. } = &self.traffic.target;
        let Some(service) = self.stack.as_ref().and_then(|stack| stack.services.get(host)) else {
            return Ok(());
        };
        if (host.as_str(), *port).to_socket_addrs().is_ok_and(|mut found| found.next().is_some()) {
            return Ok(());
        }
        let message = format!(
            "{} does not resolve here: {host} is a service, known only inside the stack",
            self.traffic.target
        );
        let failure = Failure::new(Exit::Surroundings, message);
        let tcp = |protocol: Protocol| protocol == Protocol::Tcp;
        let published = service.ports.iter().find(|published| {
            tcp(published.protocol) && published.target.first <= *port && *port <= published.target.last
        });
        let Some((published, first)) = published.and_then(|port| Some((port, port.published?))) else {
            return Err(
                failure.hint(format!("{host} publishes no port for {port}: --target names another address"))
            );
        };
        let on_host = first.first.saturating_add(port - published.target.first);
        let address = match published.host_ip {
            every if every.is_every() => "127.0.0.1".to_owned(),
            address => address.to_string(),
        };
        Err(failure.hint(format!("it is published: --target {}", Target::http(&address, on_host))))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(files::read(path).context("failed to read the [traffic] table")?)
}

/// The table of what was read; its mistakes are printed with their places.
fn understood(context: &Context, parsed: &Parsed, path: &Path) -> Result<Traffic, Failure> {
    if let Some(traffic) = &parsed.stack.traffic {
        // A path in a file counts from that file's folder.
        let folder = path.parent().unwrap_or(Path::new(""));
        let ca_file = traffic.ca_file.as_ref().map(|file| folder.join(file));
        return Ok(Traffic { ca_file, ..traffic.clone() });
    }
    let shown = path.display().to_string();
    let found = &parsed.diagnostics;
    let root = path.parent().unwrap_or(Path::new(""));
    let sources = report::Sources::new(&shown, &parsed.text, &parsed.document, root, found);
    if context.format == Format::Json {
        context.printer.document(&sources.json(found));
    } else {
        context.printer.report(&sources.human(found.iter(), context.printer.colors_stderr()));
    }
    let count = report::count(found).unwrap_or_default();
    Err(Failure::new(Exit::Judged, format!("failed to read the [traffic] table: {shown} has {count}")))
}
