//! The dashboard in a real browser.

pub mod page;
mod pictures;
mod webdriver;
