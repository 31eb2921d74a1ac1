//! Colour by meaning.

/// The meaning of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be: green.
    Good,
    /// Close to a limit: yellow.
    Near,
    /// Wrong: red.
    Bad,
    /// Added: green.
    Added,
    /// Removed: red.
    Removed,
}

/// Paints, or leaves text as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Whether to colour at all.
    pub on: bool,
}

impl Paint {
    /// One of several texts, each in a colour of its own.
    pub fn nth(self, index: usize, text: &str) -> String {
        let code = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"][index % 10];
        if self.on && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The text in its colour.
    pub fn text(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good | Tone::Added => "32",
            Tone::Near => "33",
            Tone::Bad | Tone::Removed => "31",
        };
        if self.on && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
