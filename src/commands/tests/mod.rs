//! Commands on an engine that is made of data: exit code, stdout and stderr of each outcome.

mod budget;
#[cfg(unix)]
mod doctor;
mod down;
mod exec;
mod logs;
mod plan;
mod restart;
mod status;
mod suggest;
mod swarm;
mod top;
mod up;

use std::{sync::Arc, time::Duration};

use super::{Context, Exit, Failure};
use crate::{
    engine::{
        client::EngineInfo,
        fake::{FakeEngine, capable_engine},
        held::{Bound, Held},
        observe::{Health, Observed},
    },
    fs::{self, Mode},
    ui::{Color, Format, Printer, testing::during},
};

/// A stack of two services, of which one belongs to a profile.
const STACK: &str = r#"
name = "fake"
[budget]
memory = "1G"
cpus = 1.0
[defaults]
restart = "unless-stopped"
limits = { memory = "64M", cpus = 0.1 }
logging = { max_size = "1m" }
[profiles.extra]
description = "one more"
[services.a]
image = "x:1"
ports = ["8080:80"]
[services.b]
image = "y:1"
profiles = ["extra"]
"#;

/// The same, where the profile is enabled unless another one is named.
fn with_default() -> String {
    STACK.replacen("name = \"fake\"", "name = \"fake\"\ndefault_profiles = [\"extra\"]", 1)
}

/// What a command did.
struct Ran {
    /// The code that it would exit with, and what it printed.
    text: String,
    /// What the engine was asked to change.
    done: Vec<String>,
}

/// Run a command in the folder of this stack.
fn run(
    stack: &str,
    engine: FakeEngine,
    format: Format,
    command: impl FnOnce(&Context) -> Result<Exit, Failure>,
) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stack.toml");
    fs::write(&file, stack.as_bytes(), Mode::Usual).unwrap();
    fs::write(&folder.path().join("Dockerfile"), b"FROM x:1\n", Mode::Usual).unwrap();
    let engine = Arc::new(engine);
    let printer = Printer::new(Color::Never, false, 0);
    let context = Context { file: Some(file), format, printer, engine: engine.clone() };
    let (exit, printed) = during(|| {
        command(&context).unwrap_or_else(|failure| {
            failure.print(&context.printer);
            failure.exit
        })
    });
    let text = format!("{exit:?}\n--- stdout\n{}--- stderr\n{}", printed.stdout, printed.stderr);
    let root = folder.path().display().to_string();
    let done = engine.done().into_iter().map(|line| line.replace(&root, "ROOT")).collect();
    Ran { text: without_chance(&text.replace(&root, "ROOT")), done }
}

/// The text without the random part of the name of a scratch folder, and with the slashes of Unix.
fn without_chance(text: &str) -> String {
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
    let mut parts = text.split(".stackctl~");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "SCRATCH" + part.trim_start_matches(char::is_alphanumeric))
}

/// A Docker engine without root on cgroup 1: it accepts limits and holds none.
fn rootless() -> FakeEngine {
    let warning = "WARNING: Running in rootless-mode without cgroups. To enable cgroups in rootless-mode, you need to boot the system in cgroup v2 mode.";
    let info = EngineInfo {
        is_rootless: true,
        cgroup_version: 1,
        cgroup_driver: "none".into(),
        memory_limit: false,
        swap_limit: false,
        cpu_limit: false,
        pids_limit: false,
        warnings: vec![warning.to_owned()],
        ..capable_engine()
    };
    FakeEngine { info: Some(info), held: Some(unlimited()), ..FakeEngine::default() }
}

/// What the kernel has of a container that nothing holds, and that is looked at from another machine.
fn unlimited() -> Held {
    Held { memory: Bound::At(8 << 30), ..Held::default() }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// The container as its health check finds it.
fn checked(health: Health, container: Observed) -> Observed {
    Observed { health: Some(health), ..container }
}
