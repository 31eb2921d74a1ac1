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
use serde_json::{Value, json};

use crate::{
    diag::{Diagnostic, KeyPath, Place, Severity},
    fs,
    source::Document,
    text::{all_counted, counted, printable},
};

/// Places of one finding that are shown to people, beside the first.
const MOST_PLACES: usize = 9;
/// Places without a label that are listed by line.
const MOST_LINES: usize = 20;
/// Lines between two places that are shown below each other, with dots between them.
const NEAR: usize = 200;
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

/// A place as `--format json` prints it. Lines and columns count from 1, columns in characters; the end is the first position
/// behind what is meant. A finding about a file as a whole is at its start.
#[derive(Debug, Serialize)]
pub(super) struct JsonPlace<'a> {
    pub(super) file: Cow<'a, str>,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
    pub(super) label: &'a str,
}

/// A place that is shown in its line.
struct Mark<'d> {
    file: &'d File,
    span: Range<usize>,
    kind: AnnotationKind,
    label: &'d str,
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
            for place in diagnostic.all_places() {
                let Place::File { path, .. } = place else { continue };
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
        let mut marks = Vec::new();
        match (&diagnostic.place, located.unwrap_or((self.first(), None))) {
            (Some(Place::Unshown { path, line, column }), _) => {
                let path = printable(&path.to_string_lossy()).into_owned();
                group = group.element(Origin::path(path).line(*line).char_column(*column));
            }
            (_, (file, Some(span))) => {
                marks.push(Mark { file, span, kind: AnnotationKind::Primary, label: &diagnostic.label });
            }
            (_, (file, None)) => group = group.element(Origin::path(printable(&file.path))),
        }
        let (labelled, plain): (Vec<_>, Vec<_>) =
            diagnostic.places.iter().partition(|(_, label)| !label.is_empty());
        let labelled = labelled.iter().map(|(place, label)| (place, label, AnnotationKind::Primary));
        let related = diagnostic.related.iter().map(|(place, label)| (place, label, AnnotationKind::Context));
        let others: Vec<_> = labelled.chain(related).collect();
        for (place, label, kind) in others.iter().take(MOST_PLACES) {
            if let Some((file, Some(span))) = self.locate(place) {
                marks.push(Mark { file, span, kind: *kind, label });
            }
        }
        for snippet in snippets(marks) {
            group = group.element(snippet);
        }
        if let Some(lines) = self.lines(plain.iter().map(|(place, _)| place)) {
            group = group.element(Level::NOTE.message(lines));
        }
        if let Some(more) = others.len().checked_sub(MOST_PLACES).filter(|more| *more > 0) {
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

    /// Where else the same is wrong, in one line: the lines, with the services where each is in one.
    fn lines<'p>(&self, places: impl ExactSizeIterator<Item = &'p Place> + Clone) -> Option<String> {
        let count = places.len();
        let positions: Vec<(&str, usize)> = places
            .clone()
            .filter_map(|place| self.locate(place))
            .map(|(file, span)| (file.path.as_str(), file.position(span.unwrap_or_default().start).0))
            .collect();
        let (file, _) = *positions.first()?;
        let one_file = file == self.first().path && positions.iter().all(|(other, _)| *other == file);
        let shown = positions.iter().take(MOST_LINES).map(|(file, line)| match one_file {
            true => line.to_string(),
            false => format!("{}:{line}", printable(file)),
        });
        let mut lines: Vec<String> = shown.collect();
        lines.dedup();
        let more = count.saturating_sub(MOST_LINES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let word = if one_file { if lines.len() == 1 { "line " } else { "lines " } } else { "" };
        let services: Option<Vec<&str>> = places.take(MOST_LINES).map(Place::service).collect();
        let at = format!("{word}{}{more}", lines.join(", "));
        Some(match services.filter(|names| names.windows(2).all(|pair| pair[0] != pair[1])) {
            Some(names) => format!("also in {}{more} ({at})", printable(&names.join(", "))),
            None => format!("also in {at}"),
        })
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
    pub fn json(&self, diagnostics: &[Diagnostic]) -> Value {
        diagnostics.iter().map(|diagnostic| self.to_json(diagnostic)).collect()
    }

    /// One diagnostic. Where it has several places, each has its label, the first of them that of the finding itself.
    fn to_json(&self, diagnostic: &Diagnostic) -> Value {
        let at = self.json_place(diagnostic.place.as_ref(), &diagnostic.label);
        let mut found = json!({
            "code": diagnostic.code.name,
            "severity": diagnostic.severity.as_str(),
            "message": self.message(diagnostic),
            "file": at.file,
            "line": at.line,
            "column": at.column,
            "end_line": at.end_line,
            "end_column": at.end_column,
            "help": diagnostic.help,
        });
        if !diagnostic.places.is_empty() {
            let others = diagnostic.places.iter().map(|(place, label)| self.json_place(Some(place), label));
            found["places"] =
                json!(diagnostic.place.is_some().then_some(at).into_iter().chain(others).collect::<Vec<_>>());
        }
        found
    }

    /// What is wrong, and in which combination.
    pub(super) fn message<'d>(&self, diagnostic: &'d Diagnostic) -> Cow<'d, str> {
        match &diagnostic.combination {
            Some(profiles) => {
                format!("{}; it happens {}", diagnostic.message, self.combination(profiles)).into()
            }
            None => Cow::Borrowed(&diagnostic.message),
        }
    }

    /// A place with its positions; the start of the file where it has none.
    pub(super) fn json_place<'d>(&'d self, place: Option<&'d Place>, label: &'d str) -> JsonPlace<'d> {
        let (file, span) = place.and_then(|place| self.locate(place)).unwrap_or((self.first(), None));
        let span = span.unwrap_or_default();
        let mut shown = Cow::Borrowed(file.path.as_str());
        let (mut start, mut end) = (file.position(span.start), file.position(span.end));
        if let Some(Place::Unshown { path, line, column }) = place {
            shown = path.to_string_lossy();
            start = (*line, *column);
            end = start;
        }
        let ((line, column), (end_line, end_column)) = (start, end);
        JsonPlace { file: shown, line, column, end_line, end_column, label }
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

    /// The bytes of a line without its end.
    fn bytes(&self, line: usize) -> Range<usize> {
        let start = self.lines[line];
        start..self.lines.get(line + 1).map_or(self.text.len(), |next| next - 1).max(start)
    }

    /// A part of the text as it is shown. Pictures of control characters have other lengths: each part is filtered on its own.
    fn part(&self, range: Range<usize>) -> Cow<'_, str> {
        printable(self.text.get(range).unwrap_or_default().trim_end_matches('\r'))
    }

    /// The lines of these places, which are near each other, with carets. Only those lines are given to the renderer, so that a
    /// report about a large file stays cheap.
    fn snippet<'d>(&'d self, marks: &[Mark<'d>]) -> Snippet<'d, Annotation<'d>> {
        let lines = || marks.iter().map(|mark| self.line(mark.span.start));
        let (first, last) = (lines().min().unwrap_or_default(), lines().max().unwrap_or_default());
        let mut source = String::new();
        let mut annotations = Vec::with_capacity(marks.len());
        for line in first..=last {
            if line > first {
                source.push('\n');
            }
            let here: Vec<&Mark<'d>> =
                marks.iter().filter(|mark| self.line(mark.span.start) == line).collect();
            let Some(caret) = here.iter().map(|mark| mark.span.start).min() else {
                // One line between two is shown, more are dots.
                let beside = |other: usize| lines().any(|line| line == other);
                if beside(line - 1) && beside(line + 1) {
                    source.push_str(&self.part(clip(&self.text, self.bytes(line), self.bytes(line).start)));
                }
                continue;
            };
            let window = clip(&self.text, self.bytes(line), caret);
            let within = |at: usize| at.clamp(window.start, window.end);
            let spans = here.iter().flat_map(|mark| [within(mark.span.start), within(mark.span.end)]);
            let mut cuts: Vec<usize> = spans.chain([window.start, window.end]).collect();
            cuts.sort_unstable();
            cuts.dedup();
            let mut shown = BTreeMap::from([(window.start, source.len())]);
            for pair in cuts.windows(2) {
                source.push_str(&self.part(pair[0]..pair[1]));
                shown.insert(pair[1], source.len());
            }
            let to = |at: usize| shown.get(&within(at)).copied().unwrap_or(source.len());
            for mark in here {
                let annotation = mark.kind.span(to(mark.span.start)..to(mark.span.end.max(mark.span.start)));
                annotations.push(match mark.label {
                    "" => annotation,
                    label => annotation.label(Some(printable(label))),
                });
            }
        }
        Snippet::source(source)
            .line_start(first + 1)
            .path(Some(printable(&self.path)))
            .fold(true)
            .annotations(annotations)
    }
}

/// The lines of places, in one snippet where they are near each other; that of the first place comes first.
fn snippets(marks: Vec<Mark<'_>>) -> impl Iterator<Item = Snippet<'_, Annotation<'_>>> {
    let mut near: Vec<Vec<Mark<'_>>> = Vec::new();
    for mark in marks {
        let line = mark.file.line(mark.span.start);
        let is_near = |other: &Mark<'_>| {
            std::ptr::eq(other.file, mark.file) && other.file.line(other.span.start).abs_diff(line) <= NEAR
        };
        match near.iter_mut().find(|group| group.iter().any(is_near)) {
            Some(group) => group.push(mark),
            None => near.push(vec![mark]),
        }
    }
    near.into_iter().filter_map(|group| group.first().map(|first| first.file.snippet(&group)))
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
    let count = |severity| diagnostics.iter().filter(|found| found.severity == severity).count();
    let counts = all_counted([(count(Severity::Error), "error"), (count(Severity::Warning), "warning")]);
    Some(counts).filter(|counts| !counts.is_empty())
}
