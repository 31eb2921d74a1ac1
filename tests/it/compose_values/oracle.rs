//! What both make of a value.

use std::{
    collections::{BTreeMap, HashMap},
    fmt, fs,
    path::PathBuf,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;
use stackctl::internals::{
    check::{self, Project},
    diag::Severity,
    render::{self, Selection, Target},
    resolve::Profiles,
    source::{self, Parsed},
};

use super::document;

/// A value in a place.
#[derive(Debug, Clone)]
pub struct Case {
    pub place: String,
    pub value: Value,
}

impl Case {
    pub fn new(place: &str, value: Value) -> Self {
        Self { place: place.to_owned(), value }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.place, document::literal(&self.value))
    }
}

/// What both make of it: with the codes of what `validate` reports, or with Compose's message.
#[derive(Debug, Clone)]
pub enum Verdict {
    BothAccept,
    BothRefuse,
    /// A key of `compose` that this Compose does not know either, with a warning.
    Warned,
    OnlyWeRefuse(Vec<&'static str>),
    OnlyComposeRefuses(String),
}

/// A folder with everything that the documents name, and Compose in it.
pub struct Judge {
    folder: tempfile::TempDir,
    program: PathBuf,
    files: AtomicUsize,
    asked: Mutex<HashMap<String, Option<String>>>,
}

/// As many accepted values as share a Compose file.
const TOGETHER: usize = 24;

impl Judge {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in document::FILES {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders can be made");
            fs::write(path, text).expect("the file can be written");
        }
        // The plugin itself: `docker` in front of it takes as long again.
        let plugins = "{{range .ClientInfo.Plugins}}{{if eq .Name \"compose\"}}{{.Path}}{{end}}{{end}}";
        let output =
            Command::new("docker").args(["info", "--format", plugins]).output().expect("docker starts");
        let program = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        Self { folder, program, files: AtomicUsize::new(0), asked: Mutex::default() }
    }

    /// All of them, in their order.
    pub fn all(&self, cases: Vec<Case>) -> Vec<(Case, Verdict)> {
        let alone = |case: &Case| document::stack([&document::part(&case.place, "c", &case.value)]);
        let codes = in_parallel(&cases, |case| vec![self.mistakes(&alone(case)).1]);
        let accepted: Vec<usize> = (0..cases.len()).filter(|at| codes[*at].is_empty()).collect();
        let refused: Vec<usize> = (0..cases.len()).filter(|at| !codes[*at].is_empty()).collect();
        let work: Vec<&[usize]> = accepted.chunks(TOGETHER).chain(refused.chunks(1)).collect();
        let mut verdicts = in_parallel(&work, |chunk| match chunk {
            [at] if !codes[*at].is_empty() => vec![(*at, self.refused(&alone(&cases[*at]), &codes[*at]))],
            chunk => self.accepted(&cases, chunk),
        });
        verdicts.sort_by_key(|(at, _)| *at);
        verdicts.into_iter().map(|(at, verdict)| (cases[at].clone(), verdict)).collect()
    }

    /// What `validate` reports of a stack: its errors, and whether a key of `compose` may be newer.
    fn mistakes(&self, stack: &Value) -> (Parsed, Vec<&'static str>, bool) {
        let parsed = source::parse(document::toml(stack).as_bytes());
        let mut found = parsed.diagnostics.clone();
        if parsed.is_whole {
            found.extend(check::run(&Project {
                root: self.folder.path(),
                stack: &parsed.stack,
                document: &parsed.document,
                env: &BTreeMap::new(),
                codes: render::CODES,
            }));
        }
        let errors = found.iter().filter(|found| found.severity == Severity::Error);
        let codes = errors.map(|found| found.code.name).collect();
        let newer = found.iter().any(|found| found.code.name == "unknown-compose-key");
        (parsed, codes, newer)
    }

    fn refused(&self, stack: &Value, codes: &[&'static str]) -> Verdict {
        match self.compose(&document::compose(stack).to_string()) {
            Some(_) => Verdict::BothRefuse,
            None => Verdict::OnlyWeRefuse(codes.to_vec()),
        }
    }

    /// Compose takes the rendered file of all, or the half that it does not take is looked at again.
    fn accepted(&self, cases: &[Case], chunk: &[usize]) -> Vec<(usize, Verdict)> {
        let parts =
            chunk.iter().map(|at| document::part(&cases[*at].place, &format!("c{at}"), &cases[*at].value));
        let stack = document::stack(&parts.collect::<Vec<_>>());
        let (parsed, codes, newer) = self.mistakes(&stack);
        let said = if codes.is_empty() {
            match render::render(
                Target::Compose,
                self.folder.path(),
                &Profiles::new(&parsed.stack),
                &Selection::default(),
            ) {
                Ok(rendered) => self.rendered(&rendered),
                Err(error) => Some(format!("it is not rendered: {error:?}")),
            }
        } else {
            Some(format!("together: {codes:?}"))
        };
        match (said, chunk) {
            (None, chunk) => chunk.iter().map(|at| (*at, Verdict::BothAccept)).collect(),
            (Some(said), [at]) => {
                vec![(*at, if newer { Verdict::Warned } else { Verdict::OnlyComposeRefuses(said) })]
            }
            (Some(_), chunk) => {
                let (left, right) = chunk.split_at(chunk.len() / 2);
                let mut found = self.accepted(cases, left);
                found.extend(self.accepted(cases, right));
                found
            }
        }
    }

    /// What Compose says of rendered files; `None` where it takes them.
    fn rendered(&self, rendered: &render::Rendered) -> Option<String> {
        let folder = format!("generated{}", self.files.fetch_add(1, Ordering::Relaxed));
        fs::create_dir_all(self.folder.path().join(&folder)).expect("a folder can be made");
        let mut args = Vec::new();
        for file in rendered.files.iter().filter(|file| file.path.ends_with(".yml")) {
            let path = format!("{folder}/{}", file.path);
            fs::write(self.folder.path().join(&path), &file.text).expect("a file can be written");
            args.extend(["-f".to_owned(), path]);
        }
        args.extend(["--profile".to_owned(), "on".to_owned()]);
        // As the file itself says; see render::paths.
        if rendered.main().contains("--project-directory .") {
            args.extend(["--project-directory".to_owned(), ".".to_owned()]);
        }
        self.ask(&args)
    }

    /// What Compose says of a file; `None` where it takes it. Each text is asked once.
    fn compose(&self, text: &str) -> Option<String> {
        if let Some(said) = self.asked.lock().unwrap().get(text) {
            return said.clone();
        }
        let name = format!("compose{}.yml", self.files.fetch_add(1, Ordering::Relaxed));
        fs::write(self.folder.path().join(&name), text).expect("a file can be written");
        let said = self.ask(&["-f".to_owned(), name]);
        self.asked.lock().unwrap().insert(text.to_owned(), said.clone());
        said
    }

    fn ask(&self, args: &[String]) -> Option<String> {
        let mut command = Command::new(&self.program);
        command.args(args).args(["config", "--quiet"]).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path());
        let output = command.output().expect("docker compose starts");
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// What the work gives for each, in the order of what it is done for.
fn in_parallel<T: Sync, R: Send>(of: &[T], work: impl Fn(&T) -> Vec<R> + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = of.get(at) else { return };
                    let result = work(one);
                    done.lock().unwrap().insert(at, result);
                }
            });
        }
    });
    done.into_inner().unwrap().into_values().flatten().collect()
}
