//! A change of the mode or the rate of a running engine, as a path of its control server.

use std::time::Duration;

use crate::{model::traffic::CUSTOM, text::percent_encoded};

/// What is changed.
#[derive(Debug)]
pub enum Change {
    /// To a mode, by its name.
    Mode(String),
    /// To so many requests a second, in no mode.
    Rate(f64),
}

impl Change {
    /// The path to post to, for a change that takes so long.
    pub(super) fn path(&self, over: Duration) -> String {
        let path = match self {
            Self::Mode(mode) => format!("/mode/{}", percent_encoded(mode, b"")),
            Self::Rate(rate) => format!("/rate/{rate}"),
        };
        if over.is_zero() { path } else { format!("{path}?over={}ms", over.as_millis()) }
    }

    /// The mode's name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Mode(mode) => mode,
            Self::Rate(_) => CUSTOM,
        }
    }
}
