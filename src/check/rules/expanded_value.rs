//! Values that only a variable makes wrong.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath, service_path},
    model::{MountKind, SecretSource, texts, variable},
    source,
};

static BAD_EXPANDED_VALUE: Code = Code::error(
    "bad-expanded-value",
    Allow::Never(Allow::REFUSED),
    "\
A value holds a variable, and what Compose makes of it does not have the form that the key takes: `init = \"${INIT}\"` with `INIT` \
unset is an empty text and not a boolean, `shm_size = \"${SHM:-much}\"` is not a size. Compose refuses the file.

Set the variable in `.env` or in the shell, give it a default that fits, or write the value.",
);

pub(super) static CODES: &[&Code] = &[&BAD_EXPANDED_VALUE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !context.project.document.text().contains('$') {
        return;
    }
    texts::visit(context.stack, &mut |path, text| {
        if !variable::has_variable(text) {
            return;
        }
        let Some(made) = context.expand(text) else { return };
        let path = path.to_key_path();
        if let Some(asked) = source::misfit(&path, &made) {
            found.push(diagnostic(path, &context.masked(text), &asked));
        }
    });
    for (name, service) in context.services() {
        for (position, mount) in service.volumes.iter().enumerate() {
            let (MountKind::Opaque, Some(text)) = (mount.kind, &mount.source) else { continue };
            let made = context.expand(text).filter(|made| made.split(':').any(str::is_empty));
            if made.is_some() {
                let at = service_path(name).key("volumes").index(position);
                found.push(diagnostic(at, &context.masked(text), "SOURCE:TARGET without an empty part"));
            }
        }
    }
    for (name, secret) in &context.stack.secrets {
        let SecretSource::Environment(variable) = &secret.source else { continue };
        if context.expand(variable).is_some_and(|made| made.is_empty()) {
            let at = KeyPath::from(["secrets", name, "environment"]);
            found.push(diagnostic(at, "", "the name of a variable"));
        }
    }
}

fn diagnostic(at: KeyPath, made: &str, asked: &str) -> Diagnostic {
    let made = if made.is_empty() { "nothing".to_owned() } else { format!("`{made}`") };
    let message = format!("{} becomes {made}, and has to be {asked}", source::subject(&at));
    Diagnostic::new(&BAD_EXPANDED_VALUE, message)
        .at(at)
        .why("Compose puts the variables in and refuses the whole file")
        .help("set the variable, give it a default that fits, or write the value")
}
