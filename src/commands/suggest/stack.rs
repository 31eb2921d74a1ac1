//! `stackctl budget suggest`: limits and reservations from measured use.

use std::{borrow::Cow, time::Duration};

use super::judge::{Suggested, conclude, measure, running};
use crate::{
    budget::Suggestion,
    commands::{
        Context, Exit, Failure,
        compose_file::{self, is_compose},
        project::Project,
        runtime::block_on,
        session::{last_selection, last_stack},
    },
    diag::Severity,
    engine::observe::Observed,
    model::{Budget, Bytes},
    resolve::ResolvedStack,
    source::{
        self,
        edit::{self, Edit, Figure},
    },
    ui::{counted, listed},
};

/// How to suggest.
#[derive(Debug, Clone, Default)]
pub struct SuggestOptions {
    /// How long to measure.
    pub window: Duration,
    /// Change stack.toml.
    pub write: bool,
    /// Write figures of a short or idle measurement without asking.
    pub yes: bool,
}

/// Measure the running stack and say what limits would do.
///
/// # Errors
/// When the stack has errors or nothing runs (exit 1), the suggestion does not fit the budget or cannot be written (exit
/// 1), writing what is doubtful is not confirmed (exit 1 or 2), or there is no engine (exit 3).
pub fn run(context: &Context, options: &SuggestOptions) -> Result<Exit, Failure> {
    if options.write
        && let Some(path) = context.file.as_deref().filter(|path| is_compose(path))
    {
        return Err(compose_file::refused(path));
    }
    let project = Project::load(context)?;
    project.require_valid_but(context, "suggest a budget", "missing-limit")?;
    let containers = block_on(running(context, &project.parsed.stack.name))?;
    let selected = last_selection(context, &project, &[])?;
    let resolved = to_measure(&project, &selected, &containers);
    let (measured, machine) = block_on(measure(context, &resolved, containers, options.window))?;
    let suggested = conclude(context, options.window, &resolved, measured, machine, true);
    if !options.write {
        return Ok(if suggested.fits { Exit::Done } else { Exit::Judged });
    }
    if !suggested.fits {
        let (of, hint) = match suggested.whole {
            None => (
                "its budget",
                "raise [budget], or change single figures by hand; `stackctl budget check` shows what is over",
            ),
            Some(_) => (
                "the engine's machine",
                "write lower figures, or select fewer services; they are in the table",
            ),
        };
        let message = format!("nothing was written: with these figures the stack would not fit {of}");
        return Err(Failure::new(Exit::Judged, message).hint(hint));
    }
    agree(context, &suggested, options.yes)?;
    write(context, &project, &suggested)
}

/// What the last `up` started, and with it every other service of stack.toml that runs: one that Compose has started, or that
/// an earlier selection has left.
fn to_measure<'a>(project: &'a Project, selected: &[String], running: &[Observed]) -> ResolvedStack<'a> {
    let mut whole = project.resolved(selected);
    let mut last = last_stack(project, selected, &[]);
    let runs = |name: &str| running.iter().any(|container| container.service == name);
    let services = last.stack.services.iter().filter_map(|(name, service)| {
        let active = whole.services.swap_remove(name.as_str());
        let is_measured = last.services.contains_key(name.as_str()) || runs(name);
        is_measured.then(|| (name.as_str(), active.unwrap_or(Cow::Borrowed(service))))
    });
    last.services = services.collect();
    last
}

/// Figures that may be too low are written only after a confirmation.
fn agree(context: &Context, suggested: &Suggested, yes: bool) -> Result<(), Failure> {
    if yes || suggested.doubts.is_empty() {
        return Ok(());
    }
    let doubts = suggested.doubts.iter().map(|doubt| doubt.text()).collect::<Vec<_>>().join("; ");
    match context.printer.confirm(&format!("{doubts}. Write the figures all the same?")) {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::new(Exit::Judged, "nothing was written")),
        None => Err(Failure::new(Exit::Usage, format!("nothing was written: {doubts}"))
            .hint("measure for longer and under load, or write the figures all the same with `--yes`")),
    }
}

/// Change stack.toml, when what is read back is exactly the stack that was meant.
fn write(context: &Context, project: &Project, suggested: &Suggested) -> Result<Exit, Failure> {
    let whole = suggested.whole.as_ref();
    let edits: Vec<Edit> = suggested.suggestions.iter().flat_map(edits).collect();
    if edits.is_empty() && whole.is_none() {
        context.printer.note(&format!("{} is unchanged", project.shown));
        note_unproved(context, suggested);
        return Ok(Exit::Done);
    }
    // What a variable gives is changed where the variable is set.
    let of_variables = edits.iter().filter(|edit| {
        let texts = project.parsed.stack.services.get(&edit.service).map(|service| &service.variables);
        texts.is_some_and(|texts| texts.get(&[edit.table, edit.figure.key()]).is_some())
    });
    let places =
        listed(of_variables.map(|it| format!("services.{}.{}.{}", it.service, it.table, it.figure.key())));
    if !places.is_empty() {
        let message = format!("nothing was written: {places} holds a variable");
        return Err(Failure::new(Exit::Judged, message).hint("set it in .env to the suggested figure"));
    }
    let text = edit::apply(&project.parsed.text, &edits)
        .and_then(|text| whole.map_or(Ok(text.clone()), |budget| edit::add_budget(&text, budget)))
        .map_err(|error| Failure::not_changed(&project.shown, error))?;
    let read = source::parse_given(text.as_bytes(), &project.proof_values());
    let errors = read.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    if errors || read.stack != suggested.stack {
        let message = format!("nothing was written: {} would not have the suggested figures", project.shown);
        return Err(Failure::new(Exit::Judged, message).hint("change the figures by hand"));
    }
    edit::replace(&project.path, project.parsed.text.as_bytes(), &text)
        .map_err(|error| Failure::not_changed(&project.shown, error))?;
    let budget = whole
        .map_or("", |_| " and `[budget]`, which is the whole machine: lower it to what the stack may take");
    context.printer.note(&format!("wrote {} in {}{budget}", counted(edits.len(), "figure"), project.shown));
    note_unproved(context, suggested);
    Ok(Exit::Done)
}

/// Why a stack without a budget did not get one.
fn note_unproved(context: &Context, suggested: &Suggested) {
    let Budget { memory: None, cpus: None, .. } = suggested.stack.budget else { return };
    let names = listed(&suggested.unproved);
    context.printer.note(&format!("no `[budget]` was written: limits are missing in {names}"));
}

fn edits(suggestion: &Suggestion) -> Vec<Edit> {
    let mut edits = Vec::new();
    let groups = [("limits", &suggestion.limits), ("reservations", &suggestion.reservations)];
    for (table, (now, new)) in groups {
        let mut add = |figure: Option<Figure>| {
            edits.extend(figure.map(|figure| Edit { service: suggestion.service.clone(), table, figure }));
        };
        add(new.memory.filter(|_| new.memory != now.memory).map(|bytes: Bytes| Figure::Memory(bytes)));
        add(new.cpus.filter(|_| new.cpus != now.cpus).map(Figure::Cpus));
    }
    edits
}
