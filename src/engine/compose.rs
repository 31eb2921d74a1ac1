//! The one place that knows `docker compose`: always with an explicit project, files and profiles, and without
//! the caller's `COMPOSE_*` variables, so that a shell cannot change what is started.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

pub use super::compose_error::ComposeError;
use super::{
    compose_version::{OLDEST, Version},
    docker_command::{self, DockerCommand},
    interface::Engine,
    progress::Progress,
    unset_variable,
};
use crate::{
    fs,
    model::{Mask, PathBase},
};

/// How it is asked to say how far it is, and how where it has no JSON (`--progress json` came with 2.29).
const PROGRESS: [[&str; 2]; 2] = [["--progress", "json"], ["--progress", "plain"]];
/// What it says where it has none. Nothing was done then.
const NO_JSON: &str = "unsupported --progress value";
/// What a `.env` could still bring in. An empty value in the environment beats it (measured on 2.40.3). Orphans are named by
/// `up` itself, with the option that removes them: Compose would name one that stackctl does not have.
const SILENCED: [(&str, &str); 3] =
    [("COMPOSE_PROFILES", ""), ("COMPOSE_REMOVE_ORPHANS", "false"), ("COMPOSE_IGNORE_ORPHANS", "true")];

/// `docker compose` for one project and selection.
#[derive(Debug, Clone)]
pub struct Compose {
    engine: Arc<dyn Engine>,
    root: PathBuf,
    fixed: Vec<String>,
    removed: Vec<String>,
    /// What it has warned of so far.
    warned: Arc<Mutex<BTreeSet<String>>>,
    /// It has no JSON, as an earlier run reported.
    is_plain: Arc<AtomicBool>,
    /// Values that are shown in nothing that it prints.
    mask: Arc<Mask>,
}

/// What Compose printed when it did as asked.
#[derive(Debug)]
pub struct Printed {
    /// stdout.
    pub text: String,
    /// What it warns of, without what an earlier run warned of.
    pub warnings: Vec<String>,
}

/// The version that `docker-compose` says, the old program or the plugin itself.
async fn standalone(engine: &dyn Engine) -> Option<String> {
    let command = DockerCommand { is_standalone_compose: true, ..DockerCommand::new(["version", "--short"]) };
    let output = engine.docker(&command).ok()?.output().await.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Version::parse(&text).map(|_| text)
}

impl Compose {
    /// Compose in `root` (stack.toml's folder) for the project `name`, with these files relative to it (the overlays
    /// of the selection last), from where their paths count, and these profiles: what the printed lines say.
    pub fn new(
        engine: Arc<dyn Engine>,
        root: &Path,
        name: &str,
        files: &[String],
        base: PathBase,
        profiles: &[String],
    ) -> Self {
        let mut fixed = vec!["compose".to_owned(), "-p".to_owned(), name.to_owned()];
        fixed.extend(base.options().iter().map(|option| (*option).to_owned()));
        for (option, values) in [("-f", files), ("--profile", profiles)] {
            fixed.extend(values.iter().flat_map(|value| [option.to_owned(), value.clone()]));
        }
        if profiles.is_empty() && base == PathBase::Project {
            fixed.extend(["--profile".to_owned(), "core".to_owned()]);
        }
        Self {
            engine,
            root: root.to_owned(),
            fixed,
            removed: variables(),
            warned: Arc::default(),
            is_plain: Arc::default(),
            mask: Arc::default(),
        }
    }

    /// The same with private values hidden in every line that it prints.
    #[must_use]
    pub fn hiding(mut self, mask: Mask) -> Self {
        self.mask = Arc::new(mask);
        self
    }

    /// The same with the files of `folder` (relative to the root) read from `elsewhere`; relative paths in them still start
    /// where they did.
    #[must_use]
    pub fn reading_from(mut self, folder: &str, elsewhere: &Path) -> Self {
        let prefix = format!("{folder}/");
        for word in &mut self.fixed {
            if let Some(file) = word.strip_prefix(&prefix) {
                *word = elsewhere.join(file).display().to_string();
            }
        }
        if !self.fixed.iter().any(|word| word == "--project-directory") {
            self.fixed.extend(["--project-directory".to_owned(), folder.to_owned()]);
        }
        self
    }

    /// The same called from another folder: relative paths of its arguments count from there, and all others from where they
    /// did.
    #[must_use]
    pub fn called_from(mut self, folder: &Path) -> Self {
        if folder != self.root {
            for at in 1..self.fixed.len() {
                if matches!(self.fixed[at - 1].as_str(), "-f" | "--project-directory") {
                    self.fixed[at] = self.root.join(&self.fixed[at]).display().to_string();
                }
            }
            self.root = folder.to_owned();
        }
        self
    }

    /// Hand this process' terminal over to it: see [`DockerCommand::take_over`].
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn take_over(&self, arguments: &[&str]) -> Result<ExitStatus, ComposeError> {
        let command = self.command(arguments);
        self.engine.docker_takes_over(&command).map_err(ComposeError::NoDocker)
    }

    /// Compose for a project by its name alone: it finds what belongs to it by labels, the order of dependencies included. What
    /// makes containers needs the files.
    pub fn of_project(engine: Arc<dyn Engine>, name: &str) -> Self {
        // Where no Compose file lies, as Compose would look for one here and in every parent.
        let root = if cfg!(windows) { "\\" } else { "/" };
        Self::new(engine, Path::new(root), name, &[], PathBase::Generated, &[])
    }

    /// The files that it reads.
    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let options = self.fixed.windows(2).filter(|words| words[0] == "-f");
        options.map(|words| self.root.join(&words[1]))
    }

    /// The caller's variables that are kept from Compose.
    pub fn removed_variables(&self) -> &[String] {
        &self.removed
    }

    /// The command as a person would type it in the stack's folder.
    pub fn line(&self, arguments: &[&str]) -> String {
        let fixed = self.fixed.iter().map(String::as_str);
        let words: Vec<&str> = ["docker"].into_iter().chain(fixed).chain(arguments.iter().copied()).collect();
        words.join(" ")
    }

    /// The installed version.
    ///
    /// # Errors
    /// When Docker or Compose is missing, or Compose is older than [`OLDEST`].
    pub async fn version(engine: &dyn Engine) -> Result<String, ComposeError> {
        let command = DockerCommand::new(["compose", "version", "--short"]);
        let run = engine.docker(&command).map_err(ComposeError::NoDocker)?;
        let output = run.output().await.map_err(ComposeError::Output)?;
        let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if !output.status.success() {
            let stderr = text_of(&output.stderr);
            // Without the plugin `docker` takes the words for options of its own.
            let is_missing = ["unknown flag", "unknown shorthand flag", "is not a docker command"];
            if is_missing.iter().any(|words| stderr.contains(words)) {
                return Err(ComposeError::NoCompose { standalone: standalone(engine).await });
            }
            let command = "docker compose version --short".to_owned();
            return Err(ComposeError::Failed { command, status: output.status, stderr });
        }
        let text = text_of(&output.stdout);
        match Version::parse(&text) {
            Some(version) if version >= OLDEST => Ok(text),
            Some(version) => Err(ComposeError::TooOld(version)),
            None => Err(ComposeError::NoVersion(text)),
        }
    }

    /// Run it to its end and return what it printed.
    ///
    /// # Errors
    /// When it cannot be started or fails.
    pub async fn run(&self, arguments: &[&str]) -> Result<Printed, ComposeError> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let output = loop {
            // Its log is JSON then, as in what is started.
            let command = self.command(&[&self.progress()[..], arguments].concat());
            let run = self.engine.docker(&command).map_err(ComposeError::NoDocker)?;
            let output = run.output().await.map_err(ComposeError::Output)?;
            if !text(&output.stderr).contains(NO_JSON) || self.is_plain.swap(true, Ordering::Relaxed) {
                break output;
            }
        };
        let (mut warnings, mut words) = (Vec::new(), Vec::new());
        for line in text(&output.stderr).lines() {
            match Progress::parse(line, &self.mask) {
                Progress::Warning(warning) => warnings.extend(self.first(warning)),
                Progress::Message { text, .. } | Progress::Text(text) => words.push(text),
                Progress::Step(_) => {}
            }
        }
        if output.status.success() {
            return Ok(Printed { text: text(&output.stdout), warnings });
        }
        warnings.extend(words);
        Err(self.failed(arguments, output.status, warnings.join("\n")))
    }

    /// A warning of Compose's without what may be a part of a value of `.env`, unless it was given before: each run gives
    /// those of the files again.
    pub fn first(&self, warning: String) -> Option<String> {
        let warning =
            unset_variable::masked(warning, self.files().filter_map(|file| fs::read_text(&file).ok()));
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        warned.insert(warning.clone()).then_some(warning)
    }

    /// How it says how far it is.
    fn progress(&self) -> [&'static str; 2] {
        PROGRESS[usize::from(self.is_plain.load(Ordering::Relaxed))]
    }

    /// Start it and read what it says on stderr, its progress, line by line. stdout is dropped. It has a process group of
    /// its own: Ctrl-C reaches stackctl alone, which passes it on.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Result<Running, ComposeError> {
        let command = |compose: &Self| {
            let arguments = [&compose.progress()[..], arguments].concat();
            (compose.line(&arguments), compose.command(&arguments))
        };
        let (line, json) = command(self);
        let mut running = self.spawn(line, json, true)?;
        let plain = Self { is_plain: Arc::new(AtomicBool::new(true)), ..self.clone() };
        running.plain = (!self.is_plain.load(Ordering::Relaxed)).then(|| {
            let (line, command) = command(&plain);
            Plain { compose: self.clone(), line, command }
        });
        running.is_plain = running.plain.is_none();
        Ok(running)
    }

    /// As [`Compose::start`], with the lines of stdout among those of stderr.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_with_stdout(&self, arguments: &[&str]) -> Result<Running, ComposeError> {
        self.spawn(self.line(arguments), self.command(arguments), false)
    }

    fn spawn(
        &self,
        line: String,
        command: DockerCommand,
        drops_stdout: bool,
    ) -> Result<Running, ComposeError> {
        let command = DockerCommand { has_own_group: true, drops_stdout, ..command };
        let run = self.engine.docker(&command).map_err(ComposeError::NoDocker)?;
        Ok(Running { run, line, mask: Arc::clone(&self.mask), plain: None, is_plain: false })
    }

    fn command(&self, arguments: &[&str]) -> DockerCommand {
        let arguments = self.fixed.iter().map(String::as_str).chain(arguments.iter().copied());
        DockerCommand {
            variables: SILENCED.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            removed_variables: self.removed.clone(),
            is_tethered: true,
            ..DockerCommand::new(arguments).in_folder(&self.root)
        }
    }

    fn failed(&self, arguments: &[&str], status: ExitStatus, stderr: String) -> ComposeError {
        ComposeError::Failed { command: self.line(arguments), status, stderr }
    }
}

/// The caller's `COMPOSE_*` variables, sorted.
fn variables() -> Vec<String> {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("COMPOSE_")).collect();
    names.sort_unstable();
    names
}

/// Compose at work.
pub struct Running {
    run: docker_command::Running,
    line: String,
    mask: Arc<Mask>,
    /// What is run instead where it has no JSON.
    plain: Option<Plain>,
    /// It prints text.
    is_plain: bool,
}

/// The same run with its progress as text.
struct Plain {
    compose: Compose,
    line: String,
    command: DockerCommand,
}

impl Running {
    /// The next line; `None` when it has closed its output. Can be dropped and called again.
    ///
    /// # Errors
    /// When the output cannot be read.
    pub async fn next(&mut self) -> Result<Option<Progress>, ComposeError> {
        loop {
            let line = self.run.next_line().await.map_err(ComposeError::Output)?;
            let Some(line) = line else { return Ok(None) };
            if let Some(Plain { compose, line, command }) = self.plain.take_if(|_| line.contains(NO_JSON)) {
                compose.is_plain.store(true, Ordering::Relaxed);
                let started = compose.spawn(line, command, true)?;
                *self = Self { is_plain: true, ..started };
                continue;
            }
            let parse = if self.is_plain { Progress::parse_plain } else { Progress::parse };
            return Ok(Some(parse(&line, &self.mask)));
        }
    }

    /// Ask it to stop, as Ctrl-C does. What it has started stays.
    pub fn interrupt(&mut self) {
        self.run.interrupt();
    }

    /// Wait for its end, when all lines were read.
    ///
    /// # Errors
    /// When it fails. What it printed was in the lines.
    pub async fn end(mut self) -> Result<(), ComposeError> {
        let status = self.run.status().await.map_err(ComposeError::Output)?;
        if status.success() {
            return Ok(());
        }
        Err(ComposeError::Failed { command: self.line, status, stderr: String::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::docker::DockerEngine;

    fn engine() -> Arc<dyn Engine> {
        Arc::new(DockerEngine::default())
    }

    #[test]
    fn every_option_is_explicit() {
        let files =
            ["generated/docker-compose.yml".to_owned(), "generated/docker-compose.tracing.yml".to_owned()];
        let compose = |base, profiles: &[String]| {
            Compose::new(engine(), Path::new("/shop"), "orders", &files, base, profiles)
        };
        let full = ["full".to_owned()];
        assert_eq!(
            compose(PathBase::Generated, &full).line(&["up", "-d"]),
            "docker compose -p orders -f generated/docker-compose.yml \
             -f generated/docker-compose.tracing.yml --profile full up -d"
        );
        assert_eq!(
            compose(PathBase::Project, &full).line(&["up", "-d"]),
            "docker compose -p orders --project-directory . -f generated/docker-compose.yml \
             -f generated/docker-compose.tracing.yml --profile full up -d"
        );
        assert!(compose(PathBase::Project, &[]).line(&["ps"]).ends_with(" --profile core ps"));
        assert!(!compose(PathBase::Generated, &[]).line(&["ps"]).contains("--profile"));
    }

    #[test]
    fn files_read_from_elsewhere_keep_their_paths() {
        let files = ["generated/docker-compose.yml".to_owned()];
        let line = |base| {
            let compose = Compose::new(engine(), Path::new("/shop"), "orders", &files, base, &[]);
            compose.reading_from("generated", Path::new("/tmp/x")).line(&[])
        };
        assert_eq!(
            line(PathBase::Generated),
            "docker compose -p orders -f /tmp/x/docker-compose.yml --project-directory generated"
        );
        assert_eq!(
            line(PathBase::Project),
            "docker compose -p orders --project-directory . -f /tmp/x/docker-compose.yml --profile core"
        );
    }

    #[test]
    fn paths_count_from_where_it_is_called() {
        let files = ["generated/docker-compose.yml".to_owned()];
        let compose = Compose::new(engine(), Path::new("/shop"), "orders", &files, PathBase::Project, &[]);
        let line = compose.clone().called_from(Path::new("/shop")).line(&["ps"]);
        assert_eq!(line, compose.line(&["ps"]));
        assert_eq!(
            compose.called_from(Path::new("/shop/src")).line(&["ps"]),
            "docker compose -p orders --project-directory /shop/. -f /shop/generated/docker-compose.yml --profile core ps"
        );
    }
}
