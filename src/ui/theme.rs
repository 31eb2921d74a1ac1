//! The colours of the live views: few, and none where they are not wanted.

use ratatui::style::{Color, Modifier, Style};

use crate::ui::Tone;

/// Paints, or leaves everything plain.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    /// Whether to colour at all.
    pub colors: bool,
}

impl Theme {
    /// A text in this colour.
    pub fn fg(self, color: Color) -> Style {
        if self.colors { Style::new().fg(color) } else { Style::new() }
    }

    /// What is there for whoever looks for it: units, keys, empty parts of bars.
    pub fn dim(self) -> Style {
        self.fg(Color::DarkGray)
    }

    /// What is looked at first. It is no colour.
    pub fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The colour of a meaning. What is as it should be has none: only what asks for attention is coloured.
    pub fn tone(self, tone: Option<Tone>) -> Style {
        match tone {
            Some(Tone::Near) => self.fg(Color::Yellow),
            Some(Tone::Bad | Tone::Removed) => self.fg(Color::Red),
            Some(Tone::Good | Tone::Added) => self.fg(Color::Green),
            None => Style::new(),
        }
    }
}
