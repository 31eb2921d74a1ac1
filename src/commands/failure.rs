//! What reaches the user when a command fails: `{exit, error, hints}`. All conversions and hints stand here.

use std::process::{ExitCode, ExitStatus};

use anyhow::Error;

use crate::{
    diag::nearest,
    engine::{client::EngineError, compose::ComposeError, compose_version::Version, host::HostError},
    source::edit::EditError,
    ui::{Printer, listed},
};

/// The documented exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: the stack was judged and falls short.
    Judged,
    /// 2: the command line is wrong.
    Usage,
    /// 2: `plan --exit-code` found changes.
    Changed,
    /// 3: the surroundings fail: no engine, port taken, file missing or unreadable.
    Surroundings,
    /// The code of a program that took over.
    OfProgram(u8),
}

impl Exit {
    /// How a program that took over has ended; one that a signal ended as in a shell.
    pub fn of_program(status: ExitStatus) -> Self {
        #[cfg(unix)]
        let code =
            status.code().or_else(|| Some(128 + std::os::unix::process::ExitStatusExt::signal(&status)?));
        #[cfg(not(unix))]
        let code = status.code();
        Self::OfProgram(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Judged => 1,
            Exit::Usage | Exit::Changed => 2,
            Exit::Surroundings => 3,
            Exit::OfProgram(code) => code,
        })
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// What the process exits with.
    pub exit: Exit,
    /// What went wrong, as a sentence that completes "failed to ..." or names it, with its causes.
    pub error: Error,
    /// What to do next.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure of the given kind.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, error: Error::msg(message.into()), hints: Vec::new() }
    }

    /// A failure of the surroundings (exit 3) that an error caused.
    pub fn surroundings(message: impl Into<String>, error: impl Into<Error>) -> Self {
        error.into().context(message.into()).into()
    }

    /// A stack.toml, `shown` as messages name it, that cannot be changed: exit 3 where it cannot be written, else 1.
    pub fn not_changed(shown: &str, error: EditError) -> Self {
        let is_io = matches!(error, EditError::Io { .. });
        let failure = Self::surroundings(format!("failed to change {shown}"), error);
        if is_io { failure } else { failure.judged() }
    }

    /// A name that is none of those that are `known` (exit 2); `kind` is what it should name.
    pub fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.collect();
        let failure = Self::new(Exit::Usage, format!("unknown {kind} {name:?}"));
        failure.hint(match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None if known.is_empty() => format!("this stack has no {kind}s"),
            None => format!("the {kind}s are: {}", listed(known)),
        })
    }

    /// The same failure, where it was the stack that was judged (exit 1).
    #[must_use]
    pub fn judged(self) -> Self {
        Self { exit: Exit::Judged, ..self }
    }

    /// Add causes below those that are known.
    #[must_use]
    pub fn caused_by(self, causes: impl IntoIterator<Item = String>) -> Self {
        let mut texts: Vec<String> = self.error.chain().map(ToString::to_string).chain(causes).collect();
        let root = Error::msg(texts.pop().unwrap_or_default());
        Self { error: texts.into_iter().rev().fold(root, Error::context), ..self }
    }

    /// The same with the deepest cause alone: what an HTTP client wraps around "connection refused" tells no more.
    #[must_use]
    pub fn by_root_cause(self) -> Self {
        let root = Error::msg(self.error.root_cause().to_string());
        Self { error: root.context(self.error.to_string()), ..self }
    }

    /// Add what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Add what to do next, where that is known.
    #[must_use]
    pub fn hints(mut self, hints: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.hints.extend(hints.into_iter().map(Into::into));
        self
    }

    /// Print it on stderr.
    pub fn print(&self, printer: &Printer) {
        let mut texts = self.error.chain().map(ToString::to_string);
        let message = texts.next().unwrap_or_default();
        printer.failure(&message, &texts.collect::<Vec<_>>(), &self.hints);
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { exit: Exit::Surroundings, error, hints: Vec::new() }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let hint = match &error {
            EngineError::NoEngine { .. } => {
                Some("start Docker, or run `docker context ls` to see which engine is used")
            }
            EngineError::Permission { .. } => Some(
                "add yourself to the group that owns the socket, as in `sudo usermod -aG docker $USER`, and log in again",
            ),
            EngineError::TooOld { .. } => Some("upgrade Docker"),
            EngineError::Timeout { .. } => {
                Some("check that `docker info` responds, and restart Docker if it does not")
            }
            EngineError::Scheme(_) => Some(
                "set DOCKER_HOST=ssh://USER@HOST, without a password, or forward its socket with `ssh -NL`",
            ),
            EngineError::Tls(_) | EngineError::Trust { .. } => Some(
                "DOCKER_CERT_PATH, or the docker context, names the folder of ca.pem, cert.pem and key.pem; `docker version` shows whether they work",
            ),
            EngineError::Ssh { .. } => Some(
                "`ssh HOST docker version` has to work without a prompt: a key in the agent, a known host, Docker installed there",
            ),
            EngineError::Host(HostError::NoContext { .. }) => Some("see `docker context ls`"),
            EngineError::Host(_) | EngineError::Refused { .. } | EngineError::Answer { .. } => None,
        };
        Self::surroundings("failed to talk to the Docker engine", error).hints(hint)
    }
}

impl From<ComposeError> for Failure {
    fn from(error: ComposeError) -> Self {
        let hint = match &error {
            ComposeError::NoDocker(_) => Some("install Docker with its command line".to_owned()),
            ComposeError::NoCompose { standalone } => Some(plugin_hint(standalone.as_deref())),
            ComposeError::TooOld(_) => Some(
                "upgrade Docker Compose; without root, put a newer `docker-compose` into ~/.docker/cli-plugins"
                    .to_owned(),
            ),
            ComposeError::Failed { .. } | ComposeError::NoVersion(_) | ComposeError::Output(_) => None,
        };
        let printed =
            if let ComposeError::Failed { stderr, .. } = &error { stderr.clone() } else { String::new() };
        let lines = printed.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned);
        Self::surroundings("failed to run Docker Compose", error).caused_by(lines).hints(hint)
    }
}

/// What makes `docker compose` work where `docker-compose` is of this version, or absent.
fn plugin_hint(standalone: Option<&str>) -> String {
    let install = "install the Compose plugin (docker-compose-plugin or docker-compose-v2)";
    match standalone {
        None => install.to_owned(),
        Some(version) if Version::will_do(version) => format!(
            "`docker-compose` is version {version}, and a link makes it the plugin: `mkdir -p ~/.docker/cli-plugins && ln -s \"$(command -v docker-compose)\" ~/.docker/cli-plugins/docker-compose`"
        ),
        Some(version) => format!("{install}; `docker-compose` is version {version}, which is too old"),
    }
}
