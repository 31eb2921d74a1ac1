//! Diagnostics for people (like rustc's) and for programs.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt::Write as _,
    ops::Range,
    path::{Path, PathBuf},
};

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use crate::{
    diag::{Diagnostic, KeyPath, Place, Severity},
    fs,
    source::Document,
    text::printable,
    ui::counted,
};

/// Related places of one finding that are shown to people.
const MOST_PLACES: usize = 9;
/// Lines longer than this many bytes are shown in part.
const LONGEST_LINE: usize = 400;

/// The texts that diagnostics point into.
#[derive(Debug)]
pub struct Sources<'a> {
    /// stack.toml, or the Compose files in its place: each with the byte of the document's text at which it begins.
    stack: Vec<(usize, File)>,
    document: &'a Document,
    others: BTreeMap<PathBuf, File>,
}

#[derive(Debug)]
struct File {
    path: String,
    text: String,
    /// The byte at which each line starts.
    lines: Vec<usize>,
}

/// One diagnostic as `--format json` prints it. Lines and columns count from 1, columns in characters; the end is the
/// first position behind what is meant. A finding about a file as a whole is at its start.
#[derive(Debug, Serialize)]
pub(super) struct Json<'a> {
    code: &'a str,
    severity: &'a str,
    pub(super) message: String,
    pub(super) file: Cow<'a, str>,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
    help: Option<&'a str>,
}

impl<'a> Sources<'a> {
    /// The text of stack.toml, shown under `path`, with its parsed document; Compose files in its place are shown under the
    /// names that the document has. `root` is the folder that other files are relative to. Those that a diagnostic points
    /// into are read here.
    pub fn new(
        path: &str,
        text: &str,
        document: &'a Document,
        root: &Path,
        diagnostics: &[Diagnostic],
    ) -> Self {
        let mut others = BTreeMap::new();
        for diagnostic in diagnostics {
            if let Some(Place::File { path, .. }) = &diagnostic.place {
                others.entry(path.clone()).or_insert_with(|| {
                    let text = fs::read_text(&root.join(path)).unwrap_or_default();
                    File::new(path.display().to_string(), text)
                });
            }
        }
        let mut stack: Vec<(usize, File)> = document
            .files()
            .map(|(path, bytes)| {
                let text = document.text().get(bytes.clone()).unwrap_or_default();
                (bytes.start, File::new(path.display().to_string(), text.to_owned()))
            })
            .collect();
        if stack.is_empty() {
            stack.push((0, File::new(path.to_owned(), text.to_owned())));
        }
        Self { stack, document, others }
    }

    fn locate(&self, place: &Place) -> Option<(&File, Option<Range<usize>>)> {
        match place {
            Place::File { path, span } => self.others.get(path).map(|file| (file, span.clone())),
            Place::Unshown { .. } => None,
            place => Some(match self.document.locate(place) {
                Some(span) => {
                    let at = self.stack.partition_point(|(start, _)| *start <= span.start).saturating_sub(1);
                    let (start, file) = &self.stack[at];
                    (file, Some(span.start - start..span.end.max(span.start) - start))
                }
                None => (self.first(), None),
            }),
        }
    }

    /// stack.toml, or the first Compose file.
    fn first(&self) -> &File {
        &self.stack[0].1
    }

    /// The position of a place that belongs to a diagnostic: the file, the line and the column from 1.
    pub(super) fn position(&self, place: &Place) -> Option<(&str, usize, usize)> {
        let (file, span) = self.locate(place)?;
        let (line, column) = file.position(span?.start);
        Some((&file.path, line, column))
    }

    /// As rustc prints them, each followed by an empty line.
    pub fn human<'d>(&'d self, diagnostics: impl Iterator<Item = &'d Diagnostic>, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for diagnostic in diagnostics {
            let _ = writeln!(text, "{}\n", renderer.render(&[self.group(diagnostic)]));
        }
        text
    }

    fn group<'d>(&'d self, diagnostic: &'d Diagnostic) -> Group<'d> {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut group =
            Group::with_title(level.primary_title(printable(&diagnostic.message)).id(diagnostic.code.name));
        let located = diagnostic.place.as_ref().and_then(|place| self.locate(place));
        group = match (&diagnostic.place, located.unwrap_or((self.first(), None))) {
            (Some(Place::Unshown { path, line, column }), _) => {
                let path = printable(&path.to_string_lossy()).into_owned();
                group.element(Origin::path(path).line(*line).char_column(*column))
            }
            (_, (file, Some(span))) => {
                group.element(file.snippet(span, AnnotationKind::Primary, &diagnostic.label))
            }
            (_, (file, None)) => group.element(Origin::path(printable(&file.path))),
        };
        for (place, label) in diagnostic.related.iter().take(MOST_PLACES) {
            if let Some((file, Some(span))) = self.locate(place) {
                group = group.element(file.snippet(span, AnnotationKind::Context, label));
            }
        }
        if let Some(more) = diagnostic.related.len().checked_sub(MOST_PLACES).filter(|more| *more > 0) {
            group = group.element(Level::NOTE.message(format!("and {}", counted(more, "more place"))));
        }
        if let Some(why) = &diagnostic.why {
            group = group.element(Level::NOTE.message(printable(why)));
        }
        if let Some(profiles) = &diagnostic.combination {
            let happens = format!("it happens {}", self.combination(profiles));
            group = group.element(Level::NOTE.message(printable(&happens).into_owned()));
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(printable(help)));
        }
        group
    }

    /// A combination in words: `in the default`, or `with --profile a --profile b`.
    fn combination(&self, profiles: &[String]) -> String {
        if !profiles.is_empty() {
            let options: Vec<String> =
                profiles.iter().map(|profile| format!("--profile {profile}")).collect();
            return format!("with {}", options.join(" "));
        }
        if self.document.contains(&KeyPath::from(["default_profiles"])) {
            return "with --profile core".to_owned();
        }
        "in the default, without any profile".to_owned()
    }

    /// A JSON list, one object a diagnostic.
    pub fn json<'d>(&'d self, diagnostics: &'d [Diagnostic]) -> impl Serialize + use<'d> {
        diagnostics.iter().map(|diagnostic| self.to_json(diagnostic)).collect::<Vec<_>>()
    }

    /// One diagnostic with its position.
    pub(super) fn to_json<'d>(&'d self, diagnostic: &'d Diagnostic) -> Json<'d> {
        let located = diagnostic.place.as_ref().and_then(|place| self.locate(place));
        let (file, span) = located.unwrap_or((self.first(), None));
        let span = span.unwrap_or_default();
        let mut shown = Cow::Borrowed(file.path.as_str());
        let (mut start, mut end) = (file.position(span.start), file.position(span.end));
        if let Some(Place::Unshown { path, line, column }) = &diagnostic.place {
            shown = path.to_string_lossy();
            start = (*line, *column);
            end = start;
        }
        let message = match &diagnostic.combination {
            Some(profiles) => format!("{}; it happens {}", diagnostic.message, self.combination(profiles)),
            None => diagnostic.message.clone(),
        };
        Json {
            code: diagnostic.code.name,
            severity: diagnostic.severity.as_str(),
            message,
            file: shown,
            line: start.0,
            column: start.1,
            end_line: end.0,
            end_column: end.1,
            help: diagnostic.help.as_deref(),
        }
    }
}

impl File {
    fn new(path: String, text: String) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, lines }
    }

    /// The line from 0 that holds a byte.
    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Line and column from 1, the column in characters.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        let column = self.text.get(self.lines[line]..offset).map_or(0, |before| before.chars().count());
        (line + 1, column + 1)
    }

    /// The first line of a span with its caret. Only that line is given to the renderer, so that a report about a large
    /// file stays cheap.
    fn snippet<'d>(
        &'d self,
        span: Range<usize>,
        kind: AnnotationKind,
        label: &'d str,
    ) -> Snippet<'d, Annotation<'d>> {
        let line = self.line(span.start);
        let start = self.lines[line];
        let end = self.lines.get(line + 1).map_or(self.text.len(), |next| next - 1).max(span.start);
        let window = clip(&self.text, start..end, span.start);
        let end = span.end.min(window.end).max(span.start);
        // Pictures of control characters have other lengths: each part is filtered on its own.
        let part =
            |range: Range<usize>| printable(self.text.get(range).unwrap_or_default().trim_end_matches('\r'));
        let mut source = part(window.start..span.start).into_owned();
        let from = source.len();
        source.push_str(&part(span.start..end));
        let annotation = kind.span(from..source.len());
        source.push_str(&part(end..window.end));
        let annotation = if label.is_empty() { annotation } else { annotation.label(Some(printable(label))) };
        Snippet::source(source)
            .line_start(line + 1)
            .path(Some(printable(&self.path)))
            .fold(false)
            .annotation(annotation)
    }
}

/// The part of a line to show: all of it, or [`LONGEST_LINE`] bytes from a little before the caret.
fn clip(text: &str, line: Range<usize>, caret: usize) -> Range<usize> {
    if line.len() <= LONGEST_LINE {
        return line;
    }
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(caret.saturating_sub(LONGEST_LINE / 4).max(line.start));
    let end = boundary((start + LONGEST_LINE).min(line.end));
    start..end.max(caret)
}

/// `2 errors, 1 warning`, or nothing for none. Notes are not counted.
pub fn count(diagnostics: &[Diagnostic]) -> Option<String> {
    let words = [(Severity::Error, "error"), (Severity::Warning, "warning")].map(|(severity, word)| {
        let number = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        (number > 0).then(|| counted(number, word))
    });
    let words: Vec<String> = words.into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(", "))
}
