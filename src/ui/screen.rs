//! The whole terminal, while a live view has it.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use ratatui::{
    DefaultTerminal, Frame,
    buffer::Buffer,
    crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::Paragraph,
};

use crate::text::{is_control, picture};

/// The columns of the terminal; `None` where there is none.
pub fn terminal_width() -> Option<usize> {
    let is_terminal = io::stdout().is_terminal() || io::stderr().is_terminal();
    let (columns, _) = is_terminal.then(|| ratatui::crossterm::terminal::size().ok()).flatten()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

/// How often the keyboard is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

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

    /// Show a page, which may be painted, until the next reading is there, and return that; again whenever the terminal changes its
    /// size. `None` when the user quits.
    ///
    /// # Errors
    /// When the terminal cannot be drawn on or read.
    pub async fn show_until<T>(
        &mut self,
        page: &str,
        reading: impl Future<Output = T>,
    ) -> io::Result<Option<T>> {
        tokio::pin!(reading);
        let page: Vec<Line<'_>> = page.lines().map(painted).collect();
        let draw = |frame: &mut Frame<'_>| frame.render_widget(Paragraph::new(page.clone()), frame.area());
        self.draw(draw)?;
        loop {
            tokio::select! {
                read = &mut reading => return Ok(Some(read)),
                () = tokio::time::sleep(POLL_INTERVAL) => match self.input()? {
                    Some(Input::Leave) => return Ok(None),
                    Some(Input::Redraw) => self.draw(draw)?,
                    _ => {}
                },
            }
        }
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

    /// Give the terminal back for a while: what `work` starts has it.
    ///
    /// # Errors
    /// When it cannot be taken again.
    pub async fn lend<T>(&mut self, work: impl Future<Output = T>) -> io::Result<T> {
        ratatui::restore();
        let done = work.await;
        self.0 = ratatui::try_init()?;
        Ok(done)
    }
}

/// A line with the colours of [`Paint`](super::Paint) as one of the screen.
fn painted(line: &str) -> Line<'_> {
    let mut spans = Vec::new();
    let mut parts = line.split("\x1b[");
    spans.extend(parts.next().map(Span::raw));
    for part in parts {
        let (codes, text) = part.split_once('m').unwrap_or(("", part));
        let style = codes.split(';').fold(Style::new(), |style, code| match code {
            "1" => style.add_modifier(Modifier::BOLD),
            "2" => style.add_modifier(Modifier::DIM),
            "31" => style.fg(Color::Red),
            "32" => style.fg(Color::Green),
            "33" => style.fg(Color::Yellow),
            "36" => style.fg(Color::Cyan),
            _ => style,
        });
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
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
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;

    #[test]
    fn colours_are_those_of_the_page() {
        let line = painted("a \x1b[32mb\x1b[0m c");
        let spans: Vec<(&str, Option<Color>)> =
            line.spans.iter().map(|span| (span.content.as_ref(), span.style.fg)).collect();
        assert_eq!(spans, [("a ", None), ("b", Some(Color::Green)), (" c", None)]);
    }

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
