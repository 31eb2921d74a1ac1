//! A program that does not outlive this one, also where this one is killed and can end nothing itself.
//!
//! On Linux the kernel sends a signal to a process when its parent ends, if the process itself has asked for that. What is
//! started is therefore this program again, which asks and then becomes the program that is meant. Elsewhere, and where
//! the library is used without the program, it is started as it is.

use std::{
    ffi::OsString,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use tokio::process::Command;

/// The first argument of this program where it becomes another one: `WORD PARENT PROGRAM ARGUMENT...`.
#[cfg(target_os = "linux")]
const WORD: &str = "__tethered";
/// This program, also when its file was replaced meanwhile.
#[cfg(target_os = "linux")]
const ITSELF: &str = "/proc/self/exe";

/// Whether this process is the program, which knows [`WORD`].
static IS_PROGRAM: AtomicBool = AtomicBool::new(false);

/// What the process is to become, where its arguments ask for that: returns only when it cannot, with what to exit with.
/// Without, programs are tethered from now on.
pub fn run(args: &[OsString]) -> Option<ExitCode> {
    #[cfg(target_os = "linux")]
    if let [_, word, parent, program, rest @ ..] = args
        && word == WORD
    {
        return Some(become_program(parent, program, rest));
    }
    let _ = args;
    IS_PROGRAM.store(true, Ordering::Relaxed);
    None
}

/// A command for this program that ends soon after this process does: it is interrupted, as by Ctrl-C. One that does not exist
/// starts, and ends with 127.
pub fn command(program: &str) -> Command {
    #[cfg(target_os = "linux")]
    if IS_PROGRAM.load(Ordering::Relaxed) {
        let mut command = Command::new(ITSELF);
        command.args([WORD, &std::process::id().to_string(), program]);
        return command;
    }
    Command::new(program)
}

#[cfg(target_os = "linux")]
fn become_program(parent: &OsString, program: &OsString, args: &[OsString]) -> ExitCode {
    use std::os::unix::process::CommandExt as _;

    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    let asked = set_parent_process_death_signal(Some(Signal::INT));
    let is_orphan = getppid().is_none_or(|found| found.as_raw_pid().to_string() != *parent.to_string_lossy());
    if asked.is_ok() && !is_orphan {
        // Only a failure returns. The caller asks for the version of the program, and reports what is missing.
        let _ = std::process::Command::new(program).args(args).exec();
    }
    ExitCode::from(127)
}
