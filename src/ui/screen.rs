//! The whole terminal, while a live view has it.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use ratatui::{
    DefaultTerminal, Frame,
    buffer::Buffer,
    crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
};

use crate::text::{is_control, picture};

/// What the user asked for with the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Redraw: the terminal has another size.
    Redraw,
    /// Quit: `q`, Escape or Ctrl-C.
    Leave,
    /// A digit from 1 to 9.
    Digit(u8),
}

/// The terminal, restored when the value is dropped; ratatui's hook restores it when the program panics.
#[derive(Debug)]
pub struct Screen(DefaultTerminal);

impl Screen {
    /// Whether stdin and stdout are terminals.
    pub fn is_possible() -> bool {
        io::stdout().is_terminal() && io::stdin().is_terminal()
    }

    /// Take the terminal.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub fn open() -> io::Result<Self> {
        ratatui::try_init().map(Self)
    }

    /// Draw.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let filtered = |frame: &mut Frame<'_>| {
            draw(frame);
            filter(frame.buffer_mut());
        };
        self.0.draw(filtered).map(|_| ())
    }

    /// The input since the last call; does not wait.
    ///
    /// # Errors
    /// When the keyboard is gone.
    pub fn input(&self) -> io::Result<Option<Input>> {
        let mut wish = None;
        while event::poll(Duration::ZERO)? {
            match event::read()? {
                Event::Key(key) if key.kind == KeyEventKind::Press && leaves(key.code, key.modifiers) => {
                    return Ok(Some(Input::Leave));
                }
                Event::Key(key) if key.kind == KeyEventKind::Press => {
                    if let KeyCode::Char(digit @ '1'..='9') = key.code {
                        wish = Some(Input::Digit(digit as u8 - b'0'));
                    }
                }
                Event::Resize(..) => wish = Some(Input::Redraw),
                _ => {}
            }
        }
        Ok(wish)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // In a panic the hook has restored it; a second time would move the cursor over the message.
        if !std::thread::panicking() {
            ratatui::restore();
        }
    }
}

/// Replaces control characters, whatever a view draws.
fn filter(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().contains(is_control) {
            let symbol: String =
                cell.symbol().chars().map(|c| if is_control(c) { picture(c) } else { c }).collect();
            cell.set_symbol(&symbol);
        }
    }
}

fn leaves(code: KeyCode, modifiers: KeyModifiers) -> bool {
    matches!(code, KeyCode::Char('q') | KeyCode::Esc)
        || (code == KeyCode::Char('c') && modifiers.contains(KeyModifiers::CONTROL))
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend, widgets::Paragraph};

    use super::*;

    #[test]
    fn a_view_shows_no_control_character() {
        let mut terminal = Terminal::new(TestBackend::new(40, 1)).unwrap();
        let text = "a\u{1b}]0;x\u{7}b\u{202e}c\u{9b}31md\u{2066}e\u{200f}f";
        let drawn = terminal.draw(|frame| {
            frame.render_widget(Paragraph::new(text), frame.area());
            filter(frame.buffer_mut());
        });
        let shown: String = drawn.unwrap().buffer.content().iter().map(|cell| cell.symbol()).collect();
        assert!(!shown.contains(is_control), "{shown:?}");
    }
}
