//! Findings about a Compose file in its own words: the rules speak of stack.toml and its short forms.

use crate::diag::Diagnostic;

/// How `allow` is offered, which a Compose file does not have.
const ALLOW: [&str; 2] = [", or write `allow =", ", or `allow ="];

/// The short names of stack.toml for conditions of `depends_on`.
const CONDITIONS: [(&str, &str); 3] = [
    ("started", "service_started"),
    ("healthy", "service_healthy"),
    ("completed", "service_completed_successfully"),
];

/// What only stack.toml has: profiles with overlays.
const OVERLAY: &str = ", declare the dependency in an overlay";

/// Let findings speak of the Compose file with this name.
pub fn reword(found: &mut [Diagnostic], name: &str) {
    for diagnostic in found {
        let code = diagnostic.code.name;
        let of_all = diagnostic.together.iter_mut().flat_map(|together| &mut together.help);
        for help in diagnostic.help.iter_mut().chain(of_all) {
            *help = match instead(code) {
                Some(instead) => instead.to_owned(),
                None => yaml(without_allow(help), code),
            };
        }
        for text in diagnostic.texts_mut() {
            if text.contains("stack.toml") {
                *text = text.replace("stack.toml", name);
            }
        }
    }
}

/// The help for what Compose writes in another form.
fn instead(code: &str) -> Option<&'static str> {
    Some(match code {
        "missing-limit" => {
            "write `mem_limit: 512m` and `cpus: 0.5` with what it needs, or both below `deploy.resources.limits`; \
             `stackctl budget suggest` measures it"
        }
        "no-log-rotation" => {
            "write `logging: { driver: json-file, options: { max-size: 10m, max-file: \"3\" } }` in the service"
        }
        "unadopted-one-shot" => {
            "let a service that is active with it wait for it: `condition: service_completed_successfully` in `depends_on`"
        }
        "healthy-without-check" => {
            "write a `healthcheck` with a `test`, or wait with `condition: service_started`; where the image brings a check, \
             this is right as it is"
        }
        _ => return None,
    })
}

fn without_allow(help: &str) -> &str {
    let cut = ALLOW.iter().filter_map(|offer| help.find(offer)).min();
    cut.map_or(help, |at| &help[..at])
}

/// What stands between backticks, with YAML's colons, and no headers.
fn yaml(help: &str, code: &str) -> String {
    let mut help = help.to_owned();
    for header in ["[services.", "[volumes.", "[networks.", "[secrets.", "[configs.", "[profiles."] {
        while let Some(start) = help.find(header)
            && let Some(length) = help[start..].find(']')
        {
            help.replace_range(start + length..=start + length, "");
            help.replace_range(start..=start, "");
        }
    }
    let mut parts: Vec<String> = help.split('`').map(str::to_owned).collect();
    for code in parts.iter_mut().skip(1).step_by(2) {
        *code = code.replace(" = ", ": ");
        for (short, long) in CONDITIONS {
            *code = code.replace(&format!("condition: \"{short}\""), &format!("condition: {long}"));
        }
    }
    let mut text = parts.join("`");
    if let Some(start) = text.find(OVERLAY)
        && let Some(end) = text[start + 1..].find(", ")
    {
        text.replace_range(start..=start + end, "");
    }
    // A port alone is published on 127.0.0.1 by stack.toml only.
    let alone = (code == "open-port").then(|| text.strip_prefix("write \"")).flatten();
    match alone.filter(|rest| !rest.starts_with("127.")) {
        Some(rest) => format!("write \"127.0.0.1::{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Allow, Code, Severity};

    fn reworded(name: &'static str, help: &str) -> String {
        let code = Code { name, severity: Severity::Warning, allow: Allow::Anywhere, docs: "" };
        let mut found = [Diagnostic::new(Box::leak(Box::new(code)), "x of stack.toml").help(help)];
        reword(&mut found, "compose.yaml");
        assert_eq!(found[0].message, "x of compose.yaml");
        found[0].help.take().unwrap_or_default()
    }

    #[test]
    fn helps_are_yaml_and_offer_no_allow() {
        let help = "name what it needs with `cap_add`, or write `allow = { privileged = \"reason\" }`";
        assert_eq!(reworded("privileged", help), "name what it needs with `cap_add`");
        assert_eq!(
            reworded("a", "write `restart = \"no\"` in stack.toml"),
            "write `restart: \"no\"` in compose.yaml"
        );
        let help = "give `a` the profiles of `b`, declare the dependency in an overlay of a profile that activates `a`, or write \
                    `a = { condition = \"started\", required = false }`";
        let ours =
            "give `a` the profiles of `b`, or write `a: { condition: service_started, required: false }`";
        assert_eq!(reworded("inactive-dependency", help), ours);
        assert_eq!(
            reworded("undefined-service", "declare it with `[services.a]`"),
            "declare it with `services.a`"
        );
        let help = "write \"80\" for this machine only, or `allow = { open-port = \"reason\" }`";
        assert_eq!(reworded("open-port", help), "write \"127.0.0.1::80\" for this machine only");
        assert!(reworded("missing-limit", "write `limits = {}`").contains("mem_limit"));
    }
}
