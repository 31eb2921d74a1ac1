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

/// The columns of the terminal; `None` where there is none.
pub fn terminal_width() -> Option<usize> {
    let is_terminal = io::stdout().is_terminal() || io::stderr().is_terminal();
    let (columns, _) = is_terminal.then(|| ratatui::crossterm::terminal::size().ok()).flatten()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

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

/// A key that a live view may have an answer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// `q`, or Ctrl-C.
    Quit,
    /// Escape.
    Escape,
    /// Enter.
    Enter,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// A letter.
    Char(char),
    /// No key: the terminal has another size.
    Resize,
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
        while let Some(key) = self.key()? {
            match key {
                Key::Quit | Key::Escape => return Ok(Some(Input::Leave)),
                Key::Char(digit @ '1'..='9') => wish = Some(Input::Digit(digit as u8 - b'0')),
                Key::Resize => wish = Some(Input::Redraw),
                _ => {}
            }
        }
        Ok(wish)
    }

    /// The next key that was pressed; does not wait.
    ///
    /// # Errors
    /// When the keyboard is gone.
    pub fn key(&self) -> io::Result<Option<Key>> {
        while event::poll(Duration::ZERO)? {
            let key = match event::read()? {
                Event::Key(event) if event.kind != KeyEventKind::Release => key(event.code, event.modifiers),
                Event::Resize(..) => Some(Key::Resize),
                _ => None,
            };
            if key.is_some() {
                return Ok(key);
            }
        }
        Ok(None)
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

fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    match code {
        KeyCode::Char('q') => Some(Key::Quit),
        KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
        KeyCode::Char(letter) if (modifiers - KeyModifiers::SHIFT).is_empty() => Some(Key::Char(letter)),
        KeyCode::Esc => Some(Key::Escape),
        KeyCode::Enter => Some(Key::Enter),
        KeyCode::Up => Some(Key::Up),
        KeyCode::Down => Some(Key::Down),
        _ => None,
    }
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
