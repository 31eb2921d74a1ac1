//! A hermetic place to run the binary in: an empty folder, a cleared environment, and one text for exit code, stdout and
//! stderr together.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A stack of one service `a` with everything that a proof asks for, and these lines behind it.
pub fn one_service(name: &str, image: &str, more: &str) -> String {
    format!(
        "name = \"{name}\"\n[budget]\nmemory = \"1G\"\ncpus = 1.0\n[services.a]\nimage = \"{image}\"\n\
         limits = {{ memory = \"64M\", cpus = 0.1 }}\nlogging = {{ max_size = \"1m\" }}\n{more}"
    )
}

/// A folder of its own, removed at the end.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A folder with this stack.toml.
    pub fn with_stack(stack: impl AsRef<[u8]>) -> Self {
        Self::new().file("stack.toml", stack)
    }

    /// Add a file, with its folders.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(name, content);
        self
    }

    /// Write a file, with its folders.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders can be made");
        fs::write(path, content).expect("the file can be written");
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Every file inside with its content, sorted.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
            for entry in fs::read_dir(folder).expect("a readable folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    collect(root, &path, found);
                } else {
                    let name = path.strip_prefix(root).expect("inside").to_string_lossy().into_owned();
                    found.push((name, fs::read(&path).expect("a readable file")));
                }
            }
        }
        let mut found = Vec::new();
        collect(self.folder.path(), self.folder.path(), &mut found);
        found.sort();
        found
    }

    /// The binary in this folder, with nothing of the caller's environment but the search path, and the folder of Docker's plugins
    /// where tests run with another Compose.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
        command.args(args).current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        for name in ["PATH", "DOCKER_CONFIG"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
    }

    /// Run it.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.end(&mut self.command(args))
    }

    /// Run it where the environment has these variables.
    pub fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Ran {
        self.end(self.command(args).envs(variables.iter().copied()))
    }

    /// Run a command to its end.
    pub fn end(&self, command: &mut Command) -> Ran {
        let output = command.output().expect("the binary starts");
        let folder = self.folder.path().to_string_lossy().into_owned();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder, "[folder]");
        Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// What stdout carried.
    pub stdout: String,
    /// What stderr carried.
    pub stderr: String,
}

impl Ran {
    /// All of it, for a snapshot.
    pub fn whole(&self) -> String {
        let code = self.code.map_or("a signal".to_owned(), |code| code.to_string());
        format!("exit {code}\n--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }

    /// Fails with everything that was printed unless the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.whole());
        self
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}", self.whole()))
    }
}

/// A copy of the sample, with what it is rendered from and to.
pub fn sample() -> Place {
    fn copy(from: &Path, place: &Place) {
        let name = from.strip_prefix(ROOT).unwrap().to_str().unwrap();
        if from.is_dir() {
            fs::read_dir(from).unwrap().for_each(|entry| copy(&entry.unwrap().path(), place));
        } else {
            place.write(name, fs::read(from).unwrap());
        }
    }
    let place = Place::new();
    for name in ["stack.toml", "templates", "generated", "Cargo.toml"] {
        copy(&Path::new(ROOT).join(name), &place);
    }
    place
}
