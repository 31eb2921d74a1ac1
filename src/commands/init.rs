//! `stackctl init`: a commented stack.toml to start from.

use std::{
    env,
    fmt::Display,
    io::ErrorKind,
    path::{Path, PathBuf},
    thread::available_parallelism,
};

use super::{Context, Exit, Failure, schema};
use crate::{
    fs::{self, Mode},
    model::{Bytes, name::is_project},
    source::files,
};

const STARTER: &str = include_str!("init/stack.toml");

/// Write stack.toml here (or where `--file` says), unless there is one, and the schema that its first line names.
///
/// # Errors
/// When the file exists or cannot be written (exit 3).
pub fn run(context: &Context) -> Result<Exit, Failure> {
    let path = context.file.clone().unwrap_or_else(|| PathBuf::from(files::NAME));
    let shown = path.display();
    let text = STARTER
        .replace("@NAME@", &project_name(&path))
        .replace("@MEMORY@", &of_this_machine(memory().map(Bytes::rounded)))
        .replace("@CPUS@", &of_this_machine(available_parallelism().ok()));
    let beside = path.with_file_name(schema::NAME);
    // A dangling link is there too.
    if path.symlink_metadata().is_err() {
        // First, so that nothing is left half done where another file has that name.
        schema::write(&beside, &schema::text())?;
    }
    fs::create(&path, text.as_bytes(), Mode::Usual).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::new(Exit::Surroundings, format!("{shown} already exists and is left unchanged"))
                .hint("remove it first, or name another with `--file PATH`")
        }
        _ => Failure::surroundings(format!("failed to create {shown}"), error),
    })?;
    context.printer.note(&format!("wrote {shown}, and {} for editors", beside.display()));
    if let Some(compose) = files::compose_file(path.parent().unwrap_or(Path::new(""))) {
        let shown = compose.display();
        context.printer.note(&format!(
            "{shown} is beside it: `stackctl import {shown} --force` makes a stack.toml of that instead"
        ));
    }
    context.printer.note(
        "next: `stackctl up` starts it; `stackctl validate` and `stackctl budget check` judge it before",
    );
    Ok(Exit::Done)
}

/// The rest of a comment, where the amount is known.
fn of_this_machine(amount: Option<impl Display>) -> String {
    amount.map_or_else(String::new, |amount| format!("; this machine has {amount}"))
}

/// The memory of this machine, where the kernel says so in a file: Linux.
fn memory() -> Option<Bytes> {
    let text = fs::read_text(Path::new("/proc/meminfo")).ok()?;
    let kib: u64 = text.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024).map(Bytes)
}

/// The folder's name as Compose accepts it, or `my-stack`.
fn project_name(path: &Path) -> String {
    let folder = env::current_dir().unwrap_or_default().join(path);
    let folder =
        folder.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().to_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let name: String = folder.chars().filter(|c| allowed(*c)).collect();
    let name = name.trim_start_matches(['-', '_']).to_owned();
    if is_project(&name) { name } else { "my-stack".to_owned() }
}
