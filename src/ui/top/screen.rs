//! The live view, while it has the terminal.

use std::{io, time::Duration};

use super::view;
use crate::{
    engine::status::StackStatus,
    ui::{Input, Screen as Terminal},
};

/// How often the keyboard is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

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
    /// When it is not a terminal, or cannot be set up.
    pub fn open(colors: bool) -> io::Result<Self> {
        Ok(Self { terminal: Terminal::open()?, colors })
    }

    /// Show the stack until the next reading is there, and return that; again whenever the terminal changes its size. `None`
    /// when the user quits, however long the reading takes.
    ///
    /// # Errors
    /// When the terminal cannot be drawn on or read.
    pub async fn show_until<T>(
        &mut self,
        name: &str,
        status: &StackStatus,
        reading: impl Future<Output = T>,
    ) -> io::Result<Option<T>> {
        tokio::pin!(reading);
        self.terminal.draw(|frame| view::draw(frame, name, status, self.colors))?;
        loop {
            tokio::select! {
                read = &mut reading => return Ok(Some(read)),
                () = tokio::time::sleep(POLL_INTERVAL) => match self.terminal.input()? {
                    Some(Input::Leave) => return Ok(None),
                    Some(Input::Redraw) => {
                        self.terminal.draw(|frame| view::draw(frame, name, status, self.colors))?;
                    }
                    Some(Input::Digit(_)) | None => {}
                },
            }
        }
    }
}
