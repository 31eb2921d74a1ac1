//! `tag`: a Go template over what the engine knows of the container.

use super::problem::Problem;
use crate::{check::context::Context, model::Logging};

/// The fields and methods of the engine's `logger.Info`.
const FIELDS: [&str; 21] = [
    "Command",
    "Config",
    "ContainerArgs",
    "ContainerCreated",
    "ContainerEntrypoint",
    "ContainerEnv",
    "ContainerID",
    "ContainerImageID",
    "ContainerImageName",
    "ContainerLabels",
    "ContainerName",
    "DaemonName",
    "ExtraAttributes",
    "FullID",
    "Hostname",
    "ID",
    "ImageFullID",
    "ImageID",
    "ImageName",
    "LogPath",
    "Name",
];

/// What is wrong with the tag. Of the actions of a template only `{{.Field}}` is judged.
pub(super) fn problem(context: &Context<'_>, driver: &str, logging: &Logging) -> Option<Problem> {
    let tag = context.value(logging.options.get("tag").filter(|_| driver != "local")?)?;
    let help = "write a text, or fields such as \"{{.Name}}/{{.ID}}\"";
    let mut rest = &*tag;
    while let Some((_, action)) = rest.split_once("{{") {
        let Some((action, after)) = action.split_once("}}") else {
            return Some(Problem::new("tag", format!("`{{{{` is not closed in the tag `{tag}`"), help));
        };
        rest = after;
        let field = action.trim_start_matches('-').trim_end_matches('-').trim().strip_prefix('.');
        let name = field.filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        if let Some(name) = name.filter(|name| !name.is_empty() && !FIELDS.contains(name)) {
            return Some(Problem::new("tag", format!("a container has no field `{name}` for the tag"), help));
        }
    }
    None
}
