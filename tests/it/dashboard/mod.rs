//! The dashboard in a real browser.

mod page;
mod webdriver;
