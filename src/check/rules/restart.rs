//! Restart policies.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, did_you_mean, service_path},
    model::variable,
};

static BAD_RESTART: Code = Code::error(
    "bad-restart",
    Allow::Anywhere,
    "\
`restart` is `\"no\"`, `\"always\"`, `\"unless-stopped\"`, `\"on-failure\"` or `\"on-failure:N\"` with at most N attempts. \
`docker compose config` accepts any word; the engine refuses the container (`invalid restart policy`).",
);

pub(super) static CODES: &[&Code] = &[&BAD_RESTART];

const POLICIES: [&str; 4] = ["no", "always", "unless-stopped", "on-failure"];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (service, table) in context.services() {
        let Some(restart) = table.restart.as_deref() else { continue };
        if is_policy(restart) || variable::has_variable(restart) {
            continue;
        }
        let help = did_you_mean(restart, POLICIES).unwrap_or_else(|| {
            "write \"no\", \"always\", \"unless-stopped\", \"on-failure\" or \"on-failure:3\"".to_owned()
        });
        let message = format!("`{restart}` of service `{service}` is not a restart policy");
        found.push(
            Diagnostic::new(&BAD_RESTART, message)
                .together(format!("{{}} services have `{restart}`, which is not a restart policy"))
                .at(service_path(service).key("restart"))
                .why("`docker compose config` accepts it and the engine refuses the container")
                .help(help),
        );
    }
}

fn is_policy(text: &str) -> bool {
    let attempts =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.len() < 10;
    POLICIES.contains(&text) || text.strip_prefix("on-failure:").is_some_and(attempts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured with `docker create --restart` on Engine 28.
    #[test]
    fn agrees_with_the_engine() {
        for policy in ["no", "always", "unless-stopped", "on-failure", "on-failure:3", "on-failure:0"] {
            assert!(is_policy(policy), "{policy}");
        }
        for policy in
            ["", "never", "Always", "always:3", "no:1", "on-failure:", "on-failure:x", "on-failure:-1"]
        {
            assert!(!is_policy(policy), "{policy}");
        }
    }
}
