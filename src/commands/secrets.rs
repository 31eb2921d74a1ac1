//! `stackctl secrets init`: make the generated secrets.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;

use super::{Context, Exit, Failure, project::Project, session::lock_failure};
use crate::{
    engine::{
        lock::{self, Purpose},
        secrets::{Made, generate, missing},
    },
    model::secret_path,
    ui::Format,
};

/// How long another command that changes the stack may take to end.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Make every generated secret that does not exist yet. Values are never printed.
///
/// # Errors
/// When the stack has errors, another command changes it for long, or a file cannot be written.
pub fn init(context: &Context) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid(context, "create secrets")?;
    let is_missing = !missing(&project.root, &project.parsed.stack).is_empty();
    let lock = is_missing.then(|| lock::wait(&project.root, Purpose::Secrets, LOCK_TIMEOUT));
    let _lock = lock.transpose().map_err(|error| lock_failure("create the secrets", error))?;
    let made = generate(&project.root, &project.parsed.stack).context("failed to create the secrets")?;
    if context.format == Format::Json {
        let secret = |(name, made): &(&str, Made)| {
            let is_new = *made == Made::New;
            json!({ "secret": name, "file": secret_path(name), "made": is_new })
        };
        context.printer.json_line(&json!({ "secrets": made.iter().map(secret).collect::<Vec<_>>() }));
        return Ok(Exit::Done);
    }
    for (name, made) in &made {
        let word = if *made == Made::New { "created" } else { "kept" };
        context.printer.note(&format!("{word} {}", secret_path(name)));
    }
    if made.is_empty() {
        context.printer.note("this stack has no generated secrets");
    }
    Ok(Exit::Done)
}
