//! `stackctl budget suggest`: limits and reservations from measured use.

use std::time::Duration;

use indexmap::IndexMap;

use super::{Context, Exit, Failure, project::Project, runtime::block_on, session::last_selection};
use crate::{
    budget::{Evidence, Machine, Scope, Suggestion, Suggestions, prove},
    diag::Severity,
    engine::{
        observe::{ContainerState, Observed},
        samples::Measured,
    },
    model::{Budget, Bytes, Stack},
    resolve::{Profiles, ResolvedStack},
    source::{
        self,
        edit::{self, Edit, EditError, Figure},
    },
    ui::{Format, StatusLine, budget::unproved, suggest as shown},
};

/// How to suggest.
#[derive(Debug, Clone)]
pub struct SuggestOptions {
    /// How long to measure.
    pub window: Duration,
    /// Change stack.toml.
    pub write: bool,
}

/// Measure the running stack and say what limits would do.
///
/// # Errors
/// When the stack has errors or nothing runs (exit 1), the suggestion does not fit the budget or cannot be written (exit
/// 1), or there is no engine (exit 3).
pub fn run(context: &Context, options: &SuggestOptions) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid_but(context, "suggest a budget", "missing-limit")?;
    let stack = &project.parsed.stack;
    let selected = last_selection(context, &project, &[])?;
    let profiles = Profiles::new(stack);
    let resolved = ResolvedStack::new(&profiles, &selected);
    let (measured, machine) = block_on(measure(context, &resolved, options.window))?;
    let judged = Suggestions::new(&resolved, evidence(measured));
    let mut suggested = judged.applied_to(stack);
    let whole = machine.budget_of(&suggested);
    suggested.budget = whole.clone().unwrap_or(suggested.budget);
    let verdict = prove(&Profiles::new(&suggested), &suggested.budget, &Scope::Every);
    let fits = verdict.over().is_none();
    let report = shown::Report {
        window: options.window,
        suggestions: &judged.suggestions,
        left_out: &judged.left_out,
        whole_machine: whole.as_ref(),
        fits: verdict.fits,
        unproved: unproved(&verdict).filter(|_| fits),
    };
    match context.format {
        Format::Json => context.printer.document(&report.json()),
        Format::Human => context.printer.page(&report.human()),
    };
    if !options.write {
        return Ok(if fits { Exit::Done } else { Exit::Judged });
    }
    if !fits {
        let (of, hint) = match whole {
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
    write(context, &project, &judged.suggestions, whole.as_ref(), &suggested)
}

async fn measure(
    context: &Context,
    resolved: &ResolvedStack<'_>,
    window: Duration,
) -> Result<(Vec<Measured>, Machine), Failure> {
    let engine = &context.engine;
    let mut containers = engine.containers(&resolved.stack.name).await?;
    containers.retain(|it| {
        it.state == ContainerState::Running && resolved.services.contains_key(it.service.as_str())
    });
    if containers.is_empty() {
        let failure = Failure::new(Exit::Judged, "failed to measure: no service of the stack runs");
        return Err(failure.hint("run `stackctl up`, apply the usual load, and try again"));
    }
    // A hundred intervals say enough; shorter ones than a second would measure the scheduler.
    let every = (window / 100).clamp(Duration::from_secs(1), Duration::from_secs(10));
    let line = if context.printer.is_quiet() { None } else { StatusLine::on_terminal() };
    if line.is_none() {
        context.printer.note(&format!("measuring {} for {}s", names(&containers), window.as_secs()));
    }
    let tick = |over: Duration| {
        if let Some(line) = &line {
            line.set(format!(
                "measuring {}: {} of {}s",
                names(&containers),
                over.as_secs(),
                window.as_secs()
            ));
        }
    };
    let measured = engine.measure(&containers, window, every, tick).await;
    line.iter().for_each(StatusLine::end);
    let info = engine.info().await?;
    Ok((measured?, Machine { memory: Bytes(info.memory_bytes), cpus: info.cpus }))
}

fn names(containers: &[Observed]) -> String {
    crate::ui::counted(containers.len(), "container")
}

/// What the containers of each service used.
fn evidence(measured: Vec<Measured>) -> IndexMap<String, Evidence> {
    let mut found: IndexMap<String, Evidence> = IndexMap::new();
    for Measured { service, samples, peak, restarts, oom_killed } in measured {
        let evidence = Evidence { memory_peak: peak, restarts, oom_killed, ..Evidence::of(&samples) };
        let all = match found.shift_remove(&service) {
            Some(others) => others.with(evidence),
            None => evidence,
        };
        found.insert(service, all);
    }
    found
}

/// Change stack.toml, when what is read back is exactly the stack that was meant.
fn write(
    context: &Context,
    project: &Project,
    suggestions: &[Suggestion],
    whole: Option<&Budget>,
    meant: &Stack,
) -> Result<Exit, Failure> {
    let edits: Vec<Edit> = suggestions.iter().flat_map(edits).collect();
    if edits.is_empty() && whole.is_none() {
        context.printer.note(&format!("{} is unchanged", project.shown));
        return Ok(Exit::Done);
    }
    let text = edit::apply(&project.parsed.text, &edits)
        .and_then(|text| whole.map_or(Ok(text.clone()), |budget| edit::add_budget(&text, budget)))
        .map_err(|error| failed(&project.shown, error))?;
    let read = source::parse(text.as_bytes());
    let errors = read.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    if errors || read.stack != *meant {
        let message = format!("nothing was written: {} would not have the suggested figures", project.shown);
        return Err(Failure::new(Exit::Judged, message).hint("change the figures by hand"));
    }
    edit::replace(&project.path, project.parsed.text.as_bytes(), &text)
        .map_err(|error| failed(&project.shown, error))?;
    let budget = whole
        .map_or("", |_| " and `[budget]`, which is the whole machine: lower it to what the stack may take");
    context.printer.note(&format!(
        "wrote {} in {}{budget}",
        crate::ui::counted(edits.len(), "figure"),
        project.shown
    ));
    Ok(Exit::Done)
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

fn failed(shown: &str, error: EditError) -> Failure {
    let is_io = matches!(error, EditError::Io { .. });
    let failure = Failure::surroundings(format!("failed to change {shown}"), error);
    if is_io { failure } else { failure.judged() }
}
