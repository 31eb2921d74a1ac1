//! Which entry a comment belongs to: the next one below it, the one on the same line, or, where it is indented like the
//! entries of a table or list that ends there, the table or list itself.

/// A comment on a line of its own.
#[derive(Debug)]
struct Comment {
    text: String,
    /// Its line, from 0.
    line: usize,
    /// Where its `#` stands in its line, in bytes.
    column: usize,
}

/// The comments that were read and that no entry has taken yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    comments: Vec<Comment>,
}

/// Finds lines and columns of bytes.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    /// The byte at which each line starts.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The bytes between the start of the line and a byte.
    pub(super) fn column(&self, at: usize) -> usize {
        at - self.starts[self.line(at)]
    }

    /// Whether only white space stands before a byte in its line.
    pub(super) fn begins_its_line(&self, at: usize) -> bool {
        let start = self.starts[self.line(at)];
        self.text.get(start..at).is_some_and(|before| before.trim_start_matches('\u{feff}').trim().is_empty())
    }
}

/// The text of a comment, given without its `#`: one space in front is left out.
pub(super) fn text(raw: &str) -> String {
    raw.strip_prefix(' ').unwrap_or(raw).trim_end().to_owned()
}

impl Pending {
    /// A comment on a line of its own, with the byte of its `#`.
    pub(super) fn push(&mut self, raw: &str, at: usize, lines: &Lines<'_>) {
        self.comments.push(Comment { text: text(raw), line: lines.line(at), column: lines.column(at) });
    }

    /// All of them, for what begins at a byte: `above` of an entry.
    pub(super) fn take_above(&mut self, at: usize, lines: &Lines<'_>) -> Vec<String> {
        joined(std::mem::take(&mut self.comments), Some(lines.line(at)))
    }

    /// Those that stand where the entries of a table or list stand that ends now: from this column on.
    pub(super) fn take_below(&mut self, column: usize) -> Vec<String> {
        let count = self.comments.iter().take_while(|comment| comment.column >= column).count();
        joined(self.comments.drain(..count).collect(), None)
    }
}

/// The lines, with an empty one where the text has some between two comments, or before what follows in line `next`.
fn joined(comments: Vec<Comment>, next: Option<usize>) -> Vec<String> {
    let mut joined = Vec::with_capacity(comments.len());
    let mut last = None;
    for comment in comments {
        if last.is_some_and(|last| comment.line > last + 1) {
            joined.push(String::new());
        }
        last = Some(comment.line);
        joined.push(comment.text);
    }
    if let (Some(last), Some(next)) = (last, next)
        && next > last + 1
    {
        joined.push(String::new());
    }
    joined
}
