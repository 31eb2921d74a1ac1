//! The terminal while the live view has it.

use std::{io, time::Duration};

use ratatui::{
    DefaultTerminal,
    crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
};
use tokio::time::Instant;

use super::view;
use crate::engine::status::StackStatus;

/// How often the keyboard is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// The whole terminal, given back when the value goes away; also when the program panics, by ratatui's hook.
#[derive(Debug)]
pub struct Screen {
    terminal: DefaultTerminal,
    colors: bool,
}

impl Screen {
    /// Take the terminal.
    ///
    /// # Errors
    /// When it is none, or cannot be set up.
    pub fn open(colors: bool) -> io::Result<Self> {
        Ok(Self { terminal: ratatui::try_init()?, colors })
    }

    /// Show the stack for a while, anew whenever the terminal changes its size. False when the person wants to leave.
    ///
    /// # Errors
    /// When the terminal cannot be drawn on or read.
    pub async fn show(&mut self, name: &str, status: &StackStatus, time: Duration) -> io::Result<bool> {
        let until = Instant::now() + time;
        loop {
            self.terminal.draw(|frame| view::draw(frame, name, status, self.colors))?;
            loop {
                if Instant::now() >= until {
                    return Ok(true);
                }
                if event::poll(Duration::ZERO)? {
                    match event::read()? {
                        Event::Key(key)
                            if key.kind == KeyEventKind::Press && leaves(key.code, key.modifiers) =>
                        {
                            return Ok(false);
                        }
                        Event::Resize(..) => break,
                        _ => {}
                    }
                } else {
                    tokio::time::sleep(GLANCE).await;
                }
            }
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

fn leaves(code: KeyCode, modifiers: KeyModifiers) -> bool {
    matches!(code, KeyCode::Char('q') | KeyCode::Esc)
        || (code == KeyCode::Char('c') && modifiers.contains(KeyModifiers::CONTROL))
}
