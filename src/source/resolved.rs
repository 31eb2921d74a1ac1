//! Values that a variable gives: proofs read them, and Compose is given their texts.

use std::borrow::Cow;

use super::{
    scalar::VARIABLE_IN_PROOF,
    table::{Item, Table},
    values::NoValue,
};
use crate::{
    diag::{Diagnostic, KeyPath},
    model::{VariableTexts, variable},
};

impl Table<'_, '_> {
    /// The texts with variables that were read below this table, by their place in it.
    pub(super) fn take_texts(&self) -> VariableTexts {
        let texts = self.context().texts.take();
        if texts.is_empty() {
            return VariableTexts::default();
        }
        let depth = self.key_path().0.len();
        let below =
            |(path, text): (KeyPath, String)| (KeyPath(path.0.into_iter().skip(depth).collect()), text);
        texts.into_iter().map(below).collect()
    }
}

impl<'d> Item<'_, 'd> {
    /// The text, where it holds a variable.
    pub(super) fn variable_text(&self) -> Option<&'d str> {
        self.as_text().filter(|text| text.contains('$') && variable::has_variable(text))
    }

    /// The value of a text that a proof reads: `.env` or a default gives it, and it is named. Reported where neither does.
    pub(super) fn resolved(&self, text: &'d str) -> Option<Cow<'d, str>> {
        if !variable::has_variable(text) {
            return Some(Cow::Borrowed(text));
        }
        if !self.is_given() {
            return self.reject(|| self.without_value(None));
        }
        if !self.interpolates(text) {
            return None;
        }
        match self.context().values.resolve(text) {
            Ok((value, assumed)) => {
                let mut known = self.context().assumed.borrow_mut();
                for assumption in assumed {
                    if !known.contains(&assumption) {
                        known.push(assumption);
                    }
                }
                Some(Cow::Owned(value))
            }
            Err(reason) => self.reject(|| self.without_value(Some(reason))),
        }
    }

    /// The value of a text as far as it is known, where no proof reads it.
    pub(super) fn if_resolved(&self, text: &str) -> Option<String> {
        self.context().values.resolve(text).ok().map(|(value, _)| value)
    }

    /// Keep a text for Compose, at a place below the service.
    pub(super) fn keep(&self, at: KeyPath, text: &str) {
        self.context().texts.borrow_mut().push((at, text.to_owned()));
    }

    fn without_value(&self, reason: Option<NoValue>) -> Diagnostic {
        let path = self.path();
        let error = |message: String| self.error(&VARIABLE_IN_PROOF, message);
        match reason {
            None => error(format!("{path} contains a variable"))
                .label("must be the same everywhere")
                .why("stackctl reads this key itself, and Compose never sees it")
                .help("write the value"),
            Some(NoValue::Of(name)) => error(format!("{path} contains a variable without a value"))
                .label(format!("`{name}` is not in .env and has no default"))
                .why("the proof reads .env and defaults, and never the shell: it gives the same answer everywhere")
                .help(format!("set `{name}` in .env, or give it a default: `${{{name}:-value}}`")),
            Some(NoValue::Nothing) => error(format!("{path} contains variables that leave nothing of it"))
                .label("empty, or refused by Compose")
                .why("the proof reads .env and defaults, and never the shell: it gives the same answer everywhere")
                .help("set the variable in .env, or give it a default: `${NAME:-value}`"),
        }
    }

    /// Report a value that only a variable makes wrong: `asked` completes "has to be ...". What it is stays unsaid, since it
    /// may be a password.
    pub(super) fn misgiven<T>(&self, asked: &str) -> Option<T> {
        let at = self.key_path();
        self.context().texts.borrow_mut().retain(|(path, _)| *path != at);
        self.reject(|| {
            self.error(&VARIABLE_IN_PROOF, format!("{} has to be {asked}", self.path()))
                .label("its variable gives something else")
                .why("Compose puts the value in and refuses the file, or the proof cannot read it")
                .help(format!("set the variable in .env to {asked}, or give it such a default"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse_given, testing::HEAD, values::Values};
    use crate::model::{Bytes, HostIp, Swap};

    fn values(pairs: &[(&str, &str)]) -> Values {
        let file = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Values::new(file, std::collections::BTreeMap::new())
    }

    /// The mistakes of a service with these lines, and what was assumed.
    fn read(lines: &str, env: &[(&str, &str)]) -> (super::super::Parsed, Vec<String>, Vec<String>) {
        let parsed = parse_given(format!("{HEAD}[services.api]\n{lines}").as_bytes(), &values(env));
        let mistakes = parsed.diagnostics.iter().map(|it| format!("{} ({})", it.message, it.label)).collect();
        let assumed = parsed.stack.assumes.iter().map(ToString::to_string).collect();
        (parsed, mistakes, assumed)
    }

    #[test]
    fn a_proof_reads_the_value_and_compose_gets_the_text() {
        let lines = "limits = { memory = \"${M}\", cpus = \"${C:-0.5}\", pids = \"${P:-100}\" }\nreservations = { memory = \"${R:-64m}\" }\n\
            replicas = \"${N:-2}\"\nmemswap_limit = \"${S:-1g}\"\nprivileged = \"${PRIV:-no}\"\n\
            logging = { driver = \"${D:-local}\", max_size = \"${SIZE:-1m}\", max_file = \"${F:-3}\" }";
        let (parsed, mistakes, assumed) = read(lines, &[("M", "512M"), ("D", "json-file")]);
        assert_eq!(mistakes, [] as [&str; 0]);
        let api = &parsed.stack.services["api"];
        assert_eq!(
            (api.limits.memory, api.reservations.memory),
            (Some(Bytes(512 << 20)), Some(Bytes(64 << 20)))
        );
        assert_eq!(
            (api.limits.pids, api.replicas, api.memswap_limit),
            (Some(100), Some(2), Some(Swap::Limit(Bytes(1 << 30))))
        );
        assert_eq!((api.logging.max_size, api.logging.max_file), (Some(Bytes(1 << 20)), Some(3)));
        assert_eq!(api.variables.get(&["limits", "memory"]), Some("${M}"));
        assert_eq!(api.variables.get(&["logging", "driver"]), Some("${D:-local}"));
        assert_eq!(api.variables.get(&["replicas"]), Some("${N:-2}"));
        assert_eq!((api.privileged, api.variables.get(&["privileged"])), (false, Some("${PRIV:-no}")));
        let expected = "M=512M (.env), C=0.5 (default), P=100 (default), R=64m (default), N=2 (default), S=1g (default), \
            PRIV=no (default), D (.env), SIZE=1m (default), F=3 (default)";
        assert_eq!(assumed.join(", "), expected);
    }

    #[test]
    fn a_value_that_is_no_secret_is_never_shown() {
        let lines = "limits = { memory = \"${PW}\", cpus = \"$PW\" }\nreplicas = \"$PW\"\nports = [\"${PW}:80\", { target = \"$PW\" }]\n\
            depends_on = [\"$PW\"]";
        let (parsed, mistakes, assumed) = read(lines, &[("PW", "hunter2")]);
        assert_eq!(mistakes.len(), 5, "{mistakes:#?}");
        assert!(!format!("{:?}", parsed.diagnostics).contains("hunter2"), "{:?}", parsed.diagnostics);
        assert_eq!(assumed, ["PW (.env)"]);
    }

    #[test]
    fn without_a_value_it_is_an_error() {
        let lines = "limits = { memory = \"${M}\", cpus = \"${E}\" }\nprofiles = [\"${P:-x}\"]\nhealthcheck = { test = \"x\", retries = \"$R\" }";
        let (parsed, mistakes, _) = read(lines, &[("E", ""), ("P", "aa")]);
        insta::assert_snapshot!(mistakes.join("\n"), @"
            services.api.limits.memory contains a variable without a value (`M` is not in .env and has no default)
            services.api.limits.cpus contains variables that leave nothing of it (empty, or refused by Compose)
            services.api.profiles[0] contains a variable (must be the same everywhere)
            ");
        let api = &parsed.stack.services["api"];
        assert_eq!(api.variables.get(&["healthcheck", "retries"]), Some("$R"), "no proof reads it");
    }

    #[test]
    fn ports_read_their_address_out_of_values() {
        let lines = "ports = [\"*:${BIND}:80\", \"${P}:80\", \"${IP}:${P}:81\", \"*:${P}:82\", \"$Q\", \"0.0.0.0:${Q}:83\", \"127.0.0.1:${PAIR}\"]";
        let env = [("BIND", "127.0.0.1:9000"), ("P", "8080"), ("IP", "::1"), ("Q", "70"), ("PAIR", "71:72")];
        let (parsed, mistakes, _) = read(lines, &env);
        assert_eq!(mistakes, [] as [&str; 0]);
        let ports = &parsed.stack.services["api"].ports;
        let addresses: Vec<String> = ports.iter().map(|port| port.host_ip.to_string()).collect();
        assert_eq!(addresses, ["127.0.0.1", "127.0.0.1", "::1", "*", "127.0.0.1", "0.0.0.0", "127.0.0.1"]);
        assert_eq!(ports[3].host_ip, HostIp::Every);
        let texts: Vec<String> = ports.iter().map(|port| format!("{:?}", port.text)).collect();
        insta::assert_snapshot!(texts.join("\n"), @r#"
            Some(Short("${BIND}:80"))
            Some(Short("127.0.0.1:${P}:80"))
            Some(Short("${IP}:${P}:81"))
            Some(Short("${P}:82"))
            Some(Short("127.0.0.1::$Q"))
            Some(Short("0.0.0.0:${Q}:83"))
            Some(Short("127.0.0.1:${PAIR}"))
            "#);
        let lines = "ports = [\"${BIND}:80\", \"${PAIR}\", \"${NONE:-}:80:80\", \"${EMPTY-}:8080:80\"]";
        let (_, mistakes, _) = read(lines, &env);
        insta::assert_snapshot!(mistakes.join("\n"), @"
            a variable decides about the address of services.api.ports[0] (the address is not written here)
            a variable decides about the address of services.api.ports[1] (the address is not written here)
            a variable decides about the address of services.api.ports[2] (the address is not written here)
            a variable decides about the address of services.api.ports[3] (the address is not written here)
            ");
    }

    #[test]
    fn tables_of_ports_hold_variables() {
        let lines = "ports = [{ target = \"${T:-80}\", published = \"$P\", host_ip = \"${IP}\", protocol = \"${X:-udp}\" }, { target = 80, published = \"$P\", host_ip = \"*\" }]";
        let (parsed, mistakes, _) = read(lines, &[("P", "8080"), ("IP", "::1")]);
        assert_eq!(mistakes, [] as [&str; 0]);
        let ports = &parsed.stack.services["api"].ports;
        assert_eq!(ports[0].to_string(), "[::1]:8080:80/udp");
        let texts: Vec<String> = ports.iter().map(|port| format!("{:?}", port.text)).collect();
        insta::assert_snapshot!(texts.join("\n"), @r#"
            Some(Long { target: Some("${T:-80}"), published: Some("$P"), host_ip: Some("${IP}"), protocol: Some("${X:-udp}") })
            Some(Long { target: None, published: Some("$P"), host_ip: None, protocol: None })
            "#);
    }
}
