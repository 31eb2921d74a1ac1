//! What reaches the user when a command fails: `{exit, message, causes, hints}`. All conversions and hints stand here.

use std::process::ExitCode;

use crate::engine::{client::EngineError, compose::ComposeError, host::HostError};

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
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Judged => 1,
            Exit::Usage | Exit::Changed => 2,
            Exit::Surroundings => 3,
        })
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// What the process exits with.
    pub exit: Exit,
    /// One sentence that completes "failed to ..." or names what is wrong.
    pub message: String,
    /// The causes, outermost first.
    pub causes: Vec<String>,
    /// What to do next.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure of the given kind.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// A failure of the surroundings (exit 3) with the chain of its error.
    pub fn surroundings(message: impl Into<String>, error: &(dyn std::error::Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
        Self { causes: causes.collect(), ..Self::new(Exit::Surroundings, message) }
    }

    /// Add what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let failure = Self::surroundings("failed to talk to the Docker engine", &error);
        match error {
            EngineError::NoEngine { .. } => {
                failure.hint("start Docker, or see `docker context ls` for the engine that is meant")
            }
            EngineError::Permission { .. } => failure
                .hint("add yourself to the group that owns the socket, as in `sudo usermod -aG docker $USER`, and log in again"),
            EngineError::TooOld { .. } => failure.hint("upgrade Docker"),
            EngineError::Timeout { .. } => failure.hint("see whether `docker info` answers, and restart Docker if not"),
            EngineError::Scheme(_) => failure.hint(
                "set DOCKER_HOST=ssh://USER@HOST, without a password, or forward its socket with `ssh -NL`",
            ),
            EngineError::Tls(_) | EngineError::Trust { .. } => failure.hint(
                "DOCKER_CERT_PATH, or the docker context, names the folder of ca.pem, cert.pem and key.pem; `docker version` says whether they fit",
            ),
            EngineError::Ssh { .. } => failure.hint(
                "`ssh HOST docker version` has to work without a question: a key in the agent, the host known, Docker there",
            ),
            EngineError::Host(HostError::NoContext { .. }) => failure.hint("see `docker context ls`"),
            EngineError::Host(_) | EngineError::Refused { .. } | EngineError::Answer { .. } => failure,
        }
    }
}

impl From<ComposeError> for Failure {
    fn from(error: ComposeError) -> Self {
        let failure = Self::surroundings("failed to run Docker Compose", &error);
        match error {
            ComposeError::NoDocker(_) => failure.hint("install Docker with its command line"),
            ComposeError::NoCompose => failure.hint(
                "install the Compose plugin (docker-compose-plugin or docker-compose-v2); `docker-compose` with a hyphen is version 1 and does not do",
            ),
            ComposeError::TooOld(_) => failure.hint(
                "upgrade Docker Compose; without root, put a newer `docker-compose` into ~/.docker/cli-plugins",
            ),
            ComposeError::Failed { stderr, .. } => {
                let said = stderr.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned);
                Self { causes: failure.causes.into_iter().chain(said).collect(), ..failure }
            }
            ComposeError::NoVersion(_) | ComposeError::Output(_) => failure,
        }
    }
}
