//! This program as a plugin of the `docker` command: linked as `docker-stackctl`, `docker stackctl up` is `stackctl up`.

use std::{ffi::OsString, path::Path};

use clap::Command;
use serde_json::json;

use crate::commands::{Exit, Failure};

/// The name as a plugin, and the word that stands before the arguments.
const PROGRAM: &str = "docker-stackctl";
const WORD: &str = "stackctl";
/// The one argument with which `docker` asks a plugin what it is.
const METADATA: &str = "docker-cli-plugin-metadata";

/// The description that `docker` asks for, where it does.
pub fn metadata(args: &[OsString], whole: fn() -> Command) -> Option<String> {
    let [program, word] = args else { return None };
    if !is_plugin(program) || word != METADATA {
        return None;
    }
    let whole = whole();
    let about = whole.get_about().map(ToString::to_string).unwrap_or_default();
    let metadata = json!({
        "SchemaVersion": "0.1.0",
        "Vendor": "stackctl",
        "Version": whole.get_version().unwrap_or_default(),
        "ShortDescription": about,
    });
    Some(format!("{metadata}\n"))
}

/// The arguments without the word that `docker` puts before them.
///
/// # Errors
/// When options of `docker` stand before it (exit 2): they would have no effect.
pub fn arguments(args: Vec<OsString>) -> Result<Vec<OsString>, Failure> {
    let Some(at) = args.iter().position(|arg| arg == WORD).filter(|_| is_plugin(&args[0])) else {
        return Ok(args);
    };
    // `docker help stackctl` has another word there.
    let before = &args[1..at];
    if before.iter().any(|arg| arg.to_string_lossy().starts_with('-')) {
        let before: Vec<_> = before.iter().map(|arg| arg.to_string_lossy()).collect();
        let message = format!("options of `docker` have no effect before `stackctl`: {}", before.join(" "));
        return Err(Failure::new(Exit::Usage, message)
            .hint("set DOCKER_CONTEXT, DOCKER_HOST or DOCKER_CONFIG instead"));
    }
    let kept = args.into_iter().enumerate().filter(|(index, _)| *index != at);
    Ok(kept.map(|(_, arg)| arg).collect())
}

fn is_plugin(program: &OsString) -> bool {
    Path::new(program).file_stem().is_some_and(|stem| stem == PROGRAM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_puts_the_name_of_a_plugin_before_its_arguments() {
        let args = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        let of = |line: &str| arguments(args(line)).map_err(|failure| failure.exit);
        let path = "/root/.docker/cli-plugins/docker-stackctl";
        assert_eq!(of(&format!("{path} stackctl logs stackctl")), Ok(args(&format!("{path} logs stackctl"))));
        assert_eq!(of(&format!("{path} help stackctl")), Ok(args(&format!("{path} help"))));
        assert_eq!(of("stackctl logs stackctl"), Ok(args("stackctl logs stackctl")));
        assert_eq!(of("docker-stackctl.exe stackctl up"), Ok(args("docker-stackctl.exe up")));
        assert_eq!(of(&format!("{path} --context x stackctl up")), Err(Exit::Usage));
    }
}
