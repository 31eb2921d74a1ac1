//! `stackctl import`: Compose files become a stack.toml that Compose resolves to the same.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{
    Context, Exit, Failure,
    compose_file::is_compose,
    environment::variables,
    project::{self, shorten},
    runtime::block_on,
};
use crate::{
    check::{self, env::Environment},
    diag::{Diagnostic, Place},
    fs::{self, Mode},
    import::{
        self, Additions, Comparison, Difference, Imported, Places, Proof, Request, Verified, other_values,
    },
    model::{Bytes, Cpus, PathBase},
    render::{self, Selection, Target},
    resolve::Profiles,
    source::{
        self, Parsed,
        compose::{
            self, Loaded,
            node::Node,
            translate::{self, Action, Decision, LOST},
        },
        edit::with_line_ends_of,
        files::{self, FileError},
    },
    ui::{Format, counted, import as shown, listed, report},
};

/// The code of a Compose file that is not there.
const MISSING_FILE: &str = "compose-file-missing";

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Compose files in the order of their merge; none for those that Compose finds.
    pub files: Vec<PathBuf>,
    /// The file to write.
    pub output: Option<PathBuf>,
    /// Overwrite it.
    pub force: bool,
    /// Write nothing, compare.
    pub check: bool,
    /// Limits for services that have none.
    pub limits: Option<(Bytes, Cpus)>,
    /// Log rotation and no new privileges for services that have neither.
    pub harden: bool,
}

/// Import.
///
/// # Errors
/// When the Compose files cannot be imported or something is lost (exit 1), the options do not fit (exit 2), or a file cannot be read
/// or written (exit 3).
pub fn run(context: &Context, options: &ImportOptions) -> Result<Exit, Failure> {
    let here = env::current_dir().context("failed to find the current folder")?;
    let mut loaded = load(context, options, &here)?;
    let output = output(context, options, &mut loaded, &here)?;
    let environment = check::env::read(&loaded.folder, variables());
    let mut imported = import::import(Request {
        tree: loaded.root.clone(),
        files: &loaded.sources,
        name: &loaded.name,
        enabled: &loaded.profiles,
        root: &loaded.folder,
        environment: &environment,
        additions: Additions { limits: options.limits, harden: options.harden },
    });
    imported.decisions.splice(0..0, loaded.decisions.iter().cloned());
    let work = Work { context, options, here: &here, loaded: &loaded, output: &output };
    if !imported.is_valid() {
        return Err(work.refused(&imported));
    }
    let verified = work.compare(&environment, &imported)?;
    if let Some(differences) = verified.as_ref().map(|proof| &proof.differences) {
        // What the loader lost, as it says, makes a difference of its own at the same place.
        let known: Vec<_> = imported
            .decisions
            .iter()
            .filter(|it| it.action == Action::Lost && it.place.is_some())
            .map(|it| it.place.clone())
            .collect();
        let lost = differences
            .iter()
            .filter(|it| !is_asked_for(it, options))
            .map(|it| lost(it, &loaded.root))
            .filter(|it| !known.contains(&it.place));
        imported.decisions.extend(lost);
    }
    let is_lossless = imported.decisions.iter().all(|it| it.action != Action::Lost);
    if !options.check {
        write(&output, &imported.text, options.force)?;
    }
    work.report(&imported, verified.as_ref());
    Ok(if is_lossless { Exit::Done } else { Exit::Judged })
}

/// The file to write: in the folder of the first Compose file, or in another one, from which the paths then count.
fn output(
    context: &Context,
    options: &ImportOptions,
    loaded: &mut Loaded,
    here: &Path,
) -> Result<PathBuf, Failure> {
    let named = options.output.as_ref().or(context.file.as_ref().filter(|file| !is_compose(file)));
    let output = named.map_or_else(|| loaded.folder.join(files::NAME), |path| here.join(path));
    let folder = output.parent().unwrap_or(here).to_owned();
    let same = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if same(&folder) != same(&loaded.folder) {
        let refused = |reason: &str| {
            let message =
                format!("{} would not be in the folder of the first Compose file", shorten(&output, here));
            Failure::new(Exit::Usage, message)
                .caused_by([reason.to_owned()])
                .hint("write it into that folder, and move the files together")
        };
        if [&folder, &loaded.folder].into_iter().any(|folder| folder.join(".env").exists()) {
            return Err(refused("there is a `.env`, which is read from the folder of stack.toml"));
        }
        compose::move_to(loaded, &folder)
            .map_err(|path| refused(&format!("`{path}` is a path that begins with a variable")))?;
    }
    if !options.check && !options.force && output.symlink_metadata().is_ok() {
        let message = format!("{} already exists and is left unchanged", shorten(&output, here));
        return Err(Failure::new(Exit::Judged, message).hint(
            "overwrite it with `--force`, compare it with `--check`, or name another with `--output PATH`",
        ));
    }
    Ok(output)
}

/// An import under way: what was asked for and what was read.
#[derive(Clone, Copy)]
struct Work<'a> {
    context: &'a Context,
    options: &'a ImportOptions,
    here: &'a Path,
    loaded: &'a Loaded,
    /// The file to write.
    output: &'a Path,
}

impl Work<'_> {
    /// Let Compose resolve both; `None` where it could not be asked, which is noted.
    fn compare(&self, environment: &Environment, imported: &Imported) -> Result<Option<Proof>, Failure> {
        let Self { context, options, here, loaded, output } = *self;
        // What exists is checked as it is.
        let existing = match options.check {
            true => {
                files::read(output).ok().map(|bytes| source::parse_given(&bytes, &environment.proof_values()))
            }
            false => None,
        };
        let is_other = existing
            .as_ref()
            .is_some_and(|parsed| *parsed.text != with_line_ends_of(&parsed.text, &imported.text));
        let stack = existing.as_ref().map_or(&imported.parsed.stack, |parsed| &parsed.stack);
        let rendered =
            render::render(Target::Compose, &loaded.folder, &Profiles::new(stack), &Selection::default())
                .context("failed to render the imported stack")?;
        let others = other_values(&loaded.root, &|name| environment.values.get(name).cloned());
        let comparison = Comparison {
            files: &given(context, options),
            folder: here,
            root: &loaded.folder,
            name: &stack.name,
            rendered: &rendered,
            base: PathBase::of(stack),
            profiles: &imported.profiles,
            other_values: &others,
        };
        match block_on(async { Ok(import::verify(context.engine.as_ref(), &comparison).await) })? {
            Verified::Compared(proof) => Ok(Some(proof)),
            Verified::Refused(reason) => Err(Failure::new(Exit::Judged, "Compose refuses the Compose files")
                .caused_by([reason])
                .hint("nothing was written; `docker compose config` shows the same")),
            // Only Compose can say whether two texts mean the same.
            Verified::NotCompared(reason) if is_other => {
                let message = format!("{} is not what `import` would write", output.display());
                Err(Failure::new(Exit::Surroundings, message)
                    .caused_by([format!("whether it means the same is not known: {reason}")]))
            }
            Verified::NotCompared(reason) => {
                context.printer.note(&format!("not compared with Compose: {reason}"));
                Ok(None)
            }
        }
    }

    /// Report why there is nothing to write.
    fn refused(&self, imported: &Imported) -> Failure {
        let errors: Vec<&Diagnostic> = imported.diagnostics.iter().filter(|it| shown::is_error(it)).collect();
        let count = counted(errors.len(), "error");
        if self.context.format == Format::Json {
            let lines = errors.iter().map(|it| shown::Line::refused(it, self.line(it.place.as_ref())));
            self.context.printer.document(&shown::Report {
                files: self.files(),
                services: imported.parsed.stack.services.len(),
                decisions: lines.collect(),
                ..shown::Report::default()
            });
        } else {
            let errors: Vec<Diagnostic> = errors.into_iter().cloned().collect();
            show(self.context, self.here, &imported.parsed, &errors);
        }
        Failure::new(Exit::Judged, format!("failed to import {}: {count}", listed(self.files())))
            .hint("nothing was written")
    }

    /// Report what was done, what was lost, and what comes next.
    fn report(&self, imported: &Imported, proof: Option<&Proof>) {
        let Self { context, options, here, loaded, output } = *self;
        let verified = proof.map(|proof| shown::Verified {
            selections: proof.selections,
            environments: proof.environments,
            differences: imported.decisions.iter().filter(|it| it.action == Action::Lost).count(),
        });
        let places = Places { files: &loaded.sources };
        let place = |decision: &Decision| decision.place.as_ref().map(|at| places.place(at));
        let written = shorten(output, here);
        let services = imported.parsed.stack.services.len();
        if context.format == Format::Json {
            let lines =
                imported.decisions.iter().map(|it| shown::Line::new(it, self.line(place(it).as_ref())));
            context.printer.document(&shown::Report {
                output: (!options.check).then_some(written),
                files: self.files(),
                services,
                verified,
                decisions: lines.collect(),
            });
            return;
        }
        let mut diagnostics = loaded.warnings.clone();
        diagnostics.extend(shown::diagnostics(&imported.decisions, place, context.printer.is_verbose()));
        if !context.printer.is_quiet() {
            show(context, here, &imported.parsed, &diagnostics);
        }
        let printer = &context.printer;
        let what = format!(
            "{} and {} of {}",
            counted(services, "service"),
            counted(imported.profiles.len(), "profile"),
            listed(self.files())
        );
        let verb = if options.check { "would hold" } else { "holds" };
        printer.note(&format!("{written} {verb} {what}"));
        if let Some(summary) = shown::summary(&imported.decisions) {
            printer.note(&format!("decisions: {summary}"));
        }
        if let Some(verified) = verified {
            printer.note(&shown::compared(verified));
        }
        if !options.check {
            let suggest = if imported.parsed.stack.services.values().any(|it| it.limits.memory.is_none()) {
                ", `stackctl up`, then `stackctl budget suggest --write` for limits and a budget"
            } else {
                ", `stackctl budget check`, `stackctl up`"
            };
            printer.note(&format!("next: `stackctl validate`{suggest}"));
        }
    }

    /// The names of the Compose files.
    fn files(&self) -> Vec<String> {
        self.loaded.sources.iter().map(|source| source.path.display().to_string()).collect()
    }

    /// The file and line of a place in them.
    fn line(&self, place: Option<&Place>) -> Option<(String, usize)> {
        let text = |path: &Path| {
            let source = self.loaded.sources.iter().find(|source| source.path == *path)?;
            Some(Cow::from(&*source.text))
        };
        line(text, place)
    }
}

/// Whether `--limits` or `--harden` makes the difference, which is reported as an addition.
fn is_asked_for(difference: &Difference, options: &ImportOptions) -> bool {
    let path = difference.path.to_string();
    let below = |part: &str| path.contains(part);
    difference.from.is_none()
        && (options.limits.is_some() && below(".deploy")
            || options.harden && (below(".logging") || below(".security_opt")))
}

fn lost(difference: &Difference, tree: &Node) -> Decision {
    let Difference { path, from, to } = difference;
    let message = match (path.0.is_empty(), to) {
        (true, _) => "Compose accepts one of the two and refuses the other".to_owned(),
        (_, None) => format!("`{path}` is lost"),
        _ => format!("`{path}` resolves to something else"),
    };
    let decision = Decision {
        from: from.clone(),
        to: to.clone(),
        ..Decision::new(Action::Lost, &LOST, path.to_string(), message)
    };
    let decision = decision.help("please report it, with the Compose file: an import should lose nothing");
    Decision { place: translate::at(tree, path), ..decision }
}

fn write(output: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let written = if force {
        let old = files::read(output).unwrap_or_default();
        let text = with_line_ends_of(&String::from_utf8_lossy(&old), text);
        fs::write(output, text.as_bytes(), Mode::Usual)
    } else {
        fs::create(output, text.as_bytes(), Mode::Usual)
    };
    written.map_err(|error| Failure::surroundings(format!("failed to write {}", output.display()), error))
}

/// Diagnostics at the lines of the Compose files; their names count from `here`.
fn show(context: &Context, here: &Path, parsed: &Parsed, diagnostics: &[Diagnostic]) {
    let sources = report::Sources::new(files::NAME, &parsed.text, &parsed.document, here, diagnostics);
    context.printer.report(&sources.human(diagnostics.iter(), context.printer.colors_stderr()));
}

/// The file and line of a place, in the texts that were read.
fn line<'t>(text: impl Fn(&Path) -> Option<Cow<'t, str>>, place: Option<&Place>) -> Option<(String, usize)> {
    let Some(Place::File { path, span }) = place else { return None };
    let text = text(path)?;
    let start = span.as_ref().map_or(0, |span| span.start).min(text.len());
    let line = text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count() + 1;
    Some((path.display().to_string(), line))
}

/// The Compose files of the command line.
fn given(context: &Context, options: &ImportOptions) -> Vec<PathBuf> {
    let named = context.file.as_ref().filter(|file| is_compose(file)).cloned();
    options.files.iter().cloned().chain(named).collect()
}

/// Read and merge the Compose files.
fn load(context: &Context, options: &ImportOptions, here: &Path) -> Result<Loaded, Failure> {
    let files = given(context, options);
    let shell: BTreeMap<String, String> = variables().collect();
    let request = compose::Request { folder: here, files: &files, shell: &shell };
    let loaded = compose::load(&request).map_err(|mistakes| unreadable(context, here, &mistakes))?;
    let first = here.join(&loaded.sources[0].path);
    match fs::foreign_owner(&first) {
        Some(owner) if files.is_empty() && loaded.sources[0].path.starts_with("..") => {
            Err(project::unreadable(FileError::Foreign {
                path: loaded.folder.join(first.file_name().unwrap_or_default()),
                owner,
            }))
        }
        _ => Ok(loaded),
    }
}

/// Report why the Compose files cannot be read.
fn unreadable(context: &Context, here: &Path, mistakes: &[Diagnostic]) -> Failure {
    if context.format == Format::Json {
        let text = |path: &Path| Some(Cow::from(fs::read_text(&here.join(path)).unwrap_or_default()));
        let lines = mistakes.iter().map(|it| shown::Line::refused(it, line(text, it.place.as_ref())));
        let decisions = lines.collect();
        context.printer.document(&shown::Report { decisions, ..shown::Report::default() });
    } else {
        show(context, here, &source::parse(b""), mistakes);
    }
    let count = counted(mistakes.len(), "error");
    let is_missing = mistakes.iter().all(|it| it.code.name == MISSING_FILE);
    let exit = if is_missing { Exit::Surroundings } else { Exit::Judged };
    Failure::new(exit, format!("failed to read the Compose files: {count}")).hint("nothing was written")
}
