//! The live view, while it has the terminal.

use std::{io, time::Duration};

use tokio::time::Instant;

use super::view;
use crate::{
    engine::status::StackStatus,
    ui::{Screen as Terminal, Wish},
};

/// How often the keyboard is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// The whole terminal.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal,
    colors: bool,
}

impl Screen {
    /// Take the terminal.
    ///
    /// # Errors
    /// When it is none, or cannot be set up.
    pub fn open(colors: bool) -> io::Result<Self> {
        Ok(Self { terminal: Terminal::open()?, colors })
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
                match self.terminal.wish()? {
                    Some(Wish::Leave) => return Ok(false),
                    Some(Wish::Redraw) => break,
                    None => tokio::time::sleep(GLANCE).await,
                }
            }
        }
    }
}
