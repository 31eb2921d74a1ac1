//! The whole terminal, while a live view has it.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use ratatui::{
    DefaultTerminal, Frame,
    crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
};

/// What a person at the keyboard wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To see it drawn again: the terminal has another size.
    Redraw,
    /// To leave: `q`, Escape or Ctrl-C.
    Leave,
}

/// The terminal, given back when the value goes away; also when the program panics, by ratatui's hook.
#[derive(Debug)]
pub struct Screen(DefaultTerminal);

impl Screen {
    /// Whether there is a person who can see a live view and leave it.
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
        self.0.draw(draw).map(|_| ())
    }

    /// What was wished for since the last look; does not wait.
    ///
    /// # Errors
    /// When the keyboard is gone.
    pub fn wish(&self) -> io::Result<Option<Wish>> {
        let mut wish = None;
        while event::poll(Duration::ZERO)? {
            match event::read()? {
                Event::Key(key) if key.kind == KeyEventKind::Press && leaves(key.code, key.modifiers) => {
                    return Ok(Some(Wish::Leave));
                }
                Event::Resize(..) => wish = Some(Wish::Redraw),
                _ => {}
            }
        }
        Ok(wish)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // In a panic the hook has done it; twice would put the cursor back over the message.
        if !std::thread::panicking() {
            ratatui::restore();
        }
    }
}

fn leaves(code: KeyCode, modifiers: KeyModifiers) -> bool {
    matches!(code, KeyCode::Char('q') | KeyCode::Esc)
        || (code == KeyCode::Char('c') && modifiers.contains(KeyModifiers::CONTROL))
}
