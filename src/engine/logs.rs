//! What containers print.

use std::pin::Pin;

use bollard::{container::LogOutput, errors::Error, query_parameters::LogsOptions};
use futures_util::{Stream, StreamExt};

use super::{
    client::{Client, EngineError},
    observe::{ContainerState, Observed},
    swarm::{StackTask, TaskState},
};

/// A container, or a task of a swarm on whichever node: something that prints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The engine's identifier.
    pub id: String,
    /// It is a task.
    pub is_task: bool,
    /// Its service.
    pub service: String,
    /// Which of its replicas, from 1.
    pub replica: u32,
    /// What it does.
    pub state: ContainerState,
}

impl From<Observed> for Source {
    fn from(Observed { id, service, replica, state, .. }: Observed) -> Self {
        Self { id, is_task: false, service, replica, state }
    }
}

impl From<StackTask> for Source {
    fn from(task: StackTask) -> Self {
        let state = match task.state {
            TaskState::Running => ContainerState::Running,
            TaskState::Pending | TaskState::Preparing if task.is_wanted => ContainerState::Restarting,
            _ => ContainerState::Exited,
        };
        let replica = u32::try_from(task.slot).unwrap_or(0);
        Self { id: task.id, is_task: true, service: task.service, replica, state }
    }
}

/// A line that a container printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When, by the engine's clock: RFC 3339 in UTC with nine digits of a second, so that texts sort as times.
    pub at: String,
    /// The line, without its end; a long one comes in pieces.
    pub text: String,
}

/// A stream of them.
pub type LogLines = Pin<Box<dyn Stream<Item = Result<LogLine, EngineError>> + Send>>;

impl Client {
    pub(super) fn log(&self, source: &Source, tail: Option<usize>, follow: bool, since: i32) -> LogLines {
        match source.is_task {
            false => self.lines(self.docker.logs(&source.id, Some(options(tail, follow, since)))),
            true => self.lines(self.docker.task_logs(&source.id, Some(options(tail, follow, since)))),
        }
    }

    fn lines(&self, lines: impl Stream<Item = Result<LogOutput, Error>> + Send + 'static) -> LogLines {
        let client = self.clone();
        Box::pin(lines.map(move |line| line.map(|output| read(&output)).map_err(|error| client.error(error))))
    }
}

fn options(tail: Option<usize>, follow: bool, since: i32) -> LogsOptions {
    LogsOptions {
        follow,
        stdout: true,
        stderr: true,
        timestamps: true,
        since,
        tail: tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string()),
        ..LogsOptions::default()
    }
}

fn read(output: &LogOutput) -> LogLine {
    let whole = String::from_utf8_lossy(output.as_ref());
    let whole = whole.trim_end_matches(['\n', '\r']);
    let (at, text) = whole.split_once(' ').unwrap_or((whole, ""));
    LogLine { at: at.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_its_time() {
        let line = |text: &'static str| read(&LogOutput::StdOut { message: text.as_bytes().into() });
        let found = line("2026-11-24T13:55:36.258123917Z  two spaces\n");
        assert_eq!(
            (found.at.as_str(), found.text.as_str()),
            ("2026-11-24T13:55:36.258123917Z", " two spaces")
        );
        assert_eq!(line("2026-11-24T13:55:36.258123917Z \r\n").text, "");
    }
}
