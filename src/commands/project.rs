//! The stack that a command works on: found, read, decoded and judged.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

pub use crate::source::files::shorten;

use super::{
    Context, Exit, Failure,
    compose_file::{self, Read},
    environment::variables,
};
use crate::{
    check::{self, env::Environment},
    diag::{self, Diagnostic, Severity},
    model::{Assumption, Origin, Stack},
    render::{self, RenderError, Rendered, Selection, Target},
    resolve::{Excluded, Profiles, ResolvedStack},
    source::{
        self, Parsed, Values,
        files::{self, FileError},
    },
    ui::{Format, report, sarif},
};

/// A stack with everything that was found about it.
#[derive(Debug)]
pub struct Project {
    /// The folder of stack.toml.
    pub root: PathBuf,
    /// The file.
    pub path: PathBuf,
    /// The file as messages show it: relative to the current folder where that is shorter.
    pub shown: String,
    /// Text, model and document.
    pub parsed: Parsed,
    /// What Compose interpolates.
    pub env: Environment,
    /// Everything that was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The stack with the values of `.env` and defaults, where `parsed` holds it with those of the shell: what is rendered is the
    /// same whatever the shell says.
    proved: Option<Stack>,
}

impl Project {
    /// Find, read, decode and judge the stack.
    ///
    /// # Errors
    /// When the file is missing or cannot be read (exit 3). Mistakes in it are diagnostics.
    pub fn load(context: &Context) -> Result<Self, Failure> {
        let here = env::current_dir().context("failed to find the current folder")?;
        let path = here.join(files::find(context.file.as_deref(), &here).map_err(unreadable)?);
        let shown = shorten(&path, &here);
        context.printer.detail(&format!("stack file: {shown}"));
        // A Compose file that is not there is no mistake in it.
        let bytes = files::read(&path).map_err(unreadable)?;
        if files::is_compose(&path) {
            let Read { root, parsed, mistakes, env } = compose_file::read(&path, &here);
            return Ok(Self::judged(root, path, shown, parsed, env, mistakes));
        }
        let root = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        let env = check::env::read(&root, variables());
        let parsed = source::parse_given(&bytes, &env.proof_values());
        Ok(Self::judged(root, path, shown, parsed, env, Vec::new()))
    }

    fn judged(
        root: PathBuf,
        path: PathBuf,
        shown: String,
        parsed: Parsed,
        env: Environment,
        mistakes: Vec<Diagnostic>,
    ) -> Self {
        let mut project = Self { root, path, shown, parsed, env, diagnostics: Vec::new(), proved: None };
        project.judge(mistakes);
        project
    }

    /// The same for what is started now: Compose takes the shell's values first. Where they are others than those that proofs
    /// read, they are named, and the stack is read and judged again with them.
    ///
    /// # Errors
    /// As [`Project::load`].
    pub fn load_to_start(context: &Context) -> Result<Self, Failure> {
        let mut project = Self::load(context)?;
        let shell: BTreeMap<String, String> = variables().collect();
        let differs = |assumed: &&Assumption| {
            let proof = project.env.proof.get(&assumed.variable);
            shell.get(&assumed.variable).is_some_and(|value| Some(value) != proof)
        };
        let differing: Vec<Assumption> =
            project.parsed.stack.assumes.iter().filter(differs).cloned().collect();
        if differing.is_empty() {
            return Ok(project);
        }
        let values = Values::new(project.env.private.clone(), shell);
        let now = source::parse_given(project.parsed.text.as_bytes(), &values);
        for assumed in differing {
            let is_it = |it: &&Assumption| it.variable == assumed.variable && it.origin == Origin::Shell;
            let value = now.stack.assumes.iter().find(is_it).and_then(|it| it.value.as_deref());
            let value = value.map(|value| format!("={value}")).unwrap_or_default();
            context
                .printer
                .note(&format!("the shell sets {}{value}; proofs assume {assumed}", assumed.variable));
        }
        project.proved = Some(std::mem::replace(&mut project.parsed, now).stack);
        project.judge(Vec::new());
        Ok(project)
    }

    /// The same stack file with another text, judged.
    pub fn with_text(&self, text: &str) -> Self {
        let parsed = source::parse_given(text.as_bytes(), &self.env.proof_values());
        let (root, path, shown) = (self.root.clone(), self.path.clone(), self.shown.clone());
        Self::judged(root, path, shown, parsed, self.env.clone(), Vec::new())
    }

    /// The values that proofs read.
    pub fn proof_values(&self) -> Values {
        self.env.proof_values()
    }

    /// The stack as it is rendered: with what proofs assume.
    pub fn proved(&self) -> &Stack {
        self.proved.as_ref().unwrap_or(&self.parsed.stack)
    }

    /// Find everything that is wrong with the stack as it was read, beside the `mistakes` of its files.
    fn judge(&mut self, mistakes: Vec<Diagnostic>) {
        self.diagnostics.clone_from(&self.parsed.diagnostics);
        self.diagnostics.extend(mistakes);
        // Of a text that is not a TOML document only parts are known: what is absent from them means nothing.
        if self.parsed.is_whole {
            self.diagnostics.extend(self.env.diagnostics.iter().cloned());
            self.check();
            let Parsed { stack, text, .. } = &self.parsed;
            check::mask::mask(&mut self.diagnostics, &self.env.private, stack, text);
            if files::is_compose(&self.path) {
                check::in_compose::reword(&mut self.diagnostics, &self.shown);
            }
        }
        // One finding for one mistake in many places.
        let document = &self.parsed.document;
        self.diagnostics = diag::join(std::mem::take(&mut self.diagnostics), |place| document.locate(place));
    }

    /// What rules read.
    fn to_check(&self) -> check::Project<'_> {
        let Parsed { stack, document, .. } = &self.parsed;
        check::Project { root: &self.root, stack, document, env: &self.env.values, codes: render::CODES }
    }

    fn check(&mut self) {
        let found = check::run(&self.to_check());
        self.diagnostics.extend(found);
        // Templates are rendered to be judged, unless what they read is already known to be wrong.
        if self.is_valid() {
            self.diagnostics.extend(render::mistakes(&self.root, &Profiles::new(&self.parsed.stack)));
        }
        let document = &self.parsed.document;
        self.diagnostics.sort_by_cached_key(|diagnostic| {
            let span = diagnostic.place.as_ref().and_then(|place| document.locate(place));
            span.map_or(usize::MAX, |span| span.start)
        });
    }

    /// The stack as it was read, resolved for these profiles.
    pub fn resolved(&self, selected: &[String]) -> ResolvedStack<'_> {
        ResolvedStack::new(&Profiles::new(&self.parsed.stack), selected)
    }

    /// The text of every file of `generated/`.
    ///
    /// # Errors
    /// What is wrong with the templates: after [`Project::load`] these are among the diagnostics. A fault of stackctl.
    pub fn render(&self) -> Result<Rendered, RenderError> {
        render::render(Target::Compose, &self.root, &Profiles::new(self.proved()), &Selection::default())
    }

    /// Whether nothing is an error.
    pub fn is_valid(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }

    /// Print the diagnostics: on stderr for people, as the list that is the command's data for programs.
    pub fn report(&self, context: &Context, as_data: bool) {
        self.show(context, &self.diagnostics, as_data);
    }

    /// Print the diagnostics as SARIF, which is the command's data.
    pub fn report_sarif(&self, context: &Context) {
        let folder = Path::new(&self.shown).parent().unwrap_or(Path::new(""));
        context.printer.document(&sarif::log(&self.sources(&self.diagnostics), &self.diagnostics, folder));
    }

    fn sources(&self, diagnostics: &[Diagnostic]) -> report::Sources<'_> {
        let Parsed { text, document, .. } = &self.parsed;
        report::Sources::new(&self.shown, text, document, &self.root, diagnostics)
    }

    /// Why nothing was rendered, after the mistakes that only rendering found were printed.
    pub fn not_rendered(&self, context: &Context, error: RenderError) -> Failure {
        match error {
            RenderError::Mistakes(found) => {
                self.show(context, &found, true);
                let count = report::count(&found).unwrap_or_default();
                Failure::new(Exit::Judged, format!("failed to render: {} has {count}", self.shown))
            }
            error @ RenderError::Misread { .. } => Failure::surroundings("nothing was written", error)
                .hint("this is a bug in stackctl: please report it, with stack.toml"),
        }
    }

    fn show(&self, context: &Context, diagnostics: &[Diagnostic], as_data: bool) {
        if diagnostics.is_empty() && !(as_data && context.format == Format::Json) {
            return;
        }
        let sources = self.sources(diagnostics);
        if as_data && context.format == Format::Json {
            context.printer.document(&sources.json(diagnostics));
            return;
        }
        // Where something is wrong, what could be better is not shown.
        let hints = as_data && !context.printer.is_quiet() && self.is_valid();
        let shown = |found: &&Diagnostic| match found.severity {
            Severity::Error => true,
            Severity::Warning => !context.printer.is_quiet(),
            Severity::Note => context.printer.is_verbose() || (hints && !found.is_allowed()),
        };
        let text = sources.human(diagnostics.iter().filter(shown), context.printer.colors_stderr());
        context.printer.report(&text);
    }

    /// Print the diagnostics and go on, unless one is an error.
    ///
    /// # Errors
    /// When the stack has an error (exit 1).
    pub fn require_valid(&self, context: &Context, to: &str) -> Result<(), Failure> {
        self.report(context, !self.is_valid());
        self.valid_or(to)
    }

    /// The same for a command with data of another shape: the diagnostics go to stderr, whatever the format.
    ///
    /// # Errors
    /// When the stack has an error (exit 1).
    pub fn require_valid_aside(&self, context: &Context, to: &str) -> Result<(), Failure> {
        self.report(context, false);
        self.valid_or(to)
    }

    /// The same for a command that looks at what runs: it prints errors alone. Warnings are about a stack that is judged or
    /// started, and would come again with every look.
    ///
    /// # Errors
    /// When the stack has an error (exit 1).
    pub fn require_sound(&self, context: &Context, to: &str) -> Result<(), Failure> {
        if self.is_valid() { Ok(()) } else { self.require_valid(context, to) }
    }

    /// The same for a command that works with one error: that one is printed as a warning would be.
    ///
    /// # Errors
    /// When the stack has an error of another `code` (exit 1).
    pub fn require_valid_but(&self, context: &Context, to: &str, code: &str) -> Result<(), Failure> {
        let other = |found: &Diagnostic| found.severity == Severity::Error && found.code.name != code;
        if self.diagnostics.iter().any(other) {
            return self.require_valid(context, to);
        }
        self.report(context, false);
        Ok(())
    }

    fn valid_or(&self, to: &str) -> Result<(), Failure> {
        if self.is_valid() {
            return Ok(());
        }
        let count = report::count(&self.diagnostics).unwrap_or_default();
        Err(Failure::new(Exit::Judged, format!("failed to {to}: {} has {count}", self.shown)))
    }

    /// Whether one selection can be started as far as stack.toml tells: an allowed error may make Compose refuse it.
    ///
    /// # Errors
    /// When one does (exit 1), after it was printed.
    pub fn require_startable(&self, context: &Context, selected: &[String], to: &str) -> Result<(), Failure> {
        // Only an allowed error can stop a stack without errors.
        if !self.diagnostics.iter().any(Diagnostic::is_allowed) {
            return Ok(());
        }
        let Parsed { stack, text, .. } = &self.parsed;
        let mut stopping = check::stopping(&self.to_check(), selected);
        check::mask::mask(&mut stopping, &self.env.private, stack, text);
        let Some(count) = report::count(&stopping) else { return Ok(()) };
        self.show(context, &stopping, false);
        let message = format!("failed to {to}: with this selection, {} has {count}", self.shown);
        Err(Failure::new(Exit::Judged, message))
    }

    /// The selected profiles of a command line: `default_profiles` where it names none, and without `core`, which enables
    /// nothing of itself.
    ///
    /// # Errors
    /// When a name is unknown (exit 2): Compose would silently enable nothing. Where the stack has errors, they come first
    /// (exit 1): a profile with a bad name is unknown because of one.
    pub fn select(&self, context: &Context, profiles: &[String]) -> Result<Vec<String>, Failure> {
        if profiles.is_empty() {
            return Ok(self.default_selection());
        }
        let known = &self.parsed.stack.profiles;
        let selected: Vec<String> = profiles.iter().filter(|name| *name != "core").cloned().collect();
        match selected.iter().find(|name| !known.contains_key(name.as_str())) {
            None => self.without_excluded(context, selected),
            Some(unknown) => {
                if !self.is_valid() {
                    self.require_valid(context, &format!("select the profile {unknown:?}"))?;
                }
                Err(Failure::unknown("profile", unknown, known.keys().map(String::as_str)))
            }
        }
    }

    /// The same selection, unless two of its profiles exclude each other.
    fn without_excluded(&self, context: &Context, selected: Vec<String>) -> Result<Vec<String>, Failure> {
        let profiles = Profiles::new(&self.parsed.stack);
        let Some(Excluded { selected: [one, other], pair: [left, right] }) = profiles.excluded(&selected)
        else {
            return Ok(selected);
        };
        let message = format!("the profiles {one:?} and {other:?} exclude each other");
        if !self.is_valid() {
            self.require_valid(context, &format!("select the profiles {one:?} and {other:?}"))?;
        }
        let failure = Failure::new(Exit::Usage, message).hint("select one of them");
        Err(match [one, other] == [left, right] {
            true => failure,
            false => {
                failure.hint(format!("they enable {left:?} and {right:?}, of which one excludes the other"))
            }
        })
    }

    /// The selection without any `--profile`. An unknown name is a diagnostic.
    pub fn default_selection(&self) -> Vec<String> {
        let Stack { default_profiles, profiles, .. } = &self.parsed.stack;
        default_profiles.iter().filter(|name| profiles.contains_key(name.as_str())).cloned().collect()
    }
}

pub fn unreadable(error: FileError) -> Failure {
    let hints = match &error {
        FileError::NotFound(folder) => match folder.ancestors().find_map(files::compose_file) {
            Some(compose) => {
                let compose = shorten(&compose, folder);
                vec![
                    format!("`stackctl import` makes a stack.toml of {compose}"),
                    format!("`stackctl validate --file {compose}` checks the Compose file as it is"),
                ]
            }
            None => vec!["`stackctl init` writes one to start from; `--file PATH` names another".to_owned()],
        },
        FileError::Foreign { path, .. } => vec![
            "a stack decides what runs on this machine, so one that another user owns in a parent folder is not used by default".to_owned(),
            format!("if you trust it, name it: `--file {}`", path.display()),
        ],
        FileError::Unreadable { .. } => Vec::new(),
    };
    Failure::surroundings("failed to read the stack", error).hints(hints)
}
