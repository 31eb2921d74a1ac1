//! `stackctl render`: write `generated/`, or say how it differs.

use super::{Context, Exit, Failure, project::Project};
use crate::{
    render::{
        self, Change, Comparison, Conflict, FOLDER, Outcome, RenderError, Rendered, Selection, Target,
        WriteError, write,
    },
    resolve::Profiles,
    text::printable,
    ui::{Paint, Tone, counted, listed},
};

/// How to render.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    /// Write nothing; exit 1 with a diff when the files are stale.
    pub check: bool,
    /// Print the Compose file (or the stack file) only.
    pub stdout: bool,
    /// Overwrite files that were edited by hand.
    pub force: bool,
    /// Who reads the files.
    pub target: Target,
    /// What the files of a target that takes a selection hold.
    pub selection: Selection,
}

/// Render the stack.
///
/// # Errors
/// When the stack has errors or files were edited by hand (exit 1), or the folder cannot be read or written (exit 3).
pub fn run(context: &Context, options: &RenderOptions) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid(context, "render")?;
    let mut options = options.clone();
    if options.target.takes_selection() {
        options.selection.profiles = project.select(context, &options.selection.profiles)?;
    }
    let options = &options;
    let rendered = render(context, &project, options)?;
    if options.stdout {
        context.printer.data(rendered.main());
        return Ok(Exit::Done);
    }
    if options.check {
        let comparison = Comparison::new(&project.root, &rendered).map_err(failed)?;
        return Ok(check(context, &rendered, &comparison));
    }
    match written(context, &project, &rendered, options.force)? {
        None => fresh(context, &rendered),
        Some(changes) => {
            for change in changes {
                let verb = if change.new.is_some() { "wrote" } else { "removed" };
                context.printer.note(&format!("{verb} {FOLDER}/{}", change.path));
            }
        }
    }
    Ok(Exit::Done)
}

/// Write the files: what has changed beside the manifest, or `None` where nothing has.
fn written<'a>(
    context: &Context,
    project: &Project,
    rendered: &'a Rendered,
    force: bool,
) -> Result<Option<Vec<Change<'a>>>, Failure> {
    match write(&project.root, rendered, force).map_err(failed)? {
        Outcome::Fresh => Ok(None),
        Outcome::Written(Comparison { mut changes }) => {
            changes.retain(|change| change.path != rendered.target.manifest());
            Ok(Some(changes))
        }
        Outcome::Refused(comparison) => Err(refused(context, rendered.target, &comparison)),
    }
}

/// The files of the target, for profiles that were selected before; what Swarm cannot hold is printed at once.
fn render(context: &Context, project: &Project, options: &RenderOptions) -> Result<Rendered, Failure> {
    let failed = |error: RenderError| project.not_rendered(context, error);
    if !options.target.takes_selection() {
        if options.selection != Selection::default() {
            let message = "`--profile` and `--publish-all` belong to `--target swarm`";
            let hint =
                "docker-compose.yml holds every profile; `docker compose --profile` and `stackctl up` choose";
            return Err(Failure::new(Exit::Usage, message).hint(hint));
        }
        return project.render().map_err(failed);
    }
    let stack = Profiles::new(project.proved());
    let rendered =
        render::render(options.target, &project.root, &stack, &options.selection).map_err(failed)?;
    if !rendered.losses.is_empty() && !options.check {
        context.printer.note(&format!("what {} cannot hold of the stack:", options.target.title()));
        rendered.losses.iter().for_each(|loss| context.printer.note(&format!("  {loss}")));
    }
    Ok(rendered)
}

/// Bring the files of a target up to date without output; returns how many were written or removed.
///
/// # Errors
/// When files were edited by hand (exit 1; the diff is shown), or the folder cannot be read or written (exit 3).
pub(super) fn refresh(
    context: &Context,
    project: &Project,
    options: &RenderOptions,
) -> Result<usize, Failure> {
    let rendered = render(context, project, options)?;
    Ok(written(context, project, &rendered, false)?.map_or(0, |changes| changes.len()))
}

fn check(context: &Context, rendered: &Rendered, comparison: &Comparison<'_>) -> Exit {
    if comparison.is_fresh() {
        fresh(context, rendered);
        return Exit::Done;
    }
    let paint = context.printer.paint();
    let diffs: String = comparison.changes.iter().map(|change| painted(&change.diff(), paint)).collect();
    context.printer.page(&diffs);
    let stale = counted(comparison.changes.len(), "stale file");
    let again = command(rendered.target);
    let edited = listed(comparison.conflicts().map(reason));
    if edited.is_empty() {
        context.printer.note(&format!("{FOLDER}/ has {stale}; `{again}` brings it up to date"));
    } else {
        context.printer.note(&format!("{FOLDER}/ has {stale}: {edited}"));
        context.printer.note(&edited_hint(rendered.target));
    }
    Exit::Judged
}

/// The command line that renders a target.
fn command(target: Target) -> String {
    match target {
        Target::Compose => "stackctl render".to_owned(),
        target => format!("stackctl render --target {}", target.name()),
    }
}

/// What to do about files that were edited by hand.
fn edited_hint(target: Target) -> String {
    format!("move the change into stack.toml or templates/, or discard it with `{} --force`", command(target))
}

fn fresh(context: &Context, rendered: &Rendered) {
    context.printer.note(&format!("{FOLDER}/ is fresh: {}", counted(rendered.files.len(), "file")));
}

/// Show what would be lost, and change nothing.
fn refused(context: &Context, target: Target, comparison: &Comparison<'_>) -> Failure {
    let paint = context.printer.paint_stderr();
    let mut reasons = Vec::new();
    for change in comparison.conflicts() {
        context.printer.painted(painted(&change.diff(), paint).trim_end());
        reasons.push(reason(change));
    }
    Failure::new(Exit::Judged, "nothing was written: manual edits would be lost")
        .caused_by(reasons)
        .hint(edited_hint(target))
}

fn reason(change: &Change<'_>) -> String {
    let what = match change.conflict {
        Some(Conflict::Foreign) => "was not written by stackctl",
        _ => "was edited by hand",
    };
    format!("{FOLDER}/{} {what}", change.path)
}

fn failed(error: WriteError) -> Failure {
    Failure::surroundings(format!("failed to update {FOLDER}/; the old files are unchanged"), error)
}

/// A unified diff in colour.
pub(super) fn painted(diff: &str, paint: Paint) -> String {
    let line = |line: &str| match line.as_bytes().first() {
        Some(b'+') => paint.text(Tone::Added, line),
        Some(b'-') => paint.text(Tone::Removed, line),
        _ => line.to_owned(),
    };
    printable(diff).lines().map(|text| line(text) + "\n").collect()
}
