//! Options of the kernel's security modules.

use super::fault::Fault;
use crate::diag::did_you_mean;

const OPTIONS: [&str; 6] =
    ["no-new-privileges", "seccomp", "apparmor", "label", "systempaths", "writable-cgroups"];

/// An entry of `security_opt`: `OPTION=VALUE` or `OPTION:VALUE`.
pub(super) fn fault(text: &str) -> Option<Fault> {
    if text == "no-new-privileges" {
        return None;
    }
    let Some((option, value)) = text.split_once('=').or_else(|| text.split_once(':')) else {
        return Some(unknown(text));
    };
    match option {
        "no-new-privileges" | "writable-cgroups" if !is_bool(value) => Some(Fault::new(
            format!("`{option}` is true or false, not `{value}`"),
            format!("write \"{option}:true\""),
        )),
        "seccomp" if value.is_empty() => Some(Fault::new(
            "`seccomp` names no profile",
            "write \"seccomp=unconfined\", \"seccomp=builtin\" or the path of a profile",
        )),
        "no-new-privileges" | "writable-cgroups" | "seccomp" | "apparmor" | "label" => None,
        // The command line of Docker and Compose take it out of the list, and know it with `=` only.
        "systempaths" if text == "systempaths=unconfined" => None,
        "systempaths" => {
            Some(Fault::new(format!("there is no option `{text}`"), "write \"systempaths=unconfined\""))
        }
        _ => Some(unknown(text)),
    }
}

fn unknown(text: &str) -> Fault {
    let option = text.split(['=', ':']).next().unwrap_or(text);
    if OPTIONS.contains(&option) {
        return Fault::new(format!("`{option}` has no value"), format!("write \"{option}=VALUE\""));
    }
    let help =
        did_you_mean(option, OPTIONS).unwrap_or_else(|| format!("known options: {}", OPTIONS.join(", ")));
    Fault::new(format!("there is no option `{text}`"), help)
}

/// What Go's `strconv.ParseBool` takes.
pub(in crate::check::rules) fn is_bool(text: &str) -> bool {
    ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"].contains(&text)
}
