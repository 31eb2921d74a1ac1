//! A real terminal: what a person types and sees, by tmux.

use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// A terminal with a program in it. It ends with the value.
pub struct Terminal(String);

impl Terminal {
    /// One of 100 columns and 30 lines that runs a shell's line in a folder.
    pub fn start(line: &str, folder: &Path) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let terminal =
            Self(format!("stackctl-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let folder = folder.to_str().unwrap();
        let session = ["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "-c", folder, line];
        terminal.call(&session);
        terminal
    }

    fn call(&self, args: &[&str]) -> String {
        let output =
            Command::new("tmux").args(["-L", &self.0]).args(args).output().expect("tmux is installed");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Type a text as it is.
    pub fn types(&self, text: &str) {
        self.call(&["send-keys", "-l", text]);
    }

    /// Press a key by tmux' name of it: `Tab`, `Enter`, `C-u`.
    pub fn press(&self, key: &str) {
        self.call(&["send-keys", key]);
    }

    /// Give it another size.
    pub fn resize(&self, columns: u32, lines: u32) {
        self.call(&["resize-window", "-x", &columns.to_string(), "-y", &lines.to_string()]);
    }

    /// What is on it now.
    pub fn screen(&self) -> String {
        self.call(&["capture-pane", "-p"])
    }

    /// The same with its colours, as SGR sequences.
    pub fn colored(&self) -> String {
        self.call(&["capture-pane", "-e", "-p"])
    }

    /// Wait until it is as asked, and return what is on it.
    #[track_caller]
    pub fn until(&self, what: &str, so: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if so(&screen) {
                return screen;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{what}:\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.0, "kill-server"]).output();
    }
}
