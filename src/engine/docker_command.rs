//! The one place that starts the `docker` command.

use std::{
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
};

use async_trait::async_trait;
use tokio::{
    io::AsyncRead,
    process::{Child, Command},
};

use super::{lines::Lines, tether};

/// One run of `docker`, with nothing on its stdin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DockerCommand {
    /// What stands behind `docker`.
    pub arguments: Vec<String>,
    /// It is `docker-compose`, a program of its own, and not `docker`.
    pub is_standalone_compose: bool,
    /// The folder that it runs in; the current one without.
    pub folder: Option<PathBuf>,
    /// Variables that it has beside those of the caller, or in their place.
    pub variables: Vec<(String, String)>,
    /// Variables of the caller that are kept from it.
    pub removed_variables: Vec<String>,
    /// It ends soon after this process does, however this process ends. A `docker` that is missing ends with 127 then.
    pub is_tethered: bool,
    /// It has a process group of its own: Ctrl-C reaches stackctl alone, which passes it on.
    pub has_own_group: bool,
    /// What it prints on stdout is dropped.
    pub drops_stdout: bool,
    /// What it prints on stderr goes to this process's.
    pub inherits_stderr: bool,
    /// It has the terminal of this process, to read and to print.
    pub has_terminal: bool,
}

impl DockerCommand {
    /// A run with these arguments.
    pub fn new(arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { arguments: arguments.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// The same in this folder.
    #[must_use]
    pub fn in_folder(self, folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), ..self }
    }

    /// Start it. It is killed when the value is dropped.
    ///
    /// # Errors
    /// When there is no `docker`, or it cannot be started.
    pub fn spawn(&self) -> io::Result<Running> {
        let program = if self.is_standalone_compose { "docker-compose" } else { "docker" };
        let mut command = if self.is_tethered { tether::command(program) } else { Command::new(program) };
        self.set_up(command.as_std_mut());
        command.stdin(Stdio::null()).kill_on_drop(true);
        command.stdout(if self.drops_stdout { Stdio::null() } else { Stdio::piped() });
        command.stderr(if self.inherits_stderr { Stdio::inherit() } else { Stdio::piped() });
        if self.has_terminal {
            command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        }
        #[cfg(unix)]
        if self.has_own_group {
            command.process_group(0);
        }
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().map(|pipe| -> Pipe { Box::new(pipe) });
        let stderr = child.stderr.take().map(|pipe| -> Pipe { Box::new(pipe) });
        Ok(Running::new(stdout, stderr, child))
    }

    /// Hand this process' terminal over to it. On Unix this process becomes it, so that signals, job control and the exit code
    /// are its own: this returns only when it cannot be started. Elsewhere it runs to its end.
    ///
    /// # Errors
    /// When there is no `docker`, or it cannot be started.
    pub fn take_over(&self) -> io::Result<ExitStatus> {
        let mut command = std::process::Command::new("docker");
        self.set_up(&mut command);
        #[cfg(unix)]
        {
            Err(std::os::unix::process::CommandExt::exec(&mut command))
        }
        #[cfg(not(unix))]
        {
            command.status()
        }
    }

    fn set_up(&self, command: &mut std::process::Command) {
        command.args(&self.arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        for name in &self.removed_variables {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}

/// What a program prints.
pub type Pipe = Box<dyn AsyncRead + Send + Unpin>;

/// A program at work.
pub struct Running {
    stdout: Option<Lines<Pipe>>,
    stderr: Option<Lines<Pipe>>,
    process: Box<dyn Process>,
}

/// What does the work.
#[async_trait(?Send)]
pub trait Process {
    /// Ask it to stop, as Ctrl-C does.
    fn interrupt(&mut self);

    /// Wait for its end.
    async fn wait(&mut self) -> io::Result<ExitStatus>;
}

impl Running {
    /// A program with these pipes.
    pub fn new(stdout: Option<Pipe>, stderr: Option<Pipe>, process: impl Process + 'static) -> Self {
        Self { stdout: stdout.map(Lines::new), stderr: stderr.map(Lines::new), process: Box::new(process) }
    }

    /// The next line of stdout or stderr; `None` when both are closed. Can be dropped and called again.
    ///
    /// # Errors
    /// When the output cannot be read.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        loop {
            let (line, is_stdout) = match (&mut self.stdout, &mut self.stderr) {
                (Some(stdout), Some(stderr)) => tokio::select! {
                    line = stdout.next() => (line, true),
                    line = stderr.next() => (line, false),
                },
                (Some(stdout), None) => (stdout.next().await, true),
                (None, Some(stderr)) => (stderr.next().await, false),
                (None, None) => return Ok(None),
            };
            match line? {
                Some(line) => return Ok(Some(line)),
                None if is_stdout => self.stdout = None,
                None => self.stderr = None,
            }
        }
    }

    /// Ask it to stop, as Ctrl-C does. What it has started stays.
    pub fn interrupt(&mut self) {
        self.process.interrupt();
    }

    /// How it ends.
    ///
    /// # Errors
    /// When the system does not say.
    pub async fn status(&mut self) -> io::Result<ExitStatus> {
        self.process.wait().await
    }

    /// Wait for its end: how it ended, and everything that it printed.
    ///
    /// # Errors
    /// When the output cannot be read.
    pub async fn output(mut self) -> io::Result<Output> {
        let (stdout, stderr) = tokio::try_join!(rest(self.stdout.take()), rest(self.stderr.take()))?;
        Ok(Output { status: self.status().await?, stdout, stderr })
    }
}

async fn rest(lines: Option<Lines<Pipe>>) -> io::Result<Vec<u8>> {
    match lines {
        Some(lines) => lines.rest().await,
        None => Ok(Vec::new()),
    }
}

#[async_trait(?Send)]
impl Process for Child {
    fn interrupt(&mut self) {
        #[cfg(unix)]
        if let Some(pid) =
            self.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
        {
            // It may have ended just now.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::INT);
            return;
        }
        let _ = self.start_kill();
    }

    async fn wait(&mut self) -> io::Result<ExitStatus> {
        Self::wait(self).await
    }
}
