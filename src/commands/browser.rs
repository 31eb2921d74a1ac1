//! A browser on this machine.

use std::{
    io,
    process::{Command, Stdio},
};

/// The program that opens a URL as the desktop would.
#[cfg(target_os = "macos")]
const OPENER: (&str, &[&str]) = ("open", &[]);
#[cfg(windows)]
const OPENER: (&str, &[&str]) = ("rundll32", &["url.dll,FileProtocolHandler"]);
#[cfg(not(any(target_os = "macos", windows)))]
const OPENER: (&str, &[&str]) = ("xdg-open", &[]);

/// Open a URL; what the browser does then is its own affair.
///
/// # Errors
/// When the program that does it cannot be started.
pub fn open(url: &str) -> io::Result<()> {
    let (program, arguments) = OPENER;
    let mut command = Command::new(program);
    command.args(arguments).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let failed = |error: io::Error| io::Error::new(error.kind(), format!("{program}: {error}"));
    command.spawn().map(drop).map_err(failed)
}
